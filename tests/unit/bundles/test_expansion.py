"""Build variables: expanded as Xcode does, named where they have no value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.bundles.expansion import expand, identifier_of, module_name_of, variables_in

KNOWN = {
    "NAME": "My App",
    "KIND": "NAME",
    "TEAM": "ABCDE12345",
    "CHAIN": "$(NAME) of ${TEAM}",
    "EMPTY": "",
    "LOOP": "$(LOOP)$(LOOP)",
    "PATH": "a/Share.swift",
}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$(NAME)", "My App"),
        ("${NAME}", "My App"),
        ("group.$(NAME:rfc1034identifier)", "group.My-App"),
        ("$(NAME:c99extidentifier).Share", "My_App.Share"),
        ("${NAME:lower}", "my app"),
        ("$(NAME:upper:rfc1034identifier)", "MY-APP"),
        ("$(PATH:base)", "Share"),
        ("$(PATH:file)", "Share.swift"),
        ("$(PATH:suffix)", ".swift"),
        ("$($(KIND))", "My App"),
        ("$(CHAIN)", "My App of ABCDE12345"),
        ("$(EMPTY)x", "x"),
        ("$(GONE:default=5)", "5"),
        ("$(EMPTY:default=5)", "5"),
        ("$(NAME:nonsense)", "My App"),
        ("$(GONE)", "$(GONE)"),
        ("$(GONE) $(NAME)", "$(GONE) My App"),
        ("$NAME $ $( ${", "$NAME $ $( ${"),
        ("$()", "$()"),
    ],
)
def test_a_text_is_expanded_as_xcode_does(text: str, expanded: str) -> None:
    assert expand(text, KNOWN) == expanded


def test_values_at_every_depth_are_expanded_and_keys_and_other_types_are_not() -> None:
    value = {"$(NAME)": ["$(TEAM)", {"a": "$(TEAM)"}], "n": 7, "b": True, "d": b"$(NAME)"}

    assert expand(value, KNOWN) == {
        "$(NAME)": ["ABCDE12345", {"a": "ABCDE12345"}], "n": 7, "b": True, "d": b"$(NAME)",
    }  # fmt: skip


def test_a_variable_that_holds_itself_comes_to_an_end() -> None:
    assert len(str(expand("$(LOOP)", KNOWN))) < 200_000


def test_the_variables_of_texts_are_named_once_each() -> None:
    assert variables_in(["$(A)$(B:lower)", "${A}", "$(C)"]) == ["A", "B", "C"]


def test_names_become_identifiers_and_modules() -> None:
    assert identifier_of("My App & Co.") == "My-App---Co."
    assert module_name_of("3D-View") == "_D_View"


@given(st.text(alphabet="$(){}:AB ", max_size=60), st.text(alphabet="$(){}:AB", max_size=10))
def test_any_text_is_expanded(text: str, value: str) -> None:
    assert isinstance(expand(text, {"A": value, "B": "$(A)"}), str)
