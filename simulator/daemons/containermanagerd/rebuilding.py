"""The index of containers, found again when its file is broken. Blocks on files.

A container's name is a keyed hash of its kind, its owner and a number. So the device's seed tells
which folder is whose, and nobody has to believe the metadata plists, which guests can write; the
owners are in the installed apps' Info.plists, which they cannot.
"""

import os
from pathlib import Path
from typing import Final, NamedTuple

from simulator.bundles.bundle import Bundle, read_bundle
from simulator.daemonkit.chance import Chance
from simulator.daemons.containermanagerd.state import (
    APP_BUNDLE,
    APP_DATA,
    GROUP,
    KINDS,
    PLUGIN_DATA,
    Index,
)
from simulator.xpc.errors import BundleError

__all__ = ("Rebuilt", "rebuilt", "set_aside")

_NUMBERS: Final = 1 << 14  # containers that a device has made; a few seconds' search at most


class Rebuilt(NamedTuple):
    """What was found.

    Attributes:
        found: Every container whose owner is installed. Where two have one owner, as a kill amid
            an upgrade leaves them, the one that was made last.
        apps: The installed apps.
        unknown: The other folders, each beneath ``Containers``.
    """

    found: Index
    apps: tuple[Bundle, ...]
    unknown: tuple[str, ...]


def rebuilt(root: str, chance: Chance) -> Rebuilt:
    """Return whose the containers beneath ``root`` are.

    Args:
        root: The folder ``Containers``.
        chance: That has named them.

    Raises:
        OSError: A folder cannot be read.
    """
    folders = {kind: _names(os.path.join(root, kind)) for kind in KINDS}
    apps = {
        name: app
        for name in folders[APP_BUNDLE]
        if (app := _app_in(Path(root, APP_BUNDLE, name))) is not None
    }
    owners = {owner for app in apps.values() for owner in _owners(app)}
    left = sum(map(len, folders.values()))
    index = Index({})

    for number in range(_NUMBERS):
        if not left:
            break

        for kind, identifier in owners:
            name = chance.uuid(kind, identifier, number)

            if name in folders[kind] and (
                kind != APP_BUNDLE or (name in apps and apps[name].bundle_id == identifier)
            ):
                left -= 1
                index.put(kind, identifier, name)
                index.made = number + 1

    unknown = tuple(
        f"{kind}/{name}" for kind in KINDS for name in sorted(folders[kind] - index.uuids(kind))
    )
    known = tuple(app for name, app in sorted(apps.items()) if name in index.uuids(APP_BUNDLE))

    return Rebuilt(index, known, unknown)


def _names(folder: str) -> set[str]:
    try:
        return set(os.listdir(folder))
    except FileNotFoundError:
        return set()


def _app_in(container: Path) -> Bundle | None:
    try:
        path = next(each for each in container.iterdir() if each.suffix == ".app")

        return read_bundle(path)
    except (BundleError, OSError, StopIteration):
        return None


def _owners(app: Bundle) -> set[tuple[str, str]]:
    found = {(APP_BUNDLE, app.bundle_id)}

    for bundle in (app, *app.extensions):
        found.add((PLUGIN_DATA if bundle.is_extension else APP_DATA, bundle.bundle_id))
        found.update((GROUP, group) for group in bundle.groups)

    return found


def set_aside(root: str, inside: str, target: str) -> None:
    """Move a folder that nobody owns to where no :meth:`Containermanagerd.sweep` finds it.

    Args:
        root: The folder ``Containers``.
        inside: The folder, beneath it.
        target: What it is moved beneath.

    Raises:
        OSError: It cannot be moved.
    """
    source, wanted = os.path.join(root, inside), os.path.join(target, inside)
    os.makedirs(os.path.dirname(wanted), exist_ok=True)
    free, number = wanted, 1

    while os.path.lexists(free):
        number += 1
        free = f"{wanted}-{number}"

    if os.path.isdir(source) and not os.path.islink(source):
        os.chmod(source, 0o700)  # a guest may have made it read-only, and then it does not move

    os.rename(source, free)
