"""The host's end of the zygote: starting it, asking it to fork, hearing what became of guests."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from shared_container.codec import decode, encode
from simulator.xpc.frames import FRAME_BYTES_MAX
from simulator.xpc.title import TITLE_ROOM

__all__ = ("Zygote", "start_zygote")

_ROOT = Path(__file__).resolve().parents[3]  # the folder that holds ``simulator``
_MAIN = _ROOT / "simulator" / "zygote" / "main.py"


class Zygote:
    """One zygote process.

    Args:
        process: The child.
        channel: The socket to it.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", channel: socket.socket) -> None:
        self.pid = process.pid
        self._process = process
        self._channel = channel
        self._loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self._reported: Callable[[str, list[object], list[int]], None] = lambda *_: None
        self._lost: Callable[[], None] = lambda: None
        self._loop.add_reader(channel, self._readable)

    def serve(
        self, reported: Callable[[str, list[object], list[int]], None], lost: Callable[[], None]
    ) -> None:
        """Tell ``reported`` what the zygote says, and ``lost`` when it is gone."""
        self._reported = reported
        self._lost = lost

    def spawn(
        self,
        number: int,
        title: str,
        level: str,
        operations: Sequence[tuple[str, Sequence[str | int]]],
        files: Sequence[int],
    ) -> None:
        """Ask for a guest with the descriptors bootstrap, wire, stdout, stderr."""
        plan = [[step, list(arguments)] for step, arguments in operations]
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        # The order goes past the zygote, to be read by the fork alone: it names folders.
        with ours, theirs:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, FRAME_BYTES_MAX * 4)
            socket.send_fds(ours, [encode([title, level, plan])], list(files))
            socket.send_fds(self._channel, [encode(["spawn", number])], [theirs.fileno()])

    def _readable(self) -> None:
        try:
            data, files, _, _ = socket.recv_fds(
                self._channel, FRAME_BYTES_MAX, 4, socket.MSG_DONTWAIT | socket.MSG_CMSG_CLOEXEC
            )
        except (BlockingIOError, InterruptedError):
            return
        except ConnectionError:
            data, files = b"", []

        if not data:
            self._loop.remove_reader(self._channel)

            if not self.ready.done():
                self.ready.set_exception(ConnectionResetError("the zygote died at its start"))

            self._lost()
            return

        message = decode(data)
        assert isinstance(message, list)

        if message[0] == "ready":
            self.ready.set_result(None)
        else:
            self._reported(str(message[0]), message[1:], files)

    def close(self) -> None:
        """End the zygote, and with it every guest it has left."""
        with suppress(ValueError, OSError):
            self._loop.remove_reader(self._channel)

        self._channel.close()
        self._process.kill()
        self._process.wait()


def start_zygote(page: int, hash_seed: int) -> Zygote:
    """Start the zygote of this device.

    Args:
        page: The page's read-only descriptor; stays the caller's.
        hash_seed: The guests' ``PYTHONHASHSEED``; nothing else is in their environment.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)

    with theirs:
        process = subprocess.Popen(
            [
                sys.executable,
                *("-s", "-S", "-P", str(_MAIN), str(_ROOT), str(os.getpid())),
                *(str(theirs.fileno()), str(page), TITLE_ROOM),
            ],
            stdin=subprocess.DEVNULL,
            env={"PYTHONHASHSEED": str(hash_seed)},
            pass_fds=(theirs.fileno(), page),
        )

    return Zygote(process, ours)
