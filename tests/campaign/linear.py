"""Whether the history of one register can be put into one order: linearizability.

Every set has a value of its own, so who read what from whom is known, and near-linear time is
enough (Gibbons and Korach, *Testing shared memories*, 1997). A *cluster* is a set and all reads of
its value. With ``first`` the earliest end in it and ``last`` the latest start, one cluster must
come before another when its ``first`` lies before the other's ``last``. The history can be ordered
if no two clusters must each come before the other, and no read is over before its set began.
"""

import bisect
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from tests.campaign.history import Operation

__all__ = ("linear_faults",)

_BEFORE_ALL = -(1 << 62)
_TOLD_MAX = 5


class _Cluster(NamedTuple):
    value: int
    first: int  # the earliest end
    last: int  # the latest start


def linear_faults(operations: Iterable[Operation]) -> list[str]:
    """Return why there is no order, some sentences; nothing when there is one.

    Args:
        operations: All reads and sets of one key. The value 0 is there from the beginning.
    """
    sets: dict[int, Operation | None] = {0: None}
    reads: list[Operation] = []

    for operation in operations:
        if operation.is_set:
            sets[operation.value] = operation
        else:
            reads.append(operation)

    faults = []
    first = {value: _BEFORE_ALL if each is None else each.end for value, each in sets.items()}
    last = {value: _BEFORE_ALL if each is None else each.start for value, each in sets.items()}

    for read in reads:
        if read.value not in sets:
            faults.append(f"{_told(read)}, which nobody has set")
            continue

        origin = sets[read.value]

        if origin is not None and read.end < origin.start:
            faults.append(f"{_told(read)} before {_told(origin)}")

        first[read.value] = min(first[read.value], read.end)
        last[read.value] = max(last[read.value], read.start)

    clusters = [_Cluster(value, first[value], last[value]) for value in sets]
    faults += [
        f"{one.value} must come before {other.value}, and after it"
        for one, other in _conflicts(clusters)
    ]

    return faults[:_TOLD_MAX]


def _conflicts(clusters: list[_Cluster]) -> list[tuple[_Cluster, _Cluster]]:
    """Return pairs that must each come before the other."""
    forward = sorted((each for each in clusters if each.first < each.last), key=lambda c: c.first)
    starts = [each.first for each in forward]
    found = []

    for one, other in pairwise(forward):
        if other.first < one.last:
            found.append((one, other))

    for each in clusters:
        if each.first < each.last:
            continue

        at = bisect.bisect_left(starts, each.last) - 1  # the last that begins before it

        if at >= 0 and each.first < forward[at].last:
            found.append((each, forward[at]))

    return found


def _told(operation: Operation) -> str:
    verb = "set" if operation.is_set else "read"

    return f"process {operation.process} {verb} {operation.value}"
