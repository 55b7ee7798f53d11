"""Files of a guest, opened by the host for what is done in the guest's name.

A guest may put a link anywhere in its folders at any moment, and change a text that the host has
read of its memory: so a file is opened first, for its place alone, and the kernel decides that it
lies beneath one of the guest's own folders; what is done is done to what was opened.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from simulator.daemonkit.beneath import opened_beneath, relative_to
from simulator.daemonkit.guest import Guest

__all__ = ("own_descriptor", "own_file")


def _folder_of(guest: Guest, path: str) -> tuple[str, str]:
    # A program's home is the device's, and it may change nothing there.
    roots = () if guest.is_system else (guest.home, *guest.groups.values())

    for root in roots:
        inside = relative_to(root, path)

        if inside is not None:
            return root, inside

    raise _denied(path)


def _denied(path: str) -> PermissionError:
    return PermissionError(errno.EPERM, os.strerror(errno.EPERM), path)


def _check_changes(guest: Guest, descriptor: int) -> None:
    """Refuse to change what the guest's profile does not let it write, wherever links led."""
    writable = () if guest.profile is None else guest.profile.write
    path = os.readlink(f"/proc/self/fd/{descriptor}")

    if all(relative_to(root, path) is None for root in writable):
        raise _denied(path)


@contextmanager
def own_file(
    guest: Guest, path: str, *, links: bool = True, root_too: bool = False, changes: bool = True
) -> Iterator[int]:
    """Open a file beneath a guest's own folders, for nothing but its place (``O_PATH``).

    Args:
        guest: Whose.
        path: Absolute, as the guest names it.
        links: Whether a link at its end is followed; one that leads out is refused anywhere.
        root_too: Whether it may be the container itself, which is the system's.
        changes: Whether it is to be changed, or only looked at.

    Raises:
        OSError: EPERM when it lies elsewhere or leads out; else the kernel's errno.
    """
    root, inside = _folder_of(guest, os.path.normpath(path))
    flags = os.O_PATH if links else os.O_PATH | os.O_NOFOLLOW

    try:
        opened = opened_beneath(root, inside, flags)

        with opened as descriptor:
            _check_root(descriptor, root, root_too=root_too)

            if changes:
                _check_changes(guest, descriptor)

            yield descriptor
    except OSError as problem:
        if problem.errno == errno.EXDEV:
            raise _denied(path) from problem

        raise


@contextmanager
def own_descriptor(
    guest: Guest, thread: int, number: int, *, root_too: bool = False, changes: bool = True
) -> Iterator[int]:
    """Open what a guest's descriptor means, if it lies beneath the guest's own folders.

    How the guest has opened it does not matter: Linux lets one change the mode through a
    descriptor for reading.

    Args:
        guest: Whose.
        thread: One of its threads, that waits for an answer.
        number: The descriptor.
        root_too: As for :func:`own_file`.
        changes: As for :func:`own_file`.

    Raises:
        OSError: EBADF when there is no such descriptor, EPERM when it means something else: a
            pipe, a shared file.
    """
    try:
        descriptor = os.open(f"/proc/{thread}/fd/{number}", os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from None

    try:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        root, _ = _folder_of(guest, path)
        _check_root(descriptor, root, root_too=root_too)

        if changes:
            _check_changes(guest, descriptor)

        yield descriptor
    finally:
        os.close(descriptor)


def _check_root(descriptor: int, root: str, *, root_too: bool) -> None:
    if not root_too and os.path.samestat(os.fstat(descriptor), os.stat(root)):
        raise _denied(root)
