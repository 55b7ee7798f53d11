"""Patterns, against a slow and simple matcher; and in time that is bounded."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.daemons.swcd.patterns import CHOICES_MAX, Pattern, PatternError, cost

_WORDS = {"food": ("burrito", "a*", "?b", ""), "none": ()}
_ATOMS = st.sampled_from(["a", "b", "A", "*", "?", ".", "/", "$(digit)", "$(food)", "$(upper)"])


def _slow(pattern: str) -> re.Pattern[str]:
    """Return the same as a regular expression."""
    text = ""

    for part in re.split(r"(\$\([a-z]+\))", pattern):
        if part == "$(digit)":
            text += "[0-9]"
        elif part == "$(upper)":
            text += "[A-Z]"
        elif part == "$(food)":
            text += "(" + "|".join(_plain(word) for word in _WORDS["food"]) + ")"
        else:
            text += _plain(part)

    return re.compile(text, re.DOTALL)


def _plain(text: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in text)


@given(st.lists(_ATOMS, max_size=7).map("".join), st.text("abAB1./rito", max_size=9))
def test_a_pattern_is_what_a_regular_expression_would_be(pattern: str, text: str) -> None:
    expected = _slow(pattern).fullmatch(text) is not None

    assert Pattern(pattern, _WORDS).matches(text) is expected


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_a_pattern_or_an_error(pattern: str, text: str) -> None:
    if "$(" in pattern:
        with suppress(PatternError):
            Pattern(pattern).matches(text)
    else:
        found = Pattern(pattern)

        assert found.matches(text) in {True, False}
        assert found.matches(pattern) or set(pattern) & set("?*")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("/buy/*", "/buy/42/x", True),
        ("?*", "", False),
        ("?*", "x", True),
        ("$(lang)_$(region)", "de_AT", True),
        ("$(lang)_$(region)", "de_at", False),
        ("$(xdigit)$(alnum)$(alpha)$(lower)", "fZqz", True),
        ("$(Lang)", "de", None),
        ("$(x", "$(x", True),
        ("$()", "", None),
        ("$(none)", "", False),
    ],
)
def test_what_apple_documents(pattern: str, text: str, matches: bool | None) -> None:  # noqa: FBT001
    if matches is None:
        with pytest.raises(PatternError, match="substitutionVariables"):
            Pattern(pattern, _WORDS)
    else:
        assert Pattern(pattern, _WORDS).matches(text) is matches


def test_upper_and_lower_case_may_be_the_same() -> None:
    assert Pattern("/Buy/$(upper)*", folds=True).matches("/bUY/x!")
    assert not Pattern("/Buy/$(upper)*").matches("/Buy/x!")


@pytest.mark.parametrize("pattern", ["*a" * 64_000, "?*a" * 40_000, "*a*a*a*a*b", "$(lang)*" * 16])
def test_no_pattern_is_catastrophic(pattern: str) -> None:
    """pytest's timeout would end it; what a comparison may cost is counted beforehand."""
    text = "a" * 30_000
    found = Pattern(pattern)

    assert found.matches(text) is (pattern == "$(lang)*" * 16)
    assert found.steps(text) <= 1 + len(text) * (3 + 2 * 16 + len(pattern) // 1000)


def test_too_many_variables_are_refused() -> None:
    assert cost("$(lang)" * CHOICES_MAX) > 0

    with pytest.raises(PatternError, match="CHOICES_MAX"):
        cost("$(lang)" * (CHOICES_MAX + 1))
