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

from simulator.daemonkit.filelocks import FileLock, locks_of, open_files
from simulator.daemonkit.hostile import NoPlainFile, open_plain

__all__ = ("Held", "held_by", "understood")

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


def held_by(pid: int, roots: Iterable[str]) -> list[Held]:
    """Return the locks that a process holds on files beneath some folders, and what they mean.

    A database is looked at as the process has it open, whatever has its name by now. Blocks.

    Args:
        pid: The process.
        roots: Folders.
    """
    folders = tuple(roots)
    locks = locks_of(pid, folders)
    links = open_files(pid, folders) if locks else {}
    headers: dict[str, bytes] = {}

    def header(lock: FileLock, path: str) -> bytes:
        # The database of an index is another file, and known by its name.
        place = lock.root, path, lock.is_deleted
        link = lock.link if path == lock.path else links.get(place, "")

        if link not in headers:
            headers[link] = _header_of(link) if link else b""

        return headers[link]

    return [understood(lock, header) for lock in locks]


def _header_of(link: str) -> bytes:
    """Return the first 100 bytes of an open file."""
    try:
        place = os.open(link, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # closed meanwhile
        return b""

    try:
        descriptor = open_plain(place)
    except (OSError, NoPlainFile):
        return b""
    finally:
        os.close(place)

    try:
        return os.pread(descriptor, 100, 0)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def understood(lock: FileLock, header: Callable[[FileLock, str], bytes]) -> Held:
    """Return what a lock means.

    Args:
        lock: As the kernel tells it.
        header: Gives the beginning of a file that is beside the locked one, or that one itself.
    """
    if lock.kind != "POSIX":
        return Held(lock)

    is_index = lock.path.endswith(_SHM)
    database = lock.path.removesuffix(_SHM) if is_index else lock.path
    begin = header(lock, database)

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
