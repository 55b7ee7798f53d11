"""What a built-in program may do, what nobody else may, and a tool that misbehaves."""

import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from shared_container.codec import decode, encode
from simulator.testing.bundles import make_app
from simulator.testing.device import Device

Shells = Callable[..., Any]


class Line:
    """A control connection to a device, spoken by hand."""

    def __init__(self, device: Device) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(str(device._service.find(device.udid)["socket"]))

    def say(self, verb: str, arguments: Mapping[str, object]) -> None:
        body = encode([verb, dict(arguments)])
        self.socket.sendall(struct.pack("<I", len(body)) + body)

    def hear(self) -> Any:
        """Return the next message, None when the device has hung up."""
        head = self._read(4)

        return decode(self._read(struct.unpack("<I", head)[0])) if head else None

    def _read(self, count: int) -> bytes:
        data = b""

        while len(data) < count:
            part = self.socket.recv(count - len(data))

            if not part:
                return b""

            data += part

        return data

    def spawn(
        self, program: str, *arguments: str, wrong: Mapping[str, object] | None = None
    ) -> Any:
        asked: dict[str, object] = {
            "program": program, "arguments": [*arguments], "environment": {}, "stopped": False,
        }  # fmt: skip
        self.say("spawn", asked | dict(wrong or {}))

        return self.hear()


@pytest.fixture
def line(device: Device) -> Iterator[Line]:
    line = Line(device)

    yield line

    line.socket.close()


def ended(device: Device) -> str:
    """Wait until a program has ended; return the reason."""
    device.wait_until(lambda: device.events.of(kind="exit"))

    return str(device.events.of(kind="exit").only().detail["reason"])


def test_a_program_is_a_sealed_process_of_the_device(device: Device, line: Line) -> None:
    _, found = line.spawn("notifyutil", "-w", "a")
    device.wait_until(lambda: device.events.of(operation="register"))
    status = Path(f"/proc/{found['pid']}/status").read_text()
    title = Path(f"/proc/{found['pid']}/cmdline").read_bytes().rstrip(b"\0")

    assert (found["pid"], "notifyutil", "running", "simctl spawn") in device.ps
    assert "\nSeccomp:\t2\n" in status
    assert "\nNoNewPrivs:\t1\n" in status
    assert title == b"notifyutil"


def test_an_app_of_the_same_id_is_another(device: Device, line: Line, tmp_path: Path) -> None:
    line.spawn("notifyutil", "-w", "a")
    info = {"CFBundleIdentifier": "notifyutil"}
    source = "from simulator.sdk.uikit import Application\nclass A(Application): pass\n"
    device.install(make_app(tmp_path, "A", info=info, source=source))
    device.launch("notifyutil").terminate()
    device.uninstall("notifyutil")

    assert [row[1:] for row in device.ps] == [("notifyutil", "running", "simctl spawn")]


def test_apps_see_no_services(shell: Shells) -> None:
    probe = shell()
    probe.do("from simulator.sdk._process import current")

    with pytest.raises(Exception, match="SandboxDenied"):
        probe.do("current().call('launchd.services')")


def test_what_is_printed_and_how_it_ended_comes_to_who_asked(line: Line) -> None:
    assert line.spawn("notifyutil", "-g", "a")[0] == "ok"
    assert line.hear() == ["ok", ["printed", 1, b"a 0\n"]]
    assert line.hear() == ["ok", ["ended", 0, "exited"]]
    assert line.hear() is None


def test_who_hangs_up_ends_its_program(device: Device, line: Line) -> None:
    line.spawn("notifyutil", "-w", "a")
    line.socket.close()

    assert ended(device) == "ended by the system: simctl has gone"


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [("signal", {"number": 9}), ("signal", {"number": "2"}), ("signal", {}), ("ps", {})],
)
def test_nonsense_behind_a_spawn_ends_the_program(
    device: Device, line: Line, verb: str, arguments: dict[str, object]
) -> None:
    line.spawn("notifyutil", "-w", "a")
    line.say(verb, arguments)

    assert ended(device) == "ended by the system: simctl has gone"
    assert device.ps == []


def test_a_signal_that_is_passed_on_ends_it_as_it_would(device: Device, line: Line) -> None:
    line.spawn("notifyutil", "-w", "a")
    line.say("signal", {"number": 15})

    assert line.hear() == ["ok", ["ended", -15, "killed by SIGTERM"]]
    assert ended(device) == "killed by SIGTERM"


@pytest.mark.parametrize(
    "wrong",
    [
        {"program": 7},
        {"arguments": "-w"},
        {"arguments": [b"x"]},
        {"environment": {"A": 1}},
        {"stopped": 1},
        {"unknown": 1},
        {"console": 1},
        {"self": 1},
    ],
)
def test_a_spawn_of_the_wrong_shape_is_refused(
    device: Device, line: Line, wrong: dict[str, object]
) -> None:
    answer = line.spawn("notifyutil", wrong=wrong)

    assert answer[0] == "error"
    assert answer[1][0] == "Misuse"
    assert device.ps == []


def test_arguments_that_no_launch_carries_are_refused(device: Device, line: Line) -> None:
    answer = line.spawn("notifyutil", "-g", "x" * 70_000)

    assert answer[1][0] == "Misuse"
    assert "PAYLOAD_BYTES_MAX" in answer[1][1]
    assert device.ps == []


def test_a_reader_that_reads_nothing_delays_nobody(device: Device, line: Line) -> None:
    key = "x" * 500
    line.spawn("notifyutil", "-dispatch", "-w", key)
    device.wait_until(lambda: device.events.of(operation="register"))

    for _ in range(5000):
        device.ask("notify_post", name=key)

    assert device.launch("Notes").screen.startswith("Notes (")
