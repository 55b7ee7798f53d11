"""Timelines: what is shown when, when to ask again, and what is none."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.daemons.chronod.state import ENTRIES_MAX, Timeline, timeline_of
from simulator.xpc.errors import Misbehaved, Misuse

NINE = datetime(2030, 1, 1, 9, tzinfo=UTC)


def _at(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def _entry(minutes: int) -> list[object]:
    return [_at(minutes), [f"at {minutes}", [], [], {}, []]]


def _timeline(*minutes: int, policy: str = "at_end", after: object = None) -> Timeline:
    return timeline_of(["Kind", "systemSmall", [_entry(n) for n in minutes], policy, after])


def test_before_the_first_entry_nothing_is_shown() -> None:
    assert _timeline(5).current(_at(4)) is None


@pytest.mark.parametrize(("now", "begun"), [(0, 0), (4, 0), (5, 5), (9, 5), (10, 10), (999, 10)])
def test_the_last_entry_that_has_begun_is_shown(now: int, begun: int) -> None:
    entry = _timeline(0, 5, 10).current(_at(now))

    assert entry is not None
    assert entry.date == _at(begun)


def test_of_two_entries_with_one_date_the_later_in_the_list_is_shown() -> None:
    entries = [[NINE, ["first"]], [NINE, ["second"]]]
    entry = timeline_of(["Kind", "systemSmall", entries, "never", None]).current(NINE)

    assert entry is not None
    assert entry.view == ["second"]


@pytest.mark.contract("E101")
@pytest.mark.parametrize(
    ("policy", "after", "asked"),
    [("at_end", None, _at(10)), ("after", _at(3), _at(3)), ("never", None, None)],
)
def test_the_policy_says_when_to_ask_again(
    policy: str, after: datetime | None, asked: datetime | None
) -> None:
    assert _timeline(0, 10, policy=policy, after=after).reload_at() == asked


def test_a_timeline_without_entries_is_refused() -> None:
    with pytest.raises(Misuse, match="the timeline of Kind has no entries; it needs at least one"):
        _timeline()


def test_a_timeline_out_of_order_is_refused_and_the_two_entries_are_named() -> None:
    with pytest.raises(Misuse, match=r"entry 3 \(09:01:00\) begins before entry 2 \(09:05:00\)"):
        _timeline(0, 5, 1)


def test_a_timeline_of_the_most_entries_is_taken_and_one_more_is_refused() -> None:
    assert len(_timeline(*range(ENTRIES_MAX)).entries) == ENTRIES_MAX

    with pytest.raises(Misuse, match=f"has {ENTRIES_MAX + 1} entries; {ENTRIES_MAX} are the most"):
        _timeline(*range(ENTRIES_MAX + 1))


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        ["Kind", "systemSmall", [_entry(0)], "sometimes", None],
        ["Kind", "systemSmall", [_entry(0)], [], None],
        ["Kind", "systemSmall", [_entry(0)], "after", None],
        ["Kind", "systemSmall", [_entry(0)], "never", NINE],
        ["Kind", 7, [_entry(0)], "never", None],
        ["Kind", "systemSmall", {}, "never", None],
        ["Kind", "systemSmall", [[NINE, "a view"]], "never", None],
        ["Kind", "systemSmall", [["09:00", []]], "never", None],
        ["Kind", "systemSmall", [_entry(0)], "never", None, "more"],
    ],
)
def test_what_no_widget_of_the_sdk_says_is_misbehaviour(answer: object) -> None:
    with pytest.raises(Misbehaved):
        timeline_of(answer)
