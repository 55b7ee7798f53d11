"""Receiving descriptors: ``socket.recv_fds``, with its flags.

CPython's takes flags and does not hand them on (until 3.14 at least): what must not wait waits.
Source: Lib/socket.py of 3.11.
"""

import socket

__all__ = ("receive",)

_INT_BYTES = 4
_CLOEXEC = int(socket.MSG_CMSG_CLOEXEC)  # flags of an enumeration take a microsecond to be added


def receive(
    channel: socket.socket, bytes_max: int, files_max: int, flags: int = 0
) -> tuple[bytes, list[int]]:
    """Receive one message and the descriptors that came with it, which are close-on-exec.

    Raises:
        OSError: As recvmsg(2): BlockingIOError with ``MSG_DONTWAIT`` when there is nothing.
    """
    data, control, _, _ = channel.recvmsg(
        bytes_max, socket.CMSG_LEN(files_max * _INT_BYTES), flags | _CLOEXEC
    )

    if not control:
        return data, []

    files: list[int] = []

    for level, kind, content in control:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            whole = len(content) - len(content) % _INT_BYTES
            files += memoryview(content[:whole]).cast("i").tolist()

    return data, files
