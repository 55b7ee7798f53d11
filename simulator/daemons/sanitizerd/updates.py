"""Where an update began, and whether anybody was kept out until it was written. Pure.

A process that reads a file twice and then writes it may have made what it writes of either. What
it handled then tells them apart: a timer goes on with what set it, and what is written there was
made of what was read there, however often a handler has read the file to show it meanwhile.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final, NamedTuple

from simulator.daemonkit.limits import UPDATES_BEGUN_KEPT
from simulator.daemons.sanitizerd.clocks import Clock

__all__ = ("Claims", "Place", "Read", "Reads")

_OVER: Final = frozenset({"release", "vanish"})


class Place(NamedTuple):
    """A source line: the file as Python knows it, and the line from 1; empty and 0 for none."""

    file: str
    line: int


class Read(NamedTuple):
    """What a process knows of a file's content.

    Attributes:
        place: Where it has read it.
        view: What came before that.
        told: What came before that though nobody had waited for a turn.
        claims: The coordinated accesses within which it was read.
    """

    place: Place
    view: Clock
    told: Clock
    claims: frozenset[int]


class Reads:
    """Who has read one file."""

    __slots__ = ("_begun", "_last")

    def __init__(self) -> None:
        self._last: dict[str, Read] = {}
        self._begun: OrderedDict[tuple[str, int], Read] = OrderedDict()

    def add(self, name: str, cause: int, read: Read) -> None:
        """Take it that a process reads the file while it handles ``cause``, 0 for what none knows.

        What is read on another thread may be for whatever goes on: no update has begun then.
        """
        self._last[name] = read

        if not cause:
            for key in [key for key in self._begun if key[0] == name]:
                del self._begun[key]

            return

        self._begun.pop((name, cause), None)
        self._begun[name, cause] = read

        if len(self._begun) > UPDATES_BEGUN_KEPT:
            self._begun.popitem(last=False)

    def begun(self, name: str, cause: int) -> Read | None:
        """Return what was read last in the same handling, unless it was written since."""
        return self._begun.get((name, cause))

    def last(self, name: str) -> Read | None:
        """Return what a process has read last."""
        return self._last.get(name)

    def write(self, name: str, cause: int, view: Clock, told: Clock) -> None:
        """Take it that a process has written the file: it knows that, and the update is over."""
        self._begun.pop((name, cause), None)
        known = self._last.get(name)

        if known is not None:
            self._last[name] = known._replace(view=view, told=told)

    def forget(self, names: frozenset[str]) -> None:
        """Forget what some processes have read."""
        for name in names & self._last.keys():
            del self._last[name]

        for key in [key for key in self._begun if key[0] in names]:
            del self._begun[key]


class Claims:
    """The coordinated accesses that processes have now, and what each was launched by.

    Args:
        since: The id of the last event of the log that is not heard of.
    """

    def __init__(self, since: int = 0) -> None:
        self._since = since
        self._held: dict[str, set[int]] = {}
        self._launches: dict[str, int] = {}

    def follow(
        self, number: int, what: tuple[str, str], to: str, detail: Mapping[str, object]
    ) -> None:
        """Take an event of the log; ``to`` is the process that it is about."""
        kind, operation = what
        claim = detail.get("claim")

        if what == ("launch", "start"):
            self._launches[to] = number
        elif kind == "coordination" and isinstance(claim, int):
            if operation == "grant":
                self._held.setdefault(to, set()).add(claim)
            elif operation in _OVER:
                self._held.get(to, set()).discard(claim)

    def held(self, name: str) -> frozenset[int]:
        """Return the accesses that a process has now."""
        return frozenset(self._held.get(name, ()))

    def handling(self, name: str, cause: int) -> int:
        """Return what a process handles, 0 where that says nothing of what belongs together.

        Whatever goes on for as long as the process runs was begun by its launch.
        """
        return 0 if cause <= self._since or cause == self._launches.get(name) else cause

    def end(self, name: str) -> None:
        """Forget a process."""
        self._held.pop(name, None)
        self._launches.pop(name, None)
