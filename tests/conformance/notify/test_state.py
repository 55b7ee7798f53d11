"""64 bits beside a name."""

from typing import Any

import pytest


@pytest.mark.contract("N30")
@pytest.mark.parametrize("name", ["n", "self.n"])
def test_a_state_comes_back_whole(name: str, one: Any) -> None:
    one.do(f"token = hear('{name}')")

    for state in (0, 1, 0xFFFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 1 << 32):
        assert one.do(f"[notify_set_state(token, {state}), notify_get_state(token)]") == [
            0,
            [0, state],
        ]


@pytest.mark.contract("N31")
def test_a_state_is_the_names_and_0_at_first(one: Any, two: Any) -> None:
    one.do("first, second = hear('n'), plain('n')")
    two.do("token = watch('n')")

    assert two.do("notify_get_state(token)") == [0, 0]

    one.do("notify_set_state(first, 42)")
    one.do("None")

    assert one.do("notify_get_state(second)") == [0, 42]
    assert two.do("notify_get_state(token)") == [0, 42]


@pytest.mark.contract("N32")
def test_a_state_goes_with_the_last_registration(one: Any, two: Any) -> None:
    one.do("token = hear('n'); notify_set_state(token, 5)")
    two.do("other = plain('n')")
    one.do("notify_cancel(token)")

    assert two.do("notify_get_state(other)") == [0, 5]

    two.do("notify_cancel(other)")

    assert one.do("notify_get_state(plain('n'))") == [0, 0]


@pytest.mark.contract("N33")
def test_setting_a_state_posts_nothing(one: Any, two: Any) -> None:
    one.do("hear('n'); token = watch('n'); notify_check(token)")
    two.do("notify_set_state(plain('n'), 1)")

    assert one.heard() == []
    assert one.do("notify_check(token)") == [0, False]


@pytest.mark.contract("N34")
def test_who_hears_a_post_sees_the_state_set_before_it(one: Any, two: Any) -> None:
    one.do(
        "_, token = notify_register_dispatch('n', lambda t: heard.append(notify_get_state(t)[1]))"
    )
    two.do("token = plain('n')")

    for state in range(1, 6):
        two.do(f"notify_set_state(token, {state}); notify_post('n')")

        assert one.heard() == [state]
