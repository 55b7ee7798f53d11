"""The one socket to the host: frames said and heard, in order.

Any thread may speak; one does at a time. What meets a synchronous call is deferred, for the run
loop of ``_process`` to handle.
"""

import _thread
import os
import select
import socket
from collections import deque

from shared_container.codec import CodecError, decode, encode
from simulator.xpc.descriptors import receive, send
from simulator.xpc.errors import DeviceGone, SimulatorBug, from_wire
from simulator.xpc.frames import FRAME_BYTES_MAX, Flag, Frame, Kind, pack_fields, unpack
from simulator.xpc.page import REPORTS, STEP, PageView

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("BOOTSTRAP_FD", "Bootstrap", "read_whole")

BOOTSTRAP_FD = 3
_FILES_MAX = 16
_NO_WAIT = int(socket.MSG_DONTWAIT)


class Bootstrap:
    """A guest's bootstrap socket.

    Args:
        page: The host's page.

    Attributes:
        lock: Held while a frame is sent or a reply awaited; one thread speaks at a time.
        taken: What is done with frames of a kind at once, on whichever thread reads them, under
            the lock: the run loop may be busy, or wait for what they bring.
    """

    def __init__(self, page: PageView) -> None:
        self.page = page
        self.lock = _thread.RLock()
        self._mode = page.mode
        self._socket = socket.socket(fileno=BOOTSTRAP_FD)
        self._main = _thread.get_ident()
        self._threads: dict[int, int] = {self._main: 0}
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._deferred: deque[tuple[Frame, list[int]]] = deque()
        self.taken: dict[int, Callable[[Frame], None]] = {}
        self._seq = 0
        self._received = 0
        self._handled = 0
        self._cause = 0

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
        send(self._socket, frame, (listener,))
        os.close(listener)

    def _send(self, kind: int, payload: bytes, arg: int, flags: int) -> int:
        self._seq = seq = self._seq + 1
        ident = _thread.get_ident()

        if ident == self._main:
            thread, cause = 0, self._cause
        else:
            thread, cause = self._threads.setdefault(ident, len(self._threads)) & 0xFFFF, 0

            if self._mode[0] & REPORTS:  # it takes back what the main thread has reported
                os.eventfd_write(self._wake, 1)

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

                self._defer(frame, files)

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
        try:
            data, files = receive(
                self._socket, FRAME_BYTES_MAX, _FILES_MAX, 0 if wait else _NO_WAIT
            )
        except ConnectionError:  # closed with unread data: the same as an end of file
            data, files = b"", []

        if not data:
            os._exit(0)  # the host is gone; PDEATHSIG is on its way

        frame = unpack(data)
        self._received = frame.seq

        return frame, files

    def _defer(self, frame: Frame, files: list[int]) -> None:
        """Leave a frame to the run loop, unless its kind is taken at once; under the lock."""
        take = self.taken.get(frame.kind)

        if take is not None:
            take(frame)
            return

        if frame.kind != Kind.TICK:  # it only wakes
            self._deferred.append((frame, files))

        if _thread.get_ident() != self._main:
            os.eventfd_write(self._wake, 1)

    def read_for_all(self) -> None:
        """Take one frame, if there is one, for whoever it concerns; any thread may."""
        with self.lock:
            try:
                frame, files = self._receive(wait=False)
            except BlockingIOError:  # another thread took it
                return

            self._defer(frame, files)

    def read_once(self) -> None:
        """Wait for one frame, for whoever it concerns; for a process with a single thread.

        With more, another may have to speak meanwhile, and this one holds the lock.
        """
        if _thread._count() or self._mode[0] & REPORTS:  # noqa: SLF001  there is no public one
            return

        with self.lock:
            self._defer(*self._receive(wait=True))

    def wait_until_readable(self) -> None:
        """Wait until there is something to read for all."""
        poller = select.poll()
        poller.register(self._socket, select.POLLIN)
        poller.poll()

    def hear(self, kind: int) -> Frame:
        """Wait for one frame of a kind, before the run loop runs (GO)."""
        frame, _ = self._receive(wait=True)

        if frame.kind != kind:
            raise SimulatorBug(f"frame {kind} was expected, {frame.kind} came")

        self._handled = frame.seq
        self._cause = frame.seq

        return frame

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

            frame, files = self._receive(wait=wait)

            # Under the lock here too, or what another thread reads next would be taken before it.
            if (take := self.taken.get(frame.kind)) is not None:
                take(frame)

            return frame, files


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
