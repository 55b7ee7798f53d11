"""The demo: quick, right, and gone without a trace."""

import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.simctl.demo import small_jpeg

pytestmark = pytest.mark.slow

Said = subprocess.CompletedProcess[str]
Simctl = Callable[..., Said]
Start = Callable[..., subprocess.Popen[str]]


def living_with(text: str) -> list[str]:
    """Return the command lines of processes that mention a text; zombies have none."""
    found = []

    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path("/proc", pid, "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue

        if text in line and int(pid) != os.getpid():
            found.append(line)

    return found


@pytest.fixture
def empty(tmp_path: Path) -> dict[str, str]:
    """An environment whose temporary and runtime folders are empty ones of the test's own."""
    places = {"TMPDIR": tmp_path / "tmp", "XDG_RUNTIME_DIR": tmp_path / "run"}

    for path in places.values():
        path.mkdir()

    return {name: str(path) for name, path in places.items()}


def left_behind(empty: dict[str, str]) -> list[str]:
    files = [
        str(path)
        for place in empty.values()
        for path in Path(place).rglob("*")
        if path.name != "extension-simulator"  # the folder that all sets share
    ]

    return files + living_with(empty["TMPDIR"])


def test_the_demo_tells_its_story_and_leaves_nothing(simctl: Simctl, empty: dict[str, str]) -> None:
    said = simctl("demo", **empty, COLUMNS="140")
    lines = said.stdout.splitlines()

    assert said.returncode == 0, said.stderr
    assert len([line for line in lines if re.match(r" +\d+\.\d ms  ", line)]) == 14
    assert "sandbox level: " in lines[-1]
    assert left_behind(empty) == []


def test_the_demo_shows_what_each_step_did(simctl: Simctl, empty: dict[str, str]) -> None:
    text = simctl("demo", **empty, COLUMNS="140").stdout
    tried = re.findall(r"^ +│  · [^:│]+: (\S+)", text, re.MULTILINE)

    for row in (
        " · buy milk",
        " ▣ 0001.jpg",
        "[draft: buy 🥛▏__] (Save)",
        "keyboard: Notes Keyboard",
        " · hello",
        "Journal: 4 entries",
        "▌ Notes: Notes – from Notes",
        "▌ the store is open",
        "▌ (changed by NotesPush)",
        "Journal   Notes (3)   Intruder",
        "│ Notes        │",
    ):
        assert re.search(rf"│ {re.escape(row)} +│$", text, re.MULTILINE), row

    assert len(tried) > 10
    assert set(tried) == {"stopped"}


@pytest.mark.parametrize(
    ("title", "said"),
    [
        (
            "share a text",
            [
                ("post com.example.notes.changed", "ShareToNotes", "notifyd"),
                ("deliver com.example.notes.changed", "notifyd", "Notes"),
                ("choose ShareToNotes", "simctl", "springboard"),
            ],
        ),
        (
            "open notes:new?text=…",
            [
                ("open notes:new?text=hello", "simctl", "lsd"),
                ("deliver notes:new?text=hello", "lsd", "Notes"),
                ("request NotesWidget", "Notes", "chronod"),
                ("timeline", "NotesWidget", "chronod"),
            ],
        ),
        ("type with a keyboard extension", [("insert draft", "NotesKeyboard", "springboard")]),
        (
            "push, with a text that only NotesPush can read",
            [
                ("receive com.example.Notes", "simctl", "apsd"),
                ("content", "NotesPush", "apsd"),
                ("banner com.example.Notes", "apsd", "springboard"),
            ],
        ),
    ],
)
def test_the_demos_arrows_run_between_the_right_lifelines(
    told: list[str], title: str, said: list[tuple[str, str, str]]
) -> None:
    begin = told.index(title)
    lines = told[begin + 2 : told.index("", begin + 2)]
    middle = {name: lines[0].index(f" {name}") + 1 + len(name) // 2 for name in lines[0].split()}

    for label, source, target in said:
        line = next(line for line in lines if line.endswith(f" {label}"))

        assert line[middle[source]] in "├┤", label
        assert line[middle[target]] == "│", label
        assert line[middle[target] + (1 if middle[target] < middle[source] else -1)] in "▶◀", label


def test_an_interrupted_demo_leaves_nothing(start: Start, empty: dict[str, str]) -> None:
    process = start("demo", **empty, PYTHONUNBUFFERED="1")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, trouble = process.communicate(timeout=20)

    assert (process.returncode, trouble) == (130, "")
    assert left_behind(empty) == []


def test_the_picture_is_a_baseline_jpeg() -> None:
    data = small_jpeg()

    assert data.startswith(b"\xff\xd8\xff\xe0\x00\x10JFIF\0")
    assert data.endswith(b"\xff\xd9")
    assert len(data) < 200
