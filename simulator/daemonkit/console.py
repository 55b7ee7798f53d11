"""What a built-in program prints: raw, in order, until somebody takes it.

Unlike :mod:`output`, which logs lines, this is the pipe of a command line: every byte arrives, and
who does not read makes the program wait, as a full pipe does.
"""

import asyncio
import os

from simulator.daemonkit.feed import Feed
from simulator.daemonkit.limits import CONSOLE_BYTES_MAX

__all__ = ("Console",)

_READ_BYTES = 1 << 16  # what a pipe holds


class Console:
    """The reading ends of a program's standard output and standard error.

    Args:
        feed: Its standard input; nothing to read without one.
    """

    def __init__(self, feed: Feed | None = None) -> None:
        self.feed = feed
        self._pipes: dict[int, int] = {}  # descriptor → 1 or 2
        self._printed: list[tuple[int, bytes]] = []
        self._size = 0
        self._waits = False  # for somebody to take what is there
        self._grown = asyncio.Event()

    def attach(self, stream: int, descriptor: int) -> None:
        """Read a pipe from now on; it is closed here.

        Args:
            stream: 1 for standard output, 2 for standard error.
            descriptor: The reading end.
        """
        os.set_blocking(descriptor, False)
        self._pipes[descriptor] = stream
        self._listen(descriptor)

    def _listen(self, descriptor: int) -> None:
        asyncio.get_running_loop().add_reader(descriptor, self._readable, descriptor)

    def _readable(self, descriptor: int) -> None:
        try:
            data = os.read(descriptor, _READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return

        if not data:
            self._close(descriptor)
            return

        self._take(self._pipes[descriptor], data)

        if self._size >= CONSOLE_BYTES_MAX and not self._waits:
            self._waits = True

            for each in self._pipes:
                asyncio.get_running_loop().remove_reader(each)

    def _take(self, stream: int, data: bytes) -> None:
        self._size += len(data)
        self._grown.set()

        if self._printed and self._printed[-1][0] == stream:
            data = self._printed.pop()[1] + data

        self._printed.append((stream, data))

    async def taken(self) -> list[tuple[int, bytes]]:
        """Wait until something was printed, or nothing more will be; return it, oldest first.

        Nothing is in the list once both pipes have ended.
        """
        while not self._printed and self._pipes:
            self._grown.clear()
            await self._grown.wait()

        printed, self._printed, self._size = self._printed, [], 0

        if self._waits:
            self._waits = False

            for descriptor in self._pipes:
                self._listen(descriptor)

        return printed

    def finish(self) -> None:
        """Read what the pipes of a program that is gone still hold, and close them.

        Bounded: a descriptor that outlived the program cannot hold the host here.
        """
        for descriptor, stream in list(self._pipes.items()):
            for _ in range(64):
                try:
                    data = os.read(descriptor, _READ_BYTES)
                except (BlockingIOError, InterruptedError):
                    break

                if not data:
                    break

                self._take(stream, data)

            self._close(descriptor)

    def _close(self, descriptor: int) -> None:
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
        del self._pipes[descriptor]
        self._grown.set()
