"""How old the values are that processes read while news are held."""

import bisect
from collections.abc import Iterable
from typing import NamedTuple

from tests.campaign.history import Operation

__all__ = ("Late", "latest_read")


class Late(NamedTuple):
    """A read of a value that had been replaced.

    Attributes:
        read: What was read.
        late_ns: For how long, at least, a newer value had been accepted when it began.
    """

    read: Operation | None
    late_ns: int


def latest_read(operations: Iterable[Operation]) -> Late:
    """Return the read that was late most.

    A set is certainly newer than another if it was called after that one was accepted.

    Args:
        operations: Of one key; the value 0 is older than every set.
    """
    every = list(operations)
    sets = sorted((each for each in every if each.is_set), key=lambda each: each.start)
    starts = [each.start for each in sets]
    accepted = {each.value: each.accepted for each in sets} | {0: -1}
    earliest = [each.accepted for each in sets]  # of this one and all that began later

    for at in range(len(sets) - 2, -1, -1):
        earliest[at] = min(earliest[at], earliest[at + 1])

    worst = Late(None, 0)

    for each in every:
        if each.is_set or each.value not in accepted:
            continue

        newer = bisect.bisect_right(starts, accepted[each.value])

        if newer < len(sets) and each.start - earliest[newer] > worst.late_ns:
            worst = Late(each, each.start - earliest[newer])

    return worst
