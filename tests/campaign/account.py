"""What a writer may find on the disk after a kill, and what it may not.

A writer's operations reach cfprefsd in the order in which it made them. So whatever is killed, its
keys must be as they were after some operation: none later than the last it attempted, none earlier
than the last that was acknowledged. A set is acknowledged when it has returned, if it is its
process that was killed; and when a ``synchronize`` after it has returned, if it was the host.
"""

from typing import NamedTuple

from tests.campaign.plan import SHARED, key_of, number_in, value_of

__all__ = ("Account", "Fault", "shared_faults")


class Fault(NamedTuple):
    """Something that must not be.

    Attributes:
        kind: ``lost``, ``torn``, ``resurrected``, ``mixed`` or ``ended``.
        text: What was found, in a sentence.
    """

    kind: str
    text: str


class Account:
    """What is known of one writer.

    Args:
        seed: Of the plan.
        writer: Its number.

    Attributes:
        last: The last operation that it has attempted in all its lives.
        acknowledged: The last that must have survived.
    """

    def __init__(self, seed: int, writer: int) -> None:
        self.seed = seed
        self.writer = writer
        self.last = 0
        self.acknowledged = 0
        self._state: dict[str, int] = {}  # key → the operation that set it

    def settle(self, values: dict[str, object], acknowledged: int, attempted: int) -> list[Fault]:
        """Compare what was found after a kill, and go on from there.

        Args:
            values: The whole domain.
            acknowledged: The last operation that must be there, and all before it.
            attempted: The last that may.
        """
        found, faults = self._found(values)
        state = dict(self._state)

        for n in range(self.last + 1, acknowledged + 1):
            self._do(state, n)

        states = [dict(state)]

        for n in range(max(acknowledged, self.last) + 1, attempted + 1):
            self._do(state, n)
            states.append(dict(state))

        if found not in states and not faults:
            faults = self._differences(states, found) or [
                Fault("mixed", f"no operation left the keys of writer {self.writer} so: {found}")
            ]

        self._state = found
        self.last = max(attempted, self.last)
        self.acknowledged = max(acknowledged, self.acknowledged)

        return faults

    def _do(self, state: dict[str, int], n: int) -> None:
        key = key_of(self.seed, self.writer, n)

        if key == SHARED:
            return

        if value_of(self.seed, self.writer, n) is None:
            state.pop(key, None)
        else:
            state[key] = n

    def _found(self, values: dict[str, object]) -> tuple[dict[str, int], list[Fault]]:
        found = {}
        faults = []

        for key, value in values.items():
            if not key.startswith(f"w{self.writer} "):
                continue

            named = number_in(value)
            n = 0 if named is None else named[1]

            if (
                named is None
                or key_of(self.seed, self.writer, n) != key
                or value_of(self.seed, self.writer, n) != value
            ):
                faults.append(Fault("torn", f"{key} is {value!r:.200}"))

            found[key] = n

        return found, faults

    def _differences(self, states: list[dict[str, int]], found: dict[str, int]) -> list[Fault]:
        """Name the keys that are as they were at no moment that is possible."""
        faults = []

        for key in sorted({*found, *states[0]}):
            there, possible = found.get(key, 0), [state.get(key, 0) for state in states]

            if there in possible:
                continue

            if not there:
                faults.append(Fault("lost", f"{key} is gone; operation {possible[0]} set it"))
            elif possible[0]:
                text = f"{key} is of operation {there}; possible are {sorted(set(possible))}"
                faults.append(Fault("lost", text))
            else:
                text = f"{key} was removed, and is back from operation {there}"
                faults.append(Fault("resurrected", text))

        return faults


def shared_faults(values: dict[str, object], accounts: list[Account]) -> list[Fault]:
    """Say what is wrong with the key that all writers set.

    Args:
        values: The whole domain.
        accounts: Of all writers, settled, in their order.
    """
    if SHARED not in values:
        due = [account.writer for account in accounts if _last_shared(account, 0)]

        return [Fault("lost", f"{SHARED} is gone, and writers {due} have set it")] if due else []

    value = values[SHARED]
    named = number_in(value)

    if named is None or named[0] >= len(accounts):
        return [Fault("torn", f"{SHARED} is {value!r:.200}")]

    writer, n = named
    account = accounts[writer]

    if key_of(account.seed, writer, n) != SHARED or value_of(account.seed, writer, n) != value:
        return [Fault("torn", f"{SHARED} is {value!r:.200}")]

    later = _last_shared(account, n)

    if later:
        text = f"{SHARED} is of operation {n} of writer {writer}, which has set it in {later} again"
        return [Fault("lost", text)]

    return []


def _last_shared(account: Account, after: int) -> int:
    """Return the last acknowledged operation after ``after`` on the shared key, 0 for none."""
    for n in range(account.acknowledged, after, -1):
        if key_of(account.seed, account.writer, n) == SHARED:
            return n

    return 0
