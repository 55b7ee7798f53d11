"""A process from its launch to its end: its name, what it prints, why it ended."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from simulator.daemonkit.limits import OUTPUT_BYTES_MAX
from simulator.testing.app import App
from simulator.testing.bundles import make_app
from simulator.testing.device import Device
from simulator.xpc.errors import CommandError

Start = Callable[..., App]


def expect_alive(device: Device) -> None:
    """The device goes on: another app works from its launch to its screen."""
    assert device.launch("Notes").screen.startswith("Notes (")


def test_a_process_carries_its_bundle_id_where_ps_looks(device: Device) -> None:
    notes = device.launch("Notes")
    title = Path(f"/proc/{notes.pid}/cmdline").read_bytes().rstrip(b"\0")

    assert title == b"com.example.Notes"
    assert (notes.pid, "com.example.Notes", "active", "front") in device.ps


def test_launching_a_running_app_returns_its_process(device: Device) -> None:
    assert device.launch("Notes").pid == device.launch("Notes").pid


def test_a_folder_is_installed_and_launched(device: Device, tmp_path: Path) -> None:
    info = {"CFBundleIdentifier": "org.joinmastodon.app"}
    source = "from simulator.sdk.uikit import Application\n\nclass Mast(Application): pass\n"
    folder = make_app(tmp_path, "Mast", source=source, info=info)
    first = device.launch(folder, terminate_running=True)
    second = device.launch(str(folder), terminate_running=True)

    assert device.launch("org.joinmastodon.app").pid == second.pid != first.pid


def test_output_of_both_streams_is_in_the_log(device: Device, start: Start) -> None:
    app = start("print('out'); print('err', file=sys.stderr, flush=True)")
    app.wait_until(lambda: sorted(app.output) == ["err", "out"])
    events = device.events.of(kind="output", actor=app.name)

    assert {(event.operation, event.resource) for event in events} == {
        ("stdout", "out"),
        ("stderr", "err"),
    }


def test_a_line_without_end_is_told_when_the_process_ends(start: Start) -> None:
    app = start("sys.stdout.write('half'); sys.stdout.flush()")
    app.terminate()

    assert app.output == ["half"]


def test_arguments_and_environment_arrive(device: Device, tmp_path: Path) -> None:
    source = """
    import os, sys
    from simulator.sdk.uikit import Application, View


    class Probe(Application):
        def did_finish_launching(self, options):
            self.show(View(os.environ["COLOUR"], sys.argv[1:]))
    """
    bundle_id = device.install(make_app(tmp_path, "Probe", source=source))
    app = device.launch(bundle_id, "one", "two", environment={"COLOUR": "green"})

    assert app.screen == "green\none\ntwo"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("sys.exit(3)", "exited with status 3"),
        ("sys.exit()", "exited"),
        ("os._exit(4)", "exited with status 4"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "killed by SIGSEGV"),
        ("os.abort()", "killed by SIGABRT"),
        ("[][1]", "crashed: IndexError: list index out of range (Probe.py:6)"),
    ],
)
def test_an_end_during_launch_is_told_with_its_reason(
    body: str, reason: str, device: Device, start: Start
) -> None:
    with pytest.raises(CommandError) as caught:
        start(body)

    assert caught.value.domain == "FBSOpenApplicationServiceErrorDomain"
    assert caught.value.lines[0] == "Simulator device failed to launch com.example.Probe."
    assert caught.value.lines[1] == f"com.example.Probe {reason}"
    assert device.events.of(kind="exit").only().reason == reason

    expect_alive(device)


def test_a_crash_while_running_names_file_and_line(
    device: Device, shell: Any, start: Start
) -> None:
    probe = shell()
    probe.tell("os.kill(os.getpid(), 11)")

    assert probe.app.wait_until_exit() == "killed by SIGSEGV"

    late = start(
        "current().call_later(0.05, lambda: {}['text'])",
        name="Late",
        head="from simulator.sdk._process import current",
    )

    assert late.wait_until_exit().startswith("crashed: KeyError: 'text' (Late.py:")
    assert device.events.of(kind="exit", actor=late.name).only().line.startswith("Late.py:")


def test_a_traceback_is_among_the_lines_of_a_failed_launch(start: Start) -> None:
    with pytest.raises(CommandError) as caught:
        start("raise RuntimeError('no database')")

    assert "\tRuntimeError: no database" in caught.value.lines


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("1 / 0", "crashed: ZeroDivisionError: division by zero (Probe.py:3)"),
        ("def (:", "crashed: SyntaxError: invalid syntax (Probe.py:3)"),
        ("class Second(Application): pass", "needs exactly one subclass of Application"),
    ],
)
def test_a_program_that_cannot_be_loaded_is_told(
    head: str, told: str, device: Device, start: Start
) -> None:
    with pytest.raises(CommandError) as caught:
        start("pass", head=head)

    assert told in str(caught.value)

    expect_alive(device)


def test_a_kill_from_outside_is_told(device: Device, processes: Any) -> None:
    notes = device.launch("Notes")
    processes.hold(notes.pid)
    processes.kill(notes.pid)

    assert notes.wait_until_exit() == "killed by SIGKILL"


def test_a_terminated_app_ends_politely(device: Device) -> None:
    notes = device.launch("Notes")
    notes.terminate()
    end = device.events.of(kind="exit", actor=notes.name).only()

    assert end.detail["status"] == 0
    assert end.reason == "ended by the system: simctl terminate"


def test_terminating_what_does_not_run_says_so_and_what_was_meant(device: Device) -> None:
    device.install("Notes")

    with pytest.raises(CommandError) as caught:
        device.ask("terminate", bundle_id="com.example.Nots")

    assert caught.value.lines[1:] == (
        "found nothing to terminate",
        "Did you mean com.example.Notes?",
    )


@pytest.mark.slow
def test_an_app_that_never_comes_to_rest_holds_nobody_up(device: Device, start: Start) -> None:
    app = start("pass", head="import itertools\nfor _ in itertools.count(): pass", wait_s=0.1)

    assert app.is_running

    expect_alive(device)
    app.terminate()

    assert app.wait_until_exit() == "ended by the system: simctl terminate"
    assert device.events.of(kind="exit", actor=app.name).only().detail["status"] == -9


@pytest.mark.slow
def test_an_app_that_prints_without_end_is_read_and_its_log_bounded(
    device: Device, start: Start
) -> None:
    body = """
line = ("x" * 99 + "\\n").encode() * 1000
for _ in range(1000): os.write(1, line)
"""
    app = start(body, wait_s=0.0)
    expect_alive(device)
    dropped = f"[output over {OUTPUT_BYTES_MAX} bytes is read and dropped]"
    app.wait_until(lambda: dropped in app.output, timeout_s=20.0)
    app.wait_until(lambda: device.events.of(operation="launched", actor=app.name), timeout_s=20.0)

    assert app.output[-1] == dropped
    assert sum(len(line) + 1 for line in app.output[:-1]) <= OUTPUT_BYTES_MAX


@pytest.mark.slow
@pytest.mark.enforces
def test_a_launch_waits_while_the_kernel_takes_no_more_descriptors(device: Device) -> None:
    """All of a user's that are under way count against each sender's limit; a guest's is low."""
    device.install("Journal")
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    with ThreadPoolExecutor(1) as pool, other:
        with one, open(os.devnull) as file:
            for _ in range(3):
                socket.send_fds(one, [b"x"], [file.fileno()] * 100)

            launch = pool.submit(device.launch, "Journal")
            in_time, _ = wait([launch], 0.2)

        other.close()  # nothing is under way any more

        assert not in_time
        assert launch.result(20).is_running


def test_the_sdk_outside_a_guest_says_what_to_do() -> None:
    program = "from simulator.sdk.foundation import UserDefaults; UserDefaults.standard"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert found.returncode == 1
    assert "simulator.sdk works in a guest that the simulator launched" in found.stderr
    assert "use simulator.testing to drive one from outside" in found.stderr


def test_a_spare_becomes_the_next_guest_and_another_takes_its_place(
    device: Device, shell: Callable[..., Any], processes: Any
) -> None:
    device.wait_until(lambda: len(processes.spares_of(device)) == 1)
    (spare,) = processes.spares_of(device)
    guest = shell("First", groups=[])

    assert guest.app.pid == spare

    device.wait_until(lambda: len(processes.spares_of(device)) == 1)

    assert processes.spares_of(device) != [spare]


def test_a_launch_does_without_the_spare_when_somebody_has_killed_it(
    device: Device, shell: Callable[..., Any], processes: Any
) -> None:
    device.wait_until(lambda: len(processes.spares_of(device)) == 1)
    os.kill(processes.spares_of(device)[0], signal.SIGKILL)
    first = shell("First", groups=[])
    second = shell("Second", groups=[])

    assert first.do("1 + 1") == second.do("1 + 1") == 2
