"""Attributes of files: ``FileAttributeKey`` and what stands behind each.

Modes and times of own files are changed by ordinary system calls, which the host does for the
process (the sandbox lets nobody change those of others); the class of data protection is the
host's to keep, and is asked for. Source: Apple, ``FileAttributeKey``, ``FileProtectionType``.
"""

import errno
import os
import stat
import struct
from datetime import UTC, datetime, timedelta

from shared_container import protection
from simulator.sandbox import kernel
from simulator.sdk._process import current
from simulator.xpc.errors import Misuse, SandboxDenied

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = (
    "FileAttributeKey",
    "FileAttributeType",
    "FileProtectionType",
    "protect",
    "read_attributes",
    "write_attributes",
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT_FDCWD = -100
_AT_SYMLINK_NOFOLLOW = 0x100
_STATX_BTIME = 0x800
_STATX_BYTES = 256
_MASK = struct.Struct("=I")
_BORN = struct.Struct("=qI")  # struct statx_timestamp, at offset 80. Source: statx(2)
_BORN_AT = 80


class FileAttributeKey:
    """The keys of a file's attributes."""

    TYPE = "NSFileType"
    SIZE = "NSFileSize"
    MODIFICATION_DATE = "NSFileModificationDate"
    CREATION_DATE = "NSFileCreationDate"
    POSIX_PERMISSIONS = "NSFilePosixPermissions"
    REFERENCE_COUNT = "NSFileReferenceCount"
    SYSTEM_FILE_NUMBER = "NSFileSystemFileNumber"
    PROTECTION_KEY = "NSFileProtectionKey"


class FileAttributeType:
    """What stands for ``FileAttributeKey.TYPE``."""

    TYPE_REGULAR = "NSFileTypeRegular"
    TYPE_DIRECTORY = "NSFileTypeDirectory"
    TYPE_SYMBOLIC_LINK = "NSFileTypeSymbolicLink"
    TYPE_SOCKET = "NSFileTypeSocket"
    TYPE_CHARACTER_SPECIAL = "NSFileTypeCharacterSpecial"
    TYPE_BLOCK_SPECIAL = "NSFileTypeBlockSpecial"
    TYPE_UNKNOWN = "NSFileTypeUnknown"


class FileProtectionType:
    """The classes of data protection."""

    COMPLETE = protection.COMPLETE
    COMPLETE_UNLESS_OPEN = protection.COMPLETE_UNLESS_OPEN
    COMPLETE_UNTIL_FIRST_USER_AUTHENTICATION = protection.COMPLETE_UNTIL_FIRST_USER_AUTHENTICATION
    NONE = protection.NONE


_TYPES = {
    stat.S_IFREG: FileAttributeType.TYPE_REGULAR,
    stat.S_IFDIR: FileAttributeType.TYPE_DIRECTORY,
    stat.S_IFLNK: FileAttributeType.TYPE_SYMBOLIC_LINK,
    stat.S_IFSOCK: FileAttributeType.TYPE_SOCKET,
    stat.S_IFCHR: FileAttributeType.TYPE_CHARACTER_SPECIAL,
    stat.S_IFBLK: FileAttributeType.TYPE_BLOCK_SPECIAL,
}


def read_attributes(path: str) -> dict[str, object]:
    """Return the attributes of a file; of a link its own, not those of what it leads to.

    Raises:
        OSError: There is none.
    """
    found = os.lstat(path)
    key = FileAttributeKey
    attributes: dict[str, object] = {
        key.TYPE: _TYPES.get(stat.S_IFMT(found.st_mode), FileAttributeType.TYPE_UNKNOWN),
        key.SIZE: found.st_size,
        key.MODIFICATION_DATE: _date(found.st_mtime_ns),
        key.POSIX_PERMISSIONS: stat.S_IMODE(found.st_mode),
        key.REFERENCE_COUNT: found.st_nlink,
        key.SYSTEM_FILE_NUMBER: found.st_ino,
    }
    born = _born(path)

    if born is not None:  # not every file system remembers
        attributes[key.CREATION_DATE] = born

    if not stat.S_ISLNK(found.st_mode):
        name = _protection_of(path)

        if name is not None:
            attributes[key.PROTECTION_KEY] = name

    return attributes


def write_attributes(path: str, attributes: "Mapping[str, object]") -> None:
    """Change attributes of a file: its permissions, its date of modification, its protection.

    Raises:
        OSError: The file is not ours, or the attribute cannot be changed here: ENOTSUP.
        TypeError: A value of the wrong kind.
    """
    for key, value in attributes.items():
        if key == FileAttributeKey.POSIX_PERMISSIONS and isinstance(value, int):
            os.chmod(path, value)
        elif key == FileAttributeKey.MODIFICATION_DATE and isinstance(value, datetime):
            at_ns = _nanoseconds(value)
            os.utime(path, ns=(at_ns, at_ns))
        elif key == FileAttributeKey.PROTECTION_KEY and isinstance(value, str):
            protect(path, value)
        elif key in {
            FileAttributeKey.POSIX_PERMISSIONS,
            FileAttributeKey.MODIFICATION_DATE,
            FileAttributeKey.PROTECTION_KEY,
        }:
            raise TypeError(f"{key}: {value!r} is no value of it")
        else:
            raise OSError(errno.ENOTSUP, f"{key} cannot be changed here", path)


def protect(path: str, name: str) -> None:
    """Give a file or folder another class of data protection; files made in a folder inherit it.

    Raises:
        OSError: EPERM: it is not ours, or the device is locked; ENOTSUP: no such class, or a file
            system without extended attributes.
    """
    try:
        refusal = current().call("containermanagerd.protect", [os.path.abspath(path), name])
    except (Misuse, SandboxDenied) as problem:
        number = errno.EPERM if isinstance(problem, SandboxDenied) else errno.ENOTSUP
        raise OSError(number, str(problem), path) from problem

    if refusal:
        assert isinstance(refusal, int)
        raise OSError(refusal, os.strerror(refusal), path)


def _protection_of(path: str) -> str | None:
    name = current().call("containermanagerd.protection", os.path.abspath(path))

    return name if isinstance(name, str) else None


def _date(at_ns: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at_ns // 1000)


def _nanoseconds(date: datetime) -> int:
    aware = date if date.tzinfo is not None else date.astimezone()

    return (aware - _EPOCH) // timedelta(microseconds=1) * 1000


def _born(path: str) -> datetime | None:
    """Return when a file was made: Python has no call for it."""
    import ctypes

    buffer = ctypes.create_string_buffer(_STATX_BYTES)

    try:
        kernel.system_call(
            "statx",
            _AT_FDCWD,
            os.fsencode(path) + b"\0",
            _AT_SYMLINK_NOFOLLOW,
            _STATX_BTIME,
            buffer,
        )
    except OSError:
        return None

    if not _MASK.unpack_from(buffer)[0] & _STATX_BTIME:
        return None

    seconds, nanoseconds = _BORN.unpack_from(buffer, _BORN_AT)

    return _date(seconds * 1_000_000_000 + nanoseconds)
