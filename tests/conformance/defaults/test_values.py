"""Values: what may be set, and what the getters make of it."""

import plistlib
from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"


PLIST_HAS_DOUBLES = "the plist has one kind of real: loaded anew, a Float is a Double"


def case(statement: str, value: str, getter: str, expected: str, reason: str = "") -> Any:
    close = {"status": "approximated", "reason": reason} if reason else {}

    return pytest.param(value, getter, expected, marks=pytest.mark.contract(statement, **close))


@pytest.mark.parametrize(
    ("value", "getter", "expected"),
    [
        case("D17", "'text'", "string", "'text'"),
        case("D18", "URL('https://example.com/a?b=c')", "url", "URL('https://example.com/a?b=c')"),
        case("D18", "Path('/usr/a b')", "url", "Path('/usr/a b')"),
        case("D18", "FileManager.default.home_directory / 'x'", "url",
             "FileManager.default.home_directory / 'x'"),
        case("D19", "b'\\0\\xff'", "data", "b'\\0\\xff'"),
        case("D20", "'YES'", "bool", "True"),
        case("D21", "True", "integer", "1"),
        case("D22", "Float(12.34)", "integer", "12"),
        case("D23", "12.34", "integer", "12"),
        case("D24", "'1234'", "integer", "1234"),
        case("D25", "True", "float", "Float(1)"),
        case("D26", "42", "float", "Float(42)"),
        case("D27", "12.34", "float", "Float(12.34)"),
        case("D28", "'1234'", "float", "Float(1234)"),
        case("D29", "True", "double", "1.0"),
        case("D30", "42", "double", "42.0"),
        case("D31", "Float(12.34)", "double", "12.340000152587890625"),
        case("D32", "'12.34'", "double", "12.34"),
        case("D33", "True", "string", "'1'"),
        case("D34", "42", "string", "'42'"),
        case("D35", "Float(12.34)", "string", "'12.34'", PLIST_HAS_DOUBLES),
        case("D36", "12.34", "string", "'12.34'"),
        case("D37", "42.42", "double", "42.42"),
        *(case("D38", each, "bool", "True") for each in ("'1'", "'true'", "'YES'", "1", "1.0")),
        *(case("D38", each, "bool", "False") for each in ("'NO'", "'0'", "'abc'", "0", "0.0")),
        case("D39", "['a', 1]", "string_array", "None"),
        case("D39", "['a', 'b']", "string_array", "['a', 'b']"),
        case("D40", "{'a': 1}", "array", "None"),
        case("D40", "[1]", "dictionary", "None"),
        case("D40", "'text'", "data", "None"),
        case("D40", "5", "url", "None"),
    ],
)  # fmt: skip
def test_what_was_set_is_found_and_converted(
    value: str, getter: str, expected: str, one: Any
) -> None:
    one.do(f"standard.set({value}, 'key')")

    assert one.do(f"standard.{getter}('key') == {expected}") is True
    assert one.do(f"isinstance(standard.{getter}('key'), type({expected}))") is True


@pytest.mark.contract("D41")
def test_an_absent_key_is_nothing_of_its_type(one: Any) -> None:
    getters = "object string integer float double bool array string_array dictionary data url"
    found = one.do(f"[getattr(standard, name)('absent') for name in {getters.split()!r}]")

    assert found == [None, None, 0, 0.0, 0.0, False, None, None, None, None, None]


@pytest.mark.contract("D42")
def test_setting_nothing_removes(one: Any, device: Device) -> None:
    one.do("suite.set(1, 'key')")
    one.do("suite.set(None, 'key')")

    assert one.do("suite.object('key')") is None
    assert device.group(GROUP).defaults == {}


@pytest.mark.contract("D43")
@pytest.mark.parametrize(
    "value",
    [
        "object()",
        "{1, 2}",
        "{1: 'a'}",
        "NSNull.null",
        "[NSNull.null]",
        "{'a': [None]}",
        "[URL('a:b')]",
    ],
)
def test_what_is_no_property_list_is_refused_and_nothing_changes(
    value: str, one: Any, device: Device
) -> None:
    one.do("suite.set('before', 'key')")

    with pytest.raises(
        Exception, match=r"NSInvalidArgumentException.*Attempt to insert non-property list object"
    ):
        one.do(f"suite.set({value}, 'key')")

    assert one.do("suite.string('key')") == "before"
    assert device.group(GROUP).defaults == {"key": "before"}


@pytest.mark.contract("D44")
@pytest.mark.parametrize("key", ["''", "5", "None", "b'key'"])
def test_a_key_is_a_string_with_text(key: str, one: Any, device: Device) -> None:
    for attempt in (f"suite.set(1, {key})", f"suite.set(None, {key})"):
        with pytest.raises(Exception, match="NSInvalidArgumentException"):
            one.do(attempt)

    assert device.group(GROUP).defaults == {}


@pytest.mark.contract("D45")
def test_a_key_may_have_dots(one: Any, two: Any) -> None:
    one.do("suite.set('dotted', 'a.b')")

    assert two.do("suite.string('a.b')") == "dotted"
    assert two.do("suite.object('a')") is None


@pytest.mark.contract(
    "D46", status="approximated", reason="what is read is a copy: changing it changes nothing"
)
def test_a_value_is_copied_in_and_out(one: Any) -> None:
    one.do("value = [1, {'inner': [2]}]")
    one.do("suite.set(value, 'key')")
    one.do("value[1]['inner'].append('later')")

    assert one.do("suite.object('key')") == [1, {"inner": [2]}]

    for getter in ("object", "array"):
        one.do(f"got = suite.{getter}('key')")
        one.do("got[1]['inner'].append('later')")

    assert one.do("suite.object('key')") == [1, {"inner": [2]}]


@pytest.mark.contract("D47")
@pytest.mark.parametrize(
    "value",
    ["5", "-(1 << 63)", "5.0", "0.1", "True", "False", "'text'", "b'\\0'", "['a', 1, True]",
     "datetime(2026, 3, 1, 12, 30, tzinfo=UTC)", "{'a': {'b': [1.5]}}"],
)  # fmt: skip
def test_a_value_keeps_its_type_through_a_write_and_a_reload(
    value: str, one: Any, device: Device
) -> None:
    one.do(f"suite.set({value}, 'key')")
    device.shutdown()
    device.boot()
    one.relaunch()
    expected = f"(lambda v: [v == {value}, type(v) is type({value})])(suite.object('key'))"

    assert one.do(expected) == [True, True]

    path = device.group(GROUP).path / "Library" / "Preferences" / f"{GROUP}.plist"

    assert list(plistlib.loads(path.read_bytes())) == ["key"]
