"""Who is sent which changes, and when: with the device's clock and connections made here."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from shared_container.codec import encode
from shared_container.store import DomainStore
from simulator.daemonkit.limits import CHANGES_UNHEARD_MAX, NEWS_HELD_MAX
from simulator.daemons.cfprefsd.domain import Domain
from simulator.daemons.cfprefsd.news import Change, News
from simulator.daemons.cfprefsd.state import Location
from simulator.xpc.frames import Kind
from simulator.xpc.page import PAGE_SIZE, PageView


class Clock:
    """Device time that the test turns on."""

    def __init__(self) -> None:
        self.ns = 0
        self.timers: list[tuple[int, Callable[[], None]]] = []

    def now_ns(self) -> int:
        return self.ns

    def call_later(self, delay_s: float, act: Callable[[], None]) -> Any:
        timer = (self.ns + int(delay_s * 1e9), act)
        self.timers.append(timer)
        clock = self

        class _Timer:
            def cancel(self) -> None:
                clock.timers.remove(timer)

        return _Timer()

    def turn(self, seconds: float) -> None:
        self.ns += int(seconds * 1e9)

        for timer in [timer for timer in self.timers if timer[0] <= self.ns]:
            self.timers.remove(timer)
            timer[1]()


class Guest:
    """A guest, as far as news concern it: what it is sent."""

    def __init__(self) -> None:
        self.connection = self
        self.sent: list[tuple[bool, int]] = []

    def send(self, kind: int, payload: bytes = b"", **options: Any) -> None:
        assert kind == Kind.CHANGED
        self.sent.append((bool(payload), options["arg"]))


def _guest() -> Any:
    return Guest()


class Kit(NamedTuple):
    clock: Clock


class Place:
    """One domain with a writer and an observer."""

    def __init__(self, folder: int) -> None:
        self.clock = Clock()
        self.words = PageView(memoryview(bytearray(PAGE_SIZE)))
        store = DomainStore.open(folder, "domain")
        self.domain = Domain(Location("/c", "domain"), store, 3, 5, {})
        self.news = News(Kit(self.clock), self.words)  # type: ignore[arg-type]
        self.writer = _guest()
        self.observer = _guest()
        slots = iter((1, 2))
        self.domain.join(self.writer, lambda: next(slots))
        self.domain.join(self.observer, lambda: next(slots))
        self.domain.copies[self.observer].observing = True

    def set(self, value: object, key: str = "key") -> None:
        raw = b"" if value is None else encode(value)

        if self.domain.set(self.writer, key, value, raw):
            sequence = self.domain.store.sequence
            self.news.tell(self.domain, Change(self.writer, key, raw, sequence, 0))

    def is_fresh(self, guest: Any, seen: int = 0) -> bool:
        return self.domain.seen(guest, self.words) == seen


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = os.open(tmp_path, os.O_RDONLY)
    made = Place(folder)

    yield made

    made.domain.store.close()
    os.close(folder)


def test_a_change_makes_every_copy_stale_but_the_writers_own(place: Place) -> None:
    place.set(1)

    assert place.is_fresh(place.writer)
    assert not place.is_fresh(place.observer)


def test_an_equal_value_is_no_news(place: Place) -> None:
    place.set(1)
    place.set(1)

    assert place.observer.sent == [(True, 3)]
    assert place.is_fresh(place.observer, 1)


def test_who_hears_nothing_is_sent_so_many_and_then_one_call_to_fetch(place: Place) -> None:
    for value in range(1, CHANGES_UNHEARD_MAX + 50):
        place.set(value)

    assert place.observer.sent == [(True, 3)] * CHANGES_UNHEARD_MAX

    place.news.heard(place.observer, 32, [place.domain])

    assert place.observer.sent[CHANGES_UNHEARD_MAX:] == [(False, 3)]

    place.set("more")

    assert len(place.observer.sent) == CHANGES_UNHEARD_MAX + 1

    fetched = place.domain.changes_since(place.observer, CHANGES_UNHEARD_MAX, place.words)

    assert fetched["changes"] == [["key", "more"]]

    place.set("after")

    assert place.observer.sent[-1] == (True, 3)


def test_hearing_more_than_was_said_gives_no_more_room(place: Place) -> None:
    place.news.heard(place.observer, 1_000_000, [place.domain])

    for value in range(CHANGES_UNHEARD_MAX + 50):
        place.set(value)

    assert len(place.observer.sent) == CHANGES_UNHEARD_MAX


def test_a_copy_that_lacks_a_change_is_called_to_fetch(place: Place) -> None:
    place.domain.copies[place.observer].known = -1
    place.set(1)
    place.set(2)

    assert place.observer.sent == [(False, 3)]


def test_stale_news_wait_for_their_time(place: Place) -> None:
    place.news.staleness_s = 5.0
    place.set(1)
    place.clock.turn(2)
    place.set(2)
    place.clock.turn(2.9)

    assert place.observer.sent == []
    assert place.is_fresh(place.observer)

    place.clock.turn(0.1)

    assert not place.is_fresh(place.observer)
    assert len(place.observer.sent) == 1
    assert place.is_fresh(place.writer)


def test_no_news_come_later_than_they_are_due(place: Place) -> None:
    place.news.staleness_s = 5.0
    due = []

    for _ in range(10):
        place.clock.turn(1)
        place.set(place.clock.ns)
        due.append(place.clock.ns + 5_000_000_000)
        told = place.words.domains[5]

        assert told == sum(time <= place.clock.ns for time in due)


def test_more_news_than_are_held_are_told_early(place: Place) -> None:
    place.news.staleness_s = 3600.0

    for value in range(NEWS_HELD_MAX + 7):
        place.set(value)

    assert place.words.domains[5] == 7


def test_released_news_are_told_in_order_and_no_timer_is_left(place: Place) -> None:
    place.news.staleness_s = 5.0
    place.set(1)
    place.set(2)
    place.news.release()

    assert place.words.domains[5] == 2
    assert place.clock.timers == []


def test_what_is_taken_back_is_fetched_whole(place: Place) -> None:
    place.set(1)
    place.news.take_back(place.domain, place.writer, 0)

    assert not place.is_fresh(place.writer)
    assert place.domain.changes_since(place.writer, 1, place.words)["values"] == {"key": 1}
    assert "changes" in place.domain.changes_since(place.writer, 1, place.words)
