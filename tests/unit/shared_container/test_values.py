"""What a preference may hold, what the typed getters make of it, and how domains are named."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest

from shared_container.layout import (
    DATA_FOLDERS,
    GROUP_FOLDERS,
    PREFERENCES_FOLDER,
    check_domain_name,
    journal_name,
    preferences_name,
)
from shared_container.values import (
    VALUE_DEPTH_MAX,
    check_key,
    checked_copy,
    copy_property_list,
    to_array,
    to_bool,
    to_data,
    to_dictionary,
    to_double,
    to_integer,
    to_string,
    to_string_array,
)

DAY = datetime(2026, 3, 1, tzinfo=UTC)


def nested(depth: int) -> object:
    value: object = {}

    for _ in range(depth - 1):
        value = [value]

    return value


@pytest.mark.parametrize(
    "value",
    ["", "é", b"", True, 0, -(1 << 63), (1 << 64) - 1, 0.5, DAY, [], (1, [2]), {"a": {"b": [1]}}],
)
def test_property_lists_are_accepted_and_copied(value: object) -> None:
    checked_copy(value, "k")

    assert copy_property_list([value]) == [list(value) if isinstance(value, tuple) else value]


@pytest.mark.parametrize(
    "value",
    [None, [None], {"a": {"b": None}}, {1: 2}, {1}, object(), 1 << 64, 1j, "\ud800", {"\ud800": 1}],
)
def test_anything_else_is_refused_with_apples_words(value: object) -> None:
    with pytest.raises(TypeError) as caught:
        checked_copy(value, "colour")

    expected = f"Attempt to insert non-property list object {value!r} for key colour"

    assert str(caught.value) == expected


def test_a_collection_that_contains_itself_is_refused() -> None:
    loop: list[object] = []
    loop.append(loop)

    with pytest.raises(TypeError, match="Attempt to insert non-property list object"):
        checked_copy(loop, "k")


def test_nesting_has_a_limit_and_the_refusal_of_a_very_deep_value_is_short() -> None:
    checked_copy(nested(VALUE_DEPTH_MAX), "k")

    with pytest.raises(TypeError) as caught:
        checked_copy(nested(100_000), "k")

    assert len(str(caught.value)) < 1000


def test_a_copy_shares_nothing_mutable_and_has_plain_types() -> None:
    inner = {"list": [1]}
    copied = copy_property_list({"tuple": (inner,), "array": bytearray(b"x")})
    inner["list"].append(2)

    assert copied == {"tuple": [{"list": [1]}], "array": b"x"}


def test_dates_become_utc() -> None:
    there = datetime(2026, 3, 1, 5, tzinfo=timezone(timedelta(hours=5)))

    assert repr(copy_property_list(there)) == repr(DAY)
    assert repr(copy_property_list(DAY.replace(tzinfo=None))) == repr(DAY)

    with pytest.raises(TypeError):
        copy_property_list(datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))))


def test_a_copy_can_be_bounded_and_shared_parts_count_each_time() -> None:
    shared: object = ["x" * 100]

    for _ in range(20):
        shared = [shared, shared]

    with pytest.raises(ValueError, match="expands"):
        copy_property_list(shared, bytes_max=10_000)

    assert copy_property_list("x" * 5, bytes_max=10) == "xxxxx"


@pytest.mark.parametrize("key", [1, None, b"k", "\udfff"])
def test_a_key_is_a_string(key: object) -> None:
    with pytest.raises(TypeError, match="key"):
        check_key(key)


@pytest.mark.parametrize(
    ("value", "string", "integer", "double", "boolean"),
    [
        (True, "1", 1, 1.0, True),
        (False, "0", 0, 0.0, False),
        (12.34, "12.34", 12, 12.34, True),
        (-12.9, "-12.9", -12, -12.9, True),
        (1.0, "1", 1, 1.0, True),
        (0.1 + 0.2, "0.3", 0, 0.1 + 0.2, True),
        (7, "7", 7, 7.0, True),
        ((1 << 64) - 1, "18446744073709551615", -1, 2.0**64, True),
        (1e300, "1e+300", (1 << 63) - 1, 1e300, True),
        (-math.inf, "-inf", -(1 << 63), -math.inf, True),
        (" 7", " 7", 7, 7.0, True),
        ("-3", "-3", -3, -3.0, True),
        ("+4x", "+4x", 4, 4.0, True),
        ("0.5", "0.5", 0, 0.5, False),
        (".5e1 of", ".5e1 of", 0, 5.0, False),
        ("1e", "1e", 1, 1.0, True),
        ("1e400", "1e400", 1, math.inf, True),
        ("y2", "y2", 0, 0.0, True),
        ("T", "T", 0, 0.0, True),
        ("YES", "YES", 0, 0.0, True),
        ("on", "on", 0, 0.0, False),
        ("NO", "NO", 0, 0.0, False),
        ("-", "-", 0, 0.0, False),
        ("", "", 0, 0.0, False),
        ("inf", "inf", 0, 0.0, False),
        ("1_0", "1_0", 1, 1.0, True),
        ("٣", "٣", 0, 0.0, False),
        ("9" * 5000, "9" * 5000, (1 << 63) - 1, math.inf, True),
        ("-" + "9" * 30, "-" + "9" * 30, -(1 << 63), -1e30, True),
        ("0" * 30 + "1", "0" * 30 + "1", 1, 1.0, True),
        (b"1", None, 0, 0.0, False),
        ([1], None, 0, 0.0, False),
        (DAY, None, 0, 0.0, False),
        (None, None, 0, 0.0, False),
    ],
)
def test_scalars_are_coerced_as_on_ios(
    value: object,
    string: str | None,
    integer: int,
    double: float,
    boolean: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    assert to_string(value) == string
    assert to_integer(value) == integer
    assert type(to_integer(value)) is int
    assert to_double(value) == double
    assert type(to_double(value)) is float
    assert to_bool(value) is boolean


def test_not_a_number_is_no_integer_but_true() -> None:
    assert to_integer(math.nan) == 0
    assert to_bool(math.nan)
    assert math.isnan(to_double(math.nan))


def test_collections_and_data_are_given_only_as_what_they_are() -> None:
    assert to_array([1, "a"]) == [1, "a"]
    assert to_array({"a": 1}) is None
    assert to_dictionary({"a": 1}) == {"a": 1}
    assert to_dictionary([1]) is None
    assert to_data(b"x") == b"x"
    assert to_data("x") is None
    assert to_string_array(["a", "b"]) == ["a", "b"]
    assert to_string_array([]) == []
    assert to_string_array(["a", 1]) is None
    assert to_string_array("ab") is None


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("a\0b", "NUL"),
        ("a/b", "slash"),
        ("..", "two dots"),
        ("a..b", "two dots"),
        (".hidden", "starts with a dot"),
        ("x" * 201, "201 bytes"),
        ("é" * 101, "202 bytes"),
        ("\ud800", "surrogate"),
    ],
)
def test_a_bad_domain_name_is_refused_with_the_reason(name: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_domain_name(name)


@pytest.mark.parametrize("name", ["group.example.notes", ".GlobalPreferences", "x" * 200])
def test_a_good_domain_has_its_files_where_ios_has_them(name: str) -> None:
    assert PREFERENCES_FOLDER == "Library/Preferences"
    assert preferences_name(name) == f"{name}.plist"
    assert journal_name(name) == f".{name}.plist.journal"


def test_a_group_container_starts_with_caches_only() -> None:
    assert GROUP_FOLDERS == ("Library/Caches",)
    assert {"Documents", "Library/Preferences", "tmp"} <= set(DATA_FOLDERS)
