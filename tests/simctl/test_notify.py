"""Darwin notifications at the tool: posting, states, the trace; and launchctl."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator

import pytest

Simctl = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def booted(simctl: Simctl) -> Simctl:
    """simctl, with a booted device and nothing on it."""
    assert simctl("create", "A").returncode == 0
    assert simctl("boot", "A").returncode == 0

    return simctl


@pytest.fixture
def watching(booted: Simctl, start: Start) -> Iterator[Simctl]:
    """The same, and a process that watches the names a and b, and so holds their states."""
    line = ("-q", "-w", "a", "-w", "b", "-p", "go")

    with start("notify_trace") as trace:
        assert trace.stdout is not None
        assert trace.stdout.readline().split()[0] == "TIME"  # it sees what happens from now on

        with start("spawn", "booted", "notifyutil", *line) as running:
            assert " go " in trace.stdout.readline()
            trace.kill()
            yield booted
            running.kill()


# -- states ----------------------------------------------------------------------------------


def test_a_state_is_set_and_printed(watching: Simctl) -> None:
    for word, number in (
        ("5", "5"),
        ("18446744073709551615", "18446744073709551615"),
        ("0x10", "16"),
    ):
        said = watching("notify_set_state", "booted", "a", word)
        assert (said.stdout, said.stderr, said.returncode) == ("", "", 0)
        assert watching("notify_get_state", "booted", "a").stdout == f"{number}\n"

    assert watching("notify_get_state", "b").stdout == "0\n"


def test_a_state_that_nobody_holds_is_lost_and_that_is_told(booted: Simctl) -> None:
    said = booted("notify_set_state", "a", "5")

    assert (said.stdout, said.returncode) == ("", 0)
    assert said.stderr == "nobody is registered for a: its state is lost\n"
    assert booted("notify_get_state", "a").stdout == "0\n"


@pytest.mark.parametrize("word", ["x", "-1", "18446744073709551616", "", "1.5"])
def test_what_is_no_state_is_apples_error(booted: Simctl, word: str) -> None:
    said = booted("notify_set_state", "booted", "a", "--", word)

    assert said.returncode == 22
    assert said.stderr.splitlines()[:3] == [
        "An error was encountered processing the command (domain=NSPOSIXErrorDomain, code=22):",
        "Simulator device failed to complete the requested operation.",
        "Invalid argument",
    ]


@pytest.mark.parametrize("verb", ["notify_post", "notify_get_state"])
def test_a_device_that_is_down_is_apples_error(simctl: Simctl, verb: str) -> None:
    simctl("create", "A")
    said = simctl(verb, "A", "a")

    assert "Unable to lookup in current state: Shutdown" in said.stderr
    assert said.returncode == 149


# -- trace -----------------------------------------------------------------------------------


def test_the_trace_says_who_posted_and_who_got_it(watching: Simctl) -> None:
    watching("notify_post", "a")
    watching("notify_post", "nobody")
    head, *lines = watching("notify_trace", "--log").stdout.splitlines()

    assert head.split() == ["TIME", "POST", "PROCESS", "NAME", "WHAT"]
    assert re.fullmatch(r" +\d+\.\d{6} +#\d+  notifyutil/1 +go +posted: nobody hears it", lines[0])
    assert re.fullmatch(r" +\d+\.\d{6} +#\d+  simctl +a +posted: 1 hears it", lines[1])
    assert re.fullmatch(
        r" +\d+\.\d{6} +#\d+  → notifyutil/1 +a +delivered after \d+(\.\d+)? [µm]?s", lines[2]
    )
    assert re.fullmatch(r" +\d+\.\d{6} +#\d+  simctl +nobody +posted: nobody hears it", lines[3])
    assert len(lines) == 4


def test_the_trace_follows_what_happens(watching: Simctl, start: Start) -> None:
    watching("notify_post", "a")

    with start("notify_trace", "booted") as trace:
        assert trace.stdout is not None
        assert trace.stdout.readline().startswith("          TIME ")
        watching("notify_post", "b")
        lines = [trace.stdout.readline() for _ in range(2)]
        trace.send_signal(2)

    assert [line.split()[2:5] for line in lines] == [
        ["simctl", "b", "posted:"],
        ["→", "notifyutil/1", "b"],
    ]
    assert trace.returncode == 130


def test_the_trace_takes_a_name_or_a_beginning(booted: Simctl) -> None:
    for name in ("com.example.a", "com.example.b", "com.other"):
        booted("notify_post", name)

    def named(pattern: str) -> list[str]:
        said = booted("notify_trace", "--log", "-j", "--name", pattern)

        return [json.loads(line)["name"] for line in said.stdout.splitlines()]

    assert named("com.example.a") == ["com.example.a"]
    assert named("com.example.*") == ["com.example.a", "com.example.b"]
    assert named("com") == []


def test_the_trace_as_json_is_an_object_per_line(watching: Simctl) -> None:
    watching("notify_post", "a")
    said = watching("notify_trace", "--log", "-a", "-j", "--name", "a").stdout
    register, post, deliver = map(json.loads, said.splitlines())

    assert (register["what"], register["process"], register["post"]) == (
        "register", "notifyutil/1", 0,
    )  # fmt: skip
    assert {
        "receivers": 1,
        "pended": 0,
        "what": "post",
        "process": "simctl",
    }.items() <= post.items()
    assert deliver["post"] == post["post"]
    assert deliver["latency_ns"] == deliver["time_ns"] - post["time_ns"]


def test_the_last_of_the_log_is_counted_back_from_now(booted: Simctl) -> None:
    booted("notify_post", "a")

    assert len(booted("notify_trace", "--last", "1h").stdout.splitlines()) == 2
    assert len(booted("notify_trace", "--last", "0").stdout.splitlines()) == 1
    assert booted("notify_trace", "--last", "soon").returncode == 1


# -- launchctl -------------------------------------------------------------------------------


def test_notifyd_is_started_anew_alone(watching: Simctl) -> None:
    for target in ("system", "user/501", "gui/501"):
        said = watching(
            "spawn", "booted", "launchctl", "kickstart", "-k", f"{target}/com.apple.notifyd"
        )
        assert (said.stdout, said.stderr, said.returncode) == ("", "", 0)

    said = watching("spawn", "booted", "launchctl", "stop", "com.apple.notifyd")
    assert (said.stdout, said.stderr, said.returncode) == ("", "", 0)
    told = watching("notify_trace", "--log").stdout

    assert told.count("notifyd restarted") == 4


def test_what_runs_is_left_alone_without_k(booted: Simctl) -> None:
    said = booted("spawn", "booted", "launchctl", "kickstart", "-p", "system/com.apple.notifyd")

    assert re.fullmatch(r"service spawned with pid: \d+\n", said.stdout)
    assert "restarted" not in booted("notify_trace", "--log").stdout


@pytest.mark.parametrize(
    ("line", "status", "sentence"),
    [
        ("kickstart system/x", 113, 'Could not find service "x" in domain for system\n'),
        ("kickstart user/501/x", 113, 'Could not find service "x" in domain for uid: 501\n'),
        ("kickstart gui/501/x", 113, 'Could not find service "x" in domain for user gui: 501\n'),
        ("kickstart com.apple.notifyd", 64, "Unrecognized target specifier.\n"),
        ("kickstart -x system/x", 64, "Usage: launchctl kickstart [-k] [-p] <service-target>\n"),
        ("kickstart", 64, "Usage: launchctl kickstart [-k] [-p] <service-target>\n"),
        ("print gui/501/x", 113, 'Bad request.\nCould not find service "x" in domain for user gui'),
        ("list x", 113, 'Could not find service "x" in domain for port\n'),
        ("stop x", 3, 'Could not find service "x" in domain for port\n'),
        ("unload x", 64, "Unrecognized subcommand: unload\n"),
        (
            "kickstart -k system/com.apple.lsd",
            1,
            'Could not kickstart service "com.apple.lsd": 1: Operation not permitted\n',
        ),
    ],
)  # fmt: skip
def test_launchctl_says_what_it_cannot_do(
    booted: Simctl, line: str, status: int, sentence: str
) -> None:
    said = booted("spawn", "booted", "launchctl", *line.split())

    assert said.stderr.startswith(sentence)
    assert said.returncode == status


def test_launchctl_lists_what_runs(booted: Simctl) -> None:
    booted("launch", "Journal")  # which has no widget: its process would be listed, too
    head, *rows = booted("spawn", "booted", "launchctl", "list").stdout.splitlines()
    labels = [row.split("\t")[2] for row in rows]
    printed = booted("spawn", "booted", "launchctl", "print", "system/com.apple.notifyd").stdout

    assert head == "PID\tStatus\tLabel"
    assert {"com.apple.notifyd", "com.apple.SpringBoard"} < set(labels)
    assert labels[-2:] == ["UIKitApplication:com.example.Journal[1]", "launchctl[1]"]
    assert printed.startswith(
        "system/com.apple.notifyd = {\n\ttype = LaunchDaemon\n\tstate = running\n"
    )
