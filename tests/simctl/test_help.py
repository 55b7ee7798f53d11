"""Help: every command has one, it is about that command, and unknown words are met with it."""

import subprocess
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.slow

Said = subprocess.CompletedProcess[str]
Simctl = Callable[..., Said]

COMMANDS = [
    "boot", "bootstatus", "create", "delete", "demo", "diff-container", "doctor", "erase",
    "extension", "file", "full-access",
    "get_app_container", "home", "install", "launch", "list", "listapps",
    "lock-state", "locks", "log", "new",
    "notify_get_state", "notify_post", "notify_set_state", "notify_trace", "openurl", "ps", "push",
    "rename", "resume", "sandbox", "screen", "share", "shutdown", "spawn", "suspend", "tap",
    "terminate", "type", "uninstall", "widget",
]  # fmt: skip


def test_an_unknown_subcommand_is_refused_as_apple_does(simctl: Simctl) -> None:
    said = simctl("lanch", "booted")

    assert said.returncode == 1
    assert said.stderr == "Unrecognized subcommand: lanch\nDid you mean launch?\n"
    assert said.stdout.startswith("usage: simctl [--set <path>] <subcommand> ...\n")


def test_the_usage_lists_every_subcommand(simctl: Simctl) -> None:
    said = simctl("help")
    listed = [line.split()[0] for line in said.stdout.splitlines() if line.startswith("\t")]

    assert said.returncode == 0
    assert sorted(listed) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_names_its_own_noun(simctl: Simctl, command: str) -> None:
    said = simctl("help", command)
    usage, _, rest = said.stdout.partition("\n\n")
    noun = command.rpartition("_")[2].removesuffix("status").removesuffix("apps")

    assert said.returncode == 0
    assert usage.startswith(f"Usage: simctl {command} ")
    assert noun in rest.partition("Options:")[0].lower()


@pytest.mark.parametrize("words", [("help", "launch"), ("launch", "--help"), ("launch", "help")])
def test_all_ways_to_ask_for_help_say_the_same(simctl: Simctl, words: tuple[str, ...]) -> None:
    said = simctl(*words)

    assert said.returncode == 0
    assert "[<device>] <bundle id | path" in said.stdout
    assert "--terminate-running-process" in said.stdout
    assert said.stderr == ""


@pytest.mark.parametrize(
    "words", [("help", "extension", "run"), ("extension", "run", "--help")], ids=" ".join
)
def test_a_subcommand_of_a_subcommand_has_its_own_help(
    simctl: Simctl, words: tuple[str, ...]
) -> None:
    said = simctl(*words)

    assert said.returncode == 0
    assert said.stdout.startswith("Usage: simctl extension run [options] [<device>]")
    assert "--payload" in said.stdout


def test_a_noun_alone_lists_its_subcommands(simctl: Simctl) -> None:
    alone, wrong = simctl("extension"), simctl("extension", "lst")

    assert (alone.returncode, wrong.returncode) == (1, 1)
    assert "  run " in alone.stdout
    assert wrong.stderr.startswith("No such subcommand: extension lst; did you mean list?\n")
    assert wrong.stdout == ""
