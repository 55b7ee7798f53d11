"""Sessions of notifyutil, byte for byte: what stands in its man page and in Libnotify's source."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest

from simulator.testing.device import Device

TIME = r"[0-9]+\.[0-9]{3}"


class Running:
    """A notifyutil that watches."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def line(self) -> str:
        """Return the next line that it prints."""
        assert self.process.stdout is not None

        return self.process.stdout.readline()

    def lines(self, count: int) -> list[str]:
        """Return the next lines, without their ends."""
        return [self.line().rstrip("\n") for _ in range(count)]


class Notifyutil:
    """``simctl spawn <device> notifyutil``, as a person types it."""

    def __init__(self, device: Device, stack: ExitStack) -> None:
        self.device = device
        self._stack = stack

    def _command(self, arguments: Sequence[str]) -> list[str]:
        program = "from simulator.simctl import main; main()"
        device_set = str(self.device._service.device_set)
        spawn = ["--set", device_set, "spawn", self.device.udid, "notifyutil"]

        return [sys.executable, "-P", "-c", program, *spawn, *arguments]

    def __call__(self, line: str, *, status: int = 0) -> str:
        """Carry a line out to its end; return what it prints on standard output."""
        done = self.run(line.split())

        assert (done.returncode, done.stderr) == (status, "")

        return done.stdout

    def run(self, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self._command(arguments), capture_output=True, check=False, text=True, timeout=30
        )

    def start(self, line: str) -> Running:
        """Begin a line that watches, and return when it is registered for everything."""
        process = self._stack.enter_context(
            subprocess.Popen(self._command(line.split()), stdout=subprocess.PIPE, text=True)
        )
        self._stack.callback(process.kill)
        names = re.findall(r"-(?:w|[0-9]+) (?!self)(\S+)", line)
        self.device.wait_until(lambda: len(self._registered()) >= len(set(names)), 20)

        return Running(process)

    def _registered(self) -> set[str]:
        events = self.device.events.of(kind="notify", operation="register")

        return {event.resource for event in events if event.actor.startswith("notifyutil/")}


@pytest.fixture
def notifyutil(device: Device) -> Iterator[Notifyutil]:
    with ExitStack() as stack:
        yield Notifyutil(device, stack)


# -- posting, watching -----------------------------------------------------------------------


def test_posting_is_silent(notifyutil: Notifyutil) -> None:
    assert notifyutil("-p com.example.a") == ""


def test_a_watched_key_is_printed_for_each_post(notifyutil: Notifyutil) -> None:
    watching = notifyutil.start("-w com.example.a -w com.example.b")
    notifyutil("-p com.example.b -p com.example.a -p com.example.b")

    assert watching.lines(3) == ["com.example.b", "com.example.a", "com.example.b"]


def test_a_count_watches_for_exactly_so_many(notifyutil: Notifyutil) -> None:
    watching = notifyutil.start("-2 com.example.a")
    notifyutil("-z 0 -p com.example.a -p com.example.a -p com.example.a")

    assert watching.lines(2) == ["com.example.a"] * 2
    assert watching.line() == ""
    assert watching.process.wait(10) == 0


def test_it_ends_when_nothing_is_left_to_watch(notifyutil: Notifyutil) -> None:
    assert notifyutil("-1 a -2 b -p a -p b -p b") == "a\nb\nb\n"


def test_what_was_posted_before_is_not_heard(notifyutil: Notifyutil) -> None:
    assert notifyutil("-p a -1 a -p b -p a") == "a\n"


def test_verbose_adds_token_time_state_and_type(notifyutil: Notifyutil) -> None:
    before = time.time()
    said = notifyutil("-v -1 a -s a 7 -p a")
    match = re.fullmatch(rf"\[[0-9]+\] ({TIME}) a 7 port\n", said)

    assert match is not None
    assert before - 1 < float(match[1]) < time.time() + 1


@pytest.mark.parametrize("kind", ["port", "file", "check", "plain", "dispatch"])
def test_every_type_says_which_it_is(notifyutil: Notifyutil, kind: str) -> None:
    said = notifyutil(f"-v -{kind} -1 a -p a")

    assert re.fullmatch(rf"\[[0-9]+\] {TIME} a 0 {kind}\n", said)


def test_the_type_counts_for_what_stands_behind_it(notifyutil: Notifyutil) -> None:
    said = notifyutil("-v -1 a -file -1 b -1 c -dispatch -1 d -port -1 e -p a -p b -p c -p d -p e")

    assert [line.split()[2:] for line in said.splitlines()] == [
        ["a", "0", "port"],
        ["b", "0", "file"],
        ["c", "0", "file"],
        ["d", "0", "dispatch"],
        ["e", "0", "port"],
    ]


def test_a_signal_is_told_before_what_it_stands_for(notifyutil: Notifyutil) -> None:
    assert notifyutil("-signal -1 a -p a") == "SIGNAL 1\na\n"
    assert notifyutil("-sig 12 -1 a -signal -1 b -p a -p b") == "SIGNAL 12\na\nSIGNAL 12\nb\n"
    assert notifyutil("-q -signal -1 a -p a") == ""


def test_a_signal_that_nobody_posted_stands_for_nothing(
    notifyutil: Notifyutil, device: Device
) -> None:
    """What simctl gets of a terminal that closes goes to the program: SIGHUP, its signal 1."""
    watching = notifyutil.start("-signal -w a")
    watching.process.send_signal(1)
    assert watching.line() == "SIGNAL 1\n"
    device.ask("notify_post", name="a")

    # In either order: a signal and a message are two ways, there as here.
    assert sorted(watching.lines(2)) == ["SIGNAL 1", "a"]


@pytest.mark.parametrize("kind", ["check", "plain"])
def test_a_checked_key_is_told_once_for_many_posts(notifyutil: Notifyutil, kind: str) -> None:
    watching = notifyutil.start(f"-v -z 0 -{kind} -2 a -p a -p a")
    assert watching.line().split()[2:] == ["a", "0", kind]
    notifyutil("-s a 5 -p a")

    assert watching.line().split()[2:] == ["a", "5", kind]
    assert watching.process.wait(10) == 0


@pytest.mark.parametrize("kind", ["check", "plain"])
def test_a_new_checked_key_is_not_told_without_a_post(notifyutil: Notifyutil, kind: str) -> None:
    """The first check of a token is true, whatever was posted; notifyutil makes it for itself."""
    watching = notifyutil.start(f"-v -{kind} -1 a -p other")
    notifyutil("-s a 5 -p a")

    assert watching.line().split()[2:] == ["a", "5", kind]


def test_the_pause_behind_a_post_lets_events_come(notifyutil: Notifyutil) -> None:
    """Without one the next command is done before anything is heard."""
    assert notifyutil("-z 1000 -dispatch -1 a -p a -g b") == "a\nb 0\n"
    assert notifyutil("-z 0 -dispatch -1 a -p a -g b") == "b 0\na\n"


def test_names_of_its_own_stay_in_it(notifyutil: Notifyutil) -> None:
    watching = notifyutil.start("-w b -1 self.a")
    assert notifyutil("-p self.a -1 self.b -p self.b -p b") == "self.b\n"

    assert watching.line() == "b\n"


def test_a_name_is_printed_as_it_was_typed(notifyutil: Notifyutil) -> None:
    done = notifyutil.run(["-1", "zwei Wörter 🎉", "-p", "zwei Wörter 🎉"])

    assert done.stdout == "zwei Wörter 🎉\n"


# -- quiet -----------------------------------------------------------------------------------


def test_quiet_prints_states_alone(notifyutil: Notifyutil) -> None:
    assert notifyutil("-q -1 a -s a 5 -g a -p a") == "a 5\n"


# -- states ----------------------------------------------------------------------------------


def test_a_state_that_nobody_holds_is_lost(notifyutil: Notifyutil) -> None:
    assert notifyutil("-s a 5 -g a") == "a 0\n"


def test_a_state_lives_with_a_registration(notifyutil: Notifyutil) -> None:
    assert notifyutil("-1 a -s a 5 -g a -p a") == "a 5\na\n"


def test_a_state_is_seen_by_others(notifyutil: Notifyutil) -> None:
    notifyutil.start("-w a")
    notifyutil("-s a 18446744073709551615")

    assert notifyutil("-g a") == "a 18446744073709551615\n"


def test_setting_a_state_posts_nothing(notifyutil: Notifyutil) -> None:
    assert notifyutil("-1 a -1 b -s a 5 -p b -p a") == "b\na\n"


# -- what may not be -------------------------------------------------------------------------


def test_a_key_of_another_user_is_refused_by_its_code(notifyutil: Notifyutil) -> None:
    """Only a registration that is answered says so; then notifyutil goes on."""
    key = "user.uid.7.x"

    assert notifyutil(f"-check -1 {key} -g a") == f"{key}: Failed with code 7\na 0\n"
    assert notifyutil(f"-g {key} -g a") == f"{key}: Failed with code 1000000\na 0\n"
    assert notifyutil(f"-p {key}") == ""


def test_wrong_usage_is_told_and_nothing_is_done(notifyutil: Notifyutil, device: Device) -> None:
    done = notifyutil.run(["-p", "first", "-w"])
    told, usage = done.stderr.split("\n", 1)

    assert told == "-w needs a key behind it"
    assert usage.startswith("usage: notifyutil [-q] [-v] [-z msec] [-M] [-R] [command ...]\n")
    assert (done.stdout, done.returncode) == ("", 1)
    assert list(device.events.of(kind="notify", operation="post")) == []


@pytest.mark.parametrize("word", ["-h", "-help"])
def test_help_is_the_usage(notifyutil: Notifyutil, word: str) -> None:
    done = notifyutil.run([word])

    assert done.stderr.startswith("usage: notifyutil ")
    assert (done.stdout, done.returncode) == ("", 0)


# -- restarts --------------------------------------------------------------------------------


@pytest.mark.parametrize("line", ["-R -w a", "-M -file -w a", "-dispatch -w a"])
def test_it_registers_again_when_it_is_asked_to(
    notifyutil: Notifyutil, device: Device, line: str
) -> None:
    watching = notifyutil.start(line)
    kickstart(notifyutil, device)
    device.wait_until(lambda: len(device.events.of(operation="register")) == 2, 20)
    notifyutil("-p a")

    assert watching.line() == "a\n"


def test_else_a_restart_leaves_it_deaf(notifyutil: Notifyutil, device: Device) -> None:
    watching = notifyutil.start("-w a")
    kickstart(notifyutil, device)
    notifyutil("-p a")
    device.settle()
    watching.process.terminate()

    assert watching.line() == ""


def kickstart(notifyutil: Notifyutil, device: Device) -> None:
    command = notifyutil._command([])
    command[-1:] = ["launchctl", "kickstart", "-k", "system/com.apple.notifyd"]
    done = subprocess.run(command, capture_output=True, check=False, text=True, timeout=30)

    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    assert len(device.events.of(operation="restart")) == 1
