"""What somebody who follows a domain is told."""

import asyncio
from typing import Any, cast

import pytest

from simulator.daemonkit.clock import RealClock
from simulator.daemonkit.events import EventLog
from simulator.daemonkit.limits import FOLLOWED_CHANGES_MAX, FOLLOWED_VALUE_BYTES_MAX
from simulator.daemons.cfprefsd.following import Follower


class Guest:
    """As much of a guest as a follower looks at."""

    bundle_id = "com.example.App"
    name = "com.example.App/2"
    pid = 77

    def __init__(self, *, is_system: bool = False) -> None:
        self.is_system = is_system


APP = cast("Any", Guest())
PROGRAM = cast("Any", Guest(is_system=True))


@pytest.fixture
def log() -> EventLog:
    return EventLog(RealClock())


def set_event(log: EventLog, cause: int = 0) -> int:
    return log.append("defaults", "set", "domain/key", actor="who", cause=cause)


def taken(follower: Follower) -> tuple[list[dict[str, object]], int, str]:
    return asyncio.run(follower.taken())


def test_what_a_key_was_is_known_without_asking(log: EventLog) -> None:
    follower = Follower(log, {"key": 1})
    cause = log.append("share", "choose", "X", actor="springboard")

    for value in (2, None, [3]):
        follower.changed("key", value, set_event(log, cause), APP)

    rows, lost, ended = taken(follower)

    assert (lost, ended) == (0, "")
    assert [(row["operation"], row["old"], row["new"]) for row in rows] == [
        ("set", [1], [2]),
        ("remove", [2], []),
        ("set", [], [[3]]),
    ]
    assert [row["who"] for row in rows] == ["com.example.App/2"] * 3
    assert rows[0]["cause"] == {
        "id": cause,
        "actor": "springboard",
        "kind": "share",
        "operation": "choose",
        "resource": "X",
    }


def test_who_is_a_program_by_its_pid_and_somebody_outside_by_name(log: EventLog) -> None:
    follower = Follower(log, {})
    follower.changed("key", 1, set_event(log), PROGRAM)
    follower.changed("key", 2, set_event(log), None)

    assert [row["who"] for row in taken(follower)[0]] == ["com.example.App[77]", "who"]


def test_a_refusal_changes_nothing_and_has_its_reason(log: EventLog) -> None:
    follower = Follower(log, {"key": 1})
    follower.refused("key", set_event(log), APP, "the disk is full")
    follower.changed("key", 2, set_event(log), APP)
    refused, changed = taken(follower)[0]

    assert (refused["operation"], refused["reason"]) == ("refused", "the disk is full")
    assert refused["old"] == refused["new"] == changed["old"] == [1]


def test_of_a_large_value_only_the_size_is_told(log: EventLog) -> None:
    follower = Follower(log, {"key": "x" * FOLLOWED_VALUE_BYTES_MAX})
    follower.changed("key", "x" * 10, set_event(log), APP)
    (row,) = taken(follower)[0]

    assert row["old"] == [None, FOLLOWED_VALUE_BYTES_MAX + 5]
    assert row["new"] == ["x" * 10]


def test_who_does_not_keep_up_loses_the_oldest_and_is_told_how_many(log: EventLog) -> None:
    follower = Follower(log, {})

    for number in range(FOLLOWED_CHANGES_MAX + 5):
        follower.changed("key", number, set_event(log), APP)

    rows, lost, _ = taken(follower)

    assert (len(rows), lost) == (FOLLOWED_CHANGES_MAX, 5)
    assert rows[0]["old"] == [4]
    assert rows[-1]["new"] == [FOLLOWED_CHANGES_MAX + 4]


def test_the_end_comes_behind_what_was_not_taken(log: EventLog) -> None:
    follower = Follower(log, {})
    follower.changed("key", 1, set_event(log), APP)
    follower.end("it is gone")

    rows, _, ended = taken(follower)

    assert (len(rows), ended) == (1, "it is gone")
