"""What the zygote tells the host: a message, and descriptors with it."""

import errno
import select
import socket

__all__ = ("send_with_files",)

_TRIES = 500
_AGAIN_AFTER_S = 0.01


def send_with_files(channel: socket.socket, message: bytes, files: tuple[int, ...]) -> None:
    """Send a message, and wait while the kernel takes no more descriptors of this user.

    Those that are under way in any of a user's processes are counted together, against the limit of
    open files (unix(7), ``ETOOMANYREFS``). Many busy devices reach it for a moment, and a zygote
    that ended then would end its device.

    Raises:
        OSError: It could not be sent, or not within five seconds.
    """
    for tries_left in reversed(range(_TRIES)):
        try:
            socket.send_fds(channel, [message], files)
        except OSError as problem:
            if problem.errno != errno.ETOOMANYREFS or not tries_left:
                raise

            select.select([], [], [], _AGAIN_AFTER_S)
        else:
            return
