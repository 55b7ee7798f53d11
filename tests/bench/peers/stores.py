"""The stores that a program would pick instead, each driven through the same two calls.

Keys and values are as small as ours: strings and integers. Each set is a transaction of its own,
each read one that sees what another process has written.
"""

import os
import plistlib
import sqlite3
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

STORES = (
    "lmdb",
    "lmdb durable",
    "sqlite off",
    "sqlite normal",
    "sqlite full",
    "diskcache",
    "plist",
)


class Store(ABC):
    """A store of ``keys`` keys in a folder of its own."""

    @abstractmethod
    def get(self, key: int) -> object:
        """Return the value of a key."""

    @abstractmethod
    def put(self, key: int, value: int) -> None:
        """Set a key."""


class Lmdb(Store):
    """LMDB; a transaction each. With ``sync`` off nothing waits for the disk."""

    def __init__(self, folder: Path, keys: int, *, sync: bool) -> None:
        import lmdb

        self._keys = [f"key {number}".encode() for number in range(keys)]
        self._env = lmdb.open(str(folder), map_size=1 << 28, sync=sync)

        with self._env.begin(write=True) as transaction:
            for number, key in enumerate(self._keys):
                transaction.put(key, str(number).encode())

    def get(self, key: int) -> object:
        with self._env.begin() as transaction:
            return transaction.get(self._keys[key])

    def put(self, key: int, value: int) -> None:
        with self._env.begin(write=True) as transaction:
            transaction.put(self._keys[key], b"%d" % value)


class Sqlite(Store):
    """SQLite with a write-ahead log, in one of its three ways to wait for the disk."""

    def __init__(self, folder: Path, keys: int, *, synchronous: str) -> None:
        self._keys = [f"key {number}" for number in range(keys)]
        self._database = sqlite3.connect(folder / "store.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute(f"PRAGMA synchronous = {synchronous}")
        self._database.execute("CREATE TABLE store (key TEXT PRIMARY KEY, value) WITHOUT ROWID")
        self._database.execute("BEGIN")
        rows = zip(self._keys, range(keys), strict=True)
        self._database.executemany("INSERT INTO store VALUES (?, ?)", rows)
        self._database.execute("COMMIT")

    def get(self, key: int) -> object:
        query = "SELECT value FROM store WHERE key = ?"

        return self._database.execute(query, (self._keys[key],)).fetchone()[0]

    def put(self, key: int, value: int) -> None:
        self._database.execute("REPLACE INTO store VALUES (?, ?)", (self._keys[key], value))


class DiskCache(Store):
    """diskcache, as it comes."""

    def __init__(self, folder: Path, keys: int) -> None:
        import diskcache

        self._keys = [f"key {number}" for number in range(keys)]
        self._cache = diskcache.Cache(str(folder))

        with self._cache.transact():
            for number, key in enumerate(self._keys):
                self._cache.set(key, number)

    def get(self, key: int) -> object:
        return self._cache.get(self._keys[key])

    def put(self, key: int, value: int) -> None:
        self._cache.set(self._keys[key], value)


class Plist(Store):
    """The whole plist, read for each read, and for each set written beside and renamed."""

    def __init__(self, folder: Path, keys: int) -> None:
        self._keys = [f"key {number}" for number in range(keys)]
        self._path = str(folder / "store.plist")
        self._values = dict(zip(self._keys, range(keys), strict=True))
        self.put(0, 0)

    def get(self, key: int) -> object:
        with open(self._path, "rb") as file:
            return plistlib.load(file)[self._keys[key]]

    def put(self, key: int, value: int) -> None:
        self._values[self._keys[key]] = value

        with open(f"{self._path}.new", "wb") as file:
            plistlib.dump(self._values, file, fmt=plistlib.FMT_BINARY)

        os.replace(f"{self._path}.new", self._path)


def open_store(name: str, folder: Path, keys: int) -> Store:
    """Make a store, filled."""
    folder.mkdir(parents=True)
    made: dict[str, Callable[[], Store]] = {
        "lmdb": lambda: Lmdb(folder, keys, sync=False),
        "lmdb durable": lambda: Lmdb(folder, keys, sync=True),
        "sqlite off": lambda: Sqlite(folder, keys, synchronous="OFF"),
        "sqlite normal": lambda: Sqlite(folder, keys, synchronous="NORMAL"),
        "sqlite full": lambda: Sqlite(folder, keys, synchronous="FULL"),
        "diskcache": lambda: DiskCache(folder, keys),
        "plist": lambda: Plist(folder, keys),
    }

    return made[name]()
