"""Every wrong argument gives libnotify's code."""

from typing import Any

import pytest

NO_NAMES = "(None, 7, 1.5, [], {}, object())"
NO_TOKENS = "(-1, 0, 1, 99999, 1 << 70, None, 'x', [], 1.5)"


@pytest.mark.contract("N10")
def test_what_is_no_token_of_this_process_is_2(one: Any, two: Any) -> None:
    two.do("token = hear('n')")
    one.do("token = hear('n'); calls = (notify_cancel, notify_suspend, notify_resume)")

    assert one.do("[notify_cancel(token), notify_cancel(token)]") == [0, 2]
    assert one.do(f"{{call(t) for call in calls for t in {NO_TOKENS}}} == {{2}}") is True
    assert one.do(f"{{notify_check(t) for t in {NO_TOKENS}}} == {{(2, False)}}") is True
    assert one.do(f"{{notify_get_state(t) for t in {NO_TOKENS}}} == {{(2, 0)}}") is True
    assert one.do(f"{{notify_set_state(t, 1) for t in {NO_TOKENS}}} == {{2}}") is True

    for token in range(30):  # another process's tokens too
        if not one.do(f"notify_is_valid_token({token})"):
            assert one.do(f"notify_cancel({token})") == 2

    assert two.do("notify_is_valid_token(token)") is True


@pytest.mark.contract("N13")
def test_what_is_no_name_is_1(one: Any) -> None:
    assert one.do(f"{{notify_post(n) for n in {NO_NAMES}}} == {{1}}") is True

    for registering in (
        "notify_register_check(n)",
        "notify_register_plain(n)",
        "notify_register_signal(n, 1)",
        "notify_register_dispatch(n, print)",
    ):
        assert one.do(f"{{{registering} for n in {NO_NAMES}}} == {{(1, -1)}}") is True

    assert one.do("notify_register_file_descriptor(None)") == [1, -1, -1]
    assert one.do("notify_register_mach_port(None)") == [1, None, -1]


@pytest.mark.contract(
    "N14",
    status="approximated",
    reason="Python has no out parameters that could be NULL; a missing handler is told as in C",
)
def test_a_missing_handler_or_queue_is_10_before_the_name_is_looked_at(one: Any) -> None:
    assert one.do("notify_register_dispatch('n', None)") == [10, -1]
    assert one.do("notify_register_dispatch(None, None)") == [10, -1]
    assert one.do("notify_register_dispatch('n', print, 'main')") == [10, -1]


@pytest.mark.contract("N15")
def test_posting_what_nobody_hears_is_harmless(one: Any) -> None:
    assert one.do("[notify_post('nobody') for _ in range(3)]") == [0, 0, 0]


@pytest.mark.contract("N59")
def test_an_empty_name_and_one_that_is_no_text_are_names(one: Any, two: Any) -> None:
    for name in ("''", "b'\\xff\\xfe'", "'\\ud800'", "'\\x01'"):
        one.do(f"hear({name}, 'x')")
        assert two.do(f"notify_post({name})") == 0
        assert one.heard() == ["x"]


@pytest.mark.contract("N59")
def test_names_that_are_equal_in_511_bytes_are_one(one: Any, two: Any) -> None:
    one.do("hear('a' * 511 + 'tail', 'long'); hear('é' * 300, 'cut')")
    two.do("notify_post('a' * 511 + 'another'); notify_post('é' * 255)")

    assert one.heard() == ["long"]

    two.do("notify_post('é' * 256)")

    assert one.heard() == ["cut"]


def test_numbers_that_c_would_not_take(one: Any) -> None:
    one.do("token = hear('n')")

    assert one.do("notify_register_signal('n', 'HUP')") == [5, -1]
    assert one.do("[notify_set_state(token, s) for s in (None, 'x', 1.5)]") == [6, 6, 6]
    assert one.do("[notify_set_state(token, -1), notify_get_state(token)]") == [
        0,
        [0, (1 << 64) - 1],
    ]


def test_a_signal_that_does_not_exist_is_raised_for_nobody(one: Any, two: Any) -> None:
    one.do("for number in (-3, 0, 9999, 1 << 70): notify_register_signal('n', number)")
    two.do("notify_post('n')")

    assert one.heard() == []
    assert one.app.is_running


def test_a_handler_that_raises_ends_the_process_as_an_exception_does(one: Any) -> None:
    one.do("notify_register_dispatch('n', lambda token: 1 / 0)")
    one.do("notify_post('n')")

    assert "ZeroDivisionError" in one.app.wait_until_exit()
