"""A preference domain on disk: nothing acknowledged is lost, whatever is killed or broken.

Longer than our files are: its three parts (what a store does, what dying does to it, what others
put into its folder) share the folder fixture and the makers of broken files.
"""

import errno
import os
import plistlib
import random
import resource
import select
import shutil
import signal
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_container import fold as fold_module
from shared_container import journal
from shared_container.fold import FoldPlan, StoreError
from shared_container.journal_file import JOURNAL_BYTES_MAX
from shared_container.plist import EXPANDED_BYTES_MAX, PLIST_BYTES_MAX, decode_plist
from shared_container.store import DOMAIN_BYTES_MAX, FOLD_JOURNAL_BYTES, DomainStore

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


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path)
    yield made
    made.close()


def test_a_domain_that_does_not_exist_is_empty_and_reading_it_makes_no_file(folder: Folder) -> None:
    store = folder.open()
    store.remove("absent")
    store.fold()

    assert store.values == {}
    assert store.sequence == 0
    assert not store.dirty
    assert folder.names() == set()


def test_what_was_set_is_there_again_with_its_types_before_and_after_a_fold(folder: Folder) -> None:
    values = {
        "s": "é𝄞", "b": b"\0", "t": True, "i": -1, "u": (1 << 64) - 1, "r": 0.5, "d": DAY,
        "a": [1, [DAY]], "m": {"x": {"y": []}}, "": "an empty key", "a.b@c": 1,
    }  # fmt: skip
    store = folder.open()
    store.set_many(values)
    replayed = folder.open()
    replayed.fold()
    folded = folder.open()

    assert repr(store.values) == repr(replayed.values)
    assert replayed.values == folded.values == values
    assert [type(v) for k, v in sorted(folded.values.items())] == [
        type(v) for k, v in sorted(values.items())
    ]
    assert store.sequence == folded.sequence == len(values)


def test_the_plist_is_a_clean_binary_one_of_the_users_keys(folder: Folder) -> None:
    store = folder.open()
    store.set_many({"name": "Ada", "when": DAY})
    store.fold()

    assert (folder.path / PLIST).read_bytes().startswith(b"bplist00")
    assert folder.plist() == {"name": "Ada", "when": DAY.replace(tzinfo=None)}
    assert folder.names() == {PLIST, JOURNAL}
    assert not store.dirty


def test_an_xml_plist_is_read_and_a_missing_journal_is_no_problem(folder: Folder) -> None:
    (folder.path / PLIST).write_bytes(plistlib.dumps({"a": [1, True]}, fmt=plistlib.FMT_XML))
    store = folder.open()

    assert store.values == {"a": [1, True]}
    assert store.problems == []


def test_a_value_is_copied_and_none_removes(folder: Folder) -> None:
    mine = [1]
    store = folder.open()
    store.set("a", mine)
    mine.append(2)
    store.set_many({"b": 1, "a2": 2})
    store.set("b", None)
    store.remove("a2")

    assert store.values == {"a": [1]}
    assert folder.open().values == {"a": [1]}


@pytest.mark.parametrize("value", [[None], object(), 1 << 64, "\ud800"])
def test_a_bad_value_changes_nothing_of_its_batch(folder: Folder, value: object) -> None:
    store = folder.open()

    with pytest.raises(TypeError):
        store.set_many({"good": 1, "bad": value})

    assert store.values == folder.open().values == {}
    assert store.sequence == 0


def test_the_sequence_and_the_epoch_go_on_after_a_restart(folder: Folder) -> None:
    store = folder.open()
    store.set("a", 1)
    store.fold()
    store.set("b", 2)
    store.close()
    again = folder.open()
    again.set("c", 3)

    assert again.sequence == 3
    data = (folder.path / JOURNAL).read_bytes()
    contents = journal.read_journal(data)
    assert (contents.epoch, contents.base, contents.sequence) == (2, 1, 3)


def test_the_last_moment_of_the_calendar_survives_a_fold(folder: Folder) -> None:
    store = folder.open()
    store.set("end", datetime.max.replace(tzinfo=UTC))
    store.fold()
    again = folder.open()

    assert again.problems == []
    assert again.values == {"end": datetime.max.replace(tzinfo=UTC, microsecond=0)}


def test_a_long_journal_asks_for_a_fold(folder: Folder) -> None:
    store = folder.open()
    asked = []

    for _ in range(3):
        store.set("a", "x" * (FOLD_JOURNAL_BYTES * 2 // 5))
        asked.append(store.needs_fold)

    store.fold()

    assert asked == [False, False, True]
    assert store.needs_fold is False


def test_sets_during_a_fold_survive_it(folder: Folder) -> None:
    store = folder.open()
    store.set_many({"a": 1, "gone": 1})
    plan = store.begin_fold()
    store.set("a", 2)
    store.remove("gone")
    plan.encode_and_write()
    store.set("b", 3)
    between = folder.open()
    store.finish_fold(plan)
    store.set("c", 4)
    after = folder.open()

    assert folder.plist() == {"a": 1, "gone": 1}
    assert between.values == {"a": 2, "b": 3}
    assert after.values == store.values == {"a": 2, "b": 3, "c": 4}
    assert store.sequence == after.sequence == 6


def test_only_one_fold_is_under_way_and_it_ends_before_the_store_is_closed(folder: Folder) -> None:
    store = folder.open()
    store.set("a", 1)
    plan = store.begin_fold()

    with pytest.raises(RuntimeError, match="under way already"):
        store.begin_fold()

    with pytest.raises(RuntimeError, match="cannot be finished"):
        store.finish_fold(plan)

    with pytest.raises(RuntimeError, match="closed while"):
        store.close()

    store.abandon_fold(plan)
    store.fold()

    assert folder.plist() == {"a": 1}


keys = st.sampled_from(["a", "b", "c.d", "é"])
leaves = (
    st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.binary(max_size=8)
    | st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
)
trees = st.recursive(
    leaves, lambda t: st.lists(t, max_size=3) | st.dictionaries(st.text("ab"), t, max_size=3)
)
steps = st.one_of(
    st.tuples(st.just("set"), keys, trees),
    st.tuples(st.just("remove"), keys, st.none()),
    st.tuples(st.sampled_from(["fold", "reopen", "begin", "finish"]), st.none(), st.none()),
)


@settings(max_examples=60, deadline=None)
@given(script=st.lists(steps, max_size=25))
def test_a_store_is_a_dictionary_that_outlives_its_process(
    script: list[tuple[str, str, object]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = Folder(tmp_path_factory.mktemp("model"))
    store = folder.open()
    model: dict[str, object] = {}
    plan: FoldPlan | None = None

    for what, key, value in script:
        if what == "set":
            store.set(key, value)
            model[key] = value
        elif what == "remove":
            store.remove(key)
            model.pop(key, None)
        elif what == "begin" and plan is None:
            plan = store.begin_fold()
        elif what == "finish" and plan is not None:
            plan.encode_and_write()
            store.finish_fold(plan)
            plan = None
        elif what == "fold" and plan is None:
            store.fold()
        elif what == "reopen":
            if plan is not None:
                store.abandon_fold(plan)
                plan = None

            sequence = store.sequence
            store.close()
            store = folder.open()
            assert store.sequence == sequence

        assert store.values == model

    if plan is not None:
        plan.encode_and_write()
        store.abandon_fold(plan)  # as if killed before the journal was begun anew

    again = folder.open()
    assert again.values == model
    assert again.problems == []
    folder.close()
    shutil.rmtree(folder.path)


def child(folder: Folder, report: int) -> NoReturn:
    store = DomainStore.open(folder.fd, DOMAIN)
    start = max([0, *(v for v in store.values.values() if isinstance(v, int))])

    for number in range(start + 1, start + 1_000_000):
        store.set_many({f"k{number % 7}": number, f"pad{number % 3}": "x" * (number % 50)})
        os.write(report, struct.pack("<Q", number))

        if number % 5 == 0:
            store.fold()

    os._exit(0)


def run_and_kill(folder: Folder, acknowledgements: int) -> int:
    """Kill a child somewhere after so many sets, and return the last that it acknowledged."""
    reading, writing = os.pipe()
    pid = os.fork()

    if pid == 0:
        try:
            child(folder, writing)
        finally:
            os._exit(1)

    os.close(writing)
    seen = b""

    while len(seen) < 8 * acknowledgements:
        select.select([reading], [], [])
        piece = os.read(reading, 8)
        assert piece, "the child has died by itself"
        seen += piece

    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)

    while piece := os.read(reading, 1 << 16):
        seen += piece

    os.close(reading)
    (last,) = struct.unpack("<Q", seen[-8:])

    return int(last)


@pytest.mark.contract("D74")
def test_sixty_kills_lose_nothing_acknowledged_and_tear_nothing(folder: Folder) -> None:
    chance = random.Random(7)

    for _ in range(60):
        last = run_and_kill(folder, chance.randrange(1, 25))
        store = folder.open()
        newest = max(v for v in store.values.values() if isinstance(v, int))

        # The set that was under way may have happened, whole.
        assert newest in (last, last + 1)
        assert store.problems == []

        for number in range(max(1, newest - 6), newest + 1):
            assert store.values[f"k{number % 7}"] == number

        assert store.values[f"pad{newest % 3}"] == "x" * (newest % 50)


class Killed(BaseException):
    """The process has died in the middle of a system call."""


CALLS = ("open", "write", "pwrite", "rename", "fsync", "link", "unlink", "fchmod", "dup", "stat")


class Death:
    """Lets so many system calls happen, and then none at all: not even those that clean up."""

    def __init__(self, patch: pytest.MonkeyPatch, after: int, manner: str) -> None:
        self.left = after
        self.manner = manner
        self.struck = False

        for name in CALLS:
            patch.setattr(os, name, self.wrap(name, getattr(os, name)))

    def wrap(self, name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            if self.struck:
                raise Killed

            if self.left:
                self.left -= 1
                return real(*args, **options)

            self.struck = True

            if self.manner == "after":
                real(*args, **options)
            elif self.manner == "half" and name == "pwrite":
                fd, data, at = args
                assert isinstance(data, bytes)
                real(fd, data[: len(data) // 2], at)

            raise Killed

        return call


def deaths(patch: pytest.MonkeyPatch, act: Callable[[], None]) -> Iterator[tuple[str, int, bool]]:
    """Run ``act`` dying before, in and after each of its calls; tell whether it came to its end."""
    for manner in ("before", "half", "after"):
        for number in range(1000):
            with patch.context() as inner:
                death = Death(inner, number, manner)

                try:
                    act()
                except Killed:
                    finished = False
                else:
                    finished = True

            assert finished is not death.struck
            yield manner, number, finished

            if finished:
                break


def test_a_death_at_any_call_of_a_set_leaves_the_old_value_or_the_new(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = folder.open()
    first.set_many({"a": 0, "other": "kept"})
    count = 0
    stores: list[DomainStore] = []

    def act() -> None:
        stores.append(DomainStore.open(folder.fd, DOMAIN))
        stores[-1].set("a", [count])

    for manner, number, finished in deaths(monkeypatch, act):
        store = folder.open()
        torn_commit = manner == "half" and store.problems

        assert store.values in ({"a": 0, "other": "kept"}, {"a": [count], "other": "kept"}), number
        assert not finished or store.values["a"] == [count]
        assert store.problems == [] or torn_commit

        store.set("a", 0)
        assert folder.open().values == {"a": 0, "other": "kept"}
        count += 1

    assert count >= 12


@pytest.mark.contract("D74")
def test_a_death_at_any_call_of_a_fold_loses_nothing(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected: dict[str, object] = {}
    acknowledged: list[int] = []
    count = 0

    def prepare() -> DomainStore:
        store = folder.open()
        store.set_many({"a": count, f"k{count}": count, "late": -1})
        store.remove(f"k{count - 3}")
        expected.update({"a": count, f"k{count}": count})
        expected.pop(f"k{count - 3}", None)

        return store

    store = prepare()

    def act() -> None:
        plan = store.begin_fold()

        try:
            store.set("late", count)
            acknowledged.append(count)
            plan.encode_and_write()
            store.finish_fold(plan)
        finally:
            store.abandon_fold(plan)

    for manner, number, finished in deaths(monkeypatch, act):
        again = folder.open()
        late = again.values["late"]

        assert again.values == {**expected, "late": late}
        assert late in ((count,) if count in acknowledged else (count, -1))
        assert again.problems == [] or manner == "half", number
        assert not finished or folder.names() - asides(folder) == {PLIST, JOURNAL}

        count += 1
        store = prepare()

    assert count >= 30


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


def test_a_death_at_any_call_of_a_repair_keeps_the_good_records(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = states(folder)
    damaged = bytearray((folder.path / JOURNAL).read_bytes())
    damaged[-1] ^= 1
    (folder.path / JOURNAL).write_bytes(damaged)

    for _, number, _ in deaths(monkeypatch, lambda: folder.open().close()):
        assert folder.open().values == seen[-2], number

        for name in folder.names():
            (folder.path / name).unlink()

        (folder.path / JOURNAL).write_bytes(damaged)

    assert folder.open().problems[0].count("3 records of it are good") == 1


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


def test_a_full_disk_changes_nothing_and_says_which_domain(folder: Folder) -> None:
    store = folder.open()
    store.set("a", 1)
    numbers = []
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))

    try:
        for value in ("x" * 2000, "y" * 850):
            with pytest.raises(StoreError, match=f"{DOMAIN}: could not write") as caught:
                store.set_many({"a": value, "b": 2})

            numbers.append(caught.value.errno)

        store.set("small", 1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert numbers == [errno.EFBIG, errno.EFBIG]
    assert store.values == folder.open().values == {"a": 1, "small": 1}
    assert store.sequence == 2


def test_a_commit_word_that_cannot_be_written_does_not_count(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = folder.open()
    store.set("a", 1)
    real = os.pwrite
    refused: list[int] = []

    def refuse(fd: int, data: bytes, at: int) -> int:
        if at == journal.COMMIT_OFFSET and not refused:
            refused.append(real(fd, data, at))
            raise OSError(errno.EIO, "Input/output error")

        return real(fd, data, at)

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", refuse)

        with pytest.raises(StoreError, match="Input/output"):
            store.set("a", 2)

    assert store.values == folder.open().values == {"a": 1}


def test_a_container_deleted_under_the_store_refuses_sets_and_folds(folder: Folder) -> None:
    store = folder.open()
    store.set("a", 1)
    empty = folder.path / "gone"
    empty.mkdir()
    fd = os.open(empty, os.O_RDONLY | os.O_DIRECTORY)
    orphan = DomainStore.open(fd, DOMAIN)
    os.close(fd)
    empty.rmdir()

    with pytest.raises(StoreError, match=DOMAIN) as caught:
        orphan.set("a", 1)

    orphan.close()

    assert caught.value.errno == errno.ENOENT
    assert orphan.values == {}


def test_a_fold_that_fails_keeps_everything_in_the_journal(folder: Folder) -> None:
    store = folder.open()
    store.set("a", 1)
    (folder.path / PLIST).mkdir()

    with pytest.raises(StoreError, match="could not write the plist"):
        store.fold()

    store.set("b", 2)
    (folder.path / PLIST).rmdir()
    assert folder.open().values == {"a": 1, "b": 2}
    store.fold()
    assert folder.plist() == {"a": 1, "b": 2}


def test_a_plist_that_could_not_be_read_again_is_not_written(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fold_module, "PLIST_BYTES_MAX", 100)
    store = folder.open()
    store.set("a", "x" * 200)

    with pytest.raises(StoreError, match="100 are the most"):
        store.fold()

    assert folder.open().values == store.values


def test_a_domain_has_a_largest_size_and_may_always_shrink(folder: Folder) -> None:
    store = folder.open()
    store.set("half", b"x" * (DOMAIN_BYTES_MAX // 2))

    with pytest.raises(StoreError, match="set more") as caught:
        store.set("more", b"x" * (DOMAIN_BYTES_MAX // 2))

    store.set("half", b"small")
    store.set("more", b"x" * (DOMAIN_BYTES_MAX // 2))
    store.fold()

    assert caught.value.errno == errno.EFBIG
    assert folder.open().values.keys() == {"half", "more"}
    assert DOMAIN_BYTES_MAX <= EXPANDED_BYTES_MAX


def test_a_journal_that_is_never_folded_has_a_largest_size(folder: Folder) -> None:
    store = folder.open()

    def set_without_end() -> None:
        for number in range(JOURNAL_BYTES_MAX):
            store.set("a", bytes([number]) * (DOMAIN_BYTES_MAX - 100))

    with pytest.raises(StoreError, match="fold it first"):
        set_without_end()

    again = folder.open()
    assert again.problems == []
    assert again.values == store.values
    store.fold()
    store.set("a", 1)
    assert folder.open().values == {"a": 1}


def test_stores_leak_no_descriptors(folder: Folder) -> None:
    before = len(os.listdir("/proc/self/fd"))

    for number in range(5):
        with_fold = DomainStore.open(folder.fd, DOMAIN)
        with_fold.set("a", number)
        with_fold.fold()
        with_fold.abandon_fold(with_fold.begin_fold())
        with_fold.close()
        with_fold.close()

    with pytest.raises(ValueError, match="slash"):
        DomainStore.open(folder.fd, "a/b")

    assert len(os.listdir("/proc/self/fd")) == before
