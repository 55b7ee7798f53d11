"""``simctl races``: looking for them, and those that were found."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from simulator.testing.bundles import make_app

pytestmark = pytest.mark.slow

Simctl = Callable[..., CompletedProcess[str]]

WRITER = """
from simulator.sdk.foundation import FileManager
from simulator.sdk.uikit import Application


class NAME(Application):
    def open_url(self, url, options):
        with open(FileManager.default.container_url("group.com.example.w") / "x", "w") as file:
            file.write("NAME")
"""


@pytest.fixture
def raced(simctl: Simctl, tmp_path: Path) -> Simctl:
    """simctl, with a device on which two apps have written a file of their group in place."""
    names = ("One", "Two")

    for name in names:
        source = WRITER.replace("NAME", name)
        path = make_app(
            tmp_path, name, source=source, groups=["group.com.example.w"], schemes=[name.lower()]
        )
        assert simctl("launch", str(path)).returncode == 0

    assert simctl("races", "on").stdout == ""

    for name in names:
        assert simctl("openurl", "booted", f"{name.lower()}:go").returncode == 0

    return simctl


def test_a_race_is_printed_with_both_lines_and_its_cure(raced: Simctl) -> None:
    said = raced("races")
    lines = said.stdout.splitlines()

    assert said.returncode == 0
    assert lines[0] == "race: two writers of x in group.com.example.w"
    assert lines[1].startswith("    com.example.One/1 wrote it in place at One.py:8  with open(")
    assert lines[2].startswith("    com.example.Two/1 wrote it in place at Two.py:8  with open(")
    assert lines[-1].startswith("    cure: ")
    assert said.stderr == ""


def test_a_race_is_for_programs_too(raced: Simctl) -> None:
    found = json.loads(raced("races", "booted", "--json").stdout)
    race = found["races"][0]

    assert (found["on"], len(found["races"]), race["times"]) == (True, 1, 1)
    assert (race["first"]["line"], race["second"]["line"]) == ("One.py:8", "Two.py:8")


def test_what_was_found_is_kept_when_it_is_switched_off(raced: Simctl) -> None:
    raced("races", "off")
    said = raced("races")

    assert "race: two writers" in said.stdout
    assert said.stderr == "races are not looked for; simctl races on\n"


def test_the_log_has_the_race(raced: Simctl) -> None:
    lines = [line for line in raced("log").stdout.splitlines() if "race.two-writers" in line]

    assert len(lines) == 1
    assert "(Two.py:8)" in lines[0]
    assert "other_line='One.py:8'" in lines[0]


def test_where_nothing_was_found_it_is_said(phone: Simctl) -> None:
    assert phone("races").stderr == "races are not looked for; simctl races on\n"

    phone("races", "on")
    said = phone("races")
    phone("races", "off")

    assert (said.stdout, said.stderr) == ("", "no races were found\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("onn",), "onn is no device, and neither on nor off; did you mean on?"),
        (("booted", "maybe"), "Neither on nor off: maybe"),
    ],
)
def test_other_words_are_met_with_the_usage(
    phone: Simctl, words: tuple[str, ...], sentence: str
) -> None:
    said = phone("races", *words)

    assert said.returncode == 1
    assert said.stderr.splitlines()[0] == sentence
