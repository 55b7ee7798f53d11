"""Handlers: who is called, how often, in which order."""

from typing import Any

import pytest

from simulator.testing.device import Device


@pytest.mark.contract("N6")
def test_no_handler_is_called_before_a_post(one: Any) -> None:
    one.do("hear('n')")

    assert one.heard() == []


@pytest.mark.contract("N7")
def test_the_poster_hears_its_own_post(one: Any) -> None:
    one.do("hear('n', 'me'); notify_post('n')")

    assert one.heard() == ["me"]


@pytest.mark.contract("N8")
def test_each_registration_of_a_name_is_called_once(one: Any, two: Any) -> None:
    one.do("for number in range(10): hear('n', number + 1)")
    two.do("notify_post('n')")

    assert sorted(one.heard()) == list(range(1, 11))


@pytest.mark.contract("N9")
def test_a_handler_may_cancel_its_token(one: Any, two: Any) -> None:
    one.do(
        "def ends(t): heard.append([notify_cancel(t), notify_is_valid_token(t)])\n"
        "for _ in range(10): notify_register_dispatch('n', ends)"
    )
    two.do("notify_post('n'); notify_post('n')")

    assert one.heard() == [[0, False]] * 10


@pytest.mark.contract("N11")
def test_nothing_is_called_after_its_cancel(one: Any, two: Any) -> None:
    one.do("token = hear('n'); other = hear('n', 'other')")
    two.do("import time\nfor _ in range(50): notify_post('n')")
    assert one.do("notify_cancel(token)") == 0
    one.heard()
    two.do("notify_post('n')")

    assert one.heard() == ["other"]


@pytest.mark.contract("N11")
def test_what_a_queue_has_is_not_called_after_a_cancel(one: Any) -> None:
    one.do("queue = []; _, token = notify_register_dispatch('n', heard.append, queue.append)")
    one.do("notify_post('n')")
    one.heard()

    assert one.do("len(queue)") == 1

    one.do("notify_cancel(token); [call() for call in queue]")

    assert one.do("heard") == []


@pytest.mark.contract("N8")
def test_a_queue_runs_the_handler(one: Any) -> None:
    one.do("queue = []; _, token = notify_register_dispatch('n', heard.append, queue.append)")
    one.do("notify_post('n'); notify_post('n')")
    one.heard()
    one.do("[call() for call in queue]")

    assert one.do("heard == [token, token]") is True


@pytest.mark.contract("N12")
def test_a_token_is_valid_while_it_is_registered(one: Any) -> None:
    one.do("token = hear('n')")

    assert one.do("notify_is_valid_token(token)") is True
    assert one.do("[notify_cancel(token), notify_is_valid_token(token)]") == [0, False]
    assert one.do("[notify_is_valid_token(t) for t in (-1, 0, 1, token - 1, None, 'x')]") == (
        [False] * 6
    )


@pytest.mark.contract("N23")
def test_fifty_thousand_registrations_of_a_name(one: Any, device: Device) -> None:
    one.do("for _ in range(50_000): notify_register_dispatch('n', heard.append)", timeout_s=20)
    one.do("notify_post('n')")
    device.settle()

    assert one.do("[len(heard), len(set(heard))]") == [50_000, 50_000]


@pytest.mark.contract("N54")
def test_posts_of_a_name_arrive_in_their_order(one: Any, two: Any, device: Device) -> None:
    two.do("hear('n')")
    one.do("for _ in range(200): notify_post('n')")
    device.settle()
    posts = device.events.of(kind="notify", operation="post", actor="com.example.One")
    delivered = device.events.of(kind="notify", operation="deliver")

    assert two.do("len(heard)") == 200
    assert [event.cause for event in delivered] == [event.id for event in posts]


@pytest.mark.contract("N55")
def test_the_newest_process_is_told_first_and_in_it_the_oldest_token(
    one: Any, two: Any, device: Device
) -> None:
    one.do("hear('n', 'a'); hear('n', 'b')")
    two.do("hear('n'); notify_post('n')")

    assert one.heard() == ["a", "b"]

    told = [event.detail["to"] for event in device.events.of(kind="notify", operation="deliver")]

    assert told == ["com.example.Two/1", "com.example.One/1"]


@pytest.mark.contract("N61")
@pytest.mark.parametrize("prefix", ["", "self."])
def test_threads_register_post_and_cancel_at_once(prefix: str, one: Any, device: Device) -> None:
    one.do(
        f"""
import threading
codes = []
def work(number):
    for turn in range(100):
        name = f'{prefix}n{{turn % 7}}'
        status, token = notify_register_dispatch(name, lambda t: None)
        watched, check = notify_register_check(name)
        codes.extend([status, watched, notify_post(name), notify_check(check)[0]])
        codes.extend([notify_cancel(token), notify_cancel(check)])
threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""",
        timeout_s=30,
    )

    assert one.do("[len(codes), set(codes) == {0}]") == [4800, True]

    device.settle()

    assert device.ask("info")["statistics"]["notifyd"]["names"] == 0  # type: ignore[index]
