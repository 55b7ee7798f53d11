"""UserDefaults objects: which there are, and which there are not."""

from collections.abc import Callable
from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"
TEXT = "as an NSUserDefaults suite name does not make sense and will not work"


@pytest.mark.contract("D1")
def test_no_suite_is_the_standard_domain(one: Any) -> None:
    one.do("standard.set(7, 'key')")

    assert one.do("UserDefaults(suite_name=None).integer('key')") == 7
    assert one.do("UserDefaults().integer('key')") == 7
    assert one.do("UserDefaults.standard is UserDefaults.standard") is True
    assert one.do("suite.object('key')") is None


@pytest.mark.contract("D2")
def test_the_own_bundle_id_is_no_suite_and_the_log_says_so(one: Any, device: Device) -> None:
    assert one.do("UserDefaults(suite_name='com.example.One') is None") is True

    refusal = device.events.of(kind="defaults", operation="refuse").only()

    assert refusal.resource == "com.example.One"
    assert refusal.reason.startswith(f"Using your own bundle identifier {TEXT}")
    assert "Break on _NSUserDefaults_Log_Nonsensical_Suites" in refusal.reason


@pytest.mark.contract("D3")
@pytest.mark.parametrize("name", ["NSGlobalDomain", "kCFPreferencesAnyApplication"])
def test_the_global_domain_is_no_suite_and_the_log_says_so(
    name: str, one: Any, device: Device
) -> None:
    assert one.do(f"UserDefaults(suite_name={name!r}) is None") is True
    assert (
        device.events.of(kind="defaults", operation="refuse")
        .only()
        .reason.startswith(f"Using {name} {TEXT}")
    )


@pytest.mark.contract("D4")
def test_two_objects_of_a_suite_see_each_others_sets_at_once(one: Any) -> None:
    one.do(f"other = UserDefaults(suite_name={GROUP!r})")

    assert one.do("[suite.set(1, 'key'), other.integer('key')]") == [None, 1]
    assert one.do("[other.remove_object('key'), suite.object('key')]") == [None, None]


@pytest.mark.contract("D5")
@pytest.mark.device(strict=False)
def test_a_suite_without_the_entitlement_is_private_and_the_log_says_so_once(
    one: Any, process: Callable[..., Any], device: Device
) -> None:
    stranger = process("Stranger", groups=[])
    stranger.do("suite.set('mine', 'key')")
    one.do("suite.set('ours', 'key')")
    stranger.do(f"again = UserDefaults(suite_name={GROUP!r})")

    assert stranger.do("again.string('key')") == "mine"
    assert one.do("suite.string('key')") == "ours"
    assert device.group(GROUP).defaults == {"key": "ours"}

    denial = device.events.of(kind="denial", operation="user-preference-read").only()

    assert denial.actor == "com.example.Stranger/1"
    assert "requires user-preference-read or file-read-data sandbox access" in denial.reason
    assert "detaching from cfprefsd" in denial.reason
    assert "not entitled to 'group.com.example.shared'" in denial.reason


@pytest.mark.contract("D5")
def test_a_strict_device_refuses_a_suite_without_the_entitlement(
    process: Callable[..., Any], device: Device
) -> None:
    stranger = process("Stranger")

    with pytest.raises(Exception, match=r"SandboxDenied.*not entitled to 'group.other'"):
        stranger.do("UserDefaults(suite_name='group.other')")

    assert device.events.of(kind="denial", operation="user-preference-read")[-1].resource == (
        "group.other"
    )
