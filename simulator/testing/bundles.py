"""Bundles that a test makes: from source text, or from classes of the test module."""

import plistlib
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from simulator.bundles.points import KEYBOARD, NOTIFICATION_SERVICE, SHARE, WIDGET
from simulator.testing.source import program_of
from simulator.xpc.errors import Misuse

__all__ = ("Extension", "app_from_classes", "make_app")

_GROUPS = "com.apple.security.application-groups"
_TEAM = "com.apple.developer.team-identifier"

_POINTS = {  # the SDK's base class → extension point; the app's own is empty
    "Application": "",
    "ShareExtension": SHARE,
    "Widget": WIDGET,
    "NotificationServiceExtension": NOTIFICATION_SERVICE,
    "InputViewController": KEYBOARD,
}

_ATTRIBUTES: Mapping[str, Mapping[str, object]] = {  # extension point → what it must declare
    SHARE: {"NSExtensionActivationRule": "TRUEPREDICATE"},
    KEYBOARD: {
        "IsASCIICapable": True,
        "PrimaryLanguage": "en-US",
        "RequestsOpenAccess": False,
    },
}


class Extension(NamedTuple):
    """An extension for :func:`make_app`.

    Attributes:
        name: Of the folder, the executable, and the last part of the bundle id.
        source: The program.
        info: Keys that are added to its Info.plist or replace the usual ones; None takes one away.
        entitlements: All of them, without those of the app.
        point: The extension point.
    """

    name: str
    source: str
    info: Mapping[str, object] = {}
    entitlements: Mapping[str, object] = {}
    point: str = SHARE


def _write(
    folder: Path,
    *,
    source: str,
    info: Mapping[str, object],
    entitlements: Mapping[str, object],
) -> None:
    folder.mkdir(parents=True)
    name = folder.stem
    kept = {key: value for key, value in info.items() if value is not None}
    (folder / "Info.plist").write_bytes(plistlib.dumps(kept))
    (folder / f"{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")

    if entitlements:
        (folder / f"{name}.entitlements").write_bytes(plistlib.dumps(dict(entitlements)))


def make_app(  # noqa: PLR0913  a bundle has this many sides
    folder: Path,
    name: str,
    *,
    source: str,
    entitlements: Mapping[str, object] | None = None,
    info: Mapping[str, object] | None = None,
    extensions: Sequence[Extension] = (),
    groups: Sequence[str] = (),
    schemes: Sequence[str] = (),
    team: str = "EXAMPLE123",
) -> Path:
    """Write an app with its extensions and return its ``.app`` folder.

    Args:
        folder: Where; a bundle of the same name there is no error, each gets a folder of its own.
        name: Of the app; its bundle id is ``com.example.<name>``.
        source: The program; indented text is dedented.
        entitlements: Added to those that ``groups`` and ``team`` make.
        info: Keys added to the Info.plist or replacing the usual ones; None takes one away.
        extensions: What it embeds.
        groups: The App Groups of the app and of each extension.
        schemes: The URL schemes that the app claims.
        team: The team identifier of all; nothing leaves it out.
    """
    home = folder / f"{name}-{sum(1 for _ in folder.glob(f'{name}-*'))}"
    app = home / f"{name}.app"
    bundle_id = str((info or {}).get("CFBundleIdentifier") or f"com.example.{name}")
    rights: dict[str, object] = {_TEAM: team} if team else {}

    if groups:
        rights[_GROUPS] = list(groups)

    keys: dict[str, object] = {
        "CFBundleIdentifier": bundle_id,
        "CFBundleExecutable": name,
        "CFBundleName": name,
        "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": "1.0",
        "CFBundleVersion": "1",
    }

    if schemes:
        keys["CFBundleURLTypes"] = [
            {"CFBundleURLName": bundle_id, "CFBundleURLSchemes": list(schemes)}
        ]

    _write(
        app,
        source=source,
        info={**keys, **(info or {})},
        entitlements={**rights, **(entitlements or {})},
    )

    for extension in extensions:
        _write(
            app / "PlugIns" / f"{extension.name}.appex",
            source=extension.source,
            info={**_extension_keys(bundle_id, extension), **extension.info},
            entitlements={**rights, **extension.entitlements},
        )

    return app


def _extension_keys(app_id: str, extension: Extension) -> dict[str, object]:
    return {
        "CFBundleIdentifier": f"{app_id}.{extension.name}",
        "CFBundleExecutable": extension.name,
        "CFBundleDisplayName": extension.name,
        "CFBundlePackageType": "XPC!",
        "CFBundleShortVersionString": "1.0",
        "CFBundleVersion": "1",
        "NSExtension": _declared(extension.point),
    }


def _declared(point: str) -> dict[str, object]:
    """Return the ``NSExtension`` dictionary of an extension of that point."""
    declared: dict[str, object] = {"NSExtensionPointIdentifier": point}

    if point in _ATTRIBUTES:
        declared["NSExtensionAttributes"] = dict(_ATTRIBUTES[point])

    return declared


def _point_of(cls: type) -> str:
    """Return the extension point of a class, empty for an app's."""
    for base in cls.__mro__:
        if base.__module__.startswith("simulator.sdk.") and base.__name__ in _POINTS:
            return _POINTS[base.__name__]

    raise Misuse(f"{cls.__qualname__} is neither an Application nor an extension of simulator.sdk")


def app_from_classes(
    folder: Path,
    classes: Sequence[type],
    *,
    groups: Sequence[str] = (),
    schemes: Sequence[str] = (),
) -> Path:
    """Write an app made of classes: one Application and the extensions it embeds.

    Each becomes a program of its own, with what it names of its module. A class inside a function
    works when it names nothing of that function.

    Raises:
        Misuse: There is not exactly one Application among them.
    """
    apps = [cls for cls in classes if not _point_of(cls)]

    if len(apps) != 1:
        names = ", ".join(cls.__name__ for cls in apps) or "none"
        raise Misuse(f"an app has exactly one Application; there are: {names}")

    extensions = [
        Extension(
            cls.__name__,
            program_of(cls),
            info={
                "NSExtension": {
                    **_declared(_point_of(cls)),
                    "NSExtensionPrincipalClass": f"{cls.__name__}.{cls.__name__}",
                }
            },
            point=_point_of(cls),
        )
        for cls in classes
        if _point_of(cls)
    ]

    return make_app(
        folder,
        apps[0].__name__,
        source=program_of(apps[0]),
        extensions=extensions,
        groups=groups,
        schemes=schemes,
    )
