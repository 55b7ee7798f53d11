"""The event log: one append-only, ordered list of everything that happens on a device.

Every event has an id (its position, from 1), device time, an actor (``bundle id/ordinal`` or a
daemon), what was done to what, how many times that actor has done exactly that, the id of the event
that led to it, and the guest's source line where there is one. Traces name guests by bundle and
ordinal, never by pid, so that two runs can be compared.
"""

import asyncio
import io
import json
import os
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from simulator.daemonkit.clock import Clock
from simulator.daemonkit.limits import EVENT_FILE_BYTES_MAX, EVENT_TEXT_MAX, EVENTS_KEPT

__all__ = ("Event", "EventLog")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        id: Position in the log, from 1.
        time_ns: Device time.
        actor: Who did it.
        kind: The channel or room: ``launch``, ``exit``, ``post``, ``deliver``, ``defaults`` …
        operation: What was done.
        resource: What it was done to.
        access: ``r``, ``w`` or nothing.
        nth: How many times this actor has done this to this.
        cause: The id of the event that led to it, 0 when nothing did.
        line: The guest's source line, ``Notes.py:14``, or nothing.
        detail: What else is worth knowing.
    """

    id: int
    time_ns: int
    actor: str
    kind: str
    operation: str
    resource: str
    access: str = ""
    nth: int = 1
    cause: int = 0
    line: str = ""
    detail: dict[str, object] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """Return the event as plain values, for JSON and for the control socket."""
        return asdict(self)


def _bounded(value: Any) -> Any:
    """Return a text no longer than an event may carry: guests choose many of them."""
    if isinstance(value, str) and len(value) > EVENT_TEXT_MAX:
        return f"{value[:EVENT_TEXT_MAX]}… ({len(value)} characters)"

    return value


class EventLog:
    """The log of one device.

    Args:
        clock: The device's.
        path: The file of JSON lines, or an empty string for none.
    """

    def __init__(self, clock: Clock, path: str = "") -> None:
        self._clock = clock
        self._kept: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self._nth: Counter[tuple[str, str, str, str]] = Counter()
        self._waiters: list[asyncio.Future[None]] = []
        self._last = 0
        self._path = path
        self._file = open(path, "ab", buffering=1 << 16) if path else None  # noqa: SIM115  closed in close()
        self._flushing = False

    @property
    def position(self) -> int:
        """The id of the last event."""
        return self._last

    def append(  # noqa: PLR0913  an event has this many sides
        self,
        kind: str,
        operation: str,
        resource: str,
        *,
        actor: str,
        cause: int = 0,
        access: str = "",
        line: str = "",
        **detail: object,
    ) -> int:
        """Write an event down and return its id."""
        self._last += 1
        resource = _bounded(resource)
        key = (actor, kind, operation, resource)
        self._nth[key] += 1

        if len(self._nth) > EVENTS_KEPT:  # nothing grows with the history
            self._nth.clear()

        event = Event(
            self._last,
            self._clock.now_ns(),
            actor,
            kind,
            operation,
            resource,
            access,
            self._nth[key],
            cause,
            line,
            {name: _bounded(value) for name, value in detail.items()},
        )
        self._kept.append(event)
        self._write(event)
        self._wake()

        return self._last

    def since(self, position: int) -> Iterator[Event]:
        """Return the events behind ``position`` that are still in memory, oldest first."""
        behind = min(self._last - position, len(self._kept))

        for index in range(len(self._kept) - behind, len(self._kept)):
            yield self._kept[index]

    async def grown(self, position: int) -> None:
        """Wait until something stands behind ``position``."""
        if self._last > position:
            return

        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)

        try:
            await waiter
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []

        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def _write(self, event: Event) -> None:
        if self._file is None:
            return

        line = json.dumps(event.as_dict(), default=repr, ensure_ascii=False)

        try:
            self._file.write(line.encode("utf-8", "backslashreplace") + b"\n")
        except OSError:
            self._give_up_file()
            return

        if not self._flushing:
            self._flushing = True

            try:
                asyncio.get_running_loop().call_soon(self._flush)
            except RuntimeError:  # no loop runs: a test, or the very end
                self._flush()

    def _flush(self) -> None:
        self._flushing = False

        if self._file is None:
            return

        try:
            self._file.flush()

            if self._file.tell() > EVENT_FILE_BYTES_MAX:
                self._set_aside()
        except OSError:
            self._give_up_file()

    def _set_aside(self) -> None:
        assert self._file is not None
        self._file.close()
        self._file = None
        os.replace(self._path, f"{self._path}.1")
        self._file = open(self._path, "ab", buffering=1 << 16)  # noqa: SIM115  closed in close()

    def _give_up_file(self) -> None:
        """Go on without the file: a full disk must not stop the device; memory has the log."""
        file, self._file = self._file, None

        if isinstance(file, io.BufferedWriter):
            with suppress(OSError):
                file.raw.close()  # closing the buffer would try to write once more

    def close(self) -> None:
        """Write what is left and close the file."""
        self._flush()

        if self._file is not None:
            self._file.close()
            self._file = None
