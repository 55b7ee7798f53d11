"""What a bundle may do, as sentences that can be compared and put into a table. Pure.

They are made from the profile that a launch of it would get, so that they cannot differ from it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from simulator.bundles.bundle import Bundle
from simulator.daemons.launchd.plan import Confinement, Reach, guest_profile

__all__ = ("granted",)

_HOME = "/home"
_GROUP = "/group/"


class _Imagined(NamedTuple):
    """A process that need not be, for the sake of its profile."""

    bundle: Bundle
    home: str
    groups: dict[str, str]
    traced: bool = False
    is_system: bool = False


def granted(
    bundle: Bundle, app: Bundle, confinement: Confinement, reach: Reach | None = None
) -> list[str]:
    """Return what a bundle may do, each as a sentence without a subject.

    Args:
        bundle: The app or extension.
        app: The app itself, or the one that contains the extension.
        confinement: The device's.
        reach: What limits it within its containers, if anything does.
    """
    groups = {group: f"{_GROUP}{group}" for group in bundle.groups}
    profile = guest_profile(_Imagined(bundle, _HOME, groups), app, confinement, reach)
    common = (*confinement.root.trees, *confinement.root.files)
    found = [_reading(path, bundle, app, common) for path in profile.readable]
    found += [_writing(path, bundle) for path in profile.write]
    found += [_device(path, access) for path, access in profile.devices]
    read_only = reach is not None and reach.groups_read_only
    verb = "read" if read_only else "share"
    found += [f"{verb} the UserDefaults suite {group}" for group in bundle.groups]
    found += ["post Darwin notifications and hear them"]

    if bundle.is_extension:
        found.append(f"be started by the system for a request of {bundle.extension_point}")
    else:
        found.append("be launched by the user, and open URLs of other apps")
        found += [f"be opened by URLs that begin with {scheme}:" for scheme in bundle.url_schemes]

    return list(dict.fromkeys(found))


def _reading(path: str, bundle: Bundle, app: Bundle, trees: Sequence[str]) -> str:
    if path in trees:
        return "read Python, its libraries and the simulator's SDK"

    if path == str(bundle.path):
        return f"read its bundle {bundle.path.name}"

    if path == str(app.frameworks):
        return f"read the frameworks of {app.path.name}"

    if path.startswith(_GROUP):
        return f"read the App Group container of {Path(path).name}, not write it (no Full Access)"

    return f"read {path}"


def _writing(path: str, bundle: Bundle) -> str:
    if path == _HOME:
        kind = "PluginKitPlugin" if bundle.is_extension else "Application"
        return f"read and write a data container of its own (Data/{kind})"

    if path.startswith(_GROUP):
        return f"read and write the App Group container of {Path(path).name}"

    return f"read and write {path}"


def _device(path: str, access: str) -> str:
    return f"read and write {path}" if access == "rw" else f"read {path}"
