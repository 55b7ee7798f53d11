"""The path from nothing to a shared note, through the real program."""

import json
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

Said = subprocess.CompletedProcess[str]
Simctl = Callable[..., Said]
Start = Callable[..., subprocess.Popen[str]]

JOURNAL = "com.example.Journal"
NOTES = "com.example.Notes"
SHARE = "com.example.Notes.ShareToNotes"
UDID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\n")


def ok(said: Said) -> str:
    assert said.returncode == 0, said.stderr

    return said.stdout


def screen(simctl: Simctl) -> list[str]:
    lines = json.loads(ok(simctl("screen", "-j")))["lines"]
    assert isinstance(lines, list)

    return [str(line) for line in lines]


def test_whole_story_in_apples_shapes(simctl: Simctl, notes: Path) -> None:
    created = ok(simctl("create", "My Phone", "iPhone 17 Pro"))
    udid = created.strip()

    assert UDID.fullmatch(created)
    assert ok(simctl("boot", udid)) == ""
    assert ok(simctl("install", "booted", str(notes))) == ""
    assert re.fullmatch(rf"{NOTES}: \d+\n", ok(simctl("launch", "BOOTED", NOTES)))
    assert re.fullmatch(
        rf"{SHARE}: \d+\n", ok(simctl("share", udid, "--text", "buy milk", "--with", SHARE))
    )
    assert screen(simctl) == ["buy milk"]
    assert ok(simctl("openurl", "My Phone", "notes:new?text=by%20link")) == ""
    assert screen(simctl) == ["buy milk", "by link"]

    group = ok(simctl("get_app_container", udid, NOTES, "group.com.example.notes")).strip()
    groups = ok(simctl("get_app_container", NOTES, "groups"))

    assert groups == f"group.com.example.notes\t{group}\n"
    assert sorted(path.name for path in Path(group, "notes").iterdir()) == ["0000.txt", "0001.txt"]

    assert ok(simctl("suspend", udid, NOTES)) == ""
    assert "suspended" in ok(simctl("ps", udid))
    assert ok(simctl("resume", udid, NOTES)) == ""
    assert "suspended" not in ok(simctl("ps", udid))
    assert ok(simctl("terminate", udid, NOTES)) == ""
    assert ok(simctl("uninstall", udid, NOTES)) == ""
    assert not Path(group).exists()
    assert json.loads(ok(simctl("listapps", "-j"))) == {}
    assert ok(simctl("shutdown")) == ""
    assert ok(simctl("erase", udid)) == ""
    assert ok(simctl("rename", udid, "Yours")) == ""
    assert f"    Yours ({udid}) (Shutdown)" in ok(simctl("list", "devices"))
    assert ok(simctl("delete", udid)) == ""
    assert udid not in ok(simctl("list"))


def test_launching_a_path_makes_what_is_missing_and_says_so(simctl: Simctl, notes: Path) -> None:
    said = simctl("launch", str(notes))

    assert re.fullmatch(rf"{NOTES}: \d+\n", ok(said))
    assert re.fullmatch(r"Created iPhone 17 \(.+\)\nBooted iPhone 17 \(.+\)\n", said.stderr)


def test_relative_paths_are_the_callers(simctl: Simctl, notes: Path, tmp_path: Path) -> None:
    (tmp_path / "here").symlink_to(notes.parents[1])
    ok(simctl("create", "x"))
    ok(simctl("boot", "x"))

    assert ok(simctl("install", "booted", "here/apps/Notes.app")) == ""
    assert NOTES in ok(simctl("listapps"))


def test_console_shows_output_and_an_interrupt_ends_the_app(simctl: Simctl, start: Start) -> None:
    ok(simctl("launch", "Journal"))  # which has no widget: its process would be listed, too
    process = start("launch", "--console", "--terminate-running-process", JOURNAL)
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=10)

    assert re.fullmatch(rf"{JOURNAL}: \d+\n", first)
    assert process.returncode == 130
    assert json.loads(ok(simctl("ps", "-j"))) == []


def test_console_ends_with_the_app(simctl: Simctl, start: Start) -> None:
    ok(simctl("launch", "Notes"))
    process = start("launch", "--console", NOTES)
    assert process.stdout is not None
    process.stdout.readline()
    ok(simctl("terminate", NOTES))
    _, trouble = process.communicate(timeout=10)

    assert process.returncode == 0
    assert "simctl terminate" in trouble


def test_files_are_shared_with_the_type_of_their_suffix(
    simctl: Simctl, notes: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff\xd9")
    (tmp_path / "b.zip").write_bytes(b"PK")
    ok(simctl("launch", str(notes)))
    ok(simctl("share", "--file", "a.jpg", "--file", str(tmp_path / "a.jpg"), "--with", SHARE))
    offers = json.loads(ok(simctl("share", "--file", "b.zip", "-j")))

    assert screen(simctl) == ["[0000.jpg, 4 bytes]", "[0001.jpg, 4 bytes]"]
    assert [(offer["bundleIdentifier"], offer["isOffered"]) for offer in offers] == [(SHARE, False)]
    assert f"{SHARE}  Notes  not offered: " in ok(simctl("share", "--file", "b.zip"))


def test_two_creates_at_once_start_one_service(simctl: Simctl, start: Start) -> None:
    both = [start("create", name) for name in ("a", "b")]
    said = [process.communicate(timeout=20) for process in both]

    assert [process.returncode for process in both] == [0, 0], said
    assert sorted(
        line.split(" (")[0].strip()
        for line in ok(simctl("list", "devices")).splitlines()
        if line.startswith("    ")
    ) == ["a", "b"]


def test_with_several_booted_one_is_taken_and_named(simctl: Simctl) -> None:
    for name in ("one", "two"):
        ok(simctl("create", name))
        ok(simctl("boot", name))

    said = simctl("ps")

    assert said.returncode == 0
    assert re.fullmatch(r"2 devices are booted; using one \(.+\)\n", said.stderr)
    assert simctl("delete", "all").returncode == 0
    assert simctl("list", "devices", "booted").stdout.count("(Booted)") == 0


def test_bootstatus_boots_and_is_content_with_a_booted_device(simctl: Simctl) -> None:
    ok(simctl("create", "x"))
    first, second = ok(simctl("bootstatus", "x", "-b")), ok(simctl("bootstatus", "x"))

    assert re.search(r"\] Status=4294967295, isTerminal=YES, Elapsed=00:00\.\n\tFinished\n", first)
    assert second == "Device already booted, nothing to do.\n"
