"""notify_trace with processes that are suspended: what waits, merges, arrives late or is lost."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.simctl.trace import Trace, told_step
from simulator.testing.bundles import make_app

Simctl = Callable[..., subprocess.CompletedProcess[str]]

SOURCE = """
from simulator.sdk.darwin import notify_register_dispatch
from simulator.sdk.uikit import Application


class Hearer(Application):
    def did_finish_launching(self, options):
        notify_register_dispatch("a", print)
"""


@pytest.fixture
def hearer(simctl: Simctl, tmp_path: Path) -> str:
    """An app that hears a, running on a device of its own; its bundle id."""
    app = make_app(tmp_path, "Hearer", source=SOURCE)
    said = simctl("launch", str(app))
    assert said.returncode == 0, said.stderr

    return said.stdout.partition(":")[0]


def told(simctl: Simctl) -> list[str]:
    """Return the trace without its head, its times and its numbers of posts."""
    lines = simctl("notify_trace", "--log").stdout.splitlines()[1:]

    return [" ".join(line.split()[2:]).partition(" after ")[0] for line in lines]


def test_what_is_posted_to_a_suspended_process_comes_once_and_late(
    simctl: Simctl, hearer: str
) -> None:
    simctl("suspend", "booted", hearer)
    simctl("notify_post", "a")
    simctl("notify_post", "a")
    simctl("resume", "booted", hearer)
    lines = simctl("notify_trace", "--log").stdout.splitlines()

    assert told(simctl) == [
        "simctl a posted: 1 hears it, 1 of them later",
        f"→ {hearer}/1 a pended: suspended",
        "simctl a posted: 1 hears it, 1 of them later",
        f"→ {hearer}/1 a merged into {lines[1].split()[1]}, which it has not had yet",
        f"→ {hearer}/1 a delivered",
    ]
    assert lines[-1].endswith(", it was suspended")


def test_what_a_process_did_not_live_to_hear_is_lost(simctl: Simctl, hearer: str) -> None:
    simctl("suspend", "booted", hearer)
    simctl("notify_post", "a")
    simctl("terminate", "booted", hearer)

    assert told(simctl)[-1] == f"→ {hearer}/1 a lost: it ended first"


def test_what_is_pended_is_lost_with_notifyd(simctl: Simctl, hearer: str) -> None:
    simctl("suspend", "booted", hearer)
    simctl("notify_post", "a")
    simctl("spawn", "booted", "launchctl", "kickstart", "-k", "system/com.apple.notifyd")

    assert told(simctl)[-2:] == [
        "com.apple.notifyd notifyd restarted",
        f"→ {hearer}/1 a lost: notifyd was restarted",
    ]


# -- the steps -------------------------------------------------------------------------------


def event(number: int, operation: str, **fields: object) -> dict[str, object]:
    detail = fields.pop("detail", {})
    base: dict[str, object] = {
        "id": number, "time_ns": number * 1_000_000, "kind": "notify", "operation": operation,
        "actor": "notifyd", "resource": "a", "cause": 0, "detail": detail,
    }  # fmt: skip

    return base | fields


def test_a_delivery_whose_post_is_not_known_has_no_latency() -> None:
    trace = Trace()
    (step,) = trace.steps(event(9, "deliver", cause=3, detail={"to": "X/1", "token": 2}))

    assert "latency_ns" not in step.as_dict()
    assert told_step(step).endswith("  delivered")


def test_a_cancelled_registration_is_not_merged_into() -> None:
    trace = Trace()
    events = [
        event(1, "post", detail={"receivers": 1, "pended": 1}),
        event(2, "pend", cause=1, detail={"to": "X/1", "token": 2, "reason": "suspended"}),
        event(3, "cancel", actor="X/1", detail={"token": 2}),
        event(4, "post", detail={"receivers": 0, "pended": 0}),
    ]
    steps = [step.what for each in events for step in trace.steps(each)]

    assert steps == ["post", "pend", "cancel", "post"]


@pytest.mark.parametrize(
    ("ns", "words"),
    [(999, "1 µs"), (69_000, "69 µs"), (1_500_000, "1.500 ms"), (7 * 10**9, "7.000 s")],
)
def test_a_latency_is_told_in_a_unit_that_suits_it(ns: int, words: str) -> None:
    trace = Trace()
    list(trace.steps(event(1, "post", time_ns=0, detail={"receivers": 1, "pended": 0})))
    (step,) = trace.steps(event(2, "deliver", cause=1, time_ns=ns, detail={"to": "X/1"}))

    assert told_step(step).endswith(f"delivered after {words}")
