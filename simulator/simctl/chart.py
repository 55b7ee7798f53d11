"""Who spoke to whom, as a sequence chart in text, made from the event log. Pure.

Lifelines stand in the order in which they first speak; time goes down. The left margin names the
event, and behind ``←`` the event that led to it. A guest's lifeline begins where launchd spawns it
and ends with ``╳``; a later process of the same bundle goes on in the same column.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, cast

__all__ = ("Arrow", "End", "arrows", "sequence_chart")

_SERVERS: Final = {
    "defaults": "cfprefsd",
    "keyboard": "springboard",
    "notify": "notifyd",
    "screen": "springboard",
    "share": "springboard",
    "url": "lsd",
}
"""Which daemon hears of an event whose actor is a guest, or simctl."""

_ASKED_BY_SIMCTL: Final = {
    ("keyboard", "use"),
    ("launch", "start"),
    ("push", "receive"),
    ("screen", "home"),
    ("share", "choose"),
}
_SILENT: Final = {("launch", "launched")}
_LABEL_CELLS_MIN: Final = 30
_LABEL_CELLS_WISHED: Final = 44
_GAPS: Final = (4, 3, 2, 1)

_Event = Mapping[str, object]


class Arrow(NamedTuple):
    """One said something to another.

    Attributes:
        source, target: A daemon's name or a bundle id.
        label: What was said.
        event: The id of the event.
        cause: The id of the event that led to it, 0 for none.
        spawns: Whether the target begins to live with it.
        times: How often in a row.
    """

    source: str
    target: str
    label: str
    event: int
    cause: int
    spawns: bool = False
    times: int = 1


class End(NamedTuple):
    """A guest's process ended."""

    who: str
    label: str
    event: int


def arrows(events: Iterable[_Event]) -> list[Arrow | End]:
    """Return who spoke to whom, in order.

    An event of a daemon whose cause arrived somewhere else shows that somebody asked the daemon:
    that is an arrow too.

    Args:
        events: As the log has them (see ``daemonkit.events``).
    """
    found: list[Arrow | End] = []
    arrived: dict[int, str] = {}

    for event in events:
        number, cause = cast("int", event["id"]), cast("int", event["cause"])
        actor = _lifeline(str(event["actor"]))
        steps = _steps(event, actor, arrived.get(cause, ""))
        arrived[number] = actor

        for step in steps:
            _add(found, step)

            if isinstance(step, Arrow):
                arrived[number] = step.target

    return found


def _steps(event: _Event, actor: str, asker: str) -> list[Arrow | End]:
    kind, operation = str(event["kind"]), str(event["operation"])
    number, cause = cast("int", event["id"]), cast("int", event["cause"])
    resource = str(event["resource"])
    detail = cast("Mapping[str, object]", event["detail"])
    is_guest = "/" in str(event["actor"])

    if kind == "exit":
        return [End(actor, str(detail.get("reason", "ends")), number)]

    if (kind, operation) in _SILENT:
        return []

    steps: list[Arrow | End] = []
    label = f"{operation} {resource}"

    if not cause and (kind, operation) in _ASKED_BY_SIMCTL:
        asker = "simctl"

    steps += _answers(event, actor)

    if not is_guest and actor != "simctl" and asker not in {"", actor}:
        steps.append(Arrow(asker, actor, label, number, cause))

    if "to" in detail or "on" in detail:
        target = _lifeline(str(detail.get("to") or detail["on"]))
        steps.append(Arrow(actor, target, label, number, cause))
    elif (kind, operation) == ("launch", "start"):
        guest = _lifeline(str(detail.get("guest", resource)))
        steps.append(Arrow(actor, guest, "spawn", number, cause, spawns=True))
    elif (is_guest or actor == "simctl") and kind in _SERVERS:
        steps.append(Arrow(actor, _SERVERS[kind], label, number, cause))

    return steps


def _answers(event: _Event, actor: str) -> list[Arrow | End]:
    """Return the answer of an extension that the log has only as what was done with it."""
    number = cast("int", event["id"])
    detail = cast("Mapping[str, object]", event["detail"])

    if (event["kind"], event["operation"]) == ("widget", "timeline"):
        return [Arrow(str(event["resource"]), actor, "timeline", number, 0)]

    shown = cast("Mapping[str, object]", detail.get("shown", {}))
    changed_by = shown.get("changed_by")

    return [Arrow(str(changed_by), "apsd", "content", number, 0)] if changed_by else []


def _lifeline(actor: str) -> str:
    """Return whose column an actor has: every process of a bundle has one, a person is simctl."""
    if actor == "person":
        return "simctl"

    name, slash, ordinal = actor.rpartition("/")

    return name if slash and ordinal.isdigit() else actor


def _add(found: list[Arrow | End], step: Arrow | End) -> None:
    """Append a step, or count it where it repeats the last."""
    last = found[-1] if found else None

    if (
        isinstance(step, Arrow)
        and isinstance(last, Arrow)
        and (last.source, last.target, last.label, last.cause) == (*step[:3], step.cause)
    ):
        found[-1] = last._replace(times=last.times + 1)
    else:
        found.append(step)


def sequence_chart(
    events: Iterable[_Event], width: int = 100, *, since: int = 0, until: int | None = None
) -> list[str]:
    """Return the lines of the chart of some events; none when nobody spoke.

    Args:
        events: As the log has them.
        width: How many cells there are. Labels stand to the right where there is room for them,
            else above their arrows.
        since: The id of the last event that is not drawn any more; causes are sought there too.
        until: The id of the last event that is drawn, None for all.
    """
    drawn = range(since + 1, sys.maxsize if until is None else until + 1)
    steps = [step for step in arrows(events) if step.event in drawn]
    names = list(
        dict.fromkeys(
            name for step in steps if isinstance(step, Arrow) for name in (step.source, step.target)
        )
    )

    return _Drawing(names, steps, width).lines() if names else []


class _Drawing:
    """The chart on its way to lines."""

    def __init__(self, names: Sequence[str], steps: Sequence[Arrow | End], width: int) -> None:
        self._steps = steps
        self._width = width
        self._names = names
        self._shown = _short(names)
        self._margin = max(len(_numbers(step)) for step in steps) + 2
        self._columns, self._right = self._spread()
        self._alive = set(names) - {
            step.target for step in steps if isinstance(step, Arrow) and step.spawns
        }

    def _spread(self) -> tuple[dict[str, int], int]:
        """Return every lifeline's column, and where the labels begin; as wide as there is room."""
        columns: dict[str, int] = {}
        edge = 0

        for gap in _GAPS:
            edge = self._margin

            for name in self._names:
                length = len(self._shown[name])
                columns[name] = edge + length // 2
                edge += length + gap

            if edge + _LABEL_CELLS_WISHED <= self._width:
                break

        return columns, edge + 1

    def lines(self) -> list[str]:
        """Return the chart."""
        head = [" "] * self._right

        for name, column in self._columns.items():
            shown = self._shown[name]
            start = column - len(shown) // 2
            head[start : start + len(shown)] = shown

        found = ["".join(head).rstrip(), self._row({})]

        for step in self._steps:
            if isinstance(step, Arrow):
                found += self._arrow(step)
            elif step.who in self._alive:
                self._alive.discard(step.who)
                found += self._labelled(
                    {self._columns[step.who]: "╳"}, step, self._columns[step.who], step.label
                )

        return found

    def _arrow(self, step: Arrow) -> list[str]:
        start, end = self._columns[step.source], self._columns[step.target]
        marks = dict.fromkeys(range(min(start, end) + 1, max(start, end)), "─")
        marks[start] = "├" if start < end else "┤"
        marks[end] = "┬" if step.spawns else "│"
        marks[end - 1 if start < end else end + 1] = "▶" if start < end else "◀"
        label = " ".join(self._shown.get(word, word) for word in step.label.split(" "))
        label = f"{label} ×{step.times}" if step.times > 1 else label
        found = self._labelled(marks, step, min(start, end), label)
        self._alive.add(step.target)

        return found

    def _labelled(
        self, marks: Mapping[int, str], step: Arrow | End, left: int, label: str
    ) -> list[str]:
        """Return a row with its numbers and label, or two when the label needs its own."""
        numbers = dict(enumerate(_numbers(step)))

        if self._right + _LABEL_CELLS_MIN - 1 <= self._width:
            beside = dict(enumerate(_cut(label, self._width - self._right), self._right))
            return [self._row({**numbers, **marks, **beside})]

        start = max(self._margin, min(left + 2, self._width - len(label)))
        above = dict(enumerate(_cut(label, self._width - start), start))

        return [self._row({**above, start - 1: " "}), self._row({**numbers, **marks})]

    def _row(self, marks: Mapping[int, str]) -> str:
        alive = {self._columns[name]: "│" for name in self._alive}
        cells = {**alive, **marks}

        return "".join(cells.get(at, " ") for at in range(max(cells, default=0) + 1)).rstrip()


def _numbers(step: Arrow | End) -> str:
    cause = step.cause if isinstance(step, Arrow) else 0

    return f"{step.event}←{cause}" if cause else str(step.event)


def _short(names: Sequence[str]) -> dict[str, str]:
    """Return what is shown for each name: its last part, where no two have the same."""
    last = Counter(name.rpartition(".")[2] for name in names)

    return {
        name: name if last[name.rpartition(".")[2]] > 1 else name.rpartition(".")[2]
        for name in names
    }


def _cut(label: str, width: int) -> str:
    text = "".join(letter if letter.isprintable() else "·" for letter in label)

    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"
