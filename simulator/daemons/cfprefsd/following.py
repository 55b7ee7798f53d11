"""Following: what changes in a domain, told to somebody outside as it happens.

What a key was before is known from a copy of the domain's values, which costs nothing to those
that nobody follows. Each change is told when it happens: news that are held for other processes
(``staleness``) are no secret of the host.
"""

import asyncio
from collections import deque
from collections.abc import Mapping

from shared_container.codec import encode
from simulator.daemonkit.events import Event, EventLog
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import (
    EVENT_TEXT_MAX,
    FOLLOWED_CHANGES_MAX,
    FOLLOWED_VALUE_BYTES_MAX,
)

__all__ = ("Follower",)


class Follower:
    """Somebody who follows a domain.

    Args:
        log: Where the events of the changes are.
        values: What the domain holds now.
    """

    def __init__(self, log: EventLog, values: Mapping[str, object]) -> None:
        self._log = log
        self._known = dict(values)
        self._rows: deque[dict[str, object]] = deque()
        self._lost = 0
        self._ended = ""
        self._grown = asyncio.Event()

    def changed(self, key: str, value: object, event: int, writer: Guest | None) -> None:
        """Hear that a key was set, or removed: None."""
        old = self._known.get(key)

        if value is None:
            self._known.pop(key, None)
        else:
            self._known[key] = value

        operation = "remove" if value is None else "set"
        self._add(operation, key, event, writer, {"old": _carried(old), "new": _carried(value)})

    def refused(self, key: str, event: int, writer: Guest, reason: str) -> None:
        """Hear that a set was refused, and changed nothing."""
        now = _carried(self._known.get(key))
        self._add(
            "refused",
            key,
            event,
            writer,
            {"old": now, "new": now, "reason": reason[:EVENT_TEXT_MAX]},
        )

    def _add(
        self, operation: str, key: str, number: int, writer: Guest | None, rest: dict[str, object]
    ) -> None:
        event = self._event(number)

        if event is None:
            return

        cause = self._event(event.cause) if event.cause else None
        row: dict[str, object] = {
            "time_ns": event.time_ns,
            "event": event.id,
            "who": _who(writer, event),
            "operation": operation,
            "key": key if len(key) <= EVENT_TEXT_MAX else f"{key[:EVENT_TEXT_MAX]}…",
            **rest,
            "cause": _told(cause),
        }

        if event.operation == "replace":
            row["reason"] = str(event.detail.get("reason", ""))

        self._rows.append(row)

        if len(self._rows) > FOLLOWED_CHANGES_MAX:
            self._rows.popleft()
            self._lost += 1

        self._grown.set()

    def _event(self, number: int) -> Event | None:
        return next(self._log.since(number - 1), None)

    def end(self, reason: str) -> None:
        """Follow no further: the domain is gone."""
        self._ended = reason
        self._grown.set()

    async def taken(self) -> tuple[list[dict[str, object]], int, str]:
        """Wait for something; return the changes, how many before them are lost, and the end."""
        await self._grown.wait()
        rows, self._rows = [*self._rows], deque()
        lost, self._lost = self._lost, 0

        if not self._ended:
            self._grown.clear()

        return rows, lost, self._ended


def _who(writer: Guest | None, event: Event) -> str:
    if writer is None:
        return event.actor

    return f"{writer.bundle_id}[{writer.pid}]" if writer.is_system else writer.name


def _told(cause: Event | None) -> object:
    if cause is None:
        return None

    return {name: getattr(cause, name) for name in ("id", "actor", "kind", "operation", "resource")}


def _carried(value: object) -> list[object]:
    """Return a value for the wire: ``[]`` for none, ``[value]``, or two nulls for a large one."""
    if value is None:
        return []

    size = len(encode(value))

    return [value] if size <= FOLLOWED_VALUE_BYTES_MAX else [None, size]
