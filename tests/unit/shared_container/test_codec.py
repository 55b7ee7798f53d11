"""The codec: every value comes back as it was, and no bytes do harm."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_container.codec import DEPTH_MAX, CodecError, Encoded, decode, encode

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_characters="="))  # "fold=1" is looked for in a repr below
    | st.binary()
    | st.datetimes(timezones=st.just(UTC))
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab"), inner, max_size=4),
    max_leaves=12,
)


def nested(depth: int) -> object:
    value: object = "bottom"

    for _ in range(depth):
        value = [value]

    return value


@given(VALUES)
def test_what_is_encoded_is_decoded_to_an_equal_value_of_the_same_types(value: object) -> None:
    decoded = decode(encode(value))

    assert decoded == value
    assert repr(decoded) == repr(value).replace(", fold=1", "")


@given(VALUES, VALUES)
def test_what_was_encoded_before_is_sent_as_a_part_of_others(one: object, other: object) -> None:
    before = Encoded(encode(one))

    assert encode(before) == before
    assert encode([other, {"a": before}]) == encode([other, {"a": one}])


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_codec_error(data: bytes) -> None:
    try:
        value = decode(data)
    except CodecError:
        return

    assert repr(decode(encode(value))) == repr(value)


@given(VALUES, st.data())
def test_a_value_cut_short_is_refused(value: object, data: st.DataObject) -> None:
    whole = encode(value)
    cut = data.draw(st.integers(0, len(whole) - 1))

    with pytest.raises(CodecError):
        decode(whole[:cut])


def test_bytes_behind_the_value_are_refused() -> None:
    with pytest.raises(CodecError, match="1 bytes behind"):
        decode(encode("a") + b"N")


@pytest.mark.parametrize("tag", [b"s", b"b", b"l", b"m"])
def test_a_length_that_the_data_does_not_have_is_refused_before_anything_is_allocated(
    tag: bytes,
) -> None:
    with pytest.raises(CodecError, match="ends inside"):
        decode(tag + b"\xff\xff\xff\xff" + b"N" * 8)


def test_nesting_goes_as_deep_as_the_limit_and_no_deeper() -> None:
    assert decode(encode(nested(DEPTH_MAX))) == nested(DEPTH_MAX)

    with pytest.raises(CodecError, match="nested deeper"):
        encode(nested(DEPTH_MAX + 1))

    with pytest.raises(CodecError, match="nested deeper"):
        decode(b"l\x01\0\0\0" * (DEPTH_MAX + 1) + b"N")


@pytest.mark.parametrize("value", [{1: "a"}, {1, 2}, object(), 1 << 64, -(1 << 63) - 1])
def test_what_a_property_list_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(CodecError):
        encode(value)


def test_a_date_keeps_its_moment_whatever_its_zone_and_a_naive_one_is_utc() -> None:
    there = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=5)))

    assert decode(encode(there)) == there
    assert decode(encode(datetime(2026, 3, 1))) == datetime(2026, 3, 1, tzinfo=UTC)  # noqa: DTZ001


@pytest.mark.parametrize("data", [b"", b"x", b"s\x01\0\0\0\xff", b"m\x01\0\0\0NN"])
def test_unknown_tags_broken_strings_and_keys_that_are_none_are_refused(data: bytes) -> None:
    with pytest.raises(CodecError):
        decode(data)
