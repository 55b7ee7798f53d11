"""notify_check: the first is true, then each once after any number of posts."""

from typing import Any

import pytest

from simulator.testing.device import Device
from simulator.xpc.page import NOTIFY_SLOTS


@pytest.mark.contract("N1")
def test_the_first_check_is_true_then_false_until_a_post(one: Any, two: Any) -> None:
    one.do("token = watch('n')")

    assert one.do("[notify_check(token), notify_check(token)]") == [[0, True], [0, False]]

    two.do("notify_post('n')")

    assert one.do("[notify_check(token), notify_check(token)]") == [[0, True], [0, False]]


@pytest.mark.contract("N2")
def test_ten_check_tokens_of_a_name_are_each_told(one: Any) -> None:
    one.do("tokens = [watch('n') for _ in range(10)]")

    assert one.do("[notify_check(t)[1] for t in tokens]") == [True] * 10
    assert one.do("[notify_check(t)[1] for t in tokens]") == [False] * 10

    one.do("notify_post('n')")

    assert one.do("[notify_check(t)[1] for t in tokens]") == [True] * 10


@pytest.mark.contract("N3")
@pytest.mark.parametrize("kind", ["watch", "plain", "hear"])
def test_three_posts_are_one_true_check(kind: str, one: Any, two: Any) -> None:
    one.do(f"token = {kind}('n')")
    one.do("notify_check(token)")
    two.do("for _ in range(3): notify_post('n')")

    assert one.do("[notify_check(token), notify_check(token)]") == [[0, True], [0, False]]


@pytest.mark.contract("N4")
def test_the_first_check_of_a_signal_token_is_true(one: Any) -> None:
    one.do("import signal; signal.signal(signal.SIGUSR1, lambda *_: heard.append('signal'))")
    one.do("status, token = notify_register_signal('n', signal.SIGUSR1)")

    assert one.do("[status, notify_check(token), notify_check(token)]") == [
        0,
        [0, True],
        [0, False],
    ]


@pytest.mark.contract("N5")
def test_a_signal_raised_by_hand_is_no_post(one: Any) -> None:
    one.do("import signal; signal.signal(signal.SIGUSR1, lambda *_: heard.append('signal'))")
    one.do("status, token = notify_register_signal('n', signal.SIGUSR1); notify_check(token)")
    one.do("os.kill(os.getpid(), signal.SIGUSR1)")

    assert one.do("notify_check(token)") == [0, False]
    assert one.heard() == ["signal"]

    one.do("notify_post('n')")

    assert one.heard() == ["signal"]
    assert one.do("notify_check(token)") == [0, True]


@pytest.mark.contract("N29")
@pytest.mark.parametrize("kind", ["watch", "plain", "hear"])
def test_posts_while_suspended_are_seen_by_a_check(kind: str, one: Any, two: Any) -> None:
    one.do(f"token = {kind}('n')")
    one.do("notify_check(token); notify_suspend(token)")
    two.do("notify_post('n')")

    assert one.do("notify_check(token)") == [0, True]


@pytest.mark.contract("N57")
def test_a_full_page_tells_too_much_and_never_too_little(process: Any, device: Device) -> None:
    words = NOTIFY_SLOTS - 1
    takers = [process(name) for name in ("A", "B", "C", "D")]

    for number, taker in enumerate(takers):
        taker.do(f"tokens = [watch(f'{number}/{{n}}') for n in range(256)]")

    assert len(takers) * 256 > words

    late, poster = process("Late"), process("Poster")
    late.do("tokens = [watch(f'late/{n}') for n in range(20)]")
    late.do("[notify_check(token) for token in tokens]")
    poster.do("for n in range(0, 20, 2): notify_post(f'late/{n}')")
    found = late.do("[notify_check(token)[1] for token in tokens]")

    assert found[::2] == [True] * 10

    takers[0].do("[notify_check(token) for token in tokens]")
    poster.do("for n in range(256): notify_post(f'0/{n}')")

    assert takers[0].do("sum(notify_check(token)[1] for token in tokens)") == 256

    for taker in takers:
        taker.app.terminate()

    statistics = device.ask("info")["statistics"]["notifyd"]  # type: ignore[index]

    assert statistics["names"] == 20
    assert statistics["words"] >= words - 20


@pytest.mark.contract("N60")
def test_tokens_that_are_told_share_the_memory_of_a_check(one: Any) -> None:
    """As libnotify ships; the manual says that each token's first check is true."""
    one.do("first, second = hear('n'), hear('n')")

    assert one.do("[notify_check(first)[1], notify_check(second)[1]]") == [True, False]


def test_a_peek_gives_the_count(one: Any) -> None:
    one.do("checked, told, own = watch('n'), hear('n'), hear('self.n')")

    assert one.do("[notify_peek(t) for t in (checked, told, own, -1)]") == [
        [0, 1],
        [6, 0],
        [0, 1],
        [2, 0],
    ]

    one.do("notify_post('n'); notify_post('self.n')")
    one.heard()

    assert one.do("[notify_peek(checked), notify_peek(own)]") == [[0, 2], [0, 2]]
