"""The process that a guest is: its bootstrap socket, its wire, its run loop.

One socket carries everything in order; the run loop polls it itself (a reader thread in between
costs 1.8 times a bare relay, measured). What meets a synchronous call is deferred, and handled
before the loop polls again. A guest that is told to report (or reports for the first time) says
IDLE with what it has handled: this is the acknowledgement, there is none per frame.
"""

import _thread
import os
import select
import socket
import sys
from collections import deque
from time import monotonic_ns

from shared_container.codec import CodecError, decode, encode
from simulator.sdk._timers import Timers
from simulator.wires.bell import pollable
from simulator.wires.unix import UnixReceiver
from simulator.xpc.errors import DeviceGone, SimulatorBug, from_wire
from simulator.xpc.frames import (
    EVENT_CAUSE,
    FRAME_BYTES_MAX,
    Event,
    Flag,
    Frame,
    Kind,
    pack_fields,
    pack_idle,
    unpack,
)
from simulator.xpc.page import REPORTS, STEP, PageView

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    Handler = Callable[[Frame, list[int]], None]

__all__ = ("BOOTSTRAP_FD", "WIRE_FD", "Process", "current", "point", "read_whole", "set_current")

BOOTSTRAP_FD = 3
WIRE_FD = 4
_FILES_MAX = 16
_SINGLE_TURNS = 8
_EVENTS_PER_TURN = 64


class Process:
    """This guest.

    Args:
        page: The host's page.

    Attributes:
        handlers: What to do with each kind of frame; frameworks add theirs.
        fired: What to do with a token that fires.
        info: The launch information of the GO frame.
        lock: Held while a frame is sent or a reply awaited; one thread speaks at a time.
    """

    def __init__(self, page: PageView) -> None:
        self.page = page
        self._mode = page.mode
        self.handlers: dict[int, Handler] = {Kind.TERM: self._terminated, Kind.FULL: self._full}
        self.fired: Callable[[int], object] = _nobody
        self.info: dict[str, object] = {}
        self.will_terminate: Callable[[], None] | None = None
        self._socket = socket.socket(fileno=BOOTSTRAP_FD)
        self._wire = pollable(UnixReceiver(WIRE_FD))
        self.lock = _thread.RLock()
        self._main = _thread.get_ident()
        self._threads: dict[int, int] = {self._main: 0}
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._deferred: deque[tuple[Frame, list[int]]] = deque()
        self._timers = Timers()
        self._calls: deque[tuple[int, Callable[[], object]]] = deque()
        self._poller = select.poll()
        self._watched: dict[int, Callable[[], object]] = {}
        self._seq = 0
        self._received = 0
        self._handled = 0
        self._last_event = 0
        self._turns_in_burst = 0  # turns since the wire was found empty
        self._cause = 0
        self._reported: tuple[int, int, int] | None = None

    @property
    def is_main_thread(self) -> bool:
        """Whether the main thread asks."""
        return _thread.get_ident() == self._main

    # -- speaking ----------------------------------------------------------------------------

    def send(self, kind: int, payload: bytes = b"", *, arg: int = 0, flags: int = 0) -> int:
        """Send a frame and return its seq; waits while the socket is full.

        Under the page's STEP bit a post and a set wait for the host's word, so that a scheduler
        can hold them before they take effect.
        """
        if self._mode[0] & STEP and kind in {Kind.POST, Kind.SET}:
            self.ask(kind, payload, arg=arg, flags=flags)
            return self._seq

        with self.lock:
            return self._send(kind, payload, arg, flags)

    def say_hello(self, level: bytes, version: int, listener: int) -> None:
        """Send the first frame, and with it the filter's listener, which is closed here."""
        if listener < 0:
            self.send(Kind.HELLO, level, arg=version)
            return

        self._seq += 1
        frame = pack_fields(Kind.HELLO, Flag.FILES, 0, version, self._seq, 0, 0, level)
        socket.send_fds(self._socket, [frame], [listener])
        os.close(listener)

    def _send(self, kind: int, payload: bytes, arg: int, flags: int) -> int:
        self._seq = seq = self._seq + 1
        ident = _thread.get_ident()

        if ident == self._main:
            thread, cause = 0, self._cause
        else:
            thread, cause = self._threads.setdefault(ident, len(self._threads)) & 0xFFFF, 0

        try:
            self._socket.send(
                pack_fields(kind, flags, thread, arg, seq, self._handled, cause, payload)
            )
        except (ConnectionError, BrokenPipeError) as problem:
            raise DeviceGone("the device is gone") from problem

        return seq

    def ask(
        self, kind: int, payload: bytes, *, arg: int = 0, flags: int = 0
    ) -> tuple[Frame, list[int]]:
        """Send a frame and wait for its reply; return the reply and its descriptors.

        Other frames that come in the meantime are deferred to the run loop.

        Raises:
            SimulatorError: The host refused; the error is the host's own.
        """
        with self.lock:
            seq = self._send(kind, payload, arg, flags | Flag.SYNC)

            while True:
                frame, files = self._receive(wait=True)

                if frame.kind == Kind.REPLY and frame.cause == seq:
                    break

                self._deferred.append((frame, files))

                if _thread.get_ident() != self._main:
                    os.eventfd_write(self._wake, 1)

        if frame.flags & Flag.ERROR:
            raise from_wire(decode(frame.payload))

        return frame, files

    def call(self, verb: str, arguments: object = None) -> object:
        """Call ``daemon.verb`` on the host and return what it answers.

        A large answer comes as a sealed memfd, which is read and closed here.
        """
        frame, files = self.ask(Kind.CALL, encode([verb, arguments]))

        if not frame.flags & Flag.FILES:
            return decode(frame.payload)

        try:
            return decode(read_whole(files[0]))
        finally:
            for descriptor in files:
                os.close(descriptor)

    def tell(self, verb: str, arguments: object = None) -> None:
        """Call ``daemon.verb`` without waiting; an error is the host's to log."""
        self.send(Kind.CALL, encode([verb, arguments]))

    # -- hearing -----------------------------------------------------------------------------

    def _receive(self, *, wait: bool) -> tuple[Frame, list[int]]:
        flags = 0 if wait else socket.MSG_DONTWAIT

        try:
            data, files, _, _ = socket.recv_fds(
                self._socket, FRAME_BYTES_MAX, _FILES_MAX, flags | socket.MSG_CMSG_CLOEXEC
            )
        except ConnectionError:  # closed with unread data: the same as an end of file
            data, files = b"", []

        if not data:
            os._exit(0)  # the host is gone; PDEATHSIG is on its way

        frame = unpack(data)
        self._received = frame.seq

        return frame, files

    def hear(self, kind: int) -> Frame:
        """Wait for one frame of a kind, before the run loop runs (GO)."""
        frame, _ = self._receive(wait=True)

        if frame.kind != kind:
            raise SimulatorBug(f"frame {kind} was expected, {frame.kind} came")

        self._handled = frame.seq
        self._cause = frame.seq

        return frame

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
        if self._deferred or before > self._received or len(self._threads) > 1:
            while not self._has_handled(before):
                self._handle(*self._next_frame(wait=True))

        self._cause = EVENT_CAUSE | sequence
        self.fired(token)
        self._last_event = sequence
        self._cause = 0

    def _has_handled(self, seq: int) -> bool:
        """Say whether every frame up to ``seq`` was handled; a reply is, once it is here."""
        with self.lock:  # as below
            if self._deferred:
                return self._deferred[0][0].seq > seq

            return self._received >= seq

    def _next_frame(self, *, wait: bool) -> tuple[Frame, list[int]]:
        with self.lock:  # another thread that waits for a reply may be deferring frames
            if self._deferred:
                return self._deferred.popleft()

            return self._receive(wait=wait)

    def _terminated(self, _frame: Frame, _files: list[int]) -> None:
        if self.will_terminate is not None:
            self.will_terminate()

        sys.exit(0)

    def _full(self, _frame: Frame, _files: list[int]) -> None:
        while (event := self._next_event()) is not None:
            self._handle_event(event)

        self.send(Kind.DRAINED)

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

        if self._reported is None or self._mode[0] & REPORTS:
            ready = poller.poll(0)

            if ready:
                return ready

            self._report(deadline)

        if deadline < 0:
            return poller.poll()

        return poller.poll(max(0, deadline - monotonic_ns()) / 1e6)

    def _report(self, deadline: int) -> None:
        self._handled = self._received  # nothing is deferred here, and replies count as handled
        state = (self._handled, self._last_event, deadline)

        if state != self._reported:
            self._reported = state
            self.send(Kind.IDLE, pack_idle(deadline, self._last_event))

    def _serve(self, descriptor: int, wire: int | None) -> None:
        if descriptor == wire:
            self._serve_wire()
        elif descriptor == self._wake:
            os.eventfd_read(self._wake)
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
            if self._mode[0] & REPORTS and self._reported is not None and not self._deferred:
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
                self._deferred.append((frame, files))
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


def _nobody(_token: int) -> None:
    """Hear a token before anybody has registered for one."""


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

    Costs one test of a bit until somebody wants it; then the host decides when it goes on.

    Args:
        operation: For example ``defaults-read``.
        resource: What is touched, for example ``group.x/count``.
        access: ``r`` or ``w``.
    """
    process = current()

    if process.page.mode[0] & STEP:
        process.ask(Kind.YIELD, encode([operation, resource, access]))


def read_whole(descriptor: int) -> bytes:
    """Return everything in a memfd, from its start."""
    size = os.fstat(descriptor).st_size
    parts = []
    offset = 0

    while offset < size:
        part = os.pread(descriptor, size - offset, offset)

        if not part:
            raise CodecError("a descriptor that ends early")

        parts.append(part)
        offset += len(part)

    return b"".join(parts)
