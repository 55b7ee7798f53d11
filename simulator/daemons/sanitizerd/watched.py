"""What is known of one guest while races are looked for."""

from typing import Final

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import SOURCES_KEPT, TOUCHED_PATH_MAX, TOUCHES_PER_S_MAX
from simulator.daemons.sanitizerd.updates import Place

__all__ = ("Watched",)

_SECOND_NS: Final = 1_000_000_000


class Watched:
    """One guest.

    Args:
        guest: Who.
        frames, events: As below.

    Attributes:
        guest: Who.
        frames, events: The last ones of the host's that it has handled.
        untold: How many accesses were not compared.
    """

    __slots__ = ("_second", "_sources", "events", "frames", "guest", "untold")

    def __init__(self, guest: Guest, frames: int, events: int) -> None:
        self.guest = guest
        self.frames = frames
        self.events = events
        self.untold = 0
        self._second = (-1, 0)
        self._sources: dict[str, str] = {}

    def has_room(self, now_ns: int) -> bool:
        """Count an access; whether it is compared: ``TOUCHES_PER_S_MAX`` are in a second."""
        second = now_ns // _SECOND_NS
        count = self._second[1] + 1 if self._second[0] == second else 1
        self._second = (second, count)

        return count <= TOUCHES_PER_S_MAX

    def place(self, file: str, line: int) -> Place:
        """Return a source line; of its file there is one text, and few files are remembered."""
        known = self._sources.get(file)

        if known is None:
            if len(self._sources) >= SOURCES_KEPT or len(file) > TOUCHED_PATH_MAX:
                return Place("", 0)

            known = self._sources[file] = file

        return Place(known, line)
