"""A history: what every process did, when it began, and when it was over."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from tests.campaign.registers import READ, SET

__all__ = ("FOREVER", "Operation", "by_key", "operations_of")

FOREVER = 1 << 62


class Operation(NamedTuple):
    """A read or a set of one key.

    Attributes:
        process: Who did it.
        key: Of which register.
        is_set: Whether it set the value, or read it.
        value: What it set or read; 0 is what nobody has set.
        start: When it was called, in ns.
        end: When it returned.
        accepted: For a set, when it was certainly accepted by cfprefsd: the first ``synchronize``
            of its process had returned that was called after it.
    """

    process: int
    key: int
    is_set: bool
    value: int
    start: int
    end: int
    accepted: int


def operations_of(process: int, record: bytes) -> list[Operation]:
    """Return the reads and sets in a player's record, oldest first."""
    numbers = array("q", record)
    rows = [tuple(numbers[at : at + 5]) for at in range(0, len(numbers), 5)]
    found: list[Operation] = []
    accepted = FOREVER

    for kind, key, value, start, end in reversed(rows):
        if kind in {READ, SET}:
            found.append(Operation(process, key, kind == SET, value, start, end, accepted))
        else:
            accepted = end

    return found[::-1]


def by_key(operations: Iterable[Operation]) -> dict[int, list[Operation]]:
    """Return the operations of each key, in the order of their calls."""
    found: defaultdict[int, list[Operation]] = defaultdict(list)

    for operation in sorted(operations, key=lambda each: each.start):
        found[operation.key].append(operation)

    return dict(found)
