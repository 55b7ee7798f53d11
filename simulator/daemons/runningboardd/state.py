"""The states of processes. Pure."""

from collections.abc import Iterable
from typing import NamedTuple

from simulator.daemonkit.guest import Guest, GuestState

__all__ = ("Board", "Row")


class Row(NamedTuple):
    """One process, for a person: ``simctl ps``."""

    pid: int
    bundle_id: str
    state: str
    why: str


class Board:
    """Who is in front, and what that makes of everybody."""

    def __init__(self) -> None:
        self.front: Guest | None = None

    def rows(self, guests: Iterable[Guest]) -> list[Row]:
        """Return a row for each living process."""
        return [
            Row(guest.pid, guest.bundle_id, self.state_of(guest), self._why(guest))
            for guest in guests
        ]

    def state_of(self, guest: Guest) -> str:
        """Return Apple's word for the state of a process."""
        if guest.suspended:
            return "suspended"

        if guest.state in {GuestState.LAUNCHING, GuestState.STOPPED}:
            return guest.state.value

        if guest.bundle.is_extension or guest.is_system:
            return "running"

        return "active" if guest is self.front else "background"

    def _why(self, guest: Guest) -> str:
        if guest.bundle.is_extension:
            return guest.bundle.extension_point

        if guest.is_system:
            return "simctl spawn"

        return "front" if guest is self.front else ""
