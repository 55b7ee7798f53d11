"""Guests that make use of the search for races, against the host or against each other."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator.testing.device import Device

WAIT_S = 0.5
GROUP = "group.com.example.attack"

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "call",
    [
        '["sanitizerd.touched", ["read", "group.of.others", "x", "", 0, 0, 0, 0]]',
        f'["sanitizerd.touched", ["read", "{GROUP}", "x" * 5000, "", 0, 0, 0, 0]]',
        f'["sanitizerd.touched", ["eat", "{GROUP}", "x", "", 0, 0, 0, 0]]',
        f'["sanitizerd.touched", ["read", "{GROUP}", "x", "", -1, 0, 0, 0]]',
        f'["sanitizerd.touched", ["read", "{GROUP}", "x"]]',
        '["sanitizerd.locked", [1, 2, True, [["group.of.others", "x"]]]]',
        f'["sanitizerd.locked", [1, 2, True, [["{GROUP}", "x"]] * 300]]',
        '["sanitizerd.locked", "x"]',
        '["sanitizerd.unlocked", [1]]',
        '["sanitizerd.learned", ["weather", "x"]]',
    ],
)
def test_nonsense_ends_the_guest(device: Device, dropped: Any, call: str) -> None:
    device.look_for_races()
    dropped("Probe", f"frame(Kind.CALL, encode({call}))", groups=(GROUP,))
    device.wait_until(lambda: len(device.events.of(kind="misbehaved")) == 1)

    assert device.races == []


@pytest.mark.parametrize("on", [True, False])
def test_whatever_is_claimed_while_it_is_off_or_on_changes_nothing(
    device: Device, hostile: Any, *, on: bool
) -> None:
    """It may claim to have handled what was never sent, and to hold locks that are not."""
    device.look_for_races(on=on)
    body = f"""
far = 1 << 62
frame(Kind.CALL, encode(["sanitizerd.touched", ["read", "{GROUP}", "x", "", 0, far, far, far]]))
frame(Kind.CALL, encode(["sanitizerd.touched", ["write", "{GROUP}", "../x", "y", 9, -1, -1, -1]]))
frame(Kind.CALL, encode(["sanitizerd.locked", [-1, -1, True, []]]))
frame(Kind.CALL, encode(["sanitizerd.unlocked", [7, 7]]))
frame(Kind.CALL, encode(["sanitizerd.learned", ["notify", "x" * 9000]]))
print("done")
"""
    hostile("Probe", body, groups=(GROUP,))
    device.wait_until(lambda: device.events.of(kind="output", resource="done"))
    device.settle()

    assert device.races == []
    assert len(device.events.of(kind="misbehaved")) == 0


def test_what_was_not_compared_is_said_at_the_end(device: Device, hostile: Any) -> None:
    device.look_for_races()
    body = f"""
frame(Kind.CALL, encode(["sanitizerd.touched", ["read", "{GROUP}", "x", "", 0, 0, 0, 7]]))
os._exit(0)
"""
    hostile("Probe", body, groups=(GROUP,), wait_s=0.0)
    device.wait_until(lambda: not device.ps)
    event = device.events.of(kind="process", operation="not-compared").only()

    assert event.detail["times"] == 7
    assert "TOUCHES_PER_S_MAX" in event.reason


FLOOD = f"""
from simulator.sdk.darwin import notify_register_dispatch

def flood(_):
    for number in range(20_000):
        call = ["sanitizerd.touched", ["write", "{GROUP}", str(number), "x.py", number, 0, 0, 0]]
        frame(Kind.CALL, encode(call))
    os._exit(0)

notify_register_dispatch("go", flood)
"""


def test_a_flood_of_accesses_does_not_hold_the_host(
    device: Device, hostile: Any, longest_answer_s: Callable[[Callable[[], bool]], float]
) -> None:
    device.look_for_races()
    hostile("First", FLOOD, groups=(GROUP,))
    hostile("Second", FLOOD, groups=(GROUP,))
    device.notify_post("go")

    assert longest_answer_s(lambda: not device.ps) < WAIT_S

    found = device.ask("races")

    assert isinstance(found, dict)
    assert 0 < len(found["races"]) <= 200


LOCKS = """
for number in range(20_000):
    frame(Kind.CALL, encode(["sanitizerd.locked", [1, number, True, []]]))
    frame(Kind.CALL, encode(["sanitizerd.learned", ["notify", str(number)]]))
"""


def test_a_flood_of_locks_does_not_hold_the_host(
    device: Device, attack: Callable[[str], float]
) -> None:
    device.look_for_races()

    assert attack(LOCKS) < WAIT_S
