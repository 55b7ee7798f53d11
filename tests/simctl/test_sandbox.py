"""``simctl sandbox``: what is granted, how two differ, what was refused."""

import json
import signal
from collections.abc import Callable
from subprocess import CompletedProcess, Popen

import pytest

Simctl = Callable[..., CompletedProcess[str]]
Start = Callable[..., Popen[str]]

NOTES = "com.example.Notes"
SHARE = "com.example.Notes.ShareToNotes"
INTRUDER = "org.elsewhere.Intruder"


@pytest.fixture(scope="module")
def intruded(phone: Simctl) -> Simctl:
    """The same phone, with Intruder, which has tried every door."""
    launched = phone("launch", "Intruder")
    assert launched.returncode == 0, launched.stderr

    return phone


def test_two_bundles_are_compared(phone: Simctl) -> None:
    text = phone("sandbox", "diff", NOTES, SHARE).stdout
    mine, theirs = (text.index(f"only {name} may") for name in (NOTES, SHARE))
    both = text.index("both may")

    assert mine < text.index("(Data/Application)") < theirs
    assert theirs < text.index("a request of com.apple.share-services") < both
    assert both < text.index("App Group container of group.com.example.notes")


def test_the_comparison_is_for_programs_too(intruded: Simctl) -> None:
    found = json.loads(intruded("sandbox", "diff", "-j", "booted", NOTES, INTRUDER).stdout)

    assert found["bundles"] == [NOTES, INTRUDER]
    assert "share the UserDefaults suite group.com.example.notes" in found["only"][NOTES]
    assert "post Darwin notifications and hear them" in found["both"]
    assert not set(found["only"][NOTES]) & set(found["both"])


def test_a_bundle_that_is_not_installed_is_compared_by_its_path(intruded: Simctl) -> None:
    said = intruded("sandbox", "diff", "Journal.app", "Journal.app")

    assert said.returncode == 0, said.stderr
    assert said.stdout.count("(nothing more)") == 2


def test_one_bundle_is_shown(phone: Simctl) -> None:
    lines = phone("sandbox", "show", SHARE).stdout.splitlines()

    assert lines[0] == f"{SHARE} may"
    assert "    read and write the App Group container of group.com.example.notes" in lines


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("diff", NOTES), "Missing argument"),
        (("diff", NOTES, SHARE, INTRUDER), "Unexpected argument"),
        (("show", "com.example.Notse"), "Did you mean com.example.Notes?"),
        (("show", "/no/such.app"), "there is no such folder"),
    ],
)
def test_wrong_words_are_answered(words: tuple[str, ...], said: str, phone: Simctl) -> None:
    answer = phone("sandbox", *words)

    assert answer.returncode != 0
    assert said in answer.stderr


def test_each_door_of_the_intruder_has_apples_line_and_one_that_teaches(intruded: Simctl) -> None:
    screen = intruded("screen", "--app", INTRUDER).stdout
    lines = intruded("sandbox", "trace", "--log", "--bundle", INTRUDER).stdout.splitlines()
    apple = [line for line in lines if line.startswith("Sandbox: Intruder(")]
    words = [line.split("deny(1) ")[1].split()[0] for line in apple]

    assert screen.count("stopped") == len(apple) == 13
    assert words == [
        "container-url",
        "user-preference-read",
        "file-read-data",
        "file-read-data",
        "file-write-create",
        "file-read-data",
        "signal",
        "process-fork",
        "process-exec",
        "network-outbound",
        "network-outbound",
        "ipc-posix-shm-write-create",
        "ipc-sysv-shm",
    ]
    assert "    Intruder.py:" in "\n".join(lines)
    assert sum("no app on iOS" in line for line in lines) >= 6
    assert sum("left out of this simulator by the brief" in line for line in lines) == 3
    assert any("needs com.apple.security.application-groups" in line for line in lines)


def test_a_misspelt_bundle_is_doubted_before_it_is_traced(phone: Simctl) -> None:
    traced = phone("sandbox", "trace", "--log", "--bundle", "com.example.Notse")

    assert traced.returncode == 0
    assert traced.stdout == ""
    assert "Did you mean com.example.Notes?" in traced.stderr


def test_denials_are_for_programs_too(intruded: Simctl) -> None:
    intruded("screen", "--app", INTRUDER)
    said = intruded("sandbox", "trace", "--log", "-j", "booted").stdout
    denials = [json.loads(line) for line in said.splitlines()]

    assert {denial["kind"] for denial in denials} == {"denial"}
    assert all(denial["detail"]["reason"] for denial in denials)


def test_denials_are_followed_live_until_interrupted(simctl: Simctl, start: Start) -> None:
    assert simctl("launch", "Notes").returncode == 0
    process = start("sandbox", "trace", "--trace-sandbox", PYTHONUNBUFFERED="1")
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stderr.readline().startswith("following ")
    launched = simctl("launch", "Intruder")
    lines = [process.stdout.readline() for _ in range(4)]
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)

    assert launched.returncode == 0
    assert lines[0].startswith("Sandbox: Intruder(")
    assert lines[1].startswith("    Intruder.py:")
    assert "client is not entitled" in lines[2]
    assert process.returncode == 130
