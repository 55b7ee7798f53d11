"""An extension that is not installed: what its Info.plist says, as it lies in somebody's sources.

Build variables that Xcode would expand, a missing program, a wrong prefix: nothing of that keeps an
activation rule from being judged, so nothing of it is asked.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from simulator.bundles.plist import read_plist
from simulator.daemons.pkd.declarations import declared_types
from simulator.daemons.pkd.uti import Declaration
from simulator.xpc.errors import BundleError, Misuse

__all__ = ("Outside", "declared_outside", "read_outside")

_POINTS: Final = ("NSExtensionPointIdentifier", "EXExtensionPointIdentifier")


class Outside(NamedTuple):
    """What is known of it.

    Attributes:
        bundle_id: As it stands there, or else the folder's name.
        point: Its extension point, or nothing.
        rule: Its activation rule, or None.
        declared: The uniform types that it and the app around it declare.
    """

    bundle_id: str
    point: str
    rule: object
    declared: list[Declaration]


def read_outside(path: Path) -> Outside:
    """Return the extension at a path: a ``.appex``, or an Info.plist.

    Raises:
        Misuse: It cannot be read, or is no extension.
    """
    file = path / "Info.plist" if path.is_dir() else path
    keys = _keys(file)
    extension = keys.get("NSExtension") or keys.get("EXAppExtensionAttributes")

    if not isinstance(extension, Mapping):
        raise Misuse(f"{path} is no extension: its Info.plist has no NSExtension")

    attributes = extension.get("NSExtensionAttributes")
    points = (extension.get(key) for key in _POINTS)
    point = next((each for each in points if isinstance(each, str)), "")
    around = file.parent.parent.parent / "Info.plist"
    declared = declared_types(keys)[0]

    if around.parent.suffix == ".app" and around.is_file():
        declared += declared_types(_keys(around))[0]

    return Outside(
        str(keys.get("CFBundleIdentifier") or file.parent.name),
        point,
        attributes.get("NSExtensionActivationRule") if isinstance(attributes, Mapping) else None,
        declared,
    )


def declared_outside(path: Path) -> list[Declaration]:
    """Return the uniform types that a bundle that is not installed declares.

    Raises:
        Misuse: It cannot be read.
    """
    return declared_types(_keys(path / "Info.plist" if path.is_dir() else path))[0]


def _keys(file: Path) -> dict[str, object]:
    try:
        return read_plist(file, name=str(file))
    except BundleError as problem:  # in other words than an installation's
        raise Misuse(str(problem)) from problem
    except OSError as problem:
        raise Misuse(f"{file} cannot be read: {problem.strerror}") from problem
