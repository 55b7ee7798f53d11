"""The process that a guest is: its handlers, its wire, its timers, its run loop.

One socket carries everything in order; the run loop polls it itself (a reader thread in between
costs 1.8 times a bare relay, measured). What meets a synchronous call is deferred, and handled
before the loop polls again. A guest that is told to report (or reports for the first time) says
IDLE with what it has handled: this is the acknowledgement, there is none per frame.
"""

import os
import select
import sys
from collections import deque
from contextlib import suppress
from time import monotonic_ns

from shared_container.codec import encode
from simulator.sdk._bootstrap import Bootstrap
from simulator.sdk._timers import Timers
from simulator.wires.bell import pollable
from simulator.wires.unix import UnixReceiver
from simulator.xpc.errors import SimulatorBug
from simulator.xpc.frames import (
    EVENT_CAUSE,
    Event,
    Frame,
    Kind,
    pack_idle,
)
from simulator.xpc.page import REPORTS, STEP, TOUCHES, PageView

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Frame, list[int]], None]

__all__ = ("WIRE_FD", "Process", "current", "point", "saw", "set_current")

WIRE_FD = 4
_SINGLE_TURNS = 8
_EVENTS_PER_TURN = 64


class Process(Bootstrap):
    """This guest.

    Args:
        page: The host's page.

    Attributes:
        handlers: What to do with each kind of frame; frameworks add theirs.
        fired: What to do with a token that fires.
        info: The launch information of the GO frame.
        working: How many things threads of the SDK do, or have still to do: this process is not
            idle meanwhile.
        workers: The threads that do them.
        crashed: Called with what no code of the SDK's threads has caught; never returns.
        said: Told, under the page's ``TOUCHES`` bit, what this guest is about to touch.
    """

    def __init__(self, page: PageView) -> None:
        super().__init__(page)
        self.handlers: dict[int, Handler] = {Kind.TERM: self._terminated, Kind.FULL: self._full}
        self.fired: Callable[[int], object] = _nobody
        self.said: Callable[[str, str], None] = _nothing
        self.info: dict[str, object] = {}
        self.working = 0
        self.workers: set[int] = set()
        self.crashed: Callable[[BaseException], None] = _nobody
        self.will_terminate: Callable[[], None] | None = None
        self._wire = pollable(UnixReceiver(WIRE_FD))
        self._timers = Timers()
        self._calls: deque[tuple[int, Callable[[], object]]] = deque()
        self._poller = select.poll()
        self._watched: dict[int, Callable[[], object]] = {}
        self._last_event = 0
        self._turns_in_burst = 0  # turns since the wire was found empty
        self._reported: tuple[int, int, int, int] | None = None

    # -- handling ----------------------------------------------------------------------------

    def _handle(self, frame: Frame, files: list[int]) -> None:
        self._cause = frame.seq
        handler = self.handlers.get(frame.kind)

        if handler is None:
            for descriptor in files:
                os.close(descriptor)
        else:
            handler(frame, files)

        self._handled = max(self._handled, frame.seq)
        self._cause = 0

    def _handle_event(self, event: Event) -> None:
        token, sequence, before = event

        # What was said before it comes before it. Mostly all of that is handled, and then, unless
        # another thread may be taking frames just now, no lock is needed to know.
        if self._deferred or before > self._received or self.taken or len(self._threads) > 1:
            while not self._has_handled(before):
                self._handle(*self._next_frame(wait=True))

        self._cause = EVENT_CAUSE | sequence
        self.fired(token)
        self._last_event = sequence
        self._cause = 0

    def _terminated(self, _frame: Frame, _files: list[int]) -> None:
        if self.will_terminate is not None:
            self.will_terminate()

        sys.exit(0)

    def _full(self, _frame: Frame, _files: list[int]) -> None:
        while (event := self._next_event()) is not None:
            self._handle_event(event)

        self.send(Kind.DRAINED)

    def handled(self) -> tuple[int, int]:
        """Return the last frame and the last event of the host's that were, or are being, handled.

        A thread that is not the main one may have been given its work by what is handled there.
        """
        cause = self._cause

        if cause & EVENT_CAUSE:
            return self._handled, max(self._last_event, cause ^ EVENT_CAUSE)

        return max(self._handled, cause), self._last_event

    # -- time --------------------------------------------------------------------------------

    def call_later(self, delay_s: float, handler: "Callable[[], None]") -> int:
        """Run ``handler`` on the run loop after ``delay_s`` seconds; return its number."""
        return self._timers.add(delay_s, self._cause, handler)

    def cancel_timer(self, number: int) -> None:
        """Forget a timer; one that has fired or never was is no error."""
        self._timers.cancel(number)

    def call_soon(self, call: "Callable[[], object]") -> None:
        """Run ``call`` on the run loop, after what runs now; any thread may ask."""
        on_main = self.is_main_thread
        self._calls.append((self._cause if on_main else 0, call))

        if not on_main:
            os.eventfd_write(self._wake, 1)

    def watch_readable(self, descriptor: int, call: "Callable[[], object]") -> None:
        """Run ``call`` on the run loop each time ``descriptor`` has data, until it is unwatched."""
        self._watched[descriptor] = call
        self._poller.register(descriptor, select.POLLIN)

    def watch_writable(self, descriptor: int, call: "Callable[[], object]") -> None:
        """Run ``call`` on the run loop each time ``descriptor`` has room, until it is unwatched."""
        self._watched[descriptor] = call
        self._poller.register(descriptor, select.POLLOUT)

    def unwatch(self, descriptor: int) -> None:
        """Watch a descriptor no longer; one that is not watched is no error."""
        if self._watched.pop(descriptor, None) is not None:
            self._poller.unregister(descriptor)

    def _run_due_timer(self) -> bool:
        due = self._timers.take_due()

        if due is None:
            return False

        self._cause, handler = due
        handler()
        self._cause = 0

        return True

    # -- the run loop ------------------------------------------------------------------------

    def run(self) -> None:
        """Handle frames, events and timers until the host says TERM or goes."""
        self._cause = 0
        poller = self._poller
        poller.register(self._socket, select.POLLIN)
        poller.register(self._wake, select.POLLIN)
        wire = self._wire.fileno()

        if wire is not None:
            poller.register(wire, select.POLLIN)

        while True:
            if self._deferred:
                self._handle(*self._deferred.popleft())
                continue

            if self._calls:
                self._run_call()
                continue

            if self._timers.some and self._run_due_timer():
                continue

            for descriptor, _ in self._wait(poller):
                self._serve(descriptor, wire)

    def _run_call(self) -> None:
        self._cause, call = self._calls.popleft()
        call()
        self._cause = 0

    def _wait(self, poller: select.poll) -> list[tuple[int, int]]:
        deadline = self._timers.deadline() if self._timers.some else -1

        if self._reported is None or self._mode[0] & (REPORTS | TOUCHES):
            ready = poller.poll(0)

            if ready:
                return ready

            self._report(deadline)

        if deadline < 0:
            return poller.poll()

        return poller.poll(max(0, deadline - monotonic_ns()) / 1e6)

    def _report(self, deadline: int) -> None:
        if self.taken:
            with self.lock:  # what another thread has taken is being worked on, once it is counted
                received, working = self._received, self.working

            if working:
                return

            self._handled = received
        else:
            self._handled = self._received  # nothing is deferred, and replies count as handled

        # Whatever is said after a report takes it back: another thread may have said something.
        state = (self._handled, self._last_event, deadline, self._seq)

        if state != self._reported:
            seq = self.send(Kind.IDLE, pack_idle(deadline, self._last_event))
            self._reported = (*state[:3], seq)

    def _serve(self, descriptor: int, wire: int | None) -> None:
        if descriptor == wire:
            self._serve_wire()
        elif descriptor == self._wake:
            self._woken()
        elif descriptor in self._watched:
            self._watched[descriptor]()
        elif descriptor == self._socket.fileno():
            try:
                received = self._next_frame(wait=False)
            except BlockingIOError:  # another thread's call took it
                return

            self._handle(*received)

    def wait_readable(
        self, descriptor: int, timeout_s: float | None, fired: "Callable[[int], object]"
    ) -> bool:
        """Wait on the main thread, as a blocked one; False when the time is over.

        The wire is read meanwhile: what fires goes to ``fired``. Everything else that would run on
        the main thread waits, as it does on a phone.
        """
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        poller.register(self._socket, select.POLLIN)
        wire = self._wire.fileno()
        end = None if timeout_s is None else monotonic_ns() + int(timeout_s * 1e9)

        if wire is not None:
            poller.register(wire, select.POLLIN)

        while True:
            if (
                self._mode[0] & (REPORTS | TOUCHES)
                and self._reported is not None
                and self._may_rest()
            ):
                self._report(end if end is not None else -1)

            left = None if end is None else max(0, end - monotonic_ns()) / 1e6
            ready = {found for found, _ in poller.poll(left)}

            if descriptor in ready:
                return True

            if wire in ready and (event := self._next_event()) is not None:
                self._fire_meanwhile(event, fired)

            if self._socket.fileno() in ready:
                self._take_meanwhile(fired)

            if not ready and left is not None:
                return False

    def _may_rest(self) -> bool:
        """Say whether nothing waits for this thread but news of the front, which can wait."""
        return all(frame.kind == Kind.LIFECYCLE for frame, _ in self._deferred)

    def wait_until(self, is_done: "Callable[[], bool]") -> None:
        """Wait on the main thread, as a blocked one, until ``is_done``; frames are read meanwhile.

        What is taken at once makes it come true; the rest waits for the run loop. Another thread
        that makes it come true wakes this one by :meth:`wake_main`.
        """
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        poller.register(self._wake, select.POLLIN)

        while not is_done():
            # Who waits for others is at rest as far as it goes, as in a synchronous call.
            if (
                self._mode[0] & (REPORTS | TOUCHES)
                and self._reported is not None
                and self._may_rest()
            ):
                self._report(-1)

            for descriptor, _ in poller.poll():
                if descriptor == self._wake:
                    self._woken()
                else:
                    self.read_for_all()

    def _woken(self) -> None:
        with suppress(BlockingIOError):  # a wait inside of a handler has read it
            os.eventfd_read(self._wake)

    def wake_main(self) -> None:
        """Let the main thread look up: from its run loop, or from a wait."""
        os.eventfd_write(self._wake, 1)

    def _fire_meanwhile(self, event: Event, fired: "Callable[[int], object]") -> None:
        cause, self._cause = self._cause, EVENT_CAUSE | event.sequence
        fired(event.token)
        self._last_event = event.sequence
        self._cause = cause

    def _take_meanwhile(self, fired: "Callable[[int], object]") -> None:
        with self.lock:
            frame, files = self._receive(wait=True)

            if frame.kind == Kind.TICK:  # it only wakes
                return

            if frame.kind != Kind.FULL:
                self._defer(frame, files)
                return

        while (event := self._next_event()) is not None:
            self._fire_meanwhile(event, fired)

        self.send(Kind.DRAINED)

    def _next_event(self) -> Event | None:
        try:
            return self._wire.receive()
        except ConnectionError:
            os._exit(0)  # the host is gone; PDEATHSIG is on its way

    def _serve_wire(self) -> None:
        """Handle an event; after some turns in a row, several, for a poll costs as much as one."""
        self._turns_in_burst += 1

        for _ in range(1 if self._turns_in_burst <= _SINGLE_TURNS else _EVENTS_PER_TURN):
            event = self._next_event()

            if event is None:
                self._turns_in_burst = 0
                return

            self._handle_event(event)

            if self._calls:  # what a handler asked for comes before the next event
                return


def _nobody(_: object) -> None:
    """Hear what nobody has asked for yet."""


def _nothing(_operation: str, _resource: str) -> None:
    """Take what is about to be touched before anybody looks."""


_current: Process | None = None


def current() -> Process:
    """Return this process; SimulatorBug when this code does not run in a guest."""
    if _current is None:
        raise SimulatorBug(
            "simulator.sdk works in a guest that the simulator launched; "
            "use simulator.testing to drive one from outside"
        )

    return _current


def set_current(process: Process) -> None:
    """Make ``process`` this process; the launch does it once."""
    global _current  # noqa: PLW0603  a process has one process
    _current = process


def point(operation: str, resource: str, access: str) -> None:
    """Say that this guest is about to touch something that two processes share.

    Costs one test of a bit until somebody wants it; then the host decides when it goes on, or
    compares it with what others do.

    Args:
        operation: For example ``defaults-read``.
        resource: What is touched, for example ``group.x/count``.
        access: ``r`` or ``w``.
    """
    process = current()
    mode = process.page.mode[0]

    if mode & TOUCHES:
        process.said(operation, resource)

    if mode & STEP:
        process.ask(Kind.YIELD, encode([operation, resource, access]))


def saw(channel: str, name: str) -> None:
    """Say that this guest has just seen what others did: a step that no frame of theirs told it.

    Costs one test of a bit while nobody looks for races.

    Args:
        channel: ``defaults`` or ``notify``.
        name: Of the domain, or of the notification.
    """
    process = current()

    if process.page.mode[0] & TOUCHES:
        process.said(f"{channel}-seen", name)
