"""Loading: domains come from disk, off the loop."""

import asyncio
import os
from typing import NamedTuple
from weakref import WeakValueDictionary

from shared_container.atomic import read_at
from shared_container.layout import preferences_name
from shared_container.plist import PLIST_BYTES_MAX, decode_plist
from shared_container.store import DomainStore
from simulator.daemonkit.beneath import folder_beneath
from simulator.daemons.cfprefsd.state import Location

__all__ = ("MANAGED_FOLDER", "Loaded", "Loads")

#: Where a profile of the device's management puts what it forces, beneath the system's folder.
MANAGED_FOLDER = "Library/Managed Preferences/mobile"


class Loaded(NamedTuple):
    """A domain as it was found.

    Attributes:
        store: Its values on disk.
        forced: What the device's management sets in it.
        problem: What is wrong with the file of that, or nothing.
    """

    store: DomainStore
    forced: dict[str, object]
    problem: str


class Loads:
    """The loads of one device: one of a container at a time, so that none takes every thread.

    Args:
        system: The folder of what belongs to the device and no app.
    """

    def __init__(self, system: str) -> None:
        self._system = system
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def load(self, location: Location) -> Loaded:
        """Return the store of a domain.

        Raises:
            OSError: It cannot be read.
            ValueError: The name is no domain's.
        """
        turn = self._turns.setdefault(location.container, asyncio.Lock())

        async with turn:
            return await asyncio.to_thread(self._load, location)

    def _load(self, location: Location) -> Loaded:
        forced, problem = self._forced(location.domain)

        with folder_beneath(location.container, "Library", "Preferences") as folder:
            return Loaded(DomainStore.open(folder, location.domain), forced, problem)

    def _forced(self, domain: str) -> tuple[dict[str, object], str]:
        name = preferences_name(domain)

        try:
            folder = os.open(os.path.join(self._system, MANAGED_FOLDER), os.O_PATH)
        except FileNotFoundError:
            return {}, ""

        try:
            data, _ = read_at(folder, name, PLIST_BYTES_MAX + 1)
            return decode_plist(data)[0], ""
        except FileNotFoundError:
            return {}, ""
        except (OSError, ValueError) as problem:
            return {}, f"managed preferences of {domain} cannot be used: {problem}"
        finally:
            os.close(folder)
