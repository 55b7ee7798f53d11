"""Timelines: what is shown when, and when to ask again. Pure."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from simulator.xpc.errors import Misbehaved, Misuse

__all__ = ("ENTRIES_MAX", "Entry", "Timeline", "timeline_of")

ENTRIES_MAX = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """What a widget shows from ``date`` on: a view, as a process describes it."""

    date: datetime
    view: list[object]


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a widget extension answered.

    Attributes:
        kind: The widget's name.
        family: The size it was asked for.
        entries: At least one, in the order of their dates.
        policy: ``at_end``, ``after`` or ``never``.
        after: The date of the policy ``after``.
    """

    kind: str
    family: str
    entries: tuple[Entry, ...]
    policy: str
    after: datetime | None = None

    def current(self, now: datetime) -> Entry | None:
        """Return the entry shown at ``now``: the last that has begun, None before the first."""
        begun = [entry for entry in self.entries if entry.date <= now]

        return begun[-1] if begun else None

    def reload_at(self) -> datetime | None:
        """Return when to ask for another timeline, None for when WidgetCenter asks (E101)."""
        match self.policy:
            case "at_end":
                return self.entries[-1].date
            case "after":
                return self.after
            case _:
                return None


def timeline_of(answer: object) -> Timeline:
    """Return the timeline that a guest describes.

    Raises:
        Misbehaved: It is none of the SDK's.
        Misuse: It is empty, too long or out of order.
    """
    match answer:
        case [str(kind), str(family), list(entries), str(policy), after] if policy in {
            "at_end",
            "after",
            "never",
        } and (isinstance(after, datetime) if policy == "after" else after is None):
            found = tuple(_entry_of(entry) for entry in entries)
        case _:
            raise Misbehaved("a timeline of the wrong shape")

    if not found:
        raise Misuse(f"the timeline of {kind} has no entries; it needs at least one")

    if len(found) > ENTRIES_MAX:
        raise Misuse(f"the timeline of {kind} has {len(found)} entries; {ENTRIES_MAX} are the most")

    for number, (first, second) in enumerate(pairwise(found), 1):
        if second.date < first.date:
            raise Misuse(
                f"the timeline of {kind} is out of order: entry {number + 1} "
                f"({second.date:%H:%M:%S}) begins before entry {number} ({first.date:%H:%M:%S})"
            )

    return Timeline(kind, family, found, policy, after if isinstance(after, datetime) else None)


def _entry_of(entry: object) -> Entry:
    match entry:
        case [datetime() as date, list(view)]:
            return Entry(date, view)
        case _:
            raise Misbehaved("a timeline entry that is no [date, view]")
