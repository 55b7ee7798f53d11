"""Sending and receiving descriptors: ``socket.send_fds`` with patience, ``recv_fds`` with flags.

Those that are under way in any of a user's processes are counted together, against the sender's
limit of open files (unix(7), ``ETOOMANYREFS``). Many busy devices reach a guest's limit for a
moment; a zygote that ended then would end its device, and a guest its launch.

CPython's ``recv_fds`` takes flags and does not hand them on (until 3.14 at least): what must not
wait waits. Source: Lib/socket.py of 3.11.
"""

import errno
import select
import socket

__all__ = ("AGAIN_AFTER_S", "receive", "send")

AGAIN_AFTER_S = 0.01
"""After how long it is worth trying again."""

_INT_BYTES = 4
_CLOEXEC = int(socket.MSG_CMSG_CLOEXEC)  # flags of an enumeration take a microsecond to be added


def send(
    channel: socket.socket, message: bytes, files: tuple[int, ...], wait_s: float = 5.0
) -> None:
    """Send a message, and wait while the kernel takes no more descriptors of this user.

    Raises:
        OSError: It could not be sent, or not within ``wait_s``.
    """
    tries = round(wait_s / AGAIN_AFTER_S)

    while True:
        try:
            socket.send_fds(channel, [message], files)
        except OSError as problem:
            if problem.errno != errno.ETOOMANYREFS or not tries:
                raise

            tries -= 1
            select.select([], [], [], AGAIN_AFTER_S)
        else:
            return


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
