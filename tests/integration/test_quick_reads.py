"""A read that compares one word and looks into one dictionary is right whatever happens to it."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"
READS = "[suite.object('key') for _ in range(3)][-1]"  # the last of them is a quick one

Shells = Callable[..., Any]


@pytest.fixture
def one(shell: Shells) -> Any:
    made = shell("One", groups=[GROUP])
    made.do(f"suite = UserDefaults(suite_name={GROUP!r}); suite.set('stored', 'key')")
    made.do("suite.synchronize()")

    assert made.do(READS) == "stored"

    return made


@pytest.fixture
def two(shell: Shells) -> Any:
    made = shell("Two", groups=[GROUP])
    made.do(f"suite = UserDefaults(suite_name={GROUP!r})")

    return made


def test_an_argument_masks_what_was_read_quickly_before(one: Any) -> None:
    one.do("suite.set_volatile_domain({'key': 'argument'}, UserDefaults.argument_domain)")

    assert one.do(READS) == "argument"

    one.do("suite.remove_volatile_domain(UserDefaults.argument_domain)")

    assert one.do(READS) == "stored"


def test_another_process_sets_and_removes_what_was_read_quickly_before(one: Any, two: Any) -> None:
    two.do("suite.set('other', 'key'); suite.synchronize()")

    assert one.do(READS) == "other"

    two.do("suite.remove_object('key'); suite.synchronize()")

    assert one.do(READS) is None

    one.do("suite.register({'key': 'registered'})")

    assert one.do(READS) == "registered"


def test_an_own_set_and_removal_are_seen_at_once(one: Any) -> None:
    assert one.do("suite.set('new', 'key') or suite.object('key')") == "new"
    assert one.do("suite.remove_object('key') or suite.object('key')") is None


def test_a_locked_device_shows_nothing_of_what_was_read_quickly_before(
    one: Any, device: Device
) -> None:
    device.ask("lock_state", state="before-first-unlock")

    assert one.do(READS) is None

    device.ask("lock_state", state="unlocked")

    assert one.do(READS) == "stored"


def test_a_collection_that_was_read_is_not_the_one_that_is_kept(one: Any) -> None:
    one.do("suite.set([1, [2]], 'key')")
    one.do("for _ in range(3): suite.object('key')[1].append(3)")

    assert one.do(READS) == [1, [2]]
