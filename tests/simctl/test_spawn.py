"""``simctl spawn``: the device's programs, run as a shell runs its own."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from simulator.control.client import Client
from simulator.control.service import Service

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def booted(simctl: Run) -> Run:
    """simctl, with a booted device and nothing on it."""
    assert simctl("create", "A").returncode == 0
    assert simctl("boot", "A").returncode == 0

    return simctl


def test_output_and_status_are_the_programs(booted: Run) -> None:
    said = booted("spawn", "booted", "launchctl", "print", "system/com.example.nothing")

    assert said.stdout == ""
    assert said.stderr == (
        'Bad request.\nCould not find service "com.example.nothing" in domain for system\n'
    )
    assert said.returncode == 113


def test_the_device_may_be_left_out(booted: Run) -> None:
    assert booted("spawn", "launchctl", "help").stdout.startswith("Usage: launchctl ")


def test_a_program_may_be_named_by_where_ios_has_it(booted: Run) -> None:
    for path in ("/bin/launchctl", "usr/bin/launchctl"):
        assert booted("spawn", "booted", path, "help").returncode == 0


def test_an_unknown_program_is_apples_error(booted: Run) -> None:
    said = booted("spawn", "booted", "notifyutl", "-p", "x")

    assert said.stderr.splitlines() == [
        "An error was encountered processing the command (domain=NSPOSIXErrorDomain, code=2):",
        "The operation couldn’t be completed. No such file or directory",
        "No such file or directory",
        "Did you mean notifyutil?",
    ]
    assert said.returncode == 2


def test_a_program_that_resembles_none_is_apples_error_and_what_there_is(booted: Run) -> None:
    said = booted("spawn", "booted", "ls")

    assert said.stderr.splitlines() == [
        "An error was encountered processing the command (domain=NSPOSIXErrorDomain, code=2):",
        "The operation couldn’t be completed. No such file or directory",
        "No such file or directory",
        "programs here: defaults, launchctl, notifyutil",
    ]
    assert said.returncode == 2


@pytest.mark.parametrize("word", ["../xpc/page", "__init__", "_notifyutil", "", "notifyutil.py"])
def test_nothing_but_programs_can_be_spawned(booted: Run, word: str) -> None:
    assert booted("spawn", "booted", word).returncode == 2


def test_an_unknown_device_is_told(booted: Run) -> None:
    said = booted("spawn", "B", "launchctl", "list")

    assert said.stderr.startswith("Invalid device: B\n")
    assert said.returncode == 148


def test_a_device_that_is_shut_down_spawns_nothing(simctl: Run) -> None:
    simctl("create", "A")
    said = simctl("spawn", "A", "launchctl", "list")

    assert "Unable to lookup in current state: Shutdown" in said.stderr
    assert said.returncode == 149


def test_a_wrong_architecture_is_told(booted: Run) -> None:
    assert booted("spawn", "-a", "arm64", "booted", "launchctl", "help").returncode == 0
    assert booted("spawn", "--arch=vax", "booted", "launchctl", "help").returncode == 86


def test_standalone_is_taken(booted: Run) -> None:
    assert booted("spawn", "-s", "booted", "launchctl", "help").returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_program_as_in_a_shell(booted: Run, start: Start, number: int) -> None:
    with start("spawn", "booted", "notifyutil", "-dispatch", "-w", "x", "-p", "x") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "x\n"  # it is printed at once, into a pipe too
        running.send_signal(number)
        assert running.wait(10) == 128 + number

    assert booted("ps", "-j").stdout == "[]\n"


def test_the_program_goes_with_the_tool(booted: Run, start: Start) -> None:
    with start("spawn", "booted", "notifyutil", "-dispatch", "-w", "x", "-p", "x") as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "x\n"
        running.kill()

    with start("log", "--stream", "-j") as log:
        assert log.stdout is not None
        ends = (event for event in map(json.loads, log.stdout) if event["kind"] == "exit")
        assert next(ends)["detail"]["reason"] == "ended by the system: simctl has gone"
        log.kill()

    assert booted("ps", "-j").stdout == "[]\n"


def test_a_signal_that_comes_before_the_program_runs_is_kept_for_it(
    booted: Run, start: Start, device_set: Path
) -> None:
    with closing(Service(device_set, start=False)) as service:
        found = Path(str(service.find("booted")["socket"]))

    with closing(Client(found, "the device")) as client:
        pid = client._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED)

    os.kill(pid, signal.SIGSTOP)

    with start("spawn", "booted", "notifyutil", "-w", "never") as running:
        try:
            status = Path(f"/proc/{running.pid}/status")
            end = monotonic() + 30

            while not catches(status.read_text(), signal.SIGHUP):
                assert monotonic() < end

            running.send_signal(signal.SIGHUP)
        finally:
            os.kill(pid, signal.SIGCONT)

        assert running.wait(30) == 128 + signal.SIGHUP

    assert booted("ps", "-j").stdout == "[]\n"


def catches(status: str, number: int) -> bool:
    """Say whether a process has a handler for a signal, from what its ``status`` says."""
    (line,) = [line for line in status.splitlines() if line.startswith("SigCgt:")]

    return bool(int(line.split()[1], 16) >> (number - 1) & 1)


def test_a_debugger_is_waited_for(booted: Run, start: Start) -> None:
    with start("spawn", "-w", "booted", "launchctl", "help") as running:
        assert running.stderr is not None
        told = running.stderr.readline()
        pid = int(told.split()[1])
        assert told == f"launchctl: {pid} is stopped until a debugger, or SIGCONT\n"
        stopped = json.loads(booted("ps", "-j").stdout)
        os.kill(pid, signal.SIGCONT)
        assert running.wait(10) == 0

    assert [(row["pid"], row["state"]) for row in stopped] == [(pid, "stopped")]


def test_a_device_that_is_shut_down_takes_its_programs_along(booted: Run, start: Start) -> None:
    with start("spawn", "booted", "notifyutil", "-w", "x", "-p", "x") as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline() == "x\n"
        booted("shutdown", "A")

        assert running.wait(10) == 128 + signal.SIGKILL
        assert running.stderr.read() == "Child process terminated with signal 9: Killed\n"
