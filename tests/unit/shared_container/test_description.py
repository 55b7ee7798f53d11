"""Property lists as ``defaults read`` prints them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_container.description import description
from shared_container.float32 import Float
from shared_container.openstep import parse_openstep

DATA = bytes(range(28))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("two words, é", "two words, é"),
        ("", ""),
        (5, "5"),
        (-5, "-5"),
        (True, "1"),
        (False, "0"),
        (1.5, "1.5"),
        (2.0, "2"),
        (0.1, "0.1"),
        (1e20, "1e+20"),
        (Float(0.1), "0.1"),
        (float(Float(3.14)), "3.14"),
        (1234567.5, "1234567.5"),
        (3.141592653589793, "3.141592653589793"),
        (float("inf"), "inf"),
        (b"", "{length = 0, bytes = 0x}"),
        (b"hello", "{length = 5, bytes = 0x68656c6c6f}"),
        (DATA[:24], f"{{length = 24, bytes = 0x{DATA[:24].hex()}}}"),
        (
            DATA,
            "{length = 28, bytes = 0x00010203 04050607 08090a0b 0c0d0e0f ... 14151617 18191a1b }",
        ),
        (datetime(2022, 1, 2, 3, 4, 5, 678, tzinfo=UTC), "2022-01-02 03:04:05 +0000"),
        (datetime(2022, 1, 2, tzinfo=timezone(timedelta(hours=2))), "2022-01-01 22:00:00 +0000"),
        (datetime(1, 1, 1), "0001-01-01 00:00:00 +0000"),  # noqa: DTZ001  naive means UTC
        ([], "(\n)"),
        ({}, "{\n}"),
        ([1, "two"], "(\n    1,\n    two\n)"),
        ([[1]], "(\n        (\n        1\n    )\n)"),
        ([{"a": b"\1"}], "(\n        {\n        a = {length = 1, bytes = 0x01};\n    }\n)"),
        ({"b": [2], "a": {}}, "{\n    a =     {\n    };\n    b =     (\n        2\n    );\n}"),
        ({"Z": "", "a b": "A_b"}, '{\n    Z = "";\n    "a b" = "A_b";\n}'),
        ({"é": "é"}, '{\n    "\\U00e9" = "\\U00e9";\n}'),
    ],
)  # fmt: skip
def test_a_value_is_written_as_there(value: object, expected: str) -> None:
    assert description(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("word", "word"),
        ("5", "5"),
        ("en_US", '"en_US"'),
        ("-1", '"-1"'),
        ("1.5", '"1.5"'),
        ("/usr", '"/usr"'),
        ('say "hi" \\', '"say \\"hi\\" \\\\"'),
        ("\a\b\f\n\r\t\v", '"\\a\\b\\f\\n\\r\\t\\v"'),
        ("\033File\0", '"\\033File\\000"'),
        ("\x7f", '"\\177"'),
        ("你😀", '"\\U4f60\\Ud83d\\Ude00"'),
    ],
)
def test_a_string_in_a_collection_is_quoted_where_it_must(text: str, expected: str) -> None:
    assert description([text]) == f"(\n    {expected}\n)"


def test_keys_are_sorted_by_utf_16() -> None:
    text = description({"\uffff": 1, "😀": 2, "b": 3, "B": 4})

    assert [line.split()[-1] for line in text.splitlines()[1:-1]] == ["4;", "3;", "2;", "1;"]


def test_what_is_no_property_list_is_refused() -> None:
    with pytest.raises(TypeError, match="NoneType is no property list"):
        description([None])


_texts = st.text(st.characters(codec="utf-8"))
_trees = st.recursive(
    _texts | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(_texts, inner),
    max_leaves=20,
)


@given(_trees.filter(lambda tree: not isinstance(tree, str)))
def test_what_is_written_is_read_back(tree: object) -> None:
    assert parse_openstep(description(tree, whole_data=True)) == tree


@given(_texts)
def test_a_string_in_a_collection_is_read_back(text: str) -> None:
    assert parse_openstep(description([text])) == [text]
