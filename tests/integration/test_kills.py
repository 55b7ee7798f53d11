"""kill -9 of any process: within a second nothing is left, and nothing acknowledged is lost."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.control.service import Service
from simulator.device.settings import runtime_folder
from simulator.testing.device import Device
from simulator.xpc.errors import DeviceGone

GROUP = "group.com.example.notes"
SHARE = "com.example.Notes.ShareToNotes"


def shared_memory_of(device: Device) -> list[str]:
    return [name for name in os.listdir("/dev/shm") if device.udid in name]


def fill(device: Device) -> int:
    """Let Notes run, and hold one acknowledged text; return its pid."""
    notes = device.launch("Notes")
    device.share("buy milk", to=SHARE)
    notes.wait_until(lambda: "buy milk" in notes.screen)
    assert device.group(GROUP).defaults == {"count": 1}

    return notes.pid


def expect_everything(device: Device) -> None:
    assert device.launch("Notes").screen == "Notes (1)\nbuy milk"
    assert device.group(GROUP).defaults == {"count": 1}
    assert (device.group(GROUP).path / "notes" / "0000.txt").read_text() == "buy milk"
    assert shared_memory_of(device) == []


@pytest.mark.parametrize("victim", ["launchd_sim", "zygote"])
def test_a_device_survives_the_death_of(
    victim: str, device: Device, processes: Any, gone: Callable[[Callable[[], bool]], bool]
) -> None:
    notes = fill(device)
    zygote = processes.zygote_of(device)
    host = processes.host_of(device)
    processes.hold(notes)
    processes.kill(host if victim == "launchd_sim" else zygote)

    assert processes.left() == []
    assert gone(lambda: device.state == "Shutdown")

    device.hang_up()
    device.boot()
    expect_everything(device)


def test_whoever_waits_for_a_dying_device_is_told(device: Device, processes: Any) -> None:
    host = processes.host_of(device)
    processes.kill(host)

    with pytest.raises(DeviceGone, match="the device"):
        device.ask("ps")


@pytest.mark.slow
def test_devices_survive_the_death_of_the_service(
    own_set: Path, make_service: Callable[[Path], Service], tmp_path: Path, processes: Any
) -> None:
    service = make_service(own_set)
    device = Device(service, tmp_path, bytes(32))
    device.boot()
    notes = fill(device)
    processes.hold(notes)
    processes.zygote_of(device)
    processes.kill(processes.service_of(service))

    assert processes.left() == []

    device.hang_up()
    successor = make_service(own_set)

    assert successor.find(device.udid)["state"] == "Shutdown"
    assert [path.name for path in runtime_folder(own_set).glob("*.sock")] == ["service.sock"]

    device.adopt(successor)
    device.boot()
    expect_everything(device)
    device.shutdown()


@pytest.mark.slow
def test_a_service_ends_when_its_lifeline_does(
    own_set: Path, tmp_path: Path, processes: Any
) -> None:
    read, write = os.pipe()
    service = Service(own_set, lifeline=read)
    os.close(read)
    device = Device(service, tmp_path, bytes(32))
    device.boot()
    processes.hold(fill(device))
    processes.host_of(device)
    processes.service_of(service)
    os.close(write)

    assert processes.left(within_s=5.0) == []
    assert not runtime_folder(own_set).joinpath("service.sock").exists()
    assert shared_memory_of(device) == []

    device.hang_up()
    service.close()


def test_a_guest_that_is_killed_is_told_and_the_device_goes_on(
    device: Device, processes: Any
) -> None:
    notes = device.launch("Notes")
    processes.hold(notes.pid)
    processes.kill(notes.pid)

    assert notes.wait_until_exit() == "killed by SIGKILL"
    assert not notes.is_running
    assert device.launch("Notes").pid != notes.pid
