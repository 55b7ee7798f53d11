"""The host's event loop: asyncio's, with a shorter way for the sockets that guests speak on.

What asyncio does between a descriptor that is ready and the function that reads it (a handle, a
queue, a context) costs as much as a tenth of a relayed notification (measured). A *hot* descriptor
is served by its selector at once. It is registered with the loop as well, and everything but plain
input goes the long way; so without this loop the same program runs, a little slower.
"""

import asyncio
import math
import os
import select
import selectors
from collections.abc import Callable

__all__ = ("HotLoop", "cool", "heat")


class _HotSelector(selectors.EpollSelector):
    """Serves hot descriptors while it selects the others."""

    def __init__(self) -> None:
        super().__init__()
        self._own = select.epoll.fromfd(os.dup(self.fileno()))
        self.hot: dict[int, Callable[[], None]] = {}
        self.failed: Callable[[Exception], None] = _raise

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready of the others, as asyncio wants it."""
        if timeout is None:
            wait = -1.0
        else:  # never less than asked for: the loop would spin
            wait = math.ceil(timeout * 1e3) * 1e-3 if timeout > 0 else 0.0

        ready = []

        for descriptor, mask in self._own.poll(wait):
            serve = self.hot.get(descriptor)

            if serve is not None and mask == select.EPOLLIN:
                try:
                    serve()
                except Exception as problem:  # noqa: BLE001  as the loop does it
                    self.failed(problem)
            elif (key := self.get_map().get(descriptor)) is not None:
                events = selectors.EVENT_READ if mask & ~select.EPOLLOUT else 0
                events |= selectors.EVENT_WRITE if mask & ~select.EPOLLIN else 0
                ready.append((key, events & key.events))

        return ready

    def close(self) -> None:
        """Close both ways to the one epoll."""
        self._own.close()
        super().close()


def _raise(problem: Exception) -> None:
    raise problem


class HotLoop(asyncio.SelectorEventLoop):
    """The loop of a booted device."""

    def __init__(self) -> None:
        selector = _HotSelector()
        selector.failed = self._failed
        self.hot = selector.hot
        super().__init__(selector)

    def _failed(self, problem: Exception) -> None:
        self.call_exception_handler({"message": "Exception in a hot reader", "exception": problem})


def heat(loop: asyncio.AbstractEventLoop, descriptor: int, serve: Callable[[], None]) -> None:
    """Serve a descriptor, whose reader was added to the loop, at once; no harm in another loop."""
    if isinstance(loop, HotLoop):
        loop.hot[descriptor] = serve


def cool(loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
    """Take :func:`heat` back, before the descriptor is closed; one that is not hot is no error."""
    if isinstance(loop, HotLoop):
        loop.hot.pop(descriptor, None)
