"""Association files of every kind, read or refused with a sentence; and links against them."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.daemonkit.limits import (
    ASSOCIATION_BYTES_MAX,
    ASSOCIATION_NOTES_MAX,
    ASSOCIATION_STATES_MAX,
    LINK_STEPS_MAX,
)
from simulator.daemons.swcd.association import Association, AssociationError, parse_association
from simulator.daemons.swcd.domains import domain_of
from simulator.daemons.swcd.matching import Verdict, judge
from simulator.daemons.swcd.rules import link_of

APP = "ABCDE12345.com.example.app"

_KEYS = st.sampled_from(
    ["applinks", "details", "appID", "appIDs", "components", "paths", "defaults", "exclude", "/",
     "?", "#", "caseSensitive", "percentEncoded", "substitutionVariables", "comment", "apps"]
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from([APP, "*", "NOT *"]) |
    st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=10,
)  # fmt: skip


def association(*components: object, **detail: object) -> Association:
    entry = {"appIDs": [APP], "components": list(components), **detail}

    return parse_association(json.dumps({"applinks": {"details": [entry]}}).encode())


def verdict(found: Association, path: str) -> Verdict:
    return judge(found, link_of(f"https://example.com{path}"), {APP})


@settings(max_examples=50)
@given(_JSON)
def test_any_json_is_read_or_refused(content: Any) -> None:
    data = json.dumps(content).encode()

    if not isinstance(content, dict):
        with pytest.raises(AssociationError, match="top level"):
            parse_association(data)
    else:
        found = parse_association(data)

        assert verdict(found, "/a?b=c#d").how in {"match", "exclude", "no_match"}
        assert len(found.notes) <= ASSOCIATION_NOTES_MAX


@given(st.fixed_dictionaries({"applinks": st.fixed_dictionaries({"details": _JSON})}))
def test_any_details_are_read(content: Any) -> None:
    found = parse_association(json.dumps(content).encode())

    assert all(isinstance(note, str) for note in found.notes)


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf{}")
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(AssociationError):
        assert parse_association(data).entries == ()


_URL = st.text(st.characters(blacklist_categories=["Cs"]), max_size=60)


@given(_URL)
@example("//[::1]/")
@example("//[")
@example("//a:b@c:99/")
@example("//example.com:/?#")
def test_any_link_is_taken_apart_or_refused(rest: str) -> None:
    with suppress(ValueError):
        link = link_of(f"https:{rest}")

        assert link.host
        assert all(part.isascii() for part in link[1:])
        assert verdict(association({"/": "*", "?": {"a": "*"}, "#": "*"}), "/").how == "match"


@given(st.text(max_size=60))
@example("applinks:*.example.com?mode=developer+managed")
@example("applinks:" + "a" * 300)
def test_any_entitlement_is_a_domain_or_has_a_problem(text: str) -> None:
    found = domain_of(text)

    assert found.text == text
    assert bool(found.problem) or found.host


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ({}, "no 'applinks'"),
        ({"applinks": []}, "applinks is an array"),
        ({"applinks": {}}, "'details', an array"),
        ({"applinks": {"details": [3]}}, "details[0] is a number"),
        ({"applinks": {"details": [{"paths": ["*"]}]}}, "it names no app"),
        ({"applinks": {"details": [{"appIDs": APP}]}}, "appIDs is a string"),
        ({"applinks": {"details": [{"appIDs": [APP]}]}}, "it matches nothing"),
        ({"applinks": {"details": [{"appID": "app", "paths": []}]}}, "app is no app id"),
        ({"applinks": {"details": [{"appID": APP, "paths": [3]}]}}, "a number, which is no path"),
        ({"applinks": {"details": [{"appID": APP, "paths": [], "components": []}]}}, "ignored"),
        ({"applinks": {"details": [{"appID": APP, "components": [{"/": 3}]}]}}, "a string"),
        ({"applinks": {"details": [{"appID": APP, "components": [{"exclude": 1}]}]}}, "true or"),
        ({"applinks": {"details": [{"appID": APP, "components": [{"/": "$(x)"}]}]}}, "$(x)"),
        ({"applinks": {"details": [], "substitutionVariables": {"lang": []}}}, "predefined"),
        ({"applinks": {"details": [], "substitutionVariables": {"x": "y"}}}, "array of strings"),
        ({"applinks": {"details": [], "substitutionVariables": {"x": ["$(y)"]}}}, "no other"),
        ({"applinks": {"details": [], "defaults": []}}, "defaults is an array"),
        ({"webcredentials": {}}, "webcredentials should be"),
    ],
)
def test_what_is_wrong_is_noted(content: object, note: str) -> None:
    found = parse_association(json.dumps(content).encode())

    assert any(note in each for each in found.notes), found.notes


def test_a_file_has_128_kib_at_most() -> None:
    assert parse_association(b"{}".ljust(ASSOCIATION_BYTES_MAX)).entries == ()

    with pytest.raises(AssociationError, match="ASSOCIATION_BYTES_MAX"):
        parse_association(b"{}".ljust(ASSOCIATION_BYTES_MAX + 1))


def test_the_form_of_ios_8_is_read() -> None:
    content = {"applinks": {"apps": [], "details": {APP: {"paths": ["/a/*"]}}}}
    found = parse_association(json.dumps(content).encode())

    assert [verdict(found, path).how for path in ("/a/1", "/b")] == ["match", "no_match"]


def test_a_variable_that_grows_too_large_is_refused() -> None:
    words = {"big": ["x" * 100] * 500}
    content = {
        "applinks": {
            "substitutionVariables": words,
            "details": [{"appIDs": [APP], "components": [{"/": "$(big)"}] * 50}],
        }
    }
    found = parse_association(json.dumps(content).encode())

    assert len(found.entries[0].rules) == ASSOCIATION_STATES_MAX // (500 * 101 + 9)
    assert "ASSOCIATION_STATES_MAX" in found.notes[0]


def test_a_search_that_takes_too_long_is_given_up() -> None:
    found = association(*[{"/": f"*?{number}"} for number in range(1000)])
    path = "/" + "a" * (LINK_STEPS_MAX // 500)

    assert "LINK_STEPS_MAX" in verdict(found, path).problem
    assert verdict(found, "/aa999").how == "match"
