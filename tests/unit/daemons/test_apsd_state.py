"""Payloads: what they say, and that nothing but a sentence comes of nonsense."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_container.codec import decode, encode
from simulator.daemons.apsd.state import PAYLOAD_BYTES_MAX, Content, Push, changed, parse_push
from simulator.xpc.errors import Misbehaved, Misuse

APS_KEYS = (
    "alert", "badge", "sound", "thread-id", "category", "content-available", "mutable-content",
    "interruption-level", "relevance-score",
)  # fmt: skip
ALERT_KEYS = ("title", "subtitle", "body", "title-loc-key", "loc-key", "loc-args")

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(ALERT_KEYS) | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
payloads = st.fixed_dictionaries(
    {"aps": st.dictionaries(st.sampled_from(APS_KEYS), values, max_size=4) | values},
    optional={"Simulator Target Bundle": values, "custom": values},
)


def _parse(aps: object, **custom: object) -> Push:
    return parse_push(json.dumps({"aps": aps, **custom}).encode())


def _understood_or_refused(data: bytes) -> None:
    try:
        push = parse_push(data)
    except Misuse as problem:
        assert str(problem).strip()  # noqa: PT017  either outcome is fine, without a sentence none
    else:
        assert decode(encode(push.content.user_info)) == push.content.user_info
        assert push.content.badge is None or push.content.badge >= 0


@given(st.binary(max_size=200))
def test_any_bytes_are_a_push_or_a_misuse_with_a_sentence(data: bytes) -> None:
    _understood_or_refused(data)


@given(payloads)
def test_any_json_is_a_push_that_an_extension_can_be_told_or_a_misuse(payload: object) -> None:
    _understood_or_refused(json.dumps(payload).encode("utf-8", "surrogatepass"))


@pytest.mark.contract("E96")
def test_a_payload_of_the_most_bytes_is_taken_and_one_more_is_refused() -> None:
    frame = json.dumps({"aps": {"alert": ""}})
    text = "x" * (PAYLOAD_BYTES_MAX - len(frame))

    assert _parse({"alert": text}).content.body == text

    with pytest.raises(Misuse, match="has 4097 bytes; Apple's push service takes 4096"):
        _parse({"alert": text + "x"})


def test_an_alert_that_is_a_string_is_the_body() -> None:
    assert _parse({"alert": "hello"}).content == Content(
        body="hello", user_info={"aps": {"alert": "hello"}}
    )


def test_an_alert_that_is_an_object_has_title_subtitle_and_body() -> None:
    content = _parse(
        {
            "alert": {"title": "t", "subtitle": "s", "body": "b"},
            "badge": 4,
            "category": "c",
            "thread-id": "i",
        }
    ).content

    assert (content.title, content.subtitle, content.body) == ("t", "s", "b")
    assert (content.badge, content.category, content.thread) == (4, "c", "i")


@pytest.mark.contract("E100")
def test_custom_keys_are_peers_of_aps_and_the_target_is_not_among_them() -> None:
    push = _parse({"alert": "x"}, cipher="y", **{"Simulator Target Bundle": "com.example.Notes"})

    assert push.target == "com.example.Notes"
    assert push.content.user_info == {"aps": {"alert": "x"}, "cipher": "y"}


def test_unknown_keys_inside_aps_are_no_error() -> None:
    assert _parse({"alert": "x", "colour": [1]}).content.body == "x"


@pytest.mark.parametrize(
    ("aps", "silent"),
    [
        ({"content-available": 1}, True),
        ({"content-available": 1, "alert": "x"}, False),
        ({"content-available": 1, "badge": 0}, False),
        ({"alert": ""}, False),
    ],
)
def test_a_push_is_silent_when_it_has_something_for_the_app_alone(
    aps: dict[str, object], *, silent: bool
) -> None:
    assert _parse(aps).silent is silent


@pytest.mark.parametrize(("value", "mutable"), [(1, True), (True, True), (0, False)])
def test_mutable_content_is_one_or_left_out(value: object, *, mutable: bool) -> None:
    assert _parse({"alert": "x", "mutable-content": value}).mutable is mutable


@pytest.mark.parametrize("value", ["1", 2, -1, [], {}, None, 1.0])
def test_any_other_mutable_content_is_refused(value: object) -> None:
    with pytest.raises(Misuse, match=r"aps\.mutable-content is .*; it must be 1, or be left out"):
        _parse({"mutable-content": value})


def test_an_answer_changes_the_text_and_the_badge_and_nothing_else() -> None:
    before = Content("t", "s", "b", 1, "category", "thread", {"aps": {}})
    after = changed(before, {"title": "T", "subtitle": "", "body": "B", "badge": None})

    assert after == Content("T", "", "B", None, "category", "thread", {"aps": {}})


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        {"title": "t", "subtitle": "s", "body": "b"},
        {"title": 1, "subtitle": "s", "body": "b", "badge": None},
        {"title": "t", "subtitle": "s", "body": "b", "badge": -1},
        {"title": "t", "subtitle": "s", "body": "b", "badge": True},
        {"title": "t", "subtitle": "s", "body": "b", "badge": "1"},
    ],
)
def test_an_answer_that_is_no_content_is_misbehaviour(answer: object) -> None:
    with pytest.raises(Misbehaved):
        changed(Content(), answer)
