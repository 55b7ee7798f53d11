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
from collections.abc import Iterator, Mapping
from contextlib import suppress
from json import JSONEncoder
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import NamedTuple

from simulator.daemonkit.clock import Clock
from simulator.daemonkit.limits import EVENT_FILE_BYTES_MAX, EVENT_TEXT_MAX, EVENTS_KEPT

__all__ = ("Event", "EventLog")

_WRITE_AFTER_S = 0.02  # many events are written at once
_UNWRITTEN_MAX = 2000  # then they are written at once
_TEXTS_KEPT = 5000  # the parts of lines that are the same for many events
_NOTHING: Mapping[str, object] = MappingProxyType({})
_new_tuple = tuple.__new__  # the class's own __new__ takes twice as long
_encode = JSONEncoder(ensure_ascii=False, default=repr).encode


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
    detail: Mapping[str, object] = _NOTHING

    def as_dict(self) -> dict[str, object]:
        """Return the event as plain values, for the control socket."""
        return {**self._asdict(), "detail": dict(self.detail)}


def _bounded(text: str) -> str:
    """Return as much of a text as an event may carry: guests choose many of them."""
    return f"{text[:EVENT_TEXT_MAX]}… ({len(text)} characters)"


class EventLog:
    """The log of one device.

    Args:
        clock: The device's.
        path: The file of JSON lines, or an empty string for none.
    """

    def __init__(self, clock: Clock, path: str = "") -> None:
        self._clock = clock
        self._kept: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self._nth: dict[tuple[str, str, str, str], int] = {}
        self._waiters: list[asyncio.Future[None]] = []
        self._last = 0
        self._path = path
        self._file = open(path, "ab", buffering=1 << 16) if path else None  # noqa: SIM115  closed in close()
        self._unwritten: list[Event] = []
        self._texts: dict[tuple[str, ...], str] = {}

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

        if len(resource) > EVENT_TEXT_MAX:
            resource = _bounded(resource)

        for name, value in detail.items():
            if value.__class__ is str and len(value) > EVENT_TEXT_MAX:
                detail[name] = _bounded(value)

        key = (actor, kind, operation, resource)
        nth = self._nth[key] = self._nth.get(key, 0) + 1

        if len(self._nth) > EVENTS_KEPT:  # nothing grows with the history
            self._nth.clear()

        event = _new_tuple(Event, (
            self._last, self._clock.now_ns(), actor, kind, operation, resource, access, nth, cause,
            line, detail,
        ))  # fmt: skip
        self._kept.append(event)

        if self._file is not None:
            self._will_write(event)

        if self._waiters:
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

    def _will_write(self, event: Event) -> None:
        unwritten = self._unwritten
        unwritten.append(event)

        if len(unwritten) == 1:
            try:
                asyncio.get_running_loop().call_later(_WRITE_AFTER_S, self._write)
            except RuntimeError:  # no loop runs: a test, or the very end
                self._write()
        elif len(unwritten) == _UNWRITTEN_MAX:
            self._write()

    def _write(self) -> None:
        """Write down what has happened since the last time."""
        if self._file is None:
            return

        lines = "".join([self._line(event) for event in self._unwritten])
        self._unwritten.clear()

        try:
            self._file.write(lines.encode("utf-8", "backslashreplace"))
            self._file.flush()

            if self._file.tell() > EVENT_FILE_BYTES_MAX:
                self._set_aside()
        except OSError:
            self._give_up_file()

    def _line(self, event: Event) -> str:
        """Return an event as a JSON object; put together by hand, for it is done at every post."""
        id_, time_ns, actor, kind, operation, resource, access, nth, cause, line, detail = event
        key = (actor, kind, operation, resource, access, line)
        same = self._texts.get(key)

        if same is None:
            if len(self._texts) >= _TEXTS_KEPT:
                self._texts.clear()

            names = ("actor", "kind", "operation", "resource", "access", "line")
            same = self._texts[key] = _encode(dict(zip(names, key, strict=True)))[1:-1]

        text = ""

        for name, value in detail.items():
            if value.__class__ is int:
                text += f', "{name}": {value}'
            elif value.__class__ is str:
                text += f', "{name}": {encode_basestring(value)}'
            else:
                text += f', "{name}": {_encode(value)}'

        return (
            f'{{"id": {id_}, "time_ns": {time_ns}, {same}, "nth": {nth}, "cause": {cause}, '
            f'"detail": {{{text[2:]}}}}}\n'
        )

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
        self._write()

        if self._file is not None:
            self._file.close()
            self._file = None
