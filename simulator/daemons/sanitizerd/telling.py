"""Telling of races: in the log, and to who asks."""

from collections.abc import Iterable

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.rooms import Kit
from simulator.daemonkit.source import place_of
from simulator.daemons.sanitizerd.reports import CURES, DOINGS, KINDS, MISSING, Reports, lines_of
from simulator.daemons.sanitizerd.state import Access, Race
from simulator.daemons.sanitizerd.updates import Place

__all__ = ("Telling",)


class Telling:
    """What is told of one search for races.

    Args:
        kit: The device's.
    """

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._reports = Reports(self._described)
        self._guests: dict[str, Guest] = {}  # by name, while their accesses count

    def know(self, guest: Guest) -> None:
        """Take note of whose source is read when a race is told."""
        self._guests[guest.name] = guest

    def forget(self, names: Iterable[str]) -> None:
        """Forget processes whose accesses do not count any more."""
        for name in names:
            self._guests.pop(name, None)

    @property
    def races(self) -> list[dict[str, object]]:
        """The races as values, in the order in which they were told."""
        return self._reports.all()

    @property
    def untold(self) -> int:
        """How often there were races beyond ``RACES_KEPT``."""
        return self._reports.untold

    def tell(self, races: Iterable[Race]) -> None:
        """Write races down, each pair of lines once."""
        for race in races:
            told = self._reports.count(race)

            if told is not None:
                self._log(race, told)

    def _log(self, race: Race, told: dict[str, object]) -> None:
        first, second = told["first"], told["second"]
        assert isinstance(first, dict)
        assert isinstance(second, dict)
        self._kit.log.append(
            "race",
            race.kind,
            race.file,
            actor=race.second.process,
            cause=race.second.cause,
            access="r" if race.second.kind == "read" else "w",
            line=second["line"],
            source=second["source"],
            did=second["did"],
            other=first["process"],
            other_line=first["line"],
            other_source=first["source"],
            other_did=first["did"],
            reason=f"{told['what']}; {told['missing']}; cure: {told['cure']}",
        )

    def _described(self, race: Race) -> dict[str, object]:
        told: dict[str, object] = {
            "kind": race.kind,
            "file": race.file,
            "what": KINDS[race.kind],
            "first": self._told_access(race.first),
            "second": self._told_access(race.second),
            "missing": MISSING[race.kind],
            "cure": CURES[race.kind],
        }

        return {**told, "text": lines_of(told)}

    def _told_access(self, access: Access) -> dict[str, object]:
        line, source = self._place(access.process, access.place)
        read, read_source = "", ""

        if access.read is not None and access.read != access.place:
            read, read_source = self._place(access.process, access.read)

        return {
            "process": access.process,
            "did": DOINGS[access.kind],
            "line": line,
            "source": source,
            "time_ns": access.time_ns,
            "read": read,
            "read_source": read_source,
        }

    def _place(self, process: str, place: Place) -> tuple[str, str]:
        guest = self._guests.get(process)

        return ("", "") if guest is None else place_of(guest, *place)
