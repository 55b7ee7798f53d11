"""Who holds which lock on which file, as the kernel tells it.

``/proc/<pid>/fdinfo/<n>`` has a line for each lock that a process holds through a descriptor:
flock, POSIX and open-file-description locks alike, told apart by their owner. Who *waits* stands in
``/proc/locks`` alone, behind an arrow, and only for flock and POSIX locks. Names come from the
kernel too (the link of the descriptor); nothing is asked of the process. Source: proc(5),
fs/locks.c; measured. Blocks for milliseconds: for a thread.
"""

import os
import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from simulator.daemonkit.beneath import relative_to
from simulator.daemonkit.limits import LOCKS_READ_MAX

__all__ = ("FileLock", "locks_of", "open_files", "waits_of")

_DELETED: Final = " (deleted)"
_LOCK = re.compile(
    r"(?P<arrow>-> )?(?P<kind>FLOCK|POSIX|OFDLCK) +\w+ +(?P<mode>READ|WRITE) +(?P<pid>-?[0-9]+) "
    r"(?P<device>[0-9a-f]+:[0-9a-f]+):(?P<inode>[0-9]+) (?P<start>[0-9]+) (?P<end>[0-9]+|EOF)"
)
_Place = tuple[str, str, bool]
_KINDS: Final = {"FLOCK": "flock", "POSIX": "POSIX", "OFDLCK": "OFD"}


class FileLock(NamedTuple):
    """One lock that a process holds, or waits for.

    Attributes:
        root: The folder that the file lies beneath, of those that were asked about.
        path: The file, relative to it.
        kind: ``flock``, ``POSIX`` or ``OFD``.
        mode: ``READ`` (shared) or ``WRITE`` (exclusive).
        start: The first byte.
        end: The last byte, or -1 for as far as there will ever be bytes.
        is_deleted: Whether the file has no name any more.
        link: A link of /proc that is the file itself, whatever has its name now; nothing for a
            lock that is waited for.
    """

    root: str
    path: str
    kind: str
    mode: str
    start: int
    end: int
    is_deleted: bool = False
    link: str = ""

    @property
    def range(self) -> str:
        """Which bytes, in words."""
        if self.kind == "flock" or (self.start == 0 and self.end == -1):
            return "whole file"

        return f"bytes {self.start}-{'' if self.end < 0 else self.end}"


def locks_of(pid: int, roots: Iterable[str]) -> list[FileLock]:
    """Return the locks that a process holds on files beneath some folders, in order.

    Args:
        pid: It must live, or be stopped; a process that is gone holds nothing.
        roots: Folders.
    """
    folders = tuple(roots)
    found: dict[tuple[int, FileLock], FileLock] = {}  # by inode, for a lock may be told twice
    read = 0

    for number in _names(f"/proc/{pid}/fd"):
        link = f"/proc/{pid}/fd/{number}"
        place = _place(link, folders)

        if place is None:
            continue

        text = _read(f"/proc/{pid}/fdinfo/{number}")
        read += len(text)

        if read > LOCKS_READ_MAX and found:
            break

        for line in text.split("\nlock:")[1:]:
            match = _LOCK.search(line)

            if match is not None:
                lock = _lock(match, *place)
                found[int(match["inode"]), lock] = lock._replace(link=link)

    return sorted(found.values())


def waits_of(pids: Iterable[int], roots: Iterable[str]) -> dict[int, list[FileLock]]:
    """Return the locks that processes wait for: by pid.

    Of a lock of an open file description the kernel does not say who waits; and SQLite does not
    wait, but tries again.
    """
    folders = tuple(roots)
    waiting: dict[int, list[re.Match[str]]] = {}
    wanted = set(pids)

    for line in _read("/proc/locks").splitlines():
        match = _LOCK.search(line)

        if match is not None and match["arrow"] and int(match["pid"]) in wanted:
            waiting.setdefault(int(match["pid"]), []).append(match)

    found: dict[int, list[FileLock]] = {}

    for pid, matches in waiting.items():
        files = _files_of(pid, folders)

        for match in matches:
            place = files.get(int(match["inode"]))

            if place is not None:
                found.setdefault(pid, []).append(_lock(match, *place))

    return found


def _files_of(pid: int, roots: tuple[str, ...]) -> Mapping[int, _Place]:
    """Return the files beneath some folders that a process has open, by inode."""
    found: dict[int, _Place] = {}

    for place, link in open_files(pid, roots).items():
        try:
            found[os.stat(link).st_ino] = place
        except OSError:
            continue

    return found


def open_files(pid: int, roots: Iterable[str]) -> Mapping[_Place, str]:
    """Return the files beneath some folders that a process has open.

    Returns:
        Root, path beneath it, whether it has no name any more → a link of /proc that is the file
        itself, whatever has its name now.
    """
    folders = tuple(roots)
    found: dict[_Place, str] = {}

    for number in _names(f"/proc/{pid}/fd"):
        link = f"/proc/{pid}/fd/{number}"
        place = _place(link, folders)

        if place is not None:
            found[place] = link

    return found


def _place(link: str, roots: tuple[str, ...]) -> _Place | None:
    try:
        path = os.readlink(link)
    except OSError:  # closed meanwhile
        return None

    is_deleted = path.endswith(_DELETED) and not os.path.lexists(path)
    path = path.removesuffix(_DELETED) if is_deleted else path

    for root in roots:
        inside = relative_to(root, path)

        if inside is not None:
            return root, inside, is_deleted

    return None


def _lock(match: re.Match[str], root: str, path: str, is_deleted: bool) -> FileLock:  # noqa: FBT001  as above
    end = -1 if match["end"] == "EOF" else int(match["end"])
    kind = _KINDS[match["kind"]]

    return FileLock(root, path, kind, match["mode"], int(match["start"]), end, is_deleted)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # it is gone
        return []


def _read(path: str) -> str:
    """Return the beginning of one of the kernel's files; a process may hold very many locks."""
    try:
        with open(path, "rb", buffering=0) as file:
            data = bytearray()

            while len(data) < LOCKS_READ_MAX and (piece := file.read(1 << 16)):
                data += piece
    except OSError:
        return ""

    return data.decode("ascii", "replace")
