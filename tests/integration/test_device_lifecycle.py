"""A device from its creation to its deletion, and what can stand in the way."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator.control.service import Service
from simulator.device.settings import device_socket, make_runtime_folder, runtime_folder
from simulator.testing.device import Device
from simulator.xpc.errors import CommandError, Misuse, SimulatorError, WorldError

SIM_ERROR = "com.apple.CoreSimulator.SimError"


def create(service: Service, name: str = "phone") -> str:
    return str(service.ask("create", name=name, type="iPhone 17"))


def state(service: Service, udid: str) -> object:
    return service.find(udid)["state"]


@pytest.mark.slow
def test_a_device_goes_from_created_to_deleted(
    own_set: Path, make_service: Callable[[Path], Service]
) -> None:
    service = make_service(own_set)
    udid = create(service)

    assert state(service, udid) == "Shutdown"

    service.ask("boot", udid=udid)

    assert state(service, udid) == "Booted"

    service.ask("shutdown", udid=udid)

    assert state(service, udid) == "Shutdown"

    service.ask("delete", udid=udid)

    assert service.devices() == []
    assert not (own_set / udid).exists()


def test_booting_a_booted_device_is_refused_in_apples_words(device: Device) -> None:
    with pytest.raises(CommandError) as caught:
        device.boot()

    assert str(caught.value) == (
        f"An error was encountered processing the command (domain={SIM_ERROR}, code=405):\n"
        "Unable to boot device in current state: Booted"
    )


def test_shutting_down_a_device_that_is_shut_down_is_refused(
    make_device: Callable[..., Device],
) -> None:
    with pytest.raises(CommandError, match="Unable to shutdown device in current state: Shutdown"):
        make_device(boot=False).shutdown()


def test_a_device_that_is_not_there_is_named(device_set: Service) -> None:
    with pytest.raises(CommandError, match="Invalid device: nobody"):
        device_set.find("nobody")


def test_a_booted_device_is_neither_deleted_nor_erased(device: Device, device_set: Service) -> None:
    with pytest.raises(CommandError, match="Unable to delete device in current state: Booted"):
        device_set.ask("delete", udid=device.udid)

    with pytest.raises(CommandError, match="Unable to erase contents and settings"):
        device_set.ask("erase", udid=device.udid)

    assert device.state == "Booted"
    assert device.ps == []


def test_erasing_empties_a_device(device: Device, device_set: Service) -> None:
    device.install("Notes")
    device.shutdown()
    device_set.ask("erase", udid=device.udid)

    assert list((device.folder / "data").iterdir()) == []

    device.boot()

    assert device.ask("listapps") == []


def test_a_device_boots_over_a_stale_socket(
    make_device: Callable[..., Device], device_set: Service
) -> None:
    device = make_device(boot=False)
    path = device_socket(device_set.device_set, device.udid)

    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))

    device.boot()

    assert device.ps == []


@pytest.mark.slow
def test_a_service_starts_over_a_stale_socket(
    own_set: Path, make_service: Callable[[Path], Service]
) -> None:
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(make_runtime_folder(own_set) / "service.sock"))

    assert make_service(own_set).devices() == []


def test_two_devices_boot_at_once(device_set: Service, make_device: Callable[..., Device]) -> None:
    devices = [make_device(boot=False) for _ in range(2)]

    def boot(device: Device) -> object:
        service = Service(device_set.device_set, start=False)

        try:
            service.ask("boot", udid=device.udid)
            return state(service, device.udid)
        finally:
            service.close()

    with ThreadPoolExecutor() as pool:
        states = list(pool.map(boot, devices))

    assert states == ["Booted", "Booted"]


def test_of_two_boots_of_one_device_one_is_refused(
    device_set: Service, make_device: Callable[..., Device]
) -> None:
    device = make_device(boot=False)

    def boot(_: int) -> str:
        service = Service(device_set.device_set, start=False)

        try:
            service.ask("boot", udid=device.udid)
        except CommandError as problem:
            return problem.lines[0].rpartition(":")[0]
        finally:
            service.close()

        return "booted"

    with ThreadPoolExecutor() as pool:
        found = sorted(pool.map(boot, range(2)))

    assert found == ["Unable to boot device in current state", "booted"]


@pytest.mark.slow
def test_a_set_may_have_a_path_of_200_characters(
    own_set: Path, make_service: Callable[[Path], Service]
) -> None:
    folder = own_set / ("long-" * 40)[: 200 - len(str(own_set)) - 1]
    service = make_service(folder)
    udid = create(service)
    service.ask("boot", udid=udid)

    assert len(str(folder)) == 200
    assert state(service, udid) == "Booted"


@pytest.mark.slow
def test_a_set_that_is_a_file_is_refused_with_its_path(
    own_set: Path, make_service: Callable[[Path], Service]
) -> None:
    own_set.write_text("I am no folder")

    with pytest.raises(SimulatorError, match=str(own_set)) as caught:
        make_service(own_set)

    assert isinstance(caught.value, WorldError | Misuse)
    assert "Traceback" not in str(caught.value)


@pytest.mark.slow
def test_two_services_started_at_once_become_one(
    own_set: Path, make_service: Callable[[Path], Service]
) -> None:
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(make_service, [own_set, own_set])

    udid = create(first)

    assert [row["udid"] for row in second.devices()] == [udid]


@pytest.mark.slow
def test_a_stopped_service_leaves_no_socket(
    own_set: Path, make_service: Callable[[Path], Service]
) -> None:
    service = make_service(own_set)
    service.ask("boot", udid=create(service))
    folder = runtime_folder(own_set)

    assert len(list(folder.glob("*.sock"))) == 2

    service.stop()

    assert list(folder.glob("*.sock")) == []


@pytest.mark.slow
def test_an_ending_service_shuts_its_devices_down(
    own_set: Path, make_service: Callable[[Path], Service]
) -> None:
    service = make_service(own_set)
    udid = create(service)
    service.ask("boot", udid=udid)
    service.stop()

    assert state(make_service(own_set), udid) == "Shutdown"
