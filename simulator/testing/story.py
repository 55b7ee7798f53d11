"""The text of a failure: what went wrong first, then what happened, in device time."""

import re
from collections.abc import Iterable, Sequence

from simulator.testing.record import Event

__all__ = ("is_trouble", "lessons", "story", "tails", "told")

_EVENTS_SHOWN = 40
_TROUBLES_SHOWN = 3
_TEXT_MAX = 160
_TAIL_LINES = 30
_CONTAINER = re.compile(
    r"/\S*/data/Containers/\w+/(\w+)/[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}"
)

_TROUBLE_OPERATIONS = frozenset(
    {"cancelled", "fold-failed", "refuse", "remove-failed", "salvage", "set-failed", "skip"}
)


def is_trouble(event: Event) -> bool:
    """Say whether an event is likely to be why a test fails."""
    if event.kind == "exit":
        return event.detail.get("status") != 0 and "ended by the system" not in event.reason

    return event.kind in {"denial", "misbehaved", "race"} or event.operation in _TROUBLE_OPERATIONS


def _short(actor: str) -> str:
    """Return an actor as a column: a daemon's name, or the last part of a bundle id."""
    bundle_id, slash, ordinal = actor.partition("/")

    if not slash:
        return actor

    name = bundle_id.rpartition(".")[2]

    return name if ordinal == "1" else f"{name}/{ordinal}"


def _without_uuids(text: str) -> str:
    """Shorten paths in containers to what a person tells them apart by."""
    return _CONTAINER.sub(r"…/\1/…", text)


def _cut(text: str) -> str:
    line = text.replace("\n", " ⏎ ")

    return line if len(line) <= _TEXT_MAX else f"{line[: _TEXT_MAX - 1]}…"


def _what(event: Event) -> str:  # noqa: C901  one line per kind of event
    match event.kind, event.operation:
        case "launch", "start":
            return f"started {event.resource}"
        case "launch", "launched":
            return "is ready"
        case "exit", _:
            return event.reason
        case "output", stream:
            return f"{stream}: {event.resource}"
        case "denial", operation:
            line = event.detail.get("apple") or f"deny(1) {operation} {event.resource}"
            times = event.detail.get("times")
            return _without_uuids(f"{line}{f' ({times} times so far)' if times else ''}")
        case "race", operation:
            detail = event.detail
            return (
                f"{operation} of {event.resource} with {detail['other']} ({detail['other_line']})"
            )
        case "misbehaved", _:
            return f"dropped: {event.resource}"
        case "screen", "show":
            return f"shows {event.detail.get('text', event.resource)}"
        case "notify" | "url", "deliver":
            to = _short(str(event.detail.get("to", "")))
            return f"{event.kind} deliver {event.resource} to {to}"
        case "notify", "post":
            return f"notify post {event.resource} ({event.detail.get('receivers')} receivers)"
        case kind, operation:
            return f"{kind} {operation} {event.resource}"


def told(event: Event, start_ns: int = 0) -> list[str]:
    """Return an event as lines: device time, actor, what; then where and why."""
    seconds = (event.time_ns - start_ns) / 1e9
    cause = f"   [because of {event.cause}]" if event.cause else ""
    lines = [f"{event.id:5} {seconds:8.3f}  {_short(event.actor):<16} {_cut(_what(event))}{cause}"]
    below = " " * 33

    if event.line and event.kind != "exit":  # an exit's reason has it
        source = event.detail.get("source")
        place = f"{event.line}  {source}" if source else f"at {event.line}"
        lines.append(f"{below}{_cut(place)}")

    if event.kind == "denial":
        lines += [f"{below}{line}" for line in lessons(event.reason)]
    elif event.kind != "exit" and event.reason:
        lines.append(f"{below}{_cut(event.reason)}")

    return lines


def lessons(reason: str) -> list[str]:
    """Return what a denial teaches as lines: what it needs stands first and whole."""
    parts = reason.split("; ")
    needs = [part for part in parts if part.startswith("needs ")]
    others = "; ".join(part for part in parts if not part.startswith("needs "))

    return [*needs, *([_cut(others)] if others else [])]


def _distinct(troubles: Iterable[Event]) -> list[Event]:
    """Return each trouble once, as it was first: what went wrong first is likelier the cause."""
    first: dict[tuple[str, str, str, str], Event] = {}

    for event in troubles:
        first.setdefault((event.actor, event.kind, event.operation, event.resource), event)

    return [*first.values()]


def story(head: str, events: Sequence[Event], *, since: int | None = None) -> str:
    """Return the text of a failure: the likely cause within the first five lines.

    Args:
        head: The first line.
        events: The log.
        since: The position of the log at which a wait began that failed.
    """
    start_ns = events[0].time_ns if events else 0
    lines = [head]
    troubles = _distinct(event for event in events if is_trouble(event))

    if troubles:
        lines.append("the likely cause:")

        shown_first = troubles[: _TROUBLES_SHOWN - 1]

        for event in (*shown_first, *troubles[len(shown_first) :][-1:]):
            lines += told(event, start_ns)

    shown = events[-_EVENTS_SHOWN:]
    lines.append(
        f"what happened (the last {len(shown)} of {len(events)} events; device time in seconds):"
    )
    began = False

    for event in shown:
        if since is not None and event.id > since and not began:
            began = True
            lines.append("      --- the wait began ---")

        mark = "!" if is_trouble(event) else " "
        first, *rest = told(event, start_ns)
        lines += [mark + first[1:], *rest]

    if since is not None and not began:
        lines.append("      --- the wait began, and nothing happened since ---")

    return "\n".join(lines)


def tails(events: Iterable[Event]) -> dict[str, list[str]]:
    """Return the last lines that each guest printed."""
    found: dict[str, list[str]] = {}

    for event in events:
        if event.kind == "output":
            found.setdefault(event.actor, []).append(event.resource)

    return {actor: lines[-_TAIL_LINES:] for actor, lines in found.items()}
