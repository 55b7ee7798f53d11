"""What each process may see of one register, and that all see it in one order."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from tests.campaign.history import Operation

__all__ = ("coherence_faults", "settled")

_TOLD_MAX = 5


def settled(operations: Iterable[Operation]) -> list[Operation]:
    """Return a key's history as cfprefsd has it: what a process alone could know is taken out.

    A set lasts until it was certainly accepted, and a read of an own set that cfprefsd may not
    have heard of is left out: it says nothing of what others may see.

    Args:
        operations: Of one key, each process's in its order.
    """
    pending: dict[int, Operation] = {}  # process → its last set
    found = []

    for each in operations:
        if each.is_set:
            pending[each.process] = each
            found.append(each._replace(end=each.accepted))
            continue

        own = pending.get(each.process)

        if own is None or own.value != each.value or own.accepted < each.start:
            found.append(each)

    return found


def coherence_faults(operations: Iterable[Operation]) -> list[str]:
    """Return why the processes have not all seen one order of values, in some sentences.

    No process comes back to a value that it has left (its own sets count as seen), and what one
    saw first no other saw last.

    Args:
        operations: Of one key, each process's in its order.
    """
    seen: defaultdict[int, list[int]] = defaultdict(list)

    for each in operations:
        values = seen[each.process]

        if not values or values[-1] != each.value:
            values.append(each.value)

    faults = []

    for process, values in seen.items():
        if len(set(values)) < len(values):
            back = next(value for at, value in enumerate(values) if value in values[:at])
            faults.append(f"process {process} came back to {back}")

    if not faults and (ring := _in_a_ring(list(seen.values()))):
        faults.append(f"the processes saw {ring} in different orders")

    return faults[:_TOLD_MAX]


def _in_a_ring(orders: list[list[int]]) -> list[int]:
    """Return values that no single order can have as all of ``orders`` have them."""
    after: defaultdict[int, set[int]] = defaultdict(set)
    before: defaultdict[int, int] = defaultdict(int)
    values = {value for order in orders for value in order}

    for order in orders:
        for one, other in pairwise(order):
            if other not in after[one]:
                after[one].add(other)
                before[other] += 1

    free = [value for value in values if not before[value]]

    while free:
        value = free.pop()
        values.discard(value)

        for other in after[value]:
            before[other] -= 1

            if not before[other]:
                free.append(other)

    return sorted(values)[:_TOLD_MAX]
