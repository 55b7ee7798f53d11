"""The event log, as a test sees it: fetched once, filtered at will."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast, overload

__all__ = ("DeviceLog", "Event", "Events")


class Event(NamedTuple):
    """One thing that happened; see ``simulator.daemonkit.events``.

    Attributes:
        id: Position in the log, from 1.
        time_ns: Device time.
        actor: ``bundle id/ordinal`` of a guest, or a daemon.
        kind: The channel or room: ``launch``, ``notify``, ``defaults``, ``denial`` …
        operation: What was done.
        resource: What it was done to.
        access: ``r``, ``w`` or nothing.
        nth: How many times this actor has done this to this.
        cause: The id of the event that led to it, 0 when nothing did.
        line: The guest's source line, or nothing.
        detail: What else is worth knowing.
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
    detail: Mapping[str, object]

    @property
    def reason(self) -> str:
        """Why, where the log says so."""
        return str(self.detail.get("reason", ""))


def _event(row: object) -> Event:
    """Return the event in a row of the control socket's answer."""
    return Event(**cast("dict[str, object]", row))  # type: ignore[arg-type]


class Events(Sequence[Event]):
    """Events in order, with a filter."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events

    def of(
        self,
        *,
        kind: str | None = None,
        operation: str | None = None,
        actor: str | None = None,
        resource: str | None = None,
    ) -> "Events":
        """Return the events that match all that is given.

        An ``actor`` without an ordinal means every process of that bundle.
        """
        return Events(
            [
                event
                for event in self._events
                if kind in {None, event.kind}
                and operation in {None, event.operation}
                and resource in {None, event.resource}
                and actor in {None, event.actor, event.actor.partition("/")[0]}
            ]
        )

    def only(self) -> Event:
        """Return the single event.

        Raises:
            AssertionError: There is none, or more than one; the text shows them.
        """
        if len(self._events) != 1:
            raise AssertionError(f"one event was expected, there are {len(self)}: {self!r}")

        return self._events[0]

    @overload
    def __getitem__(self, index: int) -> Event: ...

    @overload
    def __getitem__(self, index: slice) -> "Events": ...

    def __getitem__(self, index: int | slice) -> "Event | Events":
        if isinstance(index, slice):
            return Events(self._events[index])

        return self._events[index]

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def __repr__(self) -> str:
        shown = [
            f"{event.actor} {event.kind} {event.operation} {event.resource:.80}"
            for event in self._events[:20]
        ]

        return f"Events({shown})"


class DeviceLog:
    """The event log of a device since its boot; each event is fetched once.

    Args:
        ask: Asks the device.
    """

    def __init__(self, ask: Callable[..., object]) -> None:
        self._ask = ask
        self._events: list[Event] = []

    def _fetch(self, **arguments: object) -> int:
        last = self._events[-1].id if self._events else 0
        answer = cast("dict[str, object]", self._ask("events", since=last, **arguments))
        rows = cast("list[object]", answer["events"])
        self._events += [_event(row) for row in rows]

        return len(rows)

    def all(self) -> list[Event]:
        """Return every event so far."""
        while self._fetch():
            pass

        return self._events

    def position(self) -> int:
        """Return the id of the last event."""
        events = self.all()

        return events[-1].id if events else 0

    def wait_for_growth(self, position: int, timeout_s: float) -> int:
        """Wait until something stands behind ``position``; return the new position."""
        if self.position() == position:
            self._fetch(wait=True, timeout_s=timeout_s)

        return self.position()

    @property
    def fetched(self) -> list[Event]:
        """What was fetched so far, for when the device is gone."""
        return self._events
