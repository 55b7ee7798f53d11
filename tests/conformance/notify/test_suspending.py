"""Suspended tokens, and suspended processes: what waits, and what is told afterwards."""

from typing import Any

import pytest

from simulator.testing.device import Device
from simulator.xpc.errors import CommandError


@pytest.mark.contract("N24")
def test_a_suspended_token_is_silent_and_its_sibling_is_not(one: Any, two: Any) -> None:
    one.do("first, second = hear('n', 'first'), hear('n', 'second'); notify_suspend(first)")
    two.do("notify_post('n')")

    assert one.heard() == ["second"]


@pytest.mark.contract("N25")
@pytest.mark.parametrize("name", ["n", "self.n"])
def test_a_resumed_token_is_told_once(name: str, one: Any) -> None:
    one.do(f"first, second = hear('{name}', 'first'), hear('{name}', 'second')")
    one.do(f"notify_suspend(first); [notify_post('{name}') for _ in range(3)]")

    assert one.heard() == ["second"] * 3

    one.do("notify_resume(first)")

    assert one.heard() == ["first"]

    one.do(f"notify_post('{name}')")

    assert one.heard() == ["first", "second"]


@pytest.mark.contract("N26")
def test_without_a_post_a_resumed_token_is_told_nothing(one: Any) -> None:
    one.do("token = hear('n'); notify_suspend(token); notify_resume(token)")

    assert one.heard() == []


@pytest.mark.contract("N27")
def test_one_resume_is_enough_as_shipped(one: Any) -> None:
    one.do("token = hear('n', 'n'); [notify_suspend(token) for _ in range(3)]")
    one.do("notify_post('n'); notify_resume(token)")

    assert one.heard() == ["n"]


@pytest.mark.contract("N27")
def test_suspensions_nest_where_the_device_is_told_so(one: Any, device: Device) -> None:
    device.nest_notify_suspensions()
    one.do("token = hear('n', 'n'); [notify_suspend(token) for _ in range(3)]")
    one.do("notify_post('n'); notify_resume(token); notify_resume(token)")

    assert one.heard() == []

    one.do("notify_resume(token)")

    assert one.heard() == ["n"]


@pytest.mark.contract("N27")
def test_suspensions_of_a_self_name_nest(one: Any) -> None:
    one.do("token = hear('self.n', 'n'); [notify_suspend(token) for _ in range(2)]")
    one.do("notify_post('self.n'); notify_resume(token)")

    assert one.heard() == []

    one.do("notify_resume(token)")

    assert one.heard() == ["n"]


@pytest.mark.contract("N28")
def test_a_resume_without_a_suspension_is_0(one: Any) -> None:
    one.do("token = hear('n', 'n')")

    assert one.do("[notify_resume(token), notify_post('n')]") == [0, 0]
    assert one.heard() == ["n"]


@pytest.mark.contract("N48")
def test_a_suspended_process_is_told_once_per_name_when_it_runs_again(
    one: Any, two: Any, device: Device
) -> None:
    one.do("hear('a', 'a'); hear('b', 'b'); hear('c', 'c')")
    one.app.suspend()

    assert [row[2] for row in device.ps if row[1] == "com.example.One"] == ["suspended"]

    two.do("for _ in range(5): notify_post('a'); notify_post('b')")
    device.settle()

    assert len(device.events.of(kind="notify", operation="deliver")) == 0

    one.app.resume()

    assert one.heard() == ["b", "a"]  # the newest registration first

    pended = device.events.of(kind="notify", operation="pend")
    late = device.events.of(kind="notify", operation="deliver")

    assert [event.resource for event in pended] == ["a", "b"]
    assert [event.detail["late"] for event in late] == ["suspended", "suspended"]
    assert [event.detail["pended"] for event in device.events.of(operation="post")] == [1] * 10


@pytest.mark.contract("N48")
def test_without_a_post_a_resumed_process_is_told_nothing(one: Any, device: Device) -> None:
    one.do("hear('n')")
    one.app.suspend()
    one.app.resume()

    assert one.heard() == []
    assert device.events.of(kind="notify", operation="resume").only().detail["missed"] == 0


@pytest.mark.contract("N48")
def test_a_check_of_a_resumed_process_is_true(one: Any, two: Any) -> None:
    one.do("token = watch('n'); notify_check(token)")
    one.app.suspend()
    two.do("notify_post('n')")
    one.app.resume()

    assert one.do("notify_check(token)") == [0, True]


@pytest.mark.contract("N48")
def test_an_app_that_comes_to_the_front_runs_again(one: Any, two: Any, device: Device) -> None:
    one.do("hear('n', 'n')")
    one.app.suspend()
    two.do("notify_post('n')")
    device.launch("com.example.One")

    assert one.heard() == ["n"]


@pytest.mark.contract("N49")
def test_who_is_killed_while_suspended_is_never_told(one: Any, two: Any, device: Device) -> None:
    one.do("hear('n', 'n')")
    one.app.suspend()
    two.do("notify_post('n')")
    one.app.terminate()
    one.app.wait_until_exit()
    one.shell.relaunch()
    device.settle()

    assert device.events.of(kind="notify", operation="pend").only().resource == "n"
    assert len(device.events.of(kind="notify", operation="deliver")) == 0
    assert one.shell.do("heard") == []


@pytest.mark.contract("N50")
def test_an_app_suspends_no_process_and_is_told_0(one: Any, two: Any) -> None:
    one.do("hear('n', 'n')")
    pid = one.app.pid

    assert two.do(f"[notify_suspend_pid({pid}), notify_post('n'), notify_resume_pid({pid})]") == [
        0,
        0,
        0,
    ]
    assert one.heard() == ["n"]


def test_suspending_twice_and_resuming_what_runs_are_no_errors(one: Any, device: Device) -> None:
    one.app.resume()
    one.app.suspend()
    one.app.suspend()
    device.settle()
    one.app.resume()
    one.app.resume()

    assert one.do("1 + 1") == 2

    with pytest.raises(CommandError, match="No such process"):
        device.ask("suspend", bundle_id="com.example.Nobody")
