"""What is typed behind defaults, as values."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_container.description import description
from simulator.programs._defaults_line import Failure, Words, WrongUsage, parsed, parsed_domain

_texts = st.text(st.characters(codec="utf-8"))
_trees = st.recursive(
    _texts | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(_texts, inner),
    max_leaves=20,
)


@given(_trees.filter(lambda tree: not isinstance(tree, str)))
def test_what_read_prints_with_whole_data_can_be_written(tree: object) -> None:
    assert parsed(description(tree, whole_data=True)) == tree


@given(st.lists(_texts))
def test_strings_stay_strings(texts: list[str]) -> None:
    words = [word for text in texts for word in ("-string", text)]

    assert Words(["-array", *words]).take_value().value == texts


@given(st.lists(st.text()))
def test_any_line_is_a_value_or_a_refusal(words: list[str]) -> None:
    try:
        given = Words(words).take_value()
    except (Failure, WrongUsage):
        return

    assert given.value is not None


@given(st.binary())
def test_any_bytes_are_a_property_list_or_a_refusal(data: bytes) -> None:
    try:
        found = parsed_domain(data)
    except ValueError:
        return

    assert found is not None


DEEP = 200
XML = b"<plist version='1.0'>"
END = b"</dict></plist>"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: b"(" * DEEP, "nested too deeply"),
        (lambda: b"{a=" * 10_000, "nested too deeply"),
        (
            lambda: XML + b"<dict><key>k</key>" + b"<array>" * DEEP + b"</array>" * DEEP + END,
            "nested",
        ),
        (lambda: b"{ a = \xff; }", "not UTF-8"),
        (lambda: b"bplist00" + bytes(40), "its trailer makes no sense"),
        (lambda: b"x" * ((8 << 20) + 1), "larger than 8388608 bytes"),
        (lambda: b"", "no value at 0"),
        (lambda: XML + b"<dict><key>k</key><string>\x00</string></dict></plist>", "no property"),
    ],
)
def test_hostile_bytes_are_refused_with_a_reason(make: Callable[[], bytes], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parsed_domain(make())
