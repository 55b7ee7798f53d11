"""What a container holds at a moment, and how that differs from another moment.

Each file is known by size and digest, a small property list by its keys as well, a SQLite database
by its pages. Reached beneath descriptors, following no link; what is too large to be read is known
by its size and the time of its last change. Blocks: for a thread.
"""

import hashlib
import os
import struct
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, cast

from shared_container.atomic import read_at
from shared_container.layout import METADATA_FILE
from shared_container.plist import decode_plist
from simulator.daemonkit.hostile import kind_of, open_folder, open_plain, opened_place
from simulator.daemonkit.limits import COMPARED_BYTES_MAX, TREE_DEPTH_MAX

__all__ = ("Change", "State", "differences", "shown_values", "state_of")

_PLIST_BYTES_MAX: Final = 1 << 20
_SHOWN_MAX: Final = 80
_CHUNK: Final = 1 << 20
_SQLITE: Final = b"SQLite format 3\0"
_PAGES: Final = struct.Struct(">28xI")  # the size of the database in pages, at offset 28
_WAL_VERSION: Final = 2

_Item = Mapping[str, object]
State = dict[str, _Item]


class Change(NamedTuple):
    """One difference.

    Attributes:
        what: ``added``, ``removed`` or ``changed``.
        path: Beneath the container.
        kind: Of the newer one: ``file``, ``folder``, ``link`` …
        size: Before and after, -1 for not there.
        details: What changed in it, as sentences.
    """

    what: str
    path: str
    kind: str
    size: tuple[int, int]
    details: tuple[str, ...] = ()


def state_of(root: str) -> State:
    """Return what a container holds: path → item; the system's metadata left out.

    Raises:
        OSError: It is not there.
    """
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    try:
        return dict(_items(folder, "", 0))
    finally:
        os.close(folder)


def _items(folder: int, prefix: str, depth: int) -> Iterator[tuple[str, _Item]]:
    for name in sorted(os.listdir(folder), key=os.fsencode):
        path = f"{prefix}{name}"

        if path == METADATA_FILE:
            continue

        try:
            with opened_place(name, folder) as place:
                kind = kind_of(os.fstat(place).st_mode)

                if kind == "folder" and depth < TREE_DEPTH_MAX:
                    yield path, {"kind": kind, "size": 0}
                    inner = open_folder(place)

                    try:
                        yield from _items(inner, f"{path}/", depth + 1)
                    finally:
                        os.close(inner)
                else:
                    yield path, _item(place, kind, folder, name)
        except OSError:  # removed meanwhile, or not ours to read
            continue


def _item(place: int, kind: str, folder: int, name: str) -> _Item:
    found = os.fstat(place)
    item: dict[str, object] = {"kind": kind, "size": found.st_size}

    if kind == "link":
        item["digest"] = os.readlink("", dir_fd=place)
    elif kind == "file" and found.st_size > COMPARED_BYTES_MAX:
        item["digest"] = f"changed at {found.st_mtime_ns}"
    elif kind == "file":
        descriptor = open_plain(place)

        try:
            item["digest"], begin = _digest(descriptor)
        finally:
            os.close(descriptor)

        if begin.startswith(_SQLITE):
            item["database"] = _database(begin)
        elif name.endswith(".plist") and found.st_size <= _PLIST_BYTES_MAX:
            item["keys"] = _keys(folder, name)

    return item


def _digest(descriptor: int) -> tuple[str, bytes]:
    digest = hashlib.blake2b(digest_size=16)
    begin = b""
    read = 0

    while read <= COMPARED_BYTES_MAX and (piece := os.read(descriptor, _CHUNK)):
        digest.update(piece)
        begin = begin or piece[:100]
        read += len(piece)

    return digest.hexdigest(), begin


def _database(begin: bytes) -> str:
    if len(begin) < _PAGES.size:
        return "SQLite"

    journal = "WAL" if begin[18] == _WAL_VERSION else "rollback"

    return f"SQLite, {journal} journal, {_PAGES.unpack_from(begin)[0]} pages"


def _keys(folder: int, name: str) -> dict[str, str]:
    try:
        values, _ = decode_plist(read_at(folder, name, _PLIST_BYTES_MAX + 1)[0])
    except (OSError, ValueError):  # no property list, whatever its name
        return {}

    return shown_values(values)


def shown_values(values: Mapping[str, object]) -> dict[str, str]:
    """Return the values of a property list as short texts that differ where they differ."""
    return {key: _shown(value) for key, value in values.items()}


def _shown(value: object) -> str:
    text = repr(value)
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()

    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}… ({digest})"


def differences(old: State, new: State) -> list[Change]:
    """Return what differs, sorted by path."""
    changes = []

    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)

        if before == after:
            continue

        what = "changed" if before and after else "removed" if before else "added"
        kind = str((after or before or {})["kind"])
        changes.append(
            Change(what, path, kind, (_size(before), _size(after)), _details(before, after))
        )

    return changes


def _size(item: _Item | None) -> int:
    return -1 if item is None else cast("int", item["size"])


def _details(before: _Item | None, after: _Item | None) -> tuple[str, ...]:
    if after is None:
        return ()

    if before is None:
        return _changes_of_values({}, cast("dict[str, str]", after.get("keys", {})))

    if before["kind"] != after["kind"]:
        return (f"it was a {before['kind']}",)

    if "keys" in before and "keys" in after:
        return _changes_of_values(
            cast("dict[str, str]", before["keys"]), cast("dict[str, str]", after["keys"])
        )

    if "database" in after and before.get("database") != after["database"]:
        return (f"{before.get('database', 'no database')} → {after['database']}",)

    if after["kind"] == "link":
        return (f"{before['digest']} → {after['digest']}",)

    return ()


def _changes_of_values(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Return which keys of a property list differ, as sentences."""
    found = []

    for key in sorted({*before, *after}):
        if key not in after:
            found.append(f"{key}: {before[key]} → gone")
        elif key not in before:
            found.append(f"{key}: new: {after[key]}")
        elif before[key] != after[key]:
            found.append(f"{key}: {before[key]} → {after[key]}")

    return tuple(found)
