"""Paths that guests name, to places inside their containers.

A guest may put a link anywhere in its folders at any moment. What a path means is decided by the
kernel, beneath the container, and nothing is opened but for its place.
"""

import errno
import os
import stat
from collections import deque
from contextlib import suppress
from itertools import islice
from typing import Final

from simulator.daemonkit.beneath import opened_beneath, relative_to
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import COORDINATED_DEPTH_MAX
from simulator.daemonkit.rooms import Containers
from simulator.daemons.filecoordinationd.state import Place
from simulator.xpc.errors import Misuse

__all__ = ("Identity", "identities_beneath", "identity_of", "place_of", "place_on_disk")

Identity = tuple[int, int, int, int, int]

_NAME_BYTES_MAX: Final = 255
_PATH_BYTES_MAX: Final = 4095
_SHORT: Final = min(_NAME_BYTES_MAX, 2 * COORDINATED_DEPTH_MAX)  # "/a" for each folder
_LISTED: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_MISSING: Final = frozenset((errno.ENOENT, errno.ENOTDIR))


def place_of(containers: Containers, guest: Guest, path: str, *, link: bool = False) -> Place:
    """Return the place that a guest means by a path; the item need not be there.

    Links in the folders on the way are followed, as far as they stay in the container.

    Args:
        containers: Whose container it is.
        guest: Who names it.
        path: Absolute.
        link: Whether a link at its end is followed, too.

    Raises:
        Misuse: No file can have that path.
        PermissionError: It is not in a container of this guest, or leads out of it.
    """
    _check(path)
    path = os.path.normpath(path)

    for root in () if guest.is_system else (guest.home, *guest.groups.values()):
        inside = relative_to(root, path)

        if inside is not None:
            real = _resolved(root, inside, link=link)

            return Place(root, real, _label(containers, root, real))

    raise PermissionError(errno.EPERM, "it is not in a container of this process", path)


def _check(path: str) -> None:
    raw = path.encode("utf-8", "surrogateescape")

    if len(raw) <= _SHORT and path.startswith("/") and "\0" not in path:
        return  # no part of it can be too long, or too deep

    names = raw.split(b"/")

    if not path.startswith("/") or "\0" in path:
        raise Misuse(f"{path!r} is no absolute path; give one that container_url() begins")

    if any(len(name) > _NAME_BYTES_MAX for name in names):
        raise Misuse(f"a file name has {_NAME_BYTES_MAX} bytes at most: {path!r}")

    if sum(map(len, names)) + len(names) > _PATH_BYTES_MAX:
        raise Misuse(f"a path has {_PATH_BYTES_MAX} bytes at most: {path[:100]!r}…")

    if len(names) > COORDINATED_DEPTH_MAX:
        raise Misuse(
            f"{len(names)} folders above each other; coordination takes "
            f"{COORDINATED_DEPTH_MAX} (COORDINATED_DEPTH_MAX)"
        )


def _label(containers: Containers, root: str, path: str) -> str:
    owner = containers.owner_of(root)
    name = owner.identifier if owner is not None else os.path.basename(root)

    return name + path[len(root) :]


def _resolved(root: str, inside: str, *, link: bool) -> str:
    if inside == ".":
        return root

    if link:
        try:
            return _real(root, inside)
        except OSError as problem:
            if problem.errno not in _MISSING:
                raise _denied(root, inside, problem) from problem

    folder, rest = os.path.split(inside)

    while folder:
        try:
            return f"{_real(root, folder)}/{rest}"
        except OSError as problem:
            if problem.errno not in _MISSING:
                raise _denied(root, inside, problem) from problem

        folder, name = os.path.split(folder)
        rest = f"{name}/{rest}"

    return f"{root}/{rest}"


def _real(root: str, inside: str) -> str:
    with opened_beneath(root, inside, os.O_PATH) as descriptor:
        path = os.readlink(f"/proc/self/fd/{descriptor}")

    if relative_to(root, path) is None:  # the container itself has just been moved or removed
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), path)

    return path


def _denied(root: str, inside: str, problem: OSError) -> OSError:
    why = "it leads out of the container" if problem.errno == errno.EXDEV else problem.strerror

    return PermissionError(errno.EPERM, why, f"{root}/{inside}")


def place_on_disk(containers: Containers, root: str, path: str) -> Place:
    """Return the place of a path that was seen in a container."""
    return Place(root, path, _label(containers, root, path))


def identity_of(place: Place) -> Identity | None:
    """Return what tells an item from itself changed, None where there is none within reach."""
    inside = relative_to(place.root, place.path)

    if inside is None:
        return None

    try:
        with opened_beneath(
            place.root, inside, os.O_PATH | os.O_NOFOLLOW, links=False
        ) as descriptor:
            found = os.fstat(descriptor)
    except OSError:
        return None

    return _identity(found)


def _identity(found: os.stat_result) -> Identity:
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def identities_beneath(place: Place, count: int) -> dict[str, Identity]:
    """Return the paths of what lies in a folder, ``count`` at most, as :func:`identity_of` does.

    The nearest come first. It is empty if there is no folder within reach.
    """
    found: dict[str, Identity] = {}
    folders = deque((place.path,))

    while folders and len(found) < count:
        folder = folders.popleft()
        inside = relative_to(place.root, folder)

        with (
            suppress(OSError),
            opened_beneath(place.root, inside or ".", _LISTED, links=False) as descriptor,
            os.scandir(descriptor) as entries,
        ):
            for entry in islice(entries, count - len(found)):
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    path = f"{folder}/{entry.name}"
                    found[path] = _identity(status)

                    if stat.S_ISDIR(status.st_mode):
                        folders.append(path)

    return found
