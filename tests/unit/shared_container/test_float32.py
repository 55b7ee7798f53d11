"""Float: a number of 32 bits."""

import struct

import pytest

from shared_container.codec import decode, encode
from shared_container.float32 import Float
from shared_container.values import copy_property_list, is_same, to_float, to_string


def test_a_float_has_the_nearest_number_of_32_bits() -> None:
    assert Float(12.34) == struct.unpack("<f", struct.pack("<f", 12.34))[0]
    assert Float(0.5) == 0.5


@pytest.mark.parametrize("sign", [1, -1])
def test_what_does_not_fit_is_infinite(sign: int) -> None:
    assert Float(sign * 1e300) == sign * float("inf")


def test_a_float_stays_one_through_the_codec_and_a_copy() -> None:
    for value in (decode(encode([Float(12.34)])), copy_property_list([Float(12.34)])):
        assert value == [Float(12.34)]
        assert isinstance(value, list)
        assert type(value[0]) is Float


def test_a_float_is_written_with_its_own_digits() -> None:
    assert to_string(Float(12.34)) == "12.34"
    assert to_string(float(Float(12.34))) == "12.34000015258789"
    assert to_string(to_float("0.1")) == "0.1"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (True, 1, False),
        (1, 1.0, False),
        (Float(0.5), 0.5, False),
        ([True], [1], False),
        ({"a": [1]}, {"a": [1]}, True),
        ({"a": 1}, {"b": 1}, False),
        ([1], [1, 2], False),
        ("a", "a", True),
        (None, None, True),
    ],
)
def test_two_values_are_the_same_if_their_types_are(one: object, other: object, same: bool) -> None:  # noqa: FBT001
    assert is_same(one, other) is same
