"""Nothing is kept for later, and nothing stays behind."""

from typing import Any

import pytest

from simulator.testing.device import Device

RAW = """
from simulator.sdk._process import current
from simulator.xpc.frames import Kind
"""


@pytest.mark.contract("N16")
def test_a_post_is_not_kept_for_who_registers_later(one: Any, two: Any) -> None:
    two.do("notify_post('n')")
    one.do("hear('n'); token = watch('n')")

    assert one.heard() == []
    assert one.do("[notify_check(token)[1], notify_check(token)[1]]") == [True, False]


@pytest.mark.contract("N45")
def test_an_exit_takes_registrations_names_and_state(one: Any, two: Any, device: Device) -> None:
    one.do("hear('n'); token = watch('m'); notify_set_state(token, 9)")
    two.do("other = plain('m')")

    assert two.do("notify_get_state(other)") == [0, 9]

    one.app.terminate()

    assert device.ask("info")["statistics"]["notifyd"]["names"] == 1  # type: ignore[index]

    two.do("notify_cancel(other)")

    assert two.do("notify_get_state(plain('m'))") == [0, 0]

    two.do("notify_post('n')")
    device.settle()

    assert device.events.of(kind="notify", resource="n", operation="post")[-1].detail[
        "receivers"
    ] == 0  # fmt: skip


@pytest.mark.contract(
    "N46",
    status="approximated",
    reason="exec is refused to guests; what is shown is that a token may be used anew",
)
def test_a_token_that_is_used_anew_hears_nothing_of_before(
    one: Any, two: Any, device: Device
) -> None:
    one.do(RAW)
    one.do("hear('warm'); process = current(); fired = []; process.fired = fired.append")
    one.do("process.send(Kind.REGISTER, b'old', arg=900)")
    one.do("process.send(Kind.REGISTER, b'new', arg=900)")
    one.do("None")
    two.do("notify_post('old'); notify_post('new'); notify_post('old')")
    device.settle()

    assert one.do("fired") == [900]
    assert one.app.is_running
