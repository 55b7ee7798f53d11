"""Paths inside containers, only beneath a directory descriptor, following no link out.

A guest may put a link anywhere in its folders at any moment; a host that opens by path could
be led out. openat2(2) with ``RESOLVE_BENEATH`` decides in the kernel, without a gap in time.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from simulator.sandbox import kernel
from simulator.xpc.errors import StepFailed

__all__ = ("folder_beneath", "opened_beneath", "relative_to")

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_RESOLVE = kernel.RESOLVE_BENEATH | kernel.RESOLVE_NO_MAGICLINKS


def relative_to(root: str, path: str) -> str | None:
    """Return ``path`` relative to ``root`` if it lies in it by name, else None."""
    if path == root:
        return "."

    return path[len(root) + 1 :] if path.startswith(f"{root}/") else None


@contextmanager
def opened_beneath(root: str, path: str, flags: int, *, links: bool = True) -> Iterator[int]:
    """Open ``path`` beneath the folder ``root``; close it at the end.

    Args:
        root: A folder that the host made.
        path: Relative to it.
        flags: As for open(2); ``O_CLOEXEC`` is added.
        links: Whether links that stay inside may be followed.

    Raises:
        OSError: EXDEV when the path leads out, ELOOP for a link where none may be.
    """
    resolve = _RESOLVE if links else _RESOLVE | kernel.RESOLVE_NO_SYMLINKS
    root_fd = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    try:
        descriptor = kernel.openat2(root_fd, path, flags | os.O_CLOEXEC, 0, resolve)
    finally:
        os.close(root_fd)

    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def folder_beneath(root: str, *names: str) -> Iterator[int]:
    """Open the folder ``root/name/…``, making what is missing; no name may be a link.

    Raises:
        StepFailed: A name is a link or a file, or the disk refused.
    """
    descriptor = os.open(root, _FOLDER)

    try:
        for name in names:
            inner = _step_into(descriptor, name)
            os.close(descriptor)
            descriptor = inner
    except OSError as problem:
        os.close(descriptor)
        raise StepFailed(f"folder {'/'.join(names)}", problem.errno or errno.EIO) from problem

    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _step_into(folder: int, name: str) -> int:
    with suppress(FileExistsError):
        os.mkdir(name, 0o755, dir_fd=folder)

    return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
