"""Lines of ``simctl defaults watch``."""

import json
from datetime import UTC, datetime

import pytest

from simulator.simctl.changes import change_as_json, told_change

ROW: dict[str, object] = {
    "time_ns": 1_500_000_000,
    "event": 7,
    "who": "com.example.App/1",
    "operation": "set",
    "key": "key",
    "old": [],
    "new": [1],
    "cause": None,
}


@pytest.mark.parametrize(
    ("side", "text", "plain"),
    [
        ([], "nothing", None),
        (["two words"], '"two words"', "two words"),
        (["5"], '"5"', "5"),
        ([5], "5", 5),
        ([True], "true", True),
        ([1.5], "1.5", 1.5),
        ([float("inf")], "inf", {"$real": "inf"}),
        ([b"\0\xff"], "{length = 2, bytes = 0x00ff}", {"$data": "AP8="}),
        (
            [datetime(2022, 1, 2, tzinfo=UTC)],
            "2022-01-02 00:00:00 +0000",
            {"$date": "2022-01-02T00:00:00+00:00"},
        ),
        ([[1, {"b": "x", "a": []}]], '[1, {"a": [], "b": "x"}]', [1, {"b": "x", "a": []}]),
        ([None, 20000], "(20000 bytes)", {"$bytes": 20000}),
        (["x" * 500], f'"{"x" * 159}…', "x" * 500),
    ],
)
def test_a_value_for_people_and_for_programs(side: list[object], text: str, plain: object) -> None:
    row = {**ROW, "new": side}

    assert told_change(row) == (
        f"      1.500000       #7  com.example.App/1             key: nothing → {text}"
    )
    assert json.loads(change_as_json(row))["new"] == plain


def test_what_a_guest_chose_moves_no_cursor() -> None:
    row = {**ROW, "key": "\x1b[2J\u202e", "new": ["\x1b\u202e"]}

    assert told_change(row).isprintable()
    assert change_as_json(row).isprintable()


def test_the_cause_and_the_reason_stand_behind() -> None:
    cause = {"id": 3, "actor": "springboard", "kind": "share", "operation": "choose"}
    row = {**ROW, "operation": "refused", "old": [1], "cause": cause, "reason": "locked"}

    assert told_change(row).endswith(
        "key: refused, it stays 1  ← #3 springboard share.choose  (locked)"
    )
