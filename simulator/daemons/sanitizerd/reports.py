"""Races as they are told: what it is, who did what where, what was missing, what cures it. Pure."""

from collections.abc import Callable, Mapping
from typing import Final

from simulator.daemonkit.limits import RACES_KEPT
from simulator.daemons.sanitizerd.state import Race
from simulator.daemons.sanitizerd.updates import Place

__all__ = ("CURES", "DOINGS", "KINDS", "MISSING", "Reports", "lines_of")

KINDS: Final = {
    "lost-update": "an update can be lost: each puts a file there that does not know the other's",
    "two-writers": "two processes write the file in place: it can end up as a mixture of both",
    "torn-read": "the file is read while it may be half-written: it is written in place",
    "lost-append": "what is appended can be lost: the file is replaced or rewritten meanwhile",
}
"""Kind of a race → what can happen."""

CURES: Final = {
    "lost-update": (
        "read and write within one coordinated write (FileCoordinator) in both processes, or hold "
        "a lock around both; or give each process a file of its own"
    ),
    "two-writers": (
        "replace the file whole (FileManager.write_atomically), and coordinate the writers "
        "(FileCoordinator) or give each process a file of its own"
    ),
    "torn-read": (
        "replace the file whole (FileManager.write_atomically); or coordinate reading and writing "
        "(FileCoordinator); or read when you are told (notify_post after the file is closed)"
    ),
    "lost-append": (
        "hold a lock around appending and around replacing, or coordinate both (FileCoordinator); "
        "or begin a new file instead of replacing one that others append to"
    ),
}
"""Kind of a race → what cures it."""

_ORDERS: Final = (
    "no coordination of both, no common lock; no notification, preference, URL, launch or end that "
    "tells the second of the first"
)

MISSING: Final = {
    "lost-update": f"nothing keeps one from coming between the other's read and write: {_ORDERS}",
    "two-writers": f"nothing puts one before the other: {_ORDERS}",
    "torn-read": f"nothing puts one before the other: {_ORDERS}",
    "lost-append": f"nothing puts one before the other: {_ORDERS}",
}
"""Kind of a race → what would have prevented it."""

DOINGS: Final = {
    "read": "read it",
    "write": "wrote it in place",
    "update": "opened it to read and write in place",
    "append": "appended to it",
    "exclusive": "made it",
    "replace": "replaced it",
}
"""Kind of an access → what a process did."""


def lines_of(race: Mapping[str, object]) -> list[str]:
    """Return a race as lines for a person."""
    group, _, path = str(race["file"]).partition("/")
    lines = [f"race: {str(race['kind']).replace('-', ' ')} of {path} in {group}"]

    for side in (race["first"], race["second"]):
        assert isinstance(side, Mapping)
        place = side["line"] or "a line that is not known"
        lines.append(f"    {side['process']} {side['did']} at {place}  {side['source']}".rstrip())

        if side["read"]:
            text = f"        what it had read at {side['read']}  {side['read_source']}"
            lines.append(text.rstrip())

    return [*lines, f"    {race['what']}", f"    {race['missing']}", f"    cure: {race['cure']}"]


_Key = tuple[str, frozenset[tuple[str, Place]]]


class Reports:
    """The races of one device, one for each pair of lines.

    Args:
        described: Returns a race as values; ``times`` is added.

    Attributes:
        untold: How often there were races beyond ``RACES_KEPT``.
    """

    def __init__(self, described: Callable[[Race], dict[str, object]]) -> None:
        self._describe = described
        self._told: dict[_Key, dict[str, object]] = {}
        self._times: dict[_Key, int] = {}
        self.untold = 0

    def count(self, race: Race) -> dict[str, object] | None:
        """Count a race; return it if it is new, and to be told."""
        key = (
            race.kind,
            frozenset((_bundle(each.process), each.place) for each in (race.first, race.second)),
        )

        if key in self._told:
            self._times[key] += 1
            return None

        if len(self._told) >= RACES_KEPT:
            self.untold += 1
            return None

        self._times[key] = 1
        self._told[key] = self._describe(race)

        return self._told[key]

    def all(self) -> list[dict[str, object]]:
        """Return the races, in the order in which they were told."""
        return [{**told, "times": self._times[key]} for key, told in self._told.items()]


def _bundle(process: str) -> str:
    return process.rpartition("/")[0]
