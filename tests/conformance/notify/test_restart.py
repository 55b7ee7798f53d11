"""notifyd is started anew, alone: what survives, and what its clients do."""

from typing import Any, cast

import pytest

from simulator.testing.device import Device
from simulator.xpc.errors import Misuse

TARGET = "system/com.apple.notifyd"
VERSION = "com.apple.system.notify.ipc_version"


def restart(device: Device) -> int:
    """Start notifyd anew; return how often it was started."""
    return cast("int", device.ask("kickstart", target=TARGET, kill=True))


@pytest.mark.contract(
    "N51",
    status="approximated",
    reason="ports and pipes survive too: there is no direct mode, in which notifyd would hold them",
)
def test_every_kind_of_registration_survives(one: Any, two: Any, device: Device) -> None:
    one.do(
        """
import signal
signal.signal(signal.SIGUSR1, lambda *_: heard.append('signal'))
hear('n', 'handler')
notify_register_signal('n', signal.SIGUSR1)
checked, polled = watch('n'), plain('n')
_, port, token = notify_register_mach_port('n')
_, fd, token = notify_register_file_descriptor('n')
[notify_check(checked), notify_check(polled)]
"""
    )

    assert restart(device) == 2
    assert one.heard() == []
    assert one.do("notify_check(checked)") == [0, False]

    two.do("notify_post('n')")

    assert sorted(one.heard()) == ["handler", "signal"]
    assert one.do("[notify_check(checked), notify_check(polled)]") == [[0, True], [0, True]]
    assert one.do("[port.waiting, len(os.read(fd, 100))]") == [1, 4]


@pytest.mark.contract("N51")
def test_who_only_checks_sees_that_notifyd_was_restarted(
    one: Any, two: Any, device: Device
) -> None:
    """A process that is busy and only checks registers again all the same."""
    one.do("token = watch('n'); notify_check(token)")
    two.do("token = watch('n')")
    restart(device)
    two.do("None")
    found = one.do("[notify_check(token), notify_post('n'), notify_check(token)]")

    assert found[0] == [0, False]
    assert one.do("[notify_check(token)[1], notify_check(token)[1]]")[1] is False
    assert two.do("notify_check(token)") == [0, True]


@pytest.mark.contract("N51")
def test_a_suspended_process_registers_again_when_it_runs(
    one: Any, two: Any, device: Device
) -> None:
    one.do("hear('n', 'n')")
    one.app.suspend()
    two.do("notify_post('n')")
    restart(device)  # what was pended is lost with notifyd
    one.app.resume()

    assert one.heard() == []

    two.do("notify_post('n')")

    assert one.heard() == ["n"]


@pytest.mark.contract("N51")
def test_a_new_name_does_not_take_a_word_that_is_still_watched(
    one: Any, two: Any, device: Device
) -> None:
    one.do("tokens = [watch(f'old{n}') for n in range(200)]; [notify_check(t) for t in tokens]")
    one.app.suspend()
    restart(device)
    two.do("taken = [watch(f'new{n}') for n in range(200)]")
    one.app.resume()
    device.settle()
    one.do("[notify_check(t) for t in tokens]")
    two.do("for n in range(200): notify_post(f'old{n}')")

    assert one.do("sum(notify_check(t)[1] for t in tokens)") == 200


@pytest.mark.contract("N52")
def test_a_state_that_a_survivor_has_set_is_restored(one: Any, two: Any, device: Device) -> None:
    one.do("token = hear('n'); notify_set_state(token, 77)")
    two.do("token = plain('n')")

    assert two.do("notify_get_state(token)") == [0, 77]

    restart(device)
    device.settle()

    assert two.do("notify_get_state(token)") == [0, 77]


@pytest.mark.contract("N52")
def test_a_state_whose_setter_is_gone_is_lost(one: Any, two: Any, device: Device) -> None:
    one.do("token = hear('n'); notify_set_state(token, 77)")
    two.do("token = plain('n')")
    one.app.terminate()
    restart(device)

    assert two.do("notify_get_state(token)") == [0, 0]


@pytest.mark.contract(
    "N53",
    status="approximated",
    reason="a room has no pid of its own: how often it was started since boot stands for it",
)
def test_the_version_says_which_notifyd_it_is(one: Any, device: Device) -> None:
    one.do(f"token = plain({VERSION!r})")

    assert one.do("notify_get_state(token)") == [0, 1 << 32 | 3]

    restart(device)

    assert one.do("notify_get_state(token)") == [0, 2 << 32 | 3]


def test_what_runs_is_left_alone_without_kill(one: Any, device: Device) -> None:
    one.do("hear('n', 'n')")

    assert device.ask("kickstart", target=TARGET, kill=False) == 0

    one.do("notify_post('n')")

    assert one.heard() == ["n"]

    with pytest.raises(Misuse, match="Could not find service"):
        device.ask("kickstart", target="system/com.apple.nothing", kill=True)


def test_an_app_starts_no_daemon_anew(one: Any) -> None:
    one.do("from simulator.sdk._process import current")

    with pytest.raises(Exception, match="SandboxDenied"):
        one.do("current().call('launchd.kickstart', ['system/com.apple.notifyd', True])")
