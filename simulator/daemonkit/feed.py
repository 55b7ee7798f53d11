"""What a built-in program reads: standard input, fetched from the client when it is wanted.

The counterpart of :mod:`console`. Nothing is read ahead: a program that reads nothing takes nothing
from the client, so that a loop of a shell which spawns programs keeps its own input.
"""

import asyncio
from collections.abc import Callable

from simulator.xpc.errors import Misbehaved, Misuse

__all__ = ("Feed",)


class Feed:
    """The standard input of one program.

    Args:
        want: Asks the client for so many bytes at most.
    """

    def __init__(self, want: Callable[[int], None]) -> None:
        self._want = want
        self._wanted = 0
        self._waiter: asyncio.Future[bytes] | None = None
        self._ended = False

    async def read(self, size: int) -> bytes:
        """Return what the client has, ``size`` bytes at most; nothing at its end.

        Raises:
            Misbehaved: The program reads twice at once.
            Misuse: The client cannot read it, and why.
        """
        if self._waiter is not None:
            raise Misbehaved("it reads its standard input twice at once")

        if self._ended:
            return b""

        self._wanted = size
        self._waiter = asyncio.get_running_loop().create_future()
        self._want(size)

        try:
            return await self._waiter
        finally:
            self._waiter = None

    def give(self, data: bytes) -> None:
        """Take what the client has read; nothing is the end.

        Raises:
            Misuse: It was not asked, or gives more than it was asked for.
        """
        if self._waiter is None or self._waiter.done() or len(data) > self._wanted:
            raise Misuse("input that was not asked for")

        self._ended = not data
        self._waiter.set_result(data)

    def fail(self, problem: str) -> None:
        """Hear that the client cannot read."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(Misuse(problem))

    def end(self) -> None:
        """Give nothing any more: the client has gone, or the program."""
        self._ended = True

        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(b"")
