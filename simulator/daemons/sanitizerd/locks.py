"""File locks, as far as the hook before the calls lets them be known. Pure.

Who calls flock has the lock when it says something else afterwards. It lets go of it by another
call, or by closing the file, which nobody hears of: then it is known only when the next one has
the lock, and everything that the first has done until then came before.
"""

from typing import NamedTuple

from simulator.daemonkit.limits import LOCKS_HELD_MAX
from simulator.daemons.sanitizerd.orders import Orders
from simulator.daemons.sanitizerd.state import Access

__all__ = ("Locks", "Wanted")


class Wanted(NamedTuple):
    """A lock that a thread has called for.

    Attributes:
        lock: Which: device and inode.
        is_exclusive: Whether nobody else may have it.
        accesses: What the thread had opened files for, and does when it has the lock.
    """

    lock: str
    is_exclusive: bool
    accesses: tuple[tuple[str, Access], ...]


class Locks:
    """The file locks of one device.

    Args:
        order: Learns from them.
    """

    def __init__(self, order: Orders) -> None:
        self._order = order
        self._wanted: dict[tuple[str, int], Wanted] = {}
        self._made: dict[tuple[str, int], str] = {}
        self._held: dict[str, dict[str, None]] = {}  # process → locks, as far as is known
        self._holders: dict[str, set[str]] = {}

    def want(self, name: str, thread: int, wanted: Wanted) -> None:
        """Take it that a thread calls for a lock."""
        self._wanted[name, thread] = wanted

    def make(self, name: str, thread: int, file: str) -> None:
        """Take it that a thread makes a file or folder where there must be none: a lock, too.

        If it succeeds, it comes after who has removed the one before.
        """
        self._made[name, thread] = file

    def got(self, name: str, thread: int) -> tuple[tuple[str, Access], ...]:
        """Take it that a thread has what it called for; return what it does from here on."""
        wanted = self._wanted.pop((name, thread), None)
        made = self._made.pop((name, thread), None)

        if made is not None:
            self._order.acquire(name, ("gone", made))

        if wanted is None:
            return ()

        holders = self._holders.setdefault(wanted.lock, set())

        for other in sorted(holders):  # it has closed the file, if the lock is exclusive
            self._order.meet(name, other)

            if wanted.is_exclusive and other != name:
                self._drop(other, wanted.lock)

        self._order.acquire(name, ("lock", wanted.lock))
        self._holders.setdefault(wanted.lock, set()).add(name)
        held = self._held.setdefault(name, {})
        held.pop(wanted.lock, None)
        held[wanted.lock] = None

        if len(held) > LOCKS_HELD_MAX:
            self.release(name, next(iter(held)))

        return wanted.accesses

    def release(self, name: str, lock: str) -> None:
        """Take it that a process lets go of a lock."""
        self._order.release(name, ("lock", lock))
        self._drop(name, lock)

    def _drop(self, name: str, lock: str) -> None:
        self._held.get(name, {}).pop(lock, None)
        holders = self._holders.get(lock, set())
        holders.discard(name)

        if not holders:
            self._holders.pop(lock, None)

    def end(self, name: str) -> None:
        """Let go of everything that a process held: it is gone."""
        for kept in (self._wanted, self._made):
            for key in [key for key in kept if key[0] == name]:
                del kept[key]

        for lock in [*self._held.get(name, {})]:
            self.release(name, lock)

        self._held.pop(name, None)
