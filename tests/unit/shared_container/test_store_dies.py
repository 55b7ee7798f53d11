"""A preference domain whose writer dies: nothing acknowledged is lost, and nothing is torn."""

import os
import random
import select
import signal
import struct
from collections.abc import Callable, Iterator
from typing import NoReturn

import pytest

from shared_container.store import DomainStore
from tests.unit.shared_container.preferences_folder import (
    DOMAIN,
    JOURNAL,
    PLIST,
    Folder,
    asides,
    states,
)


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
