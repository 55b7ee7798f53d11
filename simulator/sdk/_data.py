"""Data: bytes that can be read from a file and written to one. Source: Apple, ``Data``."""

import errno
import os

from shared_container import atomic, protection
from simulator.sdk._cocoa_error import Reading, Writing
from simulator.sdk._file_attributes import protect
from simulator.sdk._process import point

TYPE_CHECKING = False

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Self

__all__ = ("Data", "WritingOptions")


class WritingOptions:
    """How :meth:`Data.write` writes. Add them up; at most one of those about protection."""

    ATOMIC = 1
    WITHOUT_OVERWRITING = 2
    NO_FILE_PROTECTION = 0x1000_0000
    COMPLETE_FILE_PROTECTION = 0x2000_0000
    COMPLETE_FILE_PROTECTION_UNLESS_OPEN = 0x3000_0000
    COMPLETE_FILE_PROTECTION_UNTIL_FIRST_USER_AUTHENTICATION = 0x4000_0000


_PROTECTION_MASK = 0xF000_0000
_CLASSES = {
    WritingOptions.NO_FILE_PROTECTION: protection.NONE,
    WritingOptions.COMPLETE_FILE_PROTECTION: protection.COMPLETE,
    WritingOptions.COMPLETE_FILE_PROTECTION_UNLESS_OPEN: protection.COMPLETE_UNLESS_OPEN,
    WritingOptions.COMPLETE_FILE_PROTECTION_UNTIL_FIRST_USER_AUTHENTICATION: (
        protection.COMPLETE_UNTIL_FIRST_USER_AUTHENTICATION
    ),
}


class Data(bytes):
    """Bytes."""

    WritingOptions = WritingOptions

    @classmethod
    def contents_of(cls, path: "Path | str") -> "Self":
        """Return what a file holds: ``Data(contentsOf:)``.

        Raises:
            CocoaError: It cannot be read.
        """
        point("file-read", os.fspath(path), "r")

        with Reading(path), open(path, "rb") as file:
            return cls(file.read())

    def write(self, to: "Path | str", options: int = 0) -> None:
        """Write it to a file; with ``ATOMIC`` others see the old file or the new one.

        Without ``ATOMIC`` the file is emptied first, and others may read a part of it.

        Raises:
            CocoaError: 516: it exists, and must not (``WITHOUT_OVERWRITING``); or as always.
        """
        path = os.fspath(to)
        is_atomic = options & WritingOptions.ATOMIC
        point("file-write" if is_atomic else "file-write-data", path, "w")

        with Writing(path):
            self._write(path, options)
            name = _CLASSES.get(options & _PROTECTION_MASK)

            if name is not None:
                protect(path, name)

    def _write(self, path: str, options: int) -> None:
        is_exclusive = options & WritingOptions.WITHOUT_OVERWRITING

        if is_exclusive and options & WritingOptions.ATOMIC:  # as on a phone: they exclude another
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), path)

        if options & WritingOptions.ATOMIC:
            atomic.write_atomically(path, bytes(self))
            return

        with open(path, "xb" if is_exclusive else "wb") as file:
            file.write(self)
