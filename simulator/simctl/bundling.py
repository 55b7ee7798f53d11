"""What a new bundle consists of, before a file of it is written.

The programs and tests are the texts in ``templates``; property lists are made here.
"""

import builtins
import keyword
import plistlib
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final, NamedTuple
from xml.parsers.expat import ExpatError

from simulator.bundles.points import KEYBOARD, NOTIFICATION_SERVICE, SHARE, WIDGET
from simulator.xpc.errors import Misuse

__all__ = ("Plan", "app_plan", "class_name", "extension_plan")

_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9]{0,63}", re.ASCII)
_IMPORTED: Final = frozenset({
    "Application", "Entry", "FileManager", "InputViewController", "NotificationServiceExtension",
    "ShareExtension", "Timeline", "View", "Widget", "GROUP", "CHANGED",
})  # fmt: skip
"""What the templates' programs name already."""

_TEAM_KEY: Final = "com.apple.developer.team-identifier"
_GROUPS_KEY: Final = "com.apple.security.application-groups"
_TEAM: Final = "EXAMPLE123"
_ID_PREFIX: Final = "com.example"
_POINTS: Final = {
    "share": SHARE,
    "widget": WIDGET,
    "notification-service": NOTIFICATION_SERVICE,
    "keyboard": KEYBOARD,
}
_ATTRIBUTES: Final[Mapping[str, object]] = {
    "share": {
        "NSExtensionActivationRule": {
            "NSExtensionActivationDictionaryVersion": 2,
            "NSExtensionActivationSupportsText": True,
        }
    },
    "keyboard": {"IsASCIICapable": True, "PrimaryLanguage": "en-US", "RequestsOpenAccess": False},
}
_NEEDS_GROUP: Final = ("share", "widget")


class Plan(NamedTuple):
    """What is to be written.

    Attributes:
        bundle_id: Of the new bundle.
        claimed: What must not exist yet: folders and files.
        files: New files and what is in them.
        changed: Files that exist, and what is to be in them.
    """

    bundle_id: str
    claimed: list[Path]
    files: dict[Path, bytes]
    changed: dict[Path, bytes]


class _Host(NamedTuple):
    """The app that embeds an extension.

    Attributes:
        bundle_id: Its id.
        entitlements: Its team and its groups.
        group: The first of its groups, or nothing.
        plan: What is written for it: the whole app, or its Info.plist with one name more.
    """

    bundle_id: str
    entitlements: dict[str, object]
    group: str
    plan: Plan


def class_name(word: str) -> str:
    """Return a word that can be a bundle's name, a program's and a class's.

    Raises:
        Misuse: It cannot be.
    """
    if not _NAME.fullmatch(word):
        raise Misuse(
            f"{word!r} cannot be a name: it should be a capital letter and then letters and "
            "digits, as in ShareToNotes"
        )

    if word in _IMPORTED or keyword.iskeyword(word) or hasattr(builtins, word):
        raise Misuse(f"{word!r} cannot be a name: Python or the SDK means something else by it")

    return word


def app_plan(here: Path, name: str, *, with_test: bool = True, embeds: str = "") -> Plan:
    """Return what a new app in the folder ``here`` consists of."""
    folder = here / f"{name}.app"
    bundle_id = f"{_ID_PREFIX}.{name}"
    group = f"group.{_ID_PREFIX}.{name.lower()}"
    info = {
        **_common(bundle_id, name, "APPL"),
        **({"SIMEmbeddedExtensions": [f"{embeds}.appex"]} if embeds else {}),
    }
    words = {"name": name, "app_id": bundle_id, "group": group}
    entitlements: dict[str, object] = {_TEAM_KEY: _TEAM, _GROUPS_KEY: [group]}
    files = _bundle_files(folder, info, entitlements, _filled("app", words))
    claimed = [folder]

    if with_test:
        test = here / f"test_{name.lower()}.py"
        files[test] = _filled("test_app", words)
        claimed.append(test)

    return Plan(bundle_id, claimed, files, {})


def extension_plan(here: Path, name: str, point: str, app: str) -> Plan:
    """Return what a new extension in the folder ``here`` consists of, and what its app gets.

    Raises:
        Misuse: The app has no proper Info.plist, or is in no App Group where one is needed.
    """
    if app == name:
        raise Misuse(f"the app and its extension cannot both be called {name}: a name is a class")

    host = _host(here, app, name)
    folder, test = here / f"{name}.appex", here / f"test_{name.lower()}.py"

    if point in _NEEDS_GROUP and not host.group:
        raise Misuse(
            f"{app}.app is in no App Group, and {name} would share nothing with it: "
            f"add {_GROUPS_KEY} to {app}.app/{app}.entitlements"
        )

    bundle_id = f"{host.bundle_id}.{name}"
    extension: dict[str, object] = {
        "NSExtensionPointIdentifier": _POINTS[point],
        "NSExtensionPrincipalClass": f"{name}.{name}",
    }

    if point in _ATTRIBUTES:
        extension["NSExtensionAttributes"] = _ATTRIBUTES[point]

    info = {**_common(bundle_id, name, "XPC!"), "NSExtension": extension}
    words = {
        "name": name,
        "app": app,
        "app_id": host.bundle_id,
        "bundle_id": bundle_id,
        "group": host.group,
    }
    files = _bundle_files(folder, info, host.entitlements, _filled(point, words))
    files[test] = _filled(f"test_{point}", words)
    elsewhere = here.parent / "extensions" / folder.name  # there the app's extensions are sought

    return Plan(
        bundle_id,
        list(dict.fromkeys([*host.plan.claimed, folder, elsewhere, test])),
        {**host.plan.files, **files},
        host.plan.changed,
    )


def _host(here: Path, app: str, extension: str) -> _Host:
    folder = here / f"{app}.app"

    if not folder.is_dir():
        plan = app_plan(here, app, with_test=False, embeds=extension)
        group = f"group.{_ID_PREFIX}.{app.lower()}"

        return _Host(plan.bundle_id, {_TEAM_KEY: _TEAM, _GROUPS_KEY: [group]}, group, plan)

    path = folder / "Info.plist"
    info = _read(path)
    bundle_id = info.get("CFBundleIdentifier")
    embedded = info.get("SIMEmbeddedExtensions", [])

    if not isinstance(bundle_id, str) or not isinstance(embedded, list):
        raise Misuse(f"{path} should have a CFBundleIdentifier, and a list of extensions if any")

    files = sorted(folder.glob("*.entitlements"))
    found = _read(files[0]) if files else {}
    entitlements = {key: value for key, value in found.items() if key in {_TEAM_KEY, _GROUPS_KEY}}
    groups = entitlements.get(_GROUPS_KEY)
    group = str(groups[0]) if isinstance(groups, list) and groups else ""
    changed = _list_of({**info, "SIMEmbeddedExtensions": [*embedded, f"{extension}.appex"]})
    is_listed = f"{extension}.appex" in embedded
    plan = Plan(bundle_id, [], {}, {} if is_listed else {path: changed})

    return _Host(bundle_id, entitlements, group, plan)


def _read(path: Path) -> dict[str, object]:
    try:
        found = plistlib.loads(path.read_bytes())
    except (OSError, ValueError, ExpatError, plistlib.InvalidFileException) as problem:
        raise Misuse(f"{path} cannot be read: {problem}") from problem

    if not isinstance(found, dict):
        raise Misuse(f"{path} should be a dictionary")

    return found


def _common(bundle_id: str, name: str, package_type: str) -> dict[str, object]:
    return {
        "CFBundleIdentifier": bundle_id,
        "CFBundleExecutable": name,
        "CFBundleDisplayName": name,
        "CFBundleName": name,
        "CFBundlePackageType": package_type,
        "CFBundleShortVersionString": "1.0",
        "CFBundleVersion": "1",
    }


def _bundle_files(
    folder: Path, info: dict[str, object], entitlements: dict[str, object], program: bytes
) -> dict[Path, bytes]:
    return {
        folder / "Info.plist": _list_of(info),
        folder / f"{folder.stem}.entitlements": _list_of(entitlements),
        folder / f"{folder.stem}.py": program,
    }


def _list_of(keys: dict[str, object]) -> bytes:
    return plistlib.dumps(keys, sort_keys=False)


def _filled(template: str, words: Mapping[str, str]) -> bytes:
    text = resources.files("simulator.simctl").joinpath("templates", f"{template}.txt")

    return Template(text.read_text("utf-8")).substitute(words).encode()
