"""Races between the processes of a device, as a test asserts on them."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, cast, overload

__all__ = ("Race", "RaceWarning", "Races", "Side", "judged", "races_in")

_SETTLE_S = 5.0


class RaceWarning(UserWarning):
    """Processes of a device race, and the test was not to fail for it."""


class Side(NamedTuple):
    """One of the two accesses of a race.

    Attributes:
        process: Bundle id and ordinal.
        did: What it did to the file.
        line: ``Notes.py:14``, or nothing.
        source: What stands in that line.
        time_ns: Device time.
        read: The line at which the process had read the file before, or nothing.
        read_source: What stands in that line.
    """

    process: str
    did: str
    line: str
    source: str
    time_ns: int
    read: str
    read_source: str

    @property
    def bundle(self) -> str:
        """The bundle id."""
        return self.process.partition("/")[0]


class Race(NamedTuple):
    """Two accesses to a file of a group that nothing puts in an order.

    Attributes:
        kind: ``lost-update``, ``two-writers``, ``torn-read`` or ``lost-append``.
        file: The group's id, a slash, and the path within the group.
        first, second: In the order in which they were heard of.
        what: What can happen.
        missing: What would have ordered them.
        cure: What to do.
        times: How often this pair of lines raced.
        text: All of it as lines.
    """

    kind: str
    file: str
    first: Side
    second: Side
    what: str
    missing: str
    cure: str
    times: int
    text: Sequence[str]

    @property
    def path(self) -> str:
        """The path within the group."""
        return self.file.partition("/")[2]

    @property
    def lines(self) -> set[str]:
        """Both source lines."""
        return {self.first.line, self.second.line}


class Races(Sequence[Race]):
    """Races in the order in which they were found, with a filter; failures show what there is."""

    def __init__(self, races: Sequence[Race]) -> None:
        self._races = list(races)

    def of(self, kind: str | None = None, *, path: str | None = None) -> "Races":
        """Return the races that match all that is given.

        Args:
            kind: As of :class:`Race`.
            path: Within the group.
        """
        return Races(
            [
                race
                for race in self._races
                if kind in {None, race.kind} and path in {None, race.path}
            ]
        )

    def only(self) -> Race:
        """Return the single race.

        Raises:
            AssertionError: There is none, or more than one; the text shows them.
        """
        __tracebackhide__ = True

        if len(self._races) != 1:
            raise AssertionError(f"one race was expected, there are {len(self)}\n{self!r}")

        return self._races[0]

    @overload
    def __getitem__(self, index: int) -> Race: ...

    @overload
    def __getitem__(self, index: slice) -> "Races": ...

    def __getitem__(self, index: int | slice) -> "Race | Races":
        return Races(self._races[index]) if isinstance(index, slice) else self._races[index]

    def __iter__(self) -> Iterator[Race]:
        return iter(self._races)

    def __len__(self) -> int:
        return len(self._races)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it compares by content, and may be compared to []

    def __repr__(self) -> str:
        return "\n".join(line for race in self._races[:20] for line in race.text) or "no races"


def races_in(answer: object) -> Races:
    """Return the races in a device's answer."""
    rows = cast("Mapping[str, object]", answer)["races"]

    return Races([_race(row) for row in cast("list[dict[str, object]]", rows)])


def _race(row: dict[str, object]) -> Race:
    sides = {
        name: Side(**cast("dict[str, str]", row[name]))  # type: ignore[arg-type]
        for name in ("first", "second")
    }

    return Race(**{**row, **sides})  # type: ignore[arg-type]


class _Judging(Protocol):
    """A device that may look for races."""

    judges_races: bool | str

    def races_since_creation(self, settle_s: float) -> Races:
        """Return the races of all boots, when everybody is at rest or ``settle_s`` are over."""


def judged(devices: Iterable[_Judging]) -> str:
    """Return the report of the races for which a test is to fail; warn of the others.

    Called when the test itself has passed. Who is at work is waited for, and not for long.
    """
    failures: list[str] = []

    for device in devices:
        if not device.judges_races:
            continue

        found = device.races_since_creation(settle_s=_SETTLE_S)

        if found and device.judges_races == "warn":
            warnings.warn(RaceWarning(repr(found)), stacklevel=2)
        elif found:
            failures.append(repr(found))

    return "\n".join(failures)
