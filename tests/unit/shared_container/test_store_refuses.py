"""A preference domain that cannot grow or be written: refused by name, and nothing has changed."""

import contextlib
import errno
import os
import resource

import pytest

from shared_container import fold as fold_module
from shared_container import journal
from shared_container.codec import encode
from shared_container.fold import StoreError
from shared_container.journal_file import JOURNAL_BYTES_MAX
from shared_container.plist import EXPANDED_BYTES_MAX
from shared_container.store import DOMAIN_BYTES_MAX, DomainStore
from tests.unit.shared_container.preferences_folder import (
    DAY,
    DOMAIN,
    JOURNAL,
    PLIST,
    Folder,
)


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


def test_an_encoded_value_is_set_as_the_value_is(folder: Folder) -> None:
    store = folder.open()

    for number, value in enumerate([1, "é", 0.5, True, b"x", [1, {"a": []}], DAY]):
        assert store.set_encoded(f"key {number}", value, encode(value)) == value

    journal_bytes = (folder.path / JOURNAL).read_bytes()
    again = folder.open()

    assert again.values == store.values
    assert again.problems == []
    assert list(map(type, again.values.values())) == list(map(type, store.values.values()))

    (folder.path / JOURNAL).unlink()
    other = folder.open()

    for key, value in store.values.items():
        other.set(key, value)

    assert (folder.path / JOURNAL).read_bytes() == journal_bytes


@pytest.mark.parametrize("value", [[None], object(), "\ud800"])
def test_an_encoded_value_that_is_none_is_refused_as_the_value_is(
    folder: Folder, value: object
) -> None:
    store = folder.open()
    store.set("a", 1)

    with pytest.raises(TypeError):
        store.set_encoded("a", value, b"i" + bytes(8))

    with pytest.raises(TypeError, match="half a surrogate"):
        store.set_encoded("\ud800", 1, encode(1))

    assert folder.open().values == {"a": 1}


def test_an_encoded_value_meets_the_same_limits(folder: Folder) -> None:
    store = folder.open()
    half = b"x" * (DOMAIN_BYTES_MAX // 2)
    store.set_encoded("a", half, encode(half))

    with pytest.raises(StoreError, match="not possible"):
        store.set_encoded("b", half, encode(half))

    store.set_encoded("a", b"y", encode(b"y"))
    store.set_encoded("b", half, encode(half))

    for number in range(JOURNAL_BYTES_MAX // len(half)):
        with contextlib.suppress(StoreError):
            store.set_encoded("b", bytes([number]) * len(half), encode(bytes([number]) * len(half)))

    with pytest.raises(StoreError, match="fold it first"):
        store.set_encoded("b", half, encode(half))
