"""A preferences folder for the tests of the store, and what is done to it in several of them."""

import os
import plistlib
from datetime import UTC, datetime
from pathlib import Path

from shared_container.store import DomainStore

DOMAIN = "group.example.notes"
PLIST = f"{DOMAIN}.plist"
JOURNAL = f".{DOMAIN}.plist.journal"
DAY = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)


class Folder:
    """A preferences folder, and the stores opened in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        self.stores: list[DomainStore] = []

    def open(self) -> DomainStore:
        self.stores.append(DomainStore.open(self.fd, DOMAIN))

        return self.stores[-1]

    def plist(self) -> object:
        return plistlib.loads((self.path / PLIST).read_bytes())

    def names(self) -> set[str]:
        return set(os.listdir(self.path))

    def close(self) -> None:
        for store in self.stores:
            store.close()

        os.close(self.fd)


def asides(folder: Folder) -> set[str]:
    return {name for name in folder.names() if ".corrupt" in name}


def states(folder: Folder) -> list[dict[str, object]]:
    """Make a small journal, and return what the values were after each record."""
    store = folder.open()
    seen: list[dict[str, object]] = [{}]

    for key, value in (("a", 1), ("b", "two"), ("a", None), ("c", [3.0])):
        store.set(key, value)
        seen.append(dict(store.values))

    return seen
