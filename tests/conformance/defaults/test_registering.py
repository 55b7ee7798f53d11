"""Registered values: fallbacks of one process."""

from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"


@pytest.mark.parametrize(
    ("value", "getter", "expected"),
    [
        pytest.param("5", "integer", "5", marks=pytest.mark.contract("D6")),
        pytest.param("'text'", "string", "'text'", marks=pytest.mark.contract("D7")),
        pytest.param("Path('/a b')", "url", "Path('/a b')", marks=pytest.mark.contract("D8")),
        pytest.param("b'\\0a'", "data", "b'\\0a'", marks=pytest.mark.contract("D9")),
        pytest.param("'YES'", "bool", "True", marks=pytest.mark.contract("D10")),
        pytest.param("'1234'", "integer", "1234", marks=pytest.mark.contract("D11")),
        pytest.param("'12.34'", "double", "12.34", marks=pytest.mark.contract("D12")),
    ],
)
def test_a_registered_value_is_found_and_converted(
    value: str, getter: str, expected: str, one: Any
) -> None:
    one.do(f"standard.register({{'key': {value}}})")

    assert one.do(f"standard.{getter}('key') == {expected}") is True
    assert one.do(f"type(standard.{getter}('key')) is type({expected})") is True


@pytest.mark.contract("D13")
def test_registering_posts_one_notification_and_is_visible_at_once(one: Any) -> None:
    one.do("listen()")
    one.do("standard.register({'a': 1, 'b': 2})")

    assert one.posted() == 1
    assert one.do("[standard.integer('a'), standard.integer('b')]") == [1, 2]


@pytest.mark.contract("D14")
def test_registered_values_reach_no_file_and_no_other_process(
    one: Any, two: Any, device: Device
) -> None:
    one.do("suite.register({'key': 1})")
    one.do("suite.set(2, 'other')")

    assert two.do("[suite.object('key'), suite.integer('other')]") == [None, 2]
    assert device.group(GROUP).defaults == {"other": 2}

    one.relaunch()

    assert one.do("suite.object('key')") is None


@pytest.mark.contract("D15")
def test_registered_values_are_seen_through_every_object(one: Any) -> None:
    one.do("suite.register({'key': 1})")

    assert one.do("[standard.integer('key'), UserDefaults('another').integer('key')]") == [1, 1]


@pytest.mark.contract("D16")
def test_registering_again_adds_and_replaces(one: Any) -> None:
    one.do("standard.register({'a': 1, 'b': 1})")
    one.do("standard.register({'b': 2, 'c': 2})")

    assert one.do("[standard.integer(key) for key in 'abc']") == [1, 2, 2]


def test_a_removed_value_uncovers_the_registered_one(one: Any) -> None:
    one.do("standard.register({'key': 'registered'})")
    one.do("standard.set('set', 'key')")

    assert one.do("standard.string('key')") == "set"

    one.do("standard.remove_object('key')")

    assert one.do("standard.string('key')") == "registered"
