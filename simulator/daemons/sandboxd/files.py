"""chmod, utime and statfs of a guest's own files, done in its name; fchown that changes nothing.

Linux lets a process change the mode and the times of any file of its user that it can name, so the
sandbox denies these calls to every guest: they would reach siblings. Apps use them daily all the
same (``shutil.copytree``, zip archives). What is read of the guest's memory is read once and acted
upon; the file is opened first (``Containers.own_file``) and changed through what was opened.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.rooms import Containers
from simulator.daemons.sandboxd.calls import AT_FDCWD, Caller, signed
from simulator.sandbox import kernel
from simulator.sandbox.notification import read_memory, write_memory

__all__ = ("OwnFiles", "file_system")

_MODE_BITS: Final = 0o777  # no set-id and no sticky bit, ever
_AT_SYMLINK_NOFOLLOW: Final = 0x100
_AT_EMPTY_PATH: Final = 0x1000
_PAIR: Final = struct.Struct("=qq")
_TIMES: Final = struct.Struct("=qqqq")  # two of struct timespec, or of struct timeval
_MICROSECONDS: Final = 1_000_000
# struct statfs of 64-bit machines: type, block size, blocks, free, available, files, free files,
# the file system's id (two ints), …: 120 bytes. Source: include/uapi/asm-generic/statfs.h
_STATFS_BYTES: Final = 120
_FSID: Final = slice(56, 64)

_Arguments = tuple[int, ...]
_Deed = Callable[[Guest, Caller, _Arguments], None]


def file_system(folder: str) -> bytes:
    """Return the ``struct statfs`` of a folder's file system, with the id zeroed.

    Raises:
        OSError: The folder is not there.
    """
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    buffer = ctypes.create_string_buffer(_STATFS_BYTES)

    try:
        kernel.system_call("fstatfs", descriptor, buffer)
    finally:
        os.close(descriptor)

    content = bytearray(buffer.raw)
    content[_FSID] = bytes(8)

    return bytes(content)


class OwnFiles:
    """What the host does for guests beneath their own folders.

    Args:
        containers: Who owns what.
        volume: The answer to statfs: the file system as it was when the device booted. What is
            free *now* would tell every guest how much another one writes.
    """

    def __init__(self, containers: Containers, volume: bytes) -> None:
        self._containers = containers
        self._volume = volume
        self._deeds: dict[str, _Deed] = {
            "chmod": self._chmod,
            "fchmod": self._fchmod,
            "fchmodat": self._fchmodat,
            "fchmodat2": self._fchmodat2,
            "fchown": self._fchown,
            "utime": self._utime,
            "utimes": self._utimes,
            "futimesat": self._futimesat,
            "utimensat": self._utimensat,
            "statfs": self._statfs,
            "fstatfs": self._fstatfs,
        }

    def does(self, name: str) -> bool:
        """Return whether a system call may be done for a guest."""
        return name in self._deeds

    def do(self, name: str, guest: Guest, caller: Caller, arguments: _Arguments) -> None:
        """Do a system call for a guest.

        Raises:
            OSError: EPERM: the file is not the guest's own; else what the call itself answers.
        """
        self._deeds[name](guest, caller, arguments)

    def _place(
        self, guest: Guest, caller: Caller, folder: int, address: int, flags: int = 0
    ) -> AbstractContextManager[int]:
        """Open what a folder's descriptor, a path and AT_ flags mean together."""
        if flags & ~(_AT_SYMLINK_NOFOLLOW | _AT_EMPTY_PATH):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

        if flags & _AT_EMPTY_PATH and not (address and caller.text(address)):
            if folder == AT_FDCWD:
                return self._containers.own_file(guest, caller.place(folder))

            return self._containers.own_descriptor(guest, caller.thread, folder)

        path = caller.path(folder, address)

        return self._containers.own_file(guest, path, links=not flags & _AT_SYMLINK_NOFOLLOW)

    # -- modes -------------------------------------------------------------------------------

    def _chmod(self, guest: Guest, caller: Caller, arguments: _Arguments) -> None:
        with self._place(guest, caller, AT_FDCWD, arguments[0]) as descriptor:
            _set_mode(descriptor, arguments[1])

    def _fchmod(self, guest: Guest, caller: Caller, arguments: _Arguments) -> None:
        number = signed(arguments[0])

        with self._containers.own_descriptor(guest, caller.thread, number) as descriptor:
            _set_mode(descriptor, arguments[1])

    def _fchmodat(self, guest: Guest, caller: Caller, arguments: _Arguments) -> None:
        self._fchmodat2(guest, caller, (*arguments[:3], 0))

    def _fchmodat2(self, guest: Guest, caller: Caller, arguments: _Arguments) -> None:
        folder, address, mode, flags = arguments[:4]

        with self._place(guest, caller, signed(folder), address, flags) as descriptor:
            _set_mode(descriptor, mode)

    def _fchown(self, guest: Guest, caller: Caller, arguments: _Arguments) -> None:
        """Let a file belong to whom it belongs already; SQLite asks for that where it is root."""
        number, user, group = map(signed, arguments[:3])

        with self._containers.own_descriptor(guest, caller.thread, number) as descriptor:
            found = os.fstat(descriptor)

            if user not in {-1, found.st_uid} or group not in {-1, found.st_gid}:
                raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    # -- times -------------------------------------------------------------------------------

    def _utime(self, guest: Guest, caller: Caller, arguments: _Arguments) -> None:
        path, address = arguments[:2]
        times = b""

        if address:
            accessed, changed = _PAIR.unpack(_whole(caller, address, _PAIR.size))
            times = _TIMES.pack(accessed, 0, changed, 0)

        with self._place(guest, caller, AT_FDCWD, path) as descriptor:
            _set_times(descriptor, times)

    def _utimes(self, guest: Guest, caller: Caller, arguments: _Arguments) -> None:
        self._futimesat(guest, caller, (AT_FDCWD & 0xFFFFFFFF, *arguments[:2]))

    def _futimesat(self, guest: Guest, caller: Caller, arguments: _Arguments) -> None:
        folder, path, address = arguments[:3]
        times = _of_timevals(_whole(caller, address, _TIMES.size)) if address else b""
        self._change_times(guest, caller, (folder, path, 0), times)

    def _utimensat(self, guest: Guest, caller: Caller, arguments: _Arguments) -> None:
        folder, path, address, flags = arguments[:4]
        times = _whole(caller, address, _TIMES.size) if address else b""
        self._change_times(guest, caller, (folder, path, flags), times)

    def _change_times(
        self, guest: Guest, caller: Caller, where: tuple[int, int, int], times: bytes
    ) -> None:
        folder, path, flags = where
        number = signed(folder)

        # Linux: no path at all means what the descriptor means. futimens(3) is made of that.
        if not path and number != AT_FDCWD:
            with self._containers.own_descriptor(guest, caller.thread, number) as descriptor:
                _set_times(descriptor, times)

            return

        with self._place(guest, caller, number, path, flags) as descriptor:
            _set_times(descriptor, times)

    # -- the file system ---------------------------------------------------------------------

    def _statfs(self, guest: Guest, caller: Caller, arguments: _Arguments) -> None:
        path = caller.path(AT_FDCWD, arguments[0])

        with self._containers.own_file(guest, path, root_too=True, changes=False):
            write_memory(caller.thread, arguments[1], self._volume)

    def _fstatfs(self, guest: Guest, caller: Caller, arguments: _Arguments) -> None:
        number = signed(arguments[0])

        with self._containers.own_descriptor(
            guest, caller.thread, number, root_too=True, changes=False
        ):
            write_memory(caller.thread, arguments[1], self._volume)


def _whole(caller: Caller, address: int, size: int) -> bytes:
    content = read_memory(caller.thread, address, size)

    if len(content) != size:
        raise OSError(errno.EFAULT, os.strerror(errno.EFAULT))

    return content


def _of_timevals(content: bytes) -> bytes:
    accessed, accessed_us, changed, changed_us = _TIMES.unpack(content)

    if not (0 <= accessed_us < _MICROSECONDS and 0 <= changed_us < _MICROSECONDS):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    return _TIMES.pack(accessed, accessed_us * 1000, changed, changed_us * 1000)


def _set_mode(descriptor: int, mode: int) -> None:
    os.chmod(f"/proc/self/fd/{descriptor}", mode & _MODE_BITS)


def _set_times(descriptor: int, times: bytes) -> None:
    """Set times as utimensat(2) takes them, with UTIME_NOW and UTIME_OMIT; now for none."""
    path = f"/proc/self/fd/{descriptor}".encode() + b"\0"
    kernel.system_call("utimensat", AT_FDCWD, path, times or None, 0)
