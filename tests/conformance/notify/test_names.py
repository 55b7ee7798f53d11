"""Names that are special: local ones, a user's, the system's, and those that need a right."""

from typing import Any

import pytest

from simulator.testing.device import Device

SYSTEM = "com.apple.system.example"
RESTRICTED = "com.apple.private.restrict-post.example"
LOOPBACK = {"com.apple.developer.web-browser-engine.restrict.notifyd": True}


@pytest.mark.contract("N35")
def test_a_loopback_process_is_alone_with_its_names(process: Any) -> None:
    alone, other = process("Alone", entitlements=LOOPBACK), process("Other")

    for each in (alone, other):
        each.do("hear('n', 'n'); token = watch('n')")

    assert alone.do("[notify_check(token)[1], notify_check(token)[1]]") == [True, False]

    alone.do("notify_set_state(token, 1); notify_post('n')")

    assert alone.heard() == ["n"]
    assert other.heard() == []
    assert other.do("notify_get_state(token)") == [0, 0]

    other.do("notify_set_state(token, 2); notify_post('n')")

    assert other.heard() == ["n"]
    assert alone.heard() == []
    assert alone.do("notify_get_state(token)") == [0, 1]


@pytest.mark.contract("N36")
def test_a_self_name_stays_in_its_process(one: Any, two: Any, device: Device) -> None:
    one.do("hear('self.n', 'one')")
    two.do("hear('self.n', 'two')")

    assert one.do("[notify_post('self.n'), notify_post('self.nobody')]") == [0, 0]
    assert one.heard() == ["one"]
    assert two.heard() == []
    assert len(device.events.of(kind="notify", resource="self.n")) == 0


@pytest.mark.contract("N36")
def test_a_self_name_calls_back_later_and_not_inside_the_post(one: Any) -> None:
    one.do("hear('self.n', 'called'); notify_post('self.n'); heard.append('posted')")

    assert one.heard() == ["posted", "called"]


@pytest.mark.contract("N37")
def test_a_users_names_are_for_that_user(one: Any) -> None:
    for name in ("user.uid.0", "user.uid.502.x", "user.uid.501x", "user.uid."):
        assert one.do(f"notify_register_check({name!r})") == [7, -1]

    for name in ("user.uid.501", "user.uid.501.x"):
        one.do(f"token = watch({name!r}); hear({name!r}, 'mine'); notify_post({name!r})")
        assert one.heard() == ["mine"]


@pytest.mark.contract("N38")
def test_a_registration_without_an_answer_is_ok_and_inert(one: Any, device: Device) -> None:
    one.do("token = hear('user.uid.0'); other = plain('user.uid.0')")

    assert one.do("notify_is_valid_token(token)") is True

    device.notify_post("user.uid.0")

    assert one.heard() == []
    assert one.do("[notify_check(token)[0], notify_check(other)[0]]") == [2, 2]
    assert one.do("notify_get_state(token)") == [1_000_000, 0]
    assert one.do("notify_set_state(token, 1)") == 0
    assert one.do("[notify_cancel(token), notify_cancel(other)]") == [0, 0]


@pytest.mark.contract("N39")
def test_anyone_observes_the_systems_names_and_only_root_posts(one: Any, device: Device) -> None:
    one.do(f"hear({SYSTEM!r}, 'heard')")

    assert one.do(f"notify_post({SYSTEM!r})") == 0
    assert one.heard() == []

    device.notify_post(SYSTEM)

    assert one.heard() == ["heard"]


@pytest.mark.contract("N40")
def test_other_names_of_apple_are_anyones(one: Any, two: Any) -> None:
    one.do("hear('com.apple.other', 'heard')")
    two.do("notify_post('com.apple.other')")

    assert one.heard() == ["heard"]


@pytest.mark.contract("N41")
def test_a_restricted_name_is_posted_with_its_entitlement(process: Any, one: Any) -> None:
    key = "com.apple.private.darwin-notification.restrict-post.example"
    entitled = process("Entitled", entitlements={key: True})
    wrong = process("Wrong", entitlements={f"{key}.other": True})
    one.do(f"hear({RESTRICTED!r}, 'heard')")

    for each in (one, wrong):
        assert each.do(f"notify_post({RESTRICTED!r})") == 0
        assert one.heard() == []

    assert entitled.do(f"notify_post({RESTRICTED!r})") == 0
    assert one.heard() == ["heard"]


@pytest.mark.contract("N42")
def test_a_denied_post_and_state_change_nothing_and_are_ok(
    one: Any, two: Any, device: Device
) -> None:
    one.do(f"hear({SYSTEM!r}, 'heard'); token = watch({SYSTEM!r}); notify_check(token)")
    two.do(f"token = plain({SYSTEM!r})")

    assert two.do(f"[notify_post({SYSTEM!r}), notify_set_state(token, 7)]") == [0, 0]
    assert one.heard() == []
    assert one.do("[notify_check(token), notify_get_state(token)]") == [[0, False], [0, 0]]

    denials = device.events.of(kind="denial", actor="com.example.Two", resource=SYSTEM)

    assert [event.operation for event in denials] == ["darwin-notification-post"] * 2


@pytest.mark.contract("N42")
def test_the_second_denied_post_of_a_registered_name_is_told(one: Any) -> None:
    """As libnotify ships: its second post of such a name waits for an answer."""
    one.do(f"hear({SYSTEM!r})")

    assert one.do(f"[notify_post({SYSTEM!r}) for _ in range(4)]") == [0, *[1_000_000] * 3]

    one.do(f"watch({SYSTEM!r})")  # with an answer: from here on posts go by the name's number

    assert one.do(f"[notify_post({SYSTEM!r}) for _ in range(2)]") == [0, 0]


@pytest.mark.contract("N43")
def test_who_may_not_post_a_name_hears_and_reads_it(one: Any, device: Device) -> None:
    one.do(f"hear({RESTRICTED!r}, 'heard'); token = watch({RESTRICTED!r}); notify_check(token)")
    one.do(f"notify_post({RESTRICTED!r})")
    device.notify_post(RESTRICTED)

    assert one.heard() == ["heard"]
    assert one.do("[notify_check(token), notify_get_state(token)]") == [[0, True], [0, 0]]
