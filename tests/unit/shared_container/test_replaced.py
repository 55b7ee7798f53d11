"""A plist that somebody else has written, while the store has the domain open."""

import os
import plistlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_container.fold import StoreError
from shared_container.store import DomainStore

PLIST = "domain.plist"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DomainStore]:
    folder = os.open(tmp_path, os.O_RDONLY)
    opened = DomainStore.open(folder, "domain")
    opened.set_many({"a": 1, "b": 2})
    opened.fold()

    yield opened

    opened.close()
    os.close(folder)


def replace(folder: Path, values: dict[str, object]) -> None:
    (folder / "other").write_bytes(plistlib.dumps(values))
    os.replace(folder / "other", folder / PLIST)


def taken_in(store: DomainStore) -> dict[str, object]:
    plist = store.replaced()
    assert plist is not None

    return store.accept_replaced(*plist.read())


def test_the_own_plist_is_not_replaced_and_neither_is_a_removed_one(
    store: DomainStore, tmp_path: Path
) -> None:
    assert store.replaced() is None

    (tmp_path / PLIST).unlink()

    assert store.replaced() is None


def test_a_replaced_plist_says_what_is_to_be_set(store: DomainStore, tmp_path: Path) -> None:
    replace(tmp_path, {"a": 1, "c": True})

    assert taken_in(store) == {"c": True, "b": None}
    assert store.replaced() is None


def test_what_was_set_since_the_last_fold_stays(store: DomainStore, tmp_path: Path) -> None:
    store.set_many({"a": "mine", "new": "mine"})
    replace(tmp_path, {"a": "theirs", "b": "theirs"})

    assert taken_in(store) == {"b": "theirs"}
    assert store.was_set_here("new")
    assert not store.was_set_here("b")


def test_what_was_set_stays_after_a_restart_too(store: DomainStore, tmp_path: Path) -> None:
    store.set("a", "mine")
    folder = os.open(tmp_path, os.O_RDONLY)
    again = DomainStore.open(folder, "domain")
    replace(tmp_path, {"a": "theirs", "b": 2})

    assert taken_in(again) == {}

    again.close()
    os.close(folder)


def test_a_fold_does_not_write_over_a_replaced_plist(store: DomainStore, tmp_path: Path) -> None:
    store.set("a", "mine")
    replace(tmp_path, {"b": "theirs"})

    with pytest.raises(StoreError, match="somebody else has written it"):
        store.fold()

    assert plistlib.loads((tmp_path / PLIST).read_bytes()) == {"b": "theirs"}

    store.set_many(taken_in(store))
    store.fold()

    assert plistlib.loads((tmp_path / PLIST).read_bytes()) == {"a": "mine", "b": "theirs"}


def test_a_broken_one_is_kept_aside_and_written_anew(store: DomainStore, tmp_path: Path) -> None:
    (tmp_path / PLIST).write_bytes(b"rubbish")
    plist = store.replaced()
    assert plist is not None

    with pytest.raises(ValueError, match="no property list") as caught:
        plist.read()

    assert "it is kept as domain.plist.corrupt" in store.refuse_replaced(caught.value)
    assert store.dirty

    store.fold()

    assert plistlib.loads((tmp_path / PLIST).read_bytes()) == {"a": 1, "b": 2}
    assert not store.dirty


def test_a_replaced_plist_can_be_read_after_the_store_was_closed(
    store: DomainStore, tmp_path: Path
) -> None:
    replace(tmp_path, {"c": 3})
    plist = store.replaced()
    store.close()

    assert plist is not None
    assert plist.read()[0] == {"c": 3}
    assert store.replaced() is None
