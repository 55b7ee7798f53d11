"""A preference domain on disk: what is set is there again, before and after a fold."""

import plistlib
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_container import journal
from shared_container.store import FOLD_JOURNAL_BYTES
from tests.unit.shared_container.preferences_folder import (
    DAY,
    JOURNAL,
    PLIST,
    Folder,
)

if TYPE_CHECKING:
    from shared_container.fold import FoldPlan


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
