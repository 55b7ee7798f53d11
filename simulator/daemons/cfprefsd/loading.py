"""Loading: domains come from disk, off the loop."""

import asyncio
from weakref import WeakValueDictionary

from shared_container.store import DomainStore
from simulator.daemonkit.beneath import folder_beneath
from simulator.daemons.cfprefsd.state import Location

__all__ = ("Loads",)


class Loads:
    """The loads of one device: one of a container at a time, so that none takes every thread."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def load(self, location: Location) -> DomainStore:
        """Return the store of a domain.

        Raises:
            OSError: It cannot be read.
            ValueError: The name is no domain's.
        """
        turn = self._turns.setdefault(location.container, asyncio.Lock())

        async with turn:
            return await asyncio.to_thread(_load, location)


def _load(location: Location) -> DomainStore:
    with folder_beneath(location.container, "Library", "Preferences") as folder:
        return DomainStore.open(folder, location.domain)
