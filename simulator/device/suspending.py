"""Who is told that a process was suspended, or runs again."""

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.rooms import Notifications

__all__ = ("Sleepers",)


class Sleepers:
    """Tells several rooms what runningboardd tells one.

    Args:
        rooms: Told in this order.
    """

    def __init__(self, *rooms: Notifications) -> None:
        self._rooms = rooms

    def suspend(self, guest: Guest) -> None:
        """Hold what a process is told: it has been stopped."""
        for room in self._rooms:
            room.suspend(guest)

    def resume(self, guest: Guest, cause: int) -> None:
        """Tell a process what it has missed: it runs again."""
        for room in self._rooms:
            room.resume(guest, cause)
