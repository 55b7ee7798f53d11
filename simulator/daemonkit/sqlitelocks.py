"""What locks mean where the file is a SQLite database: which state, and whether it is in the way.

SQLite locks bytes far behind the data, one for each state, and in WAL mode bytes of its ``-shm``
file. An open WAL connection that does nothing holds two shared ones for as long as it is open; they
are in nobody's way, and a phone does not mind them. Everything else is a transaction. A database is
known by its header: where that cannot be read (an encrypted one), its locks are plain locks, here
as on a phone. Sources: SQLite, ``os.h`` and ``wal.c``, *File Locking And Concurrency*, *WAL-mode
File Format*; Apple, Technical Note TN2408; measured.
"""

import os
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from simulator.daemonkit.beneath import opened_beneath
from simulator.daemonkit.filelocks import FileLock
from simulator.daemonkit.hostile import NoPlainFile, open_plain

__all__ = ("Held", "header_of", "understood")

_PENDING: Final = 0x40000000
_RESERVED: Final = _PENDING + 1
_SHARED_FIRST: Final = _PENDING + 2
_SHARED_LAST: Final = _SHARED_FIRST + 509

_WAL_WRITE: Final = 120
_WAL_CHECKPOINT: Final = 121
_WAL_READS: Final = range(123, 128)
_WAL_IN_USE: Final = 128  # held by every open connection

_MAGIC: Final = b"SQLite format 3\0"
_WRITE_VERSION_AT: Final = 18
_WAL_VERSION: Final = 2
_SHM: Final = "-shm"


class Held(NamedTuple):
    """A lock, and what it means.

    Attributes:
        lock: As the kernel tells it.
        state: Of SQLite: ``shared``, ``reserved``, ``pending``, ``exclusive``, and of a WAL
            ``read``, ``write``, ``checkpoint``, ``recovery``, ``open``; nothing for another file.
        journal: ``WAL`` or ``rollback``; nothing for another file.
        is_idle: Whether it is in nobody's way: a WAL connection that is open and does nothing.
    """

    lock: FileLock
    state: str = ""
    journal: str = ""
    is_idle: bool = False

    @property
    def words(self) -> str:
        """What kind of lock it is, for a person."""
        if self.state:
            return f"SQLite {self.state}, {self.journal} journal"

        sharing = "shared" if self.lock.mode == "READ" else "exclusive"

        return f"{self.lock.kind} {sharing}, {self.lock.range}"


def header_of(root: str, path: str) -> bytes:
    """Return the first 100 bytes of a file beneath a folder; nothing if there is no such file."""
    try:
        with opened_beneath(root, path, os.O_PATH, links=False) as place:
            descriptor = open_plain(place)
    except (OSError, NoPlainFile):
        return b""

    try:
        return os.pread(descriptor, 100, 0)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def understood(
    locks: Iterable[FileLock], header: Callable[[str, str], bytes] = header_of
) -> list[Held]:
    """Return what each lock means.

    Args:
        locks: Of one process.
        header: Gives the beginning of a file beneath a folder.
    """
    headers: dict[tuple[str, str], bytes] = {}

    def known(root: str, path: str) -> bytes:
        if (root, path) not in headers:
            headers[root, path] = header(root, path)

        return headers[root, path]

    return [_understood(lock, known) for lock in locks]


def _understood(lock: FileLock, header: Callable[[str, str], bytes]) -> Held:
    if lock.kind != "POSIX":
        return Held(lock)

    is_index = lock.path.endswith(_SHM)
    database = lock.path.removesuffix(_SHM) if is_index else lock.path
    begin = header(lock.root, database)

    if not begin.startswith(_MAGIC) or len(begin) <= _WRITE_VERSION_AT:
        return Held(lock)

    if is_index:
        state = _state_of_index(lock)
        is_idle = state == "open"

        return Held(lock, state, "WAL", is_idle) if state else Held(lock)

    state = _state_of_database(lock)
    is_wal = begin[_WRITE_VERSION_AT] == _WAL_VERSION
    journal = "WAL" if is_wal else "rollback"

    return Held(lock, state, journal, is_wal and state == "shared") if state else Held(lock)


def _state_of_database(lock: FileLock) -> str:
    if lock.start < _PENDING or lock.end > _SHARED_LAST or lock.end < 0:
        return ""  # not SQLite's bytes

    if lock.mode == "READ":
        return "shared"

    if lock.end >= _SHARED_FIRST:
        return "exclusive"

    return "reserved" if lock.start == _RESERVED else "pending"


def _state_of_index(lock: FileLock) -> str:
    if not _WAL_WRITE <= lock.start <= lock.end <= _WAL_IN_USE:
        return ""

    if lock.mode == "WRITE":
        return {_WAL_WRITE: "write", _WAL_CHECKPOINT: "checkpoint"}.get(lock.start, "recovery")

    if lock.start == lock.end == _WAL_IN_USE:
        return "open"

    return "read" if lock.start in _WAL_READS else "recovery"
