"""A preference domain in a folder that others write to: what they put there is bounded and kept."""

import os
import plistlib
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from shared_container import journal
from shared_container.plist import PLIST_BYTES_MAX, decode_plist
from shared_container.store import DomainStore
from tests.unit.shared_container.preferences_folder import (
    DAY,
    DOMAIN,
    JOURNAL,
    PLIST,
    Folder,
    asides,
    states,
)


def test_a_bit_flipped_anywhere_in_a_journal_invents_no_value(folder: Folder) -> None:
    seen = states(folder)
    whole = (folder.path / JOURNAL).read_bytes()
    detected = 0

    for at in range(len(whole)):
        broken = bytearray(whole)
        broken[at] ^= 1 << at % 8
        (folder.path / JOURNAL).write_bytes(broken)
        store = DomainStore.open(folder.fd, DOMAIN)
        padding = 40 <= at < journal.COMMIT_OFFSET

        assert store.values in seen
        assert bool(store.problems) is not padding
        assert DomainStore.open(folder.fd, DOMAIN).problems == []

        if at < journal.HEADER_BYTES:  # neither header nor commit word is needed to find records
            assert store.values == seen[-1]

        detected += bool(store.problems)
        store.close()

        for name in asides(folder):
            (folder.path / name).unlink()

    assert detected == len(whole) - 8


def test_a_journal_cut_anywhere_keeps_the_records_before_the_cut(folder: Folder) -> None:
    seen = states(folder)
    whole = (folder.path / JOURNAL).read_bytes()
    best = 0

    for length in range(len(whole)):
        (folder.path / JOURNAL).write_bytes(whole[:length])
        store = DomainStore.open(folder.fd, DOMAIN)
        best = max(best, seen.index(store.values))

        assert seen.index(store.values) == best  # more bytes never give fewer records
        assert len(store.problems) == 1
        assert (folder.path / f"{JOURNAL}.corrupt").read_bytes() == whole[:length]

        store.set("new", 1)
        store.close()
        assert DomainStore.open(folder.fd, DOMAIN).values["new"] == 1

        for name in asides(folder):
            (folder.path / name).unlink()

    assert best == len(seen) - 2


def test_a_record_with_a_good_checksum_and_a_bad_value_ends_the_journal(folder: Folder) -> None:
    good = journal.record(1, "a", 1)

    for bad in (journal.record(2, "b", [None]), journal.record(3, "b", 2)):
        (folder.path / JOURNAL).write_bytes(journal.new_journal(1, 0, good + bad))
        store = folder.open()

        assert store.values == {"a": 1}
        assert "damaged record" in store.problems[0]


def test_numbers_in_a_forged_header_cannot_overflow_ours(folder: Folder) -> None:
    (folder.path / JOURNAL).write_bytes(journal.new_journal((1 << 64) - 2, (1 << 64) - 1))
    store = folder.open()
    store.set("a", 1)
    store.fold()

    assert folder.open().values == {"a": 1}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage",
        b"bplist00",
        b"bplist00" + b"\xff" * 40,
        plistlib.dumps(["no dictionary"], fmt=plistlib.FMT_BINARY),
        plistlib.dumps({"u": plistlib.UID(1)}, fmt=plistlib.FMT_BINARY),
        plistlib.dumps({"a": 1})[:-30],
        b"<plist><dict><key>d</key><date>soon</date></dict></plist>",
        b"<plist><dict><key>a</key>" + b"<array>" * 500 + b"</array>" * 500 + b"</dict></plist>",
    ],
)
def test_a_corrupt_plist_is_kept_aside_and_the_journal_salvaged(
    folder: Folder, data: bytes
) -> None:
    store = folder.open()
    store.set("folded", 1)
    store.fold()
    store.set("journaled", 2)
    (folder.path / PLIST).write_bytes(data)
    again = folder.open()
    again.fold()

    assert again.values == {"journaled": 2}
    assert len(again.problems) == 1
    assert f"{PLIST}.corrupt" in again.problems[0]
    assert (folder.path / f"{PLIST}.corrupt").read_bytes() == data
    assert folder.open().problems == []


def binary_plist(objects: list[bytes], offsets: list[int] | None = None) -> bytes:
    data, starts = b"bplist00", []

    for each in objects:
        starts.append(len(data))
        data += each

    places = offsets if offsets is not None else starts
    table = b"".join(struct.pack(">H", place) for place in places)

    return data + table + struct.pack(">6xBBQQQ", 2, 1, len(places), 0, len(data))


def test_a_small_plist_that_expands_to_gigabytes_is_refused(folder: Folder) -> None:
    # A dictionary of one key; each array holds the next one ten times, ten deep.
    objects = [b"\xd1\x01\x02", b"\x51k"]
    objects += [b"\xaa" + bytes([number + 1]) * 10 for number in range(2, 14)]
    data = binary_plist([*objects, b"\x51x"])
    (folder.path / PLIST).write_bytes(data)
    store = folder.open()

    assert len(data) < 250
    assert store.values == {}
    assert "expands" in store.problems[0]


def test_a_plist_that_contains_itself_or_overlaps_itself_is_refused() -> None:
    loop = binary_plist([b"\xd1\x01\x02", b"\x51k", b"\xa1\x02"])
    overlap = binary_plist([b"\xaf\x10\xff" + b"\1" * 255], [8] * 255)
    too_many = loop[:-24] + struct.pack(">QQQ", 1 << 40, 0, 16)

    for data, why in ((loop, "no preference"), (overlap, "overlap"), (too_many, "claims")):
        with pytest.raises(ValueError, match=why):
            decode_plist(data)


def test_an_honest_plist_may_refer_to_one_object_many_times() -> None:
    values = {f"k{n}": ["the same", 1.5, True, b"x" * 300, "é" * 300, DAY.replace(tzinfo=None)]
              for n in range(300)}  # fmt: skip
    decoded, weights = decode_plist(plistlib.dumps(values, fmt=plistlib.FMT_BINARY))

    assert decoded["k7"] == ["the same", 1.5, True, b"x" * 300, "é" * 300, DAY]
    assert weights.keys() == values.keys()


def test_a_plist_that_is_too_large_is_not_parsed(folder: Folder) -> None:
    with (folder.path / PLIST).open("wb") as file:
        file.truncate(PLIST_BYTES_MAX * 1000)

    store = folder.open()

    assert "larger than" in store.problems[0]
    assert store.values == {}


def put_link(path: Path) -> None:
    path.symlink_to("outside")


def put_folder(path: Path) -> None:
    (path / "in").mkdir(parents=True)


@pytest.mark.parametrize("name", [PLIST, JOURNAL])
@pytest.mark.parametrize("put", [put_link, put_folder, os.mkfifo])
def test_what_is_no_file_is_moved_aside_without_following_or_waiting(
    folder: Folder, name: str, put: Callable[[Path], None]
) -> None:
    outside = plistlib.dumps({"stolen": True}, fmt=plistlib.FMT_BINARY)
    (folder.path / "outside").write_bytes(outside)
    put(folder.path / name)
    store = folder.open()
    store.set("a", 1)
    store.fold()

    assert store.values == folder.open().values == {"a": 1}
    assert "no regular file" in store.problems[0]
    assert f"{name}.corrupt" in folder.names()
    assert (folder.path / "outside").read_bytes() == outside


def test_a_journal_with_a_second_name_is_not_written_to(folder: Folder) -> None:
    folder.open().set("a", 1)
    os.link(folder.path / JOURNAL, folder.path / "mine")
    before = (folder.path / "mine").read_bytes()
    store = folder.open()
    store.set("b", 2)

    assert "second name" in store.problems[0]
    assert folder.open().values == {"a": 1, "b": 2}
    assert (folder.path / "mine").read_bytes() == before


def remove_journal(path: Path) -> None:
    path.unlink()


def replace_journal(path: Path) -> None:
    path.unlink()
    path.write_bytes(journal.new_journal(9, 9, journal.record(10, "forged", 1)))


@pytest.mark.parametrize("meddle", [remove_journal, replace_journal])
def test_a_journal_replaced_before_the_first_set_is_made_anew_from_memory(
    folder: Folder, meddle: Callable[[Path], None]
) -> None:
    folder.open().set_many({"a": 1, "b": 2})
    store = folder.open()
    meddle(folder.path / JOURNAL)
    store.set("c", 3)

    assert folder.open().values == store.values == {"a": 1, "b": 2, "c": 3}
