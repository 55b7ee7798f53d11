"""What a token does when it fires: call a function, raise a signal, write to a pipe or a port."""

import _thread
import os
import select
import signal
from collections import deque
from contextlib import suppress

from simulator.sdk._process import current

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Container

__all__ = ("DispatchTarget", "MachPort", "MainTarget", "PipeEnd", "SignalTarget", "Target")


class Target:
    """What is told when a token fires."""

    def fire(self, token: int) -> None:
        """Take one notification of ``token``."""
        raise NotImplementedError

    def release(self, token: int) -> None:
        """Let go of a token that was cancelled."""


class DispatchTarget(Target):
    """Calls a function wherever a queue runs what it is given, unless the token is cancelled.

    Args:
        handler: The function.
        queue: Runs what it is given, now or later.
        tokens: The valid tokens.
    """

    def __init__(
        self,
        handler: "Callable[[int], object]",
        queue: "Callable[[Callable[[], object]], object]",
        tokens: "Container[int]",
    ) -> None:
        self.handler = handler
        self._queue = queue
        self._tokens = tokens

    def fire(self, token: int) -> None:
        """Give the queue a call of the handler, which does nothing once the token is cancelled."""
        self._queue(lambda: self._call(token))

    def _call(self, token: int) -> None:
        if token in self._tokens:
            self.handler(token)


class MainTarget(DispatchTarget):
    """Calls a function on the main run loop, which is where events are read.

    Args:
        handler: The function.
        tokens: The valid tokens.
    """

    def __init__(self, handler: "Callable[[int], object]", tokens: "Container[int]") -> None:
        super().__init__(handler, current().call_soon, tokens)


class SignalTarget(Target):
    """Raises a signal in this process.

    Args:
        number: Which; the registration does not check it, as libnotify does not.
    """

    def __init__(self, number: int) -> None:
        self._number = number

    def fire(self, token: int) -> None:  # noqa: ARG002
        """Raise the signal; one that does not exist is raised for nobody."""
        with suppress(OSError, ValueError, OverflowError):
            signal.raise_signal(self._number)


class PipeEnd(Target):
    """A pipe whose reader gets four bytes for each notification: the token, big-endian.

    A token that finds the pipe full is pended once, and written when there is room. The pipe is
    closed with the last token that uses it.

    Attributes:
        descriptor: The reader's end.
    """

    def __init__(self) -> None:
        self.descriptor, self._write = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._write, False)
        self._tokens: set[int] = set()
        self._pended: dict[int, None] = {}

    @property
    def is_open(self) -> bool:
        """Whether a token uses it."""
        return self._write >= 0

    def add(self, token: int) -> None:
        """Use it for one more token."""
        self._tokens.add(token)

    def fire(self, token: int) -> None:
        """Write the token, or pend it."""
        if self._pended:
            self._pended[token] = None
        elif not self._wrote(token):
            self._pended[token] = None
            current().call_soon(self._wait_for_room)  # any thread may post a name of its own

    def _wait_for_room(self) -> None:
        if self._pended and self._write >= 0:
            current().watch_writable(self._write, self._write_pended)

    def _wrote(self, token: int) -> bool:
        try:
            os.write(self._write, token.to_bytes(4, "big"))
        except BlockingIOError:
            return False
        except OSError:  # the process closed its end: nobody reads any more
            return True

        return True

    def _write_pended(self) -> None:
        while self._pended:
            token = next(iter(self._pended))

            if not self._wrote(token):
                return

            self._pended.pop(token, None)

        current().unwatch(self._write)

    def release(self, token: int) -> None:
        """Forget a token; the last one closes the pipe."""
        self._tokens.discard(token)
        self._pended.pop(token, None)

        if not self._tokens and self._write >= 0:
            current().unwatch(self._write)
            os.close(self._write)
            self._write = -1

            with suppress(OSError):  # the process may have closed it
                os.close(self.descriptor)


class MachPort(Target):
    """A port that notifications arrive at, as messages that hold nothing but their token.

    It holds 16 messages; what comes then waits behind them, and nothing is lost. It is dead with
    the last token that uses it.

    Attributes:
        is_dead: Whether no token uses it any more.
    """

    QUEUE_LIMIT = 16

    def __init__(self) -> None:
        self._messages: deque[int] = deque()
        self._count = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK | os.EFD_SEMAPHORE)
        self._tokens: set[int] = set()
        self._lock = _thread.allocate_lock()
        self.is_dead = False
        self.fired_meanwhile: Callable[[int], object] = self.fire

    def fileno(self) -> int:
        """Return a descriptor that can be read while a message waits; it is only to be polled."""
        return self._count

    @property
    def waiting(self) -> int:
        """How many messages wait, those that the queue has no room for too."""
        return len(self._messages)

    def add(self, token: int) -> None:
        """Use it for one more token."""
        self._tokens.add(token)

    def fire(self, token: int) -> None:
        """Take a message."""
        self._messages.append(token)
        os.eventfd_write(self._count, 1)

    def receive(self, timeout_s: float | None = None) -> int | None:
        """Return the token of the next message (``msgh_id``); None when none came in time.

        Args:
            timeout_s: How long to wait in seconds, None for ever.

        Raises:
            ValueError: The port is dead.
        """
        if self.is_dead:
            raise ValueError("the port is dead: its last token was cancelled")

        while not self._take_one():
            if not self._wait(timeout_s):
                return None

        return self._messages.popleft()

    def _take_one(self) -> bool:
        try:
            os.eventfd_read(self._count)
        except BlockingIOError:
            return False

        return True

    def _wait(self, timeout_s: float | None) -> bool:
        process = current()

        if process.is_main_thread:
            return process.wait_readable(self._count, timeout_s, self.fired_meanwhile)

        poller = select.poll()
        poller.register(self._count, select.POLLIN)

        return bool(poller.poll(None if timeout_s is None else timeout_s * 1000))

    def release(self, token: int) -> None:
        """Forget a token; with the last one the port is dead."""
        self._tokens.discard(token)

        if not self._tokens and not self.is_dead:
            self.is_dead = True
            os.close(self._count)
            self._messages.clear()
