"""System calls without Python in between: what a guest asks here, it asks of the kernel.

Python's own functions raise audit events, and the SDK answers some of them before the kernel is
asked; a row that went through them would show the SDK's politeness.
"""

import ctypes
import os
import struct
from typing import Any

from simulator.sandbox.kernel import system_call as call

__all__ = (
    "AF_INET",
    "AF_UNIX",
    "AT_FDCWD",
    "accept",
    "address_of",
    "bind",
    "buffer",
    "call",
    "close",
    "connect",
    "create",
    "holding",
    "inet",
    "listen",
    "named",
    "read",
    "read_file",
    "recv",
    "send",
    "socket",
    "stat",
    "unix",
    "write",
    "write_file",
)

AT_FDCWD = -100
AF_UNIX = 1
AF_INET = 2


def named(path: str | bytes) -> bytes:
    """Return a path as the kernel takes it."""
    return os.fsencode(path) + b"\0"


def buffer(size: int = 256) -> "ctypes.Array[ctypes.c_char]":
    """Return room for an answer."""
    return ctypes.create_string_buffer(size)


def holding(data: bytes, size: int) -> "ctypes.Array[ctypes.c_char]":
    """Return room that begins with some bytes."""
    return ctypes.create_string_buffer(data, size)


def address_of(memory: Any) -> int:
    """Return where a writable buffer lies."""
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def create(path: str, flags: int = os.O_RDONLY, mode: int = 0o600, at: int = AT_FDCWD) -> int:
    """Open a path and return the descriptor."""
    return call("openat", at, named(path), flags | os.O_CLOEXEC, mode)


def close(descriptor: int) -> None:
    """Close a descriptor."""
    call("close", descriptor)


def read(descriptor: int, size: int = 4096) -> bytes:
    """Read once."""
    room = buffer(size)
    length = call("read", descriptor, room, size)

    return room.raw[:length]


def write(descriptor: int, data: bytes) -> int:
    """Write once."""
    return call("write", descriptor, data, len(data))


def read_file(path: str) -> bytes:
    """Return the first bytes of a file."""
    descriptor = create(path)

    try:
        return read(descriptor)
    finally:
        close(descriptor)


def write_file(path: str, data: bytes = b"x", flags: int = os.O_CREAT | os.O_WRONLY) -> bool:
    """Write a file."""
    descriptor = create(path, flags)

    try:
        return write(descriptor, data) == len(data)
    finally:
        close(descriptor)


class Stat:
    """Some fields of struct stat; they lie alike on x86-64 and arm64."""

    def __init__(self, data: bytes) -> None:
        self.inode, self.size = (struct.unpack_from("=q", data, at)[0] for at in (8, 48))
        self.atime = struct.unpack_from("=qq", data, 72)
        self.mtime = struct.unpack_from("=qq", data, 88)


def stat(path: str, at: int = AT_FDCWD, flags: int = 0) -> Stat:
    """Look a path up; flags as for fstatat(2)."""
    room = buffer()
    call("newfstatat", at, named(path), room, flags)

    return Stat(room.raw)


def unlink(path: str) -> None:
    """Remove a file."""
    call("unlinkat", AT_FDCWD, named(path), 0)


def unix(name: str) -> bytes:
    """Return the address of a Unix socket; a leading NUL makes it abstract."""
    return struct.pack("=H", AF_UNIX) + os.fsencode(name) + (b"" if name[0] == "\0" else b"\0")


def inet(port: int) -> bytes:
    """Return the address of a port of this machine."""
    return struct.pack("=H", AF_INET) + struct.pack("!H4s8x", port, b"\x7f\0\0\1")


def socket(family: int, kind: int, protocol: int = 0) -> int:
    """Make a socket."""
    return call("socket", family, kind | 0x80000, protocol)


def connect(descriptor: int, address: bytes) -> int:
    """Connect it."""
    return call("connect", descriptor, address, len(address))


def bind(descriptor: int, address: bytes) -> int:
    """Name it."""
    return call("bind", descriptor, address, len(address))


def listen(descriptor: int) -> int:
    """Let it be connected to."""
    return call("listen", descriptor, 4)


def accept(descriptor: int) -> int:
    """Take a connection that is there."""
    return call("accept4", descriptor, None, None, 0x80000)


def send(descriptor: int, data: bytes, address: bytes = b"", flags: int = 0) -> int:
    """Send, perhaps to an address."""
    where = address or None

    return call("sendto", descriptor, data, len(data), flags, where, len(address))


def recv(descriptor: int, flags: int = 0x40) -> bytes:
    """Receive what is there (MSG_DONTWAIT)."""
    room = buffer(4096)
    length = call("recvfrom", descriptor, room, 4096, flags, None, None)

    return room.raw[:length]
