"""Data protection: the class of each file, and what of a container is open before the first unlock.

A class is an extended attribute of the file or folder; without one it is that of the folder it lies
in, and at last that of the container. Guests can neither read nor write such attributes: they ask.
What may be opened while the device is locked is what has the class None, and becomes the *whole*
grant of a guest that is launched then (Landlock rules on exactly these items): the kernel refuses
the rest, and goes on to when the device is unlocked, until the guest is launched anew.
"""

import errno
import os
import stat
from typing import NamedTuple

from shared_container.protection import ATTRIBUTE, DEFAULT, NONE, NUMBERS
from simulator.daemonkit.beneath import opened_beneath
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import PROTECTION_DEPTH_MAX, PROTECTION_ITEMS_MAX
from simulator.daemonkit.rooms import Kit
from simulator.daemonkit.router import Heard
from simulator.daemons.containermanagerd.own import own_file
from simulator.xpc.errors import Misbehaved, Misuse, SandboxDenied

__all__ = (
    "OpenItems",
    "Protecting",
    "is_still_open",
    "open_items",
    "protection_at",
    "stamp",
)

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_PLACE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_OPERATION = "file-write-protection-class"


class OpenItems(NamedTuple):
    """What of a container is open before the first unlock.

    Attributes:
        paths: Folders with all that is in them, and files.
        left_out: How many more there are, that ``PROTECTION_ITEMS_MAX`` leaves no room for.
    """

    paths: tuple[str, ...]
    left_out: int = 0


def stamp(descriptor: int, name: str) -> None:
    """Give an item its class.

    Args:
        descriptor: Of the item, opened with O_PATH or otherwise.
        name: One of ``NUMBERS``.

    Raises:
        OSError: ENOTSUP: the file system keeps no such attributes, or it is a link.
    """
    os.setxattr(f"/proc/self/fd/{descriptor}", ATTRIBUTE, name.encode())


def _stamped(descriptor: int) -> str | None:
    try:
        value = os.getxattr(f"/proc/self/fd/{descriptor}", ATTRIBUTE).decode("ascii", "replace")
    except OSError:  # none, or a file system without
        return None

    return value if value in NUMBERS else None


def protection_at(root: str, path: str) -> str:
    """Return the class of what lies at ``path``, which is ``root`` or beneath it by name.

    Raises:
        OSError: It is not there, or a link is on the way.
    """
    found = DEFAULT
    folder = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    inside = os.path.relpath(path, root)
    names = [] if inside == "." else inside.split("/")

    try:
        found = _stamped(folder) or found

        for name in names[: PROTECTION_DEPTH_MAX + 1]:
            inner = os.open(name, _PLACE, dir_fd=folder)
            os.close(folder)
            folder = inner
            found = _stamped(folder) or found
    finally:
        os.close(folder)

    return found


def open_items(root: str) -> OpenItems:
    """Return what of a container may be opened before the first unlock.

    A folder is open as a whole where nothing protected lies in it; else what is open in it is named
    one by one, and nothing new can be made in it. Blocks: for a thread.

    Raises:
        OSError: The container is not there.
    """
    paths: list[str] = []
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    try:
        if _look(folder, root, _stamped(folder) or DEFAULT, paths, 0):
            paths = [root]
    finally:
        os.close(folder)

    return OpenItems(tuple(paths[:PROTECTION_ITEMS_MAX]), max(0, len(paths) - PROTECTION_ITEMS_MAX))


def is_still_open(root: str, path: str) -> bool:
    """Return whether an item that was found to be open still is: no link, and of the class None.

    Who runs since before may have put another file, or a link, in its place.
    """
    try:
        with opened_beneath(root, os.path.relpath(path, root), os.O_PATH, links=False):
            return protection_at(root, path) == NONE
    except OSError:
        return False


def _look(folder: int, path: str, name: str, paths: list[str], depth: int) -> bool:
    """Collect what is open in a folder of the class ``name``; return whether all of it is.

    In a folder that is open as a whole nothing is collected.
    """
    inner: list[str] = []
    is_whole = name == NONE

    for entry in sorted(os.listdir(folder)):
        is_open, found = _look_at(folder, f"{path}/{entry}", entry, name, depth)
        is_whole = is_whole and is_open
        inner += found

    if not is_whole:
        paths += inner

    return is_whole


def _look_at(folder: int, path: str, entry: str, name: str, depth: int) -> tuple[bool, list[str]]:
    """Return whether an entry is open as a whole, and what of it is open."""
    try:
        descriptor = os.open(entry, _PLACE, dir_fd=folder)
    except OSError:  # it was removed meanwhile
        return True, []

    try:
        mode = os.fstat(descriptor).st_mode

        if stat.S_ISLNK(mode):
            return True, []  # what it leads to has a class of its own

        own = _stamped(descriptor) or name

        if not stat.S_ISDIR(mode):
            return own == NONE, [path] if own == NONE else []

        if depth >= PROTECTION_DEPTH_MAX:
            return False, []

        listed = os.open(".", _FOLDER, dir_fd=descriptor)

        try:
            paths: list[str] = []
            is_whole = _look(listed, path, own, paths, depth + 1)

            return is_whole, [path] if is_whole else paths
        finally:
            os.close(listed)
    except OSError:  # a folder that cannot be listed is not known to be open
        return False, []
    finally:
        os.close(descriptor)


class Protecting:
    """What guests ask about their files' classes.

    Args:
        kit: The device's.

    Attributes:
        locked: Whether the device waits for its first unlock: then no class can be changed, for
            the keys are not there.
    """

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self.locked = False
        kit.router.verb("containermanagerd.protect", self._protect)
        kit.router.verb("containermanagerd.protection", self._protection)

    def _protect(self, heard: Heard, arguments: object) -> int:
        """Change a file's class; return an errno, or 0."""
        match arguments:
            case [str(path), str(name)]:
                pass
            case _:
                raise Misbehaved("a class of data protection of the wrong shape")

        if name not in NUMBERS:
            raise Misuse(f"{name!r} is no class of data protection ({', '.join(NUMBERS)})")

        guest = heard.guest

        if self.locked:
            raise SandboxDenied(
                _OPERATION, path, "the device has not been unlocked since it was switched on"
            )

        try:
            with own_file(guest, path, links=False, changes=True) as descriptor:
                stamp(descriptor, name)
        except (OSError, ValueError) as problem:
            number = problem.errno if isinstance(problem, OSError) else errno.EINVAL
            return errno.ENOTSUP if number == errno.EOPNOTSUPP else number or errno.EIO

        self._kit.log.append(
            "protection", "set", path, actor=guest.name, cause=heard.cause, access="w", of=name
        )

        return 0

    def _protection(self, heard: Heard, path: object) -> str | None:
        """Return a file's class, or None where there is no such file of the guest's own."""
        if not isinstance(path, str):
            raise Misbehaved("a path that is no string")

        root = _root_of(heard.guest, path)

        try:
            return None if root is None else protection_at(root, os.path.normpath(path))
        except (OSError, ValueError):
            return None


def _root_of(guest: Guest, path: str) -> str | None:
    place = os.path.normpath(path)

    for root in (guest.home, *guest.groups.values()):
        if place == root or place.startswith(f"{root}/"):
            return root

    return None
