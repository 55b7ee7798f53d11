"""The host's end of a guest: its bootstrap socket and its wire.

Reads a bounded number of frames a turn, so that no guest starves another; queues what a guest does
not read, up to a limit; remembers which log id each frame and event it sent was caused by, and
translates what a guest says back into log ids. A guest that speaks nonsense is dropped with a
sentence.
"""

import asyncio
import errno
import fcntl
import os
import socket
import struct
import sys
import termios
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress

from shared_container.codec import encode
from simulator.daemonkit.eventwire import EventWire
from simulator.daemonkit.hotloop import cool, heat
from simulator.daemonkit.limits import (
    BYTES_PER_TURN,
    CAUSES_KEPT,
    DELIVERIES_PER_TURN,
    FLOOD_TURNS_MAX,
    FRAMES_PER_TURN,
    LARGE_ANSWERS_UNREAD_MAX,
    QUEUED_FRAMES_MAX,
)
from simulator.daemonkit.memory import sealed_memfd
from simulator.sandbox.notification import is_listener
from simulator.wires import Sender
from simulator.xpc.descriptors import AGAIN_AFTER_S
from simulator.xpc.errors import Misbehaved, SimulatorError, to_wire
from simulator.xpc.frames import (
    EVENT_CAUSE,
    FRAME_BYTES_MAX,
    PAYLOAD_BYTES_MAX,
    Flag,
    Frame,
    Kind,
    pack_fields,
    unpack,
    unpack_idle,
)

__all__ = ("Connection",)

_SINGLE_TURNS = 8
_SOCKET_BUFFER = 1 << 20
_FILE_BYTES = 4  # of a descriptor in SCM_RIGHTS


class Connection:
    """One guest's bootstrap socket and wire.

    Args:
        end: The host's end of the bootstrap socket.
        wire: The host's end of the wire.
        heard: Called with each frame and the log id of its cause, in order.
        misbehaved: Called once with a sentence when the guest spoke nonsense.

    Attributes:
        deadline_ns: When the guest's next timer is due, -1 for none.
        flooded: Called when the guest's frames have not ended for ``FLOOD_TURNS_MAX`` turns.
    """

    def __init__(
        self,
        end: socket.socket,
        wire: Sender,
        heard: Callable[[Frame, int], None],
        misbehaved: Callable[[str], None],
    ) -> None:
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER)
        self._socket = end
        self._wire = EventWire(wire, lambda cause: self.send(Kind.FULL, cause=cause))
        self._heard = heard
        self._misbehaved = misbehaved
        self._loop = asyncio.get_running_loop()
        self._open = True
        self._reading = False
        self._seq = 0  # of the last frame sent
        self._last_seen = 0  # seq of the last frame heard
        self._frame_causes: deque[int] = deque(maxlen=CAUSES_KEPT)  # log ids of the last sent
        self._event_causes: deque[int] = deque(maxlen=CAUSES_KEPT)
        self._queue: deque[tuple[bytes, tuple[int, ...]]] = deque()
        self._waits_for_reply = 0
        self._answered = 0  # bytes, in this turn
        self._large_unread = 0
        self._is_deaf = False
        self.answering = asyncio.Lock()  # held by whoever answers behind the turn of the question
        self._given = -1  # the descriptor that came with the first frame
        self._is_too_much = False
        self._turns_in_burst = 0  # turns since the socket was found empty
        self._spent = 0  # deliveries that its posts made in this turn
        self._idle: tuple[int, int] | None = None  # last frame and event it has handled
        self.deadline_ns = -1
        self.flooded: Callable[[], None] = lambda: None

    # -- hearing -----------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to read."""
        self._reading = True
        self._loop.add_reader(self._socket, self._readable)
        heat(self._loop, self._socket.fileno(), self._readable)

    def _readable(self) -> None:
        read = self._answered = self._spent = 0

        for _ in range(self._frames_next_turn()):
            size = self._read_one()
            read += size

            if not size:
                self._turns_in_burst = 0
                return

            if read + self._answered >= BYTES_PER_TURN or self._spent >= DELIVERIES_PER_TURN:
                return

    def _frames_next_turn(self) -> int:
        """Return how many frames to read.

        Most turns find one frame, and looking for a second costs as much as handling it. So the
        first turns take one, and what comes in a burst is taken many at a time.
        """
        self._turns_in_burst += 1

        if self._turns_in_burst <= _SINGLE_TURNS:
            return 1

        if self._turns_in_burst == FLOOD_TURNS_MAX:
            self.flooded()

        return FRAMES_PER_TURN

    def spend(self, deliveries: int) -> None:
        """Say how many events a frame of this guest has made: its turn ends the sooner."""
        self._spent += deliveries

    def _read_one(self) -> int:
        """Read one frame; return its size, 0 when there is none, or never will be."""
        if not self._open:
            return 0

        try:
            # Without room for ancillary data the kernel closes descriptors that a guest sends.
            data = self._socket.recv(FRAME_BYTES_MAX + 1) if self._last_seen else self._first()
        except (BlockingIOError, InterruptedError):
            return 0
        except ConnectionError:  # the peer closed with unread data: the same as an end
            data = b""

        if not data:
            self._stop_reading()
            return 0

        try:
            self._take(data)
        except (Misbehaved, ValueError) as problem:
            self._stop_reading()
            self._misbehaved(str(problem))
            return 0

        return len(data)

    def _first(self) -> bytes:
        """Read the first frame, with which its sender may hand over the listener of its filter."""
        data, ancillary, flags, _ = self._socket.recvmsg(
            FRAME_BYTES_MAX + 1, socket.CMSG_LEN(_FILE_BYTES), socket.MSG_CMSG_CLOEXEC
        )

        for level, kind, content in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                self._given = int.from_bytes(content[:_FILE_BYTES], sys.byteorder)

        self._is_too_much = bool(flags & socket.MSG_CTRUNC)

        return data

    def take_listener(self) -> int:
        """Return the listener that came with the first frame, -1 for none; the caller's from now.

        Raises:
            Misbehaved: What came is something else, or more than one descriptor.
        """
        given, self._given = self._given, -1

        if given >= 0 and not self._is_too_much and is_listener(given):
            return given

        if given < 0 and not self._is_too_much:
            return -1

        if given >= 0:
            os.close(given)

        raise Misbehaved("HELLO carries at most one descriptor, the listener of its filter")

    def _take(self, data: bytes) -> None:
        if len(data) > FRAME_BYTES_MAX:
            raise Misbehaved(f"a frame over the limit of {FRAME_BYTES_MAX} bytes")

        frame = unpack(data)

        if frame.seq != self._last_seen + 1:
            raise Misbehaved(f"frame {frame.seq} came after frame {self._last_seen}")

        if frame.ack > self._seq:
            raise Misbehaved(f"it acknowledges frame {frame.ack}, and {self._seq} were sent")

        self._last_seen = frame.seq
        self._idle = None
        cause = self._log_id(frame.cause) if frame.cause else 0

        if frame.flags & Flag.SYNC:
            self._waits_for_reply = frame.seq

        if frame.kind == Kind.IDLE:
            self._took_idle(frame)

        self._heard(frame, cause)

    def _log_id(self, cause: int) -> int:
        """Return the log id of what a guest says that it is handling, 0 for what is not known."""
        if cause & EVENT_CAUSE:
            kept, back = self._event_causes, self._wire.sent - (cause ^ EVENT_CAUSE)
        else:
            kept, back = self._frame_causes, self._seq - cause

        return kept[-1 - back] if 0 <= back < len(kept) else 0

    def causes_between(self, after: int, upto: int, *, events: bool = False) -> list[int]:
        """Return the log ids of what led to the frames (or events) that were sent.

        Args:
            after: The number of the last one that is not asked for.
            upto: The number of the last one that is.
            events: Whether events are meant.

        Returns:
            -1 among them stands for those that are not remembered (``CAUSES_KEPT``).
        """
        kept, sent = (
            (self._event_causes, self._wire.sent) if events else (self._frame_causes, self._seq)
        )
        first = max(after, sent - len(kept)) + 1
        found = [kept[number - sent - 1] for number in range(first, min(upto, sent) + 1)]

        return [-1, *found] if first > after + 1 and upto > after else found

    def _took_idle(self, frame: Frame) -> None:
        self.deadline_ns, last_event = unpack_idle(frame.payload)

        if last_event > self._wire.sent:
            raise Misbehaved(f"it acknowledges event {last_event}, and {self._wire.sent} were sent")

        self._idle = (frame.ack, last_event)

    @property
    def sent(self) -> int:
        """The seq of the last frame that was sent."""
        return self._seq

    @property
    def heard(self) -> int:
        """The seq of the last frame that was heard."""
        return self._last_seen

    @property
    def events_sent(self) -> int:
        """The sequence of the last event that was sent."""
        return self._wire.sent

    @property
    def waiting(self) -> int:
        """How many frames wait until the guest reads."""
        return len(self._queue)

    @property
    def quiescent(self) -> bool:
        """Whether the guest is idle with nothing unacknowledged, or waits for our reply."""
        if self._waits_for_reply:
            return True

        at_rest = not self._queue and not self._wire.pended

        return at_rest and self._idle == (self._seq, self._wire.sent)

    def catch_up(self) -> None:
        """Read what has come already, up to a turn's frames.

        For who hears of a guest in another way, and tells what it did in the order it did it.
        """
        for _ in range(FRAMES_PER_TURN):
            if not self._read_one():
                return

    def read_to_end(self) -> None:
        """Read what the socket still holds: an exit report overtakes the last frames.

        Nobody hears an answer any more.
        """
        self._is_deaf = True

        while self._read_one():
            pass

    def _stop_reading(self) -> None:
        if self._reading:
            self._reading = False
            cool(self._loop, self._socket.fileno())
            self._loop.remove_reader(self._socket)

    # -- speaking ----------------------------------------------------------------------------

    def send(  # noqa: PLR0913  a frame has this many sides
        self,
        kind: int,
        payload: bytes = b"",
        *,
        cause: int = 0,
        arg: int = 0,
        flags: int = 0,
        answers: int = 0,
        files: Iterable[int] = (),
    ) -> None:
        """Send a frame, or queue it while the guest does not read.

        Args:
            kind: One of :class:`Kind`.
            payload: At most ``PAYLOAD_BYTES_MAX`` bytes.
            cause: The log id of what led to it.
            arg: The kind's small number.
            flags: Bits of :class:`Flag`.
            answers: For a reply, the request's seq.
            files: Descriptors to send along; they stay the caller's.
        """
        if not self._open:
            return

        if len(self._queue) >= QUEUED_FRAMES_MAX:
            self._misbehaved(f"it left {QUEUED_FRAMES_MAX} frames unread (QUEUED_FRAMES_MAX)")
            return

        self._seq += 1
        self._frame_causes.append(cause)
        given = tuple(files)

        if given:
            flags |= Flag.FILES

        data = pack_fields(kind, flags, 0, arg, self._seq, self._last_seen, answers, payload)

        if self._queue or not self._send_now(data, given):
            self._queue.append((data, tuple(os.dup(file) for file in given)))

    def _send_now(self, data: bytes, files: tuple[int, ...]) -> bool:
        try:
            if files:
                socket.send_fds(self._socket, [data], files)
            else:
                self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            self._loop.add_writer(self._socket, self._writable)
            return False
        except ConnectionError:
            return True  # gone; the exit report tells
        except OSError as problem:
            if problem.errno != errno.ETOOMANYREFS:
                raise

            # The socket has room all the while: a writer would be called without end.
            self._loop.remove_writer(self._socket)
            self._loop.call_later(AGAIN_AFTER_S, self._writable)
            return False

        return True

    def _writable(self) -> None:
        while self._queue:
            data, files = self._queue[0]

            if not self._send_now(data, files):
                return

            self._queue.popleft()

            for file in files:
                os.close(file)

        if self._open:
            self._loop.remove_writer(self._socket)

    def reply(self, request: Frame, value: object, *, arg: int = 0, cause: int = 0) -> None:
        """Answer a synchronous frame; a large answer goes as a sealed memfd."""
        if self._waits_for_reply == request.seq:
            self._waits_for_reply = 0

        if self._is_deaf:
            return

        flags = 0

        if isinstance(value, SimulatorError):
            flags = Flag.ERROR
            value = to_wire(value)

        payload = encode(value)
        self._answered += len(payload)

        if len(payload) <= PAYLOAD_BYTES_MAX:
            self.send(Kind.REPLY, payload, arg=arg, flags=flags, answers=request.seq, cause=cause)
            return

        if not self._has_room_for_large():
            self._misbehaved(
                f"it left {self._large_unread} large answers unread (LARGE_ANSWERS_UNREAD_MAX)"
            )
            return

        file = sealed_memfd("reply", payload)

        try:
            self.send(Kind.REPLY, answers=request.seq, arg=arg, cause=cause, files=[file])
        finally:
            os.close(file)

    def _has_room_for_large(self) -> bool:
        """Count a large answer: until all is read, its memory is the machine's, not the guest's."""
        if not self._open:
            return True

        unread = fcntl.ioctl(self._socket, termios.TIOCOUTQ, bytes(4))

        if not self._queue and not struct.unpack("i", unread)[0]:
            self._large_unread = 0

        if self._large_unread == LARGE_ANSWERS_UNREAD_MAX:
            return False

        self._large_unread += 1

        return True

    # -- events ------------------------------------------------------------------------------

    def fire(self, token: int, cause: int) -> int:
        """Send an event on the wire, or pend it once.

        Returns:
            Its sequence, and its log id is then told to :meth:`caused`; 0 when it was pended now;
            -1 when nothing is to be done.
        """
        return self._wire.fire(token, cause, self._seq) if self._open else -1

    def caused(self, event: int) -> None:
        """Remember the log id of the event that was just sent."""
        self._event_causes.append(event)

    @property
    def pends(self) -> bool:
        """Whether an event would have to wait."""
        return self._wire.pends

    @property
    def held(self) -> bool:
        """Whether the host has stopped the guest."""
        return self._wire.held

    def hold(self) -> None:
        """Send no events until :meth:`release`: the host has stopped the guest."""
        self._wire.held = True

    def release(self) -> dict[int, int]:
        """Send events again; return what is to be fired now, as token → cause."""
        return self._wire.release()

    def drained(self) -> dict[int, int]:
        """Take DRAINED; return what is to be fired again, as token → cause."""
        return self._wire.drained()

    def forget_token(self, token: int) -> None:
        """Do not send a pended event of a token that was cancelled."""
        self._wire.forget(token)

    def forget_pended(self) -> None:
        """Do not send what is pended."""
        self._wire.forget_all()

    def close(self) -> None:
        """Close both ends; closing twice is harmless."""
        if not self._open:
            return

        self._stop_reading()
        self._open = False

        if self._given >= 0:
            os.close(self._given)
            self._given = -1

        with suppress(OSError, ValueError):
            self._loop.remove_writer(self._socket)

        for _, files in self._queue:
            for file in files:
                os.close(file)

        self._queue.clear()
        self._socket.close()
        self._wire.close()

    def statistics(self) -> dict[str, int]:
        """Return how much was said and how much waits."""
        return {
            "frames sent": self._seq,
            "frames heard": self._last_seen,
            "events sent": self._wire.sent,
            "queued": len(self._queue),
            "pended": self._wire.pended,
            "merged": self._wire.merged,
        }
