"""The event log: one append-only, ordered list of everything that happens on a device.

Every event has an id (its position, from 1), device time, an actor (``bundle id/ordinal`` or a
daemon), what was done to what, how many times that actor has done exactly that, the id of the event
that led to it, and the guest's source line where there is one. Traces name guests by bundle and
ordinal, never by pid, so that two runs can be compared.
"""

import asyncio
import io
import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from json import JSONEncoder
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from simulator.daemonkit.clock import Clock
from simulator.daemonkit.limits import (
    EVENT_FILE_BYTES_MAX,
    EVENT_TEXT_MAX,
    EVENTS_KEPT,
    EVENTS_PER_TURN,
    EVENTS_UNWRITTEN_MAX,
)

__all__ = ("Event", "EventLog", "Follower")

#: Told of each event at once: id, actor, kind, operation, resource, access, cause, detail.
Follower = Callable[[int, str, str, str, str, str, int, dict[str, object]], None]

_BEHIND_S = 0.1
_POSTPONED_MAX = 10
_TEXTS_KEPT = 5000  # the parts of lines that are the same for many events
_new_tuple = tuple.__new__  # the class's own __new__ takes twice as long
_json = JSONEncoder(ensure_ascii=False, default=repr).encode


class Event(NamedTuple):
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
        detail: What else is worth knowing; nobody changes it afterwards.
    """

    id: int
    time_ns: int
    actor: str
    kind: str
    operation: str
    resource: str
    access: str
    nth: int
    cause: int
    line: str
    detail: dict[str, object]

    def as_dict(self) -> dict[str, object]:
        """Return the event as plain values, for the control socket."""
        return {**self._asdict(), "detail": dict(self.detail)}


_Note = tuple[int, int, str, str, str, str, str, int, str, dict[str, object]]


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

    Attributes:
        follower: Who is told of each event at once, or None.
    """

    def __init__(self, clock: Clock, path: str = "") -> None:
        self._now = clock.now_ns
        self._kept: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self._nth: dict[tuple[str, str, str, str], int] = {}
        self._waiters: list[asyncio.Future[None]] = []
        self._last = 0
        self._path = path
        self._file = open(path, "ab", buffering=1 << 16) if path else None  # noqa: SIM115  closed in close()
        self._size = self._file.tell() if self._file else 0
        self._noted: deque[_Note] = deque()  # what is no event yet
        self._texts: dict[tuple[str, ...], str] = {}
        self._settling = False
        self._looked = 0  # the last event when it was last asked whether there is time
        self._postponed = 0
        self.follower: Follower | None = None

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
        """Write an event down and return its id.

        It is taken note of at once, and turned into a line of the file when the host has time: 0.1
        s later as a rule, 1 s in a burst. To encode an event costs more than to deliver a
        notification (measured).
        """
        self._last = number = self._last + 1

        if len(resource) > EVENT_TEXT_MAX:
            resource = _bounded(resource)

        for value in detail.values():
            if value.__class__ is str and len(value) > EVENT_TEXT_MAX:
                detail = {name: _bounded(each) for name, each in detail.items()}
                break

        self._noted.append(
            (number, self._now(), actor, kind, operation, resource, access, cause, line, detail)
        )

        if not self._settling or len(self._noted) > EVENTS_UNWRITTEN_MAX:
            self._settle_later()

        if self._waiters:
            self._wake()

        if self.follower is not None:
            self.follower(number, actor, kind, operation, resource, access, cause, detail)

        return number

    def since(self, position: int) -> Iterator[Event]:
        """Return the events behind ``position`` that are still in memory, oldest first."""
        while self._noted:
            self._settle_some()

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

    def _settle_later(self) -> None:
        """Settle soon; at once where no loop runs (a test, or the very end) or too much waits."""
        if self._settling:
            self._settle_some()
            return

        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._settle_some()
            return

        self._settling = True
        loop.call_later(_BEHIND_S, self._settle_behind)

    def _settle_behind(self) -> None:
        """Settle a turn's worth; the rest has the next turn. In a burst, wait for its end."""
        loop = asyncio.get_running_loop()

        if self._last - self._looked > EVENTS_PER_TURN and self._postponed < _POSTPONED_MAX:
            self._postponed += 1
            self._looked = self._last
            loop.call_later(_BEHIND_S, self._settle_behind)
            return

        self._settle_some()

        if self._noted:
            self._looked = self._last
            loop.call_soon(self._settle_behind)
        else:
            self._settling = False
            self._postponed = 0

    def _settle_some(self) -> None:
        """Make events of what was noted first, count them, and write them to the file."""
        events = []

        for _ in range(min(len(self._noted), EVENTS_PER_TURN)):
            note = self._noted.popleft()
            number, now, actor, kind, operation, resource, access, cause, line, detail = note
            key = (actor, kind, operation, resource)
            nth = self._nth[key] = self._nth.get(key, 0) + 1
            event = _new_tuple(Event, (
                number, now, actor, kind, operation, resource, access, nth, cause, line, detail,
            ))  # fmt: skip
            events.append(event)

        self._kept.extend(events)

        if len(self._nth) > EVENTS_KEPT:  # nothing grows with the history
            self._nth.clear()

        if self._file is not None:
            self._write(events)

    def _write(self, events: list[Event]) -> None:
        assert self._file is not None
        text = "".join([self._line(event) for event in events])
        data = text.encode("utf-8", "backslashreplace")

        try:
            self._file.write(data)
            self._file.flush()
            self._size += len(data)

            if self._size > EVENT_FILE_BYTES_MAX:
                self._set_aside()
        except OSError:
            self._give_up_file()

    def _line(self, event: Event) -> str:
        """Return an event as a line of JSON; put together by hand, for every post makes several."""
        number, now, actor, kind, operation, resource, access, nth, cause, line, detail = event
        key = (actor, kind, operation, resource, access, line)
        same = self._texts.get(key)

        if same is None:
            if len(self._texts) >= _TEXTS_KEPT:
                self._texts.clear()

            names = ("actor", "kind", "operation", "resource", "access", "line")
            same = self._texts[key] = _json(dict(zip(names, key, strict=True)))[1:-1]

        text = ""

        for name, value in detail.items():
            if value.__class__ is int:
                text += f', "{name}": {value}'
            elif value.__class__ is str:
                text += f', "{name}": {encode_basestring(value)}'
            else:
                text += f', "{name}": {_json(value)}'

        return (
            f'{{"id": {number}, "time_ns": {now}, {same}, "nth": {nth}, "cause": {cause}, '
            f'"detail": {{{text[2:]}}}}}\n'
        )

    def _set_aside(self) -> None:
        assert self._file is not None
        self._file.close()
        self._file = None
        os.replace(self._path, f"{self._path}.1")
        self._file = open(self._path, "ab", buffering=1 << 16)  # noqa: SIM115  closed in close()
        self._size = 0

    def _give_up_file(self) -> None:
        """Go on without the file: a full disk must not stop the device; memory has the log."""
        file, self._file = self._file, None

        if isinstance(file, io.BufferedWriter):
            with suppress(OSError):
                file.raw.close()  # closing the buffer would try to write once more

    def close(self) -> None:
        """Write what is left and close the file."""
        while self._noted:
            self._settle_some()

        if self._file is not None:
            self._file.close()
            self._file = None
