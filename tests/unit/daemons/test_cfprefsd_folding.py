"""Folds that fail: tried again, ever less often, until the disk takes them."""

import asyncio
import os
import plistlib
import resource
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared_container.codec import encode
from shared_container.store import DomainStore
from simulator.daemonkit.door import Door
from simulator.daemonkit.events import EventLog
from simulator.daemonkit.rooms import Kit
from simulator.daemonkit.router import Router
from simulator.daemons.cfprefsd.domain import Domain
from simulator.daemons.cfprefsd.folding import Folds
from simulator.daemons.cfprefsd.following import Follower
from simulator.daemons.cfprefsd.state import Location


class Later:
    """A clock that stands still: what is to happen later happens when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def now_ns(self) -> int:
        return 0

    def wall(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def call_later(self, delay_s: float, act: Callable[[], None]) -> "Later":
        self.waiting.append((delay_s, act))

        return self

    def cancel(self) -> None:
        self.waiting.clear()  # no test has two of them

    def happen(self) -> float:
        """Let happen what waits, and return for how long it has waited."""
        ((delay_s, act),) = self.waiting
        self.waiting.clear()
        act()

        return delay_s


@contextmanager
def _full_disk() -> Iterator[None]:
    """Let this process write no file; the kernel refuses, with another number than a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))

    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


class Played:
    """A domain that is followed, its folds, and the log."""

    def __init__(self, folder: Path) -> None:
        self.clock, door = Later(), Door(None)
        self.log = EventLog(self.clock)
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        store = DomainStore.open(descriptor, "domain")
        os.close(descriptor)
        self.plist = folder / "domain.plist"
        self.domain = Domain(Location(str(folder), "domain"), store, 0, 0, {})
        self.domain.followers.add(Follower(self.log, {}))
        kit = Kit(self.clock, self.log, door, Router(door))
        self.folds = Folds(kit, lambda _: None, lambda _: None)

    def set(self, key: str, value: object = 1) -> None:
        self.domain.set(None, key, value, encode(value))
        self.folds.changed(self.domain)

    async def happen(self) -> float:
        delay_s = self.clock.happen()
        await self.folds.finish()

        return delay_s

    def failures(self) -> int:
        return sum(event.operation == "fold-failed" for event in self.log.since(0))


@pytest.fixture
def playing(tmp_path: Path) -> Callable[[Callable[[Played], Awaitable[None]]], None]:
    async def play(scenario: Callable[[Played], Awaitable[None]]) -> None:
        played = Played(tmp_path)

        try:
            await scenario(played)
        finally:
            played.domain.store.close()

    return lambda scenario: asyncio.run(play(scenario))


def test_a_fold_that_fails_is_tried_ever_less_often_and_nothing_is_lost(
    playing: Callable[..., None],
) -> None:
    async def scenario(played: Played) -> None:
        played.set("before")

        with _full_disk():
            waits = [await played.happen() for _ in range(8)]

        assert waits == [0.3, 0.6, 1.2, 2.4, 4.8, 9.6, 10.0, 10.0]
        assert played.failures() == 8

        with _full_disk():
            played.domain.fold_failures = 100_000  # the disk was full for days
            await played.happen()

        played.set("meanwhile")

        assert await played.happen() == 10.0
        assert plistlib.loads(played.plist.read_bytes()) == {"before": 1, "meanwhile": 1}
        assert played.clock.waiting == []

        played.set("later")

        assert await played.happen() == 0.3
        assert played.failures() == 9

    playing(scenario)


def test_a_long_journal_is_no_reason_to_fail_with_each_set(playing: Callable[..., None]) -> None:
    async def scenario(played: Played) -> None:
        while not played.domain.store.needs_fold:
            played.set("long", os.urandom(20 << 10))

        with _full_disk():
            await played.folds.finish()

        for number in range(10):
            played.set("again", number)
            await played.folds.finish()

        assert played.failures() == 1
        assert await played.happen() == 0.6
        assert plistlib.loads(played.plist.read_bytes())["again"] == 9

    playing(scenario)
