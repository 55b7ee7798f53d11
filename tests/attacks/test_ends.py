"""However a guest ends, and whatever it says of it: it is buried, and nothing of it stays."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device
from simulator.xpc.errors import SimulatorBug, SimulatorError

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("host")
def test_a_death_by_a_nameless_signal_is_told(device: Device, hostile: Any) -> None:
    with pytest.raises(SimulatorError, match="killed by"):
        hostile("Probe", "os.kill(os.getpid(), signal.SIGRTMIN + 1)")

    assert device.events.of(kind="exit", actor="com.example.Probe")
    assert device.ps == []


def test_a_running_guest_cannot_say_that_its_launch_failed(device: Device, hostile: Any) -> None:
    try:
        hostile("Probe", "frame(Kind.FAIL, b'landlock', arg=0xFFFFFFFF)", wait_s=1.0)
    except SimulatorBug as problem:
        pytest.fail(f"the host stumbled: {problem}")
    except SimulatorError:
        pass

    device.wait_until(lambda: device.events.of(kind="misbehaved", actor="com.example.Probe"))
    device.wait_until(lambda: device.ps == [])


def test_no_process_outlives_its_app(device: Device, tmp_path: Path) -> None:
    stays = """
    import select
    from simulator.sdk.extension import ShareExtension


    class Stays(ShareExtension):
        def begin_request(self, context):
            context.complete_request([])
            select.select([], [], [])  # TERM is not heard
    """
    program = "from simulator.sdk.uikit import Application\n\n\nclass Host(Application): pass\n"
    app = make_app(tmp_path, "Host", source=program, extensions=[Extension("Stays", stays)])
    device.install(app)
    device.share("hello").choose("com.example.Host.Stays")
    device.uninstall("com.example.Host")

    assert device.ps == []


def test_descriptors_are_given_back_after_every_kind_of_end(
    device: Device, hostile: Any, host: Any
) -> None:
    ends = ["os.abort()", "os.kill(os.getpid(), 9)", "os.write(3, b'x')", "os._exit(0)"]
    device.wait_until(lambda: host.has_spare)  # or one more would be held afterwards
    before = host.descriptors, host.zygote_descriptors

    def is_as_before() -> bool:  # the zygote may have held the spare's end of their socket as well
        return bool(host.descriptors == before[0] and host.zygote_descriptors <= before[1])

    for number in range(12):
        with pytest.raises(SimulatorError):
            hostile("Probe", ends[number % len(ends)])

    device.wait_until(lambda: len(device.events.of(kind="exit")) == 12)
    device.wait_until(is_as_before)


def test_a_guest_that_stops_itself_does_not_hold_up_the_shutdown(
    device: Device, hostile: Any
) -> None:
    hostile("Probe", "os.kill(os.getpid(), signal.SIGSTOP)", wait_s=0.0)
    device.wait_until(lambda: device.events.of(kind="process", operation="stopped"))
    device.reboot()

    assert device.ps == []


def test_a_full_disk_does_not_stop_the_log() -> None:
    program = """
from simulator.daemonkit.clock import RealClock
from simulator.daemonkit.events import EventLog

log = EventLog(RealClock(), "/dev/full")

for _ in range(3):  # more than its buffer holds, as a view of 64 KiB is
    log.append("screen", "show", "x" * 130_000, actor="com.example.Probe/1")

print(log.position)
"""
    words = [sys.executable, "-P", "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.stdout == "3\n"


def test_what_a_kill_left_of_the_index_is_swept(device: Device) -> None:
    left = device.folder / "data/Library/containermanagerd/.index.plist.0123456789abcdef.new"
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_bytes(b"half")  # as shared_container.atomic names it
    device.reboot()

    assert not left.exists()
