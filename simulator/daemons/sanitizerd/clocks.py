"""Vector clocks: how much of each process's doings is known to have come before. Pure.

A clock is never changed: what is handed out may be kept.
"""

from collections.abc import Iterable, Mapping

__all__ = ("NOTHING", "Clock", "advanced", "joined", "union", "without")

#: Process → how many of its stretches of work are known; who is missing is not known at all.
Clock = Mapping[str, int]

NOTHING: Clock = {}


def joined(first: Clock, second: Clock) -> Clock:
    """Return what either of two clocks knows; one of them itself where it knows everything."""
    if first is second or not second:
        return first

    if not first:
        return second

    ahead = {name: count for name, count in second.items() if first.get(name, 0) < count}

    if not ahead:
        return first

    if len(ahead) == len(second) and all(
        second.get(name, 0) >= count for name, count in first.items()
    ):
        return second

    return {**first, **ahead}


def union(clocks: Iterable[Clock]) -> Clock:
    """Return what any of some clocks knows."""
    found = NOTHING

    for clock in clocks:
        found = joined(found, clock)

    return found


def advanced(clock: Clock, name: str) -> Clock:
    """Return a clock that knows one stretch more of a process."""
    return {**clock, name: clock.get(name, 0) + 1}


def without(clock: Clock, names: frozenset[str]) -> Clock:
    """Return a clock that knows nothing of some processes."""
    if names.isdisjoint(clock):
        return clock

    return {other: count for other, count in clock.items() if other not in names}
