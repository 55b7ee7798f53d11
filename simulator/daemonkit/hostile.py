"""Files in folders that a guest can write to, met by name: what each is, before it is opened.

Opening a FIFO waits for its other end, opening a device may do something, and a name may come to
mean another thing between two looks at it. So a name is first opened for its place alone (O_PATH),
without following a link; what was opened is looked at, and opened again only if it is a plain file.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ("NoPlainFile", "kind_of", "open_folder", "open_plain", "opened_place")

_PLACE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "FIFO",
    stat.S_IFSOCK: "socket",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


class NoPlainFile(Exception):
    """What was to be read or written is no plain file.

    Attributes:
        kind: What it is: ``folder``, ``link``, ``FIFO``, ``socket``, ``device``.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def kind_of(mode: int) -> str:
    """Return what a file is, as a word."""
    return _KINDS.get(stat.S_IFMT(mode), "device")


@contextmanager
def opened_place(name: str, folder: int) -> Iterator[int]:
    """Open what ``name`` means in a folder, for its place alone; a link is opened itself.

    Raises:
        OSError: There is nothing.
    """
    descriptor = os.open(name, _PLACE, dir_fd=folder)

    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_plain(place: int) -> int:
    """Return a descriptor for reading the plain file that an O_PATH descriptor means.

    Raises:
        NoPlainFile: It is something else.
        OSError: The kernel refuses.
    """
    kind = kind_of(os.fstat(place).st_mode)

    if kind != "file":
        raise NoPlainFile(kind)

    return os.open(f"/proc/self/fd/{place}", os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY)


def open_folder(place: int) -> int:
    """Return a descriptor for reading the folder that an O_PATH descriptor means.

    Raises:
        OSError: ENOTDIR: it is none.
    """
    return os.open(".", _FOLDER, dir_fd=place)
