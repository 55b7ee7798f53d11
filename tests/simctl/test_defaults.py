"""``simctl defaults``, its watch and its settings, and files that a sealed program cannot open.

The tests share a device, and each has keys of its own.
"""

import json
import os
import plistlib
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from simulator.control.service import Service

Run = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., subprocess.Popen[str]]

GROUP = "group.com.example.notes"
KEYBOARD = "com.example.Notes.NotesKeyboard"


@pytest.fixture(scope="module")
def device_set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("defaults") / "Devices"
    yield path

    with closing(Service(path, start=False)) as service:
        service.ask("stop")


@pytest.fixture
def booted(simctl: Run, device_set: Path) -> Run:
    """simctl, with a booted device on which Notes is installed."""
    ready = device_set.parent / "ready"

    if not ready.exists():
        for line in ("create A", "boot A", "install Notes"):
            assert simctl(*line.split()).returncode == 0

        ready.touch()

    return simctl


@pytest.fixture
def watching(booted: Run, start: Start) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """``watching("--json")`` watches the group; returned once it does."""
    del booted  # there is a device now
    begun = []

    def begin(*options: str) -> "subprocess.Popen[str]":
        watch = start("defaults", "watch", GROUP, *options)
        begun.append(watch)
        assert watch.stderr is not None
        assert watch.stderr.readline().startswith(f"watching {GROUP}, which has ")

        return watch

    yield begin

    for watch in begun:
        with watch:
            watch.kill()


def until(condition: Callable[[], bool]) -> None:
    """Wait for what a tool says, asking it again and again."""
    end = monotonic() + 30

    while not condition():
        assert monotonic() < end


def lines(watch: "subprocess.Popen[str]", count: int) -> list[str]:
    assert watch.stdout is not None

    return [watch.stdout.readline().rstrip("\n") for _ in range(count)]


# -- files and standard input ----------------------------------------------------------------


def test_lines_of_blog_posts(booted: Run) -> None:
    for line in (
        f"spawn booted defaults write {GROUP} count -int 5",
        f"spawn booted defaults write {GROUP} list -array-add three",
        f"spawn defaults write {GROUP} on -bool true",
        f"defaults write A {GROUP} name two",
    ):
        assert booted(*line.split()).stderr == ""

    assert booted("defaults", "read", GROUP, "count").stdout == "5\n"
    assert booted("defaults", "read", "booted", GROUP).stdout == (
        "{\n    count = 5;\n    list =     (\n        three\n    );\n"
        "    name = two;\n    on = 1;\n}\n"
    )
    assert booted("defaults", "delete", GROUP).returncode == 0
    assert booted("defaults", "read", GROUP).returncode == 1


def test_a_fixture_is_imported_and_exported_by_path(booted: Run, tmp_path: Path) -> None:
    values = {"a": b"\0\xff", "n": [1, 2.5, {"deep": True}]}
    (tmp_path / "fixture.plist").write_bytes(plistlib.dumps(values))
    (tmp_path / "export").mkdir()

    assert booted("spawn", "booted", "defaults", "import", GROUP, "fixture.plist").stderr == ""
    assert booted("defaults", "export", GROUP, "export/out.plist").stdout == ""

    printed = booted("defaults", "export", GROUP, "-").stdout
    data = (tmp_path / "export" / "out.plist").read_bytes()
    booted("defaults", "delete", GROUP)

    assert data.startswith(b"bplist00")
    assert plistlib.loads(data) == plistlib.loads(printed.encode()) == values


def test_a_pipe_is_imported(booted: Run) -> None:
    assert booted("defaults", "import", GROUP, "-", stdin="{ a = (1, 2); }").stderr == ""
    assert booted("defaults", "read", GROUP, "a").stdout == "(\n    1,\n    2\n)\n"


def test_a_file_that_cannot_be_read_or_written_is_said(booted: Run, tmp_path: Path) -> None:
    missing = booted("defaults", "import", GROUP, "missing.plist")

    assert missing.returncode == 1
    assert missing.stderr.splitlines()[0].endswith(" Could not read data from missing.plist")
    assert missing.stderr.splitlines()[1].endswith(" No such file or directory")

    folder = booted("defaults", "import", GROUP, str(tmp_path))

    assert folder.stderr.splitlines()[1].endswith(" Is a directory")

    booted("defaults", "write", GROUP, "a", "1")
    nowhere = booted("defaults", "export", GROUP, "no/where.plist")

    assert nowhere.returncode == 1
    assert nowhere.stderr == ("Could not write data to no/where.plist: No such file or directory\n")


def test_a_failed_export_leaves_the_file_alone(booted: Run, tmp_path: Path) -> None:
    (tmp_path / "out.plist").write_text("precious")

    assert booted("defaults", "export", "com.example.nothing", "out.plist").returncode == 1
    assert (tmp_path / "out.plist").read_text() == "precious"


def test_what_feeds_a_loop_is_not_taken_by_a_program_that_reads_nothing(
    booted: Run,
) -> None:
    """As with ssh: who reads what it does not need makes a shell's loop end after one turn."""
    read, write = os.pipe()
    os.write(write, b"mine\n")
    os.close(write)
    said = booted("defaults", "write", GROUP, "a", "1", descriptor=read)

    assert said.returncode == 0
    assert os.read(read, 100) == b"mine\n"
    os.close(read)


def test_a_program_that_waits_for_input_ends_by_a_signal_and_lets_the_device_rest(
    booted: Run, start: Start
) -> None:
    read, write = os.pipe()

    with start("defaults", "import", GROUP, "-", descriptor=read) as waits:
        os.close(read)
        until(lambda: "defaults" in booted("ps", "-j").stdout)
        assert booted("screen").returncode == 0  # which waits until the device is at rest
        waits.send_signal(signal.SIGINT)
        assert waits.wait(10) == 128 + signal.SIGINT

    os.close(write)
    assert "defaults" not in booted("ps", "-j").stdout


# -- watching --------------------------------------------------------------------------------


def test_a_watch_tells_who_changes_what(
    booted: Run, watching: Callable[..., "subprocess.Popen[str]"]
) -> None:
    watch = watching("--json", "--count", "4")
    booted("defaults", "write", GROUP, "told", "-int", "1")
    booted("defaults", "write", GROUP, "told", "-data", "00ff")
    booted("defaults", "delete", GROUP, "told")
    booted("launch", "Notes")
    booted("share", "--text", "hello", "--with", "com.example.Notes.ShareToNotes")
    rows = [json.loads(line) for line in lines(watch, 4)]

    assert watch.wait(10) == 0

    names = [row["who"].partition("[")[0] for row in rows]
    said = [(row["operation"], row["key"], row["old"], row["new"]) for row in rows]

    assert names == ["defaults"] * 3 + ["com.example.Notes.ShareToNotes/1"]
    assert said[:3] == [
        ("set", "told", None, 1),
        ("set", "told", 1, {"$data": "AP8="}),
        ("remove", "told", {"$data": "AP8="}, None),
    ]
    assert (rows[3]["cause"]["actor"], rows[3]["cause"]["kind"]) == ("springboard", "share")
    assert [row["event"] for row in rows] == sorted(row["event"] for row in rows)


def test_a_watch_for_people(booted: Run, watching: Callable[..., "subprocess.Popen[str]"]) -> None:
    booted("defaults", "write", GROUP, "shown", "-int", "1")
    watch = watching("--count", "3", "--key", "shown")
    booted("defaults", "write", GROUP, "other", "1")
    booted("defaults", "write", GROUP, "shown", "-array", "x y", "-bool", "yes")
    booted("lock-state", "before-first-unlock")
    booted("defaults", "write", GROUP, "shown", "2")
    booted("lock-state", "unlocked")
    booted("defaults", "delete", GROUP, "shown")
    head, first, second, third = lines(watch, 4)

    assert head.split() == ["TIME", "EVENT", "PROCESS", "CHANGE"]
    assert 'shown: 1 → ["x y", true]  ← #' in first
    assert 'shown: refused, it stays ["x y", true]' in second
    assert "has not been unlocked" in second
    assert 'shown: ["x y", true] → nothing' in third
    assert watch.wait(10) == 0


def test_a_watch_ends_in_time_or_by_a_signal(
    booted: Run, watching: Callable[..., "subprocess.Popen[str]"]
) -> None:
    assert booted("defaults", "watch", GROUP, "--timeout", "0.1").returncode == 0

    late = booted("defaults", "watch", GROUP, "--timeout", "0.1", "--count", "1")

    assert (late.returncode, late.stderr.splitlines()[-1]) == (1, "0 of 1 changes")

    watch = watching()
    watch.send_signal(signal.SIGINT)

    assert watch.wait(10) == 130


def test_a_watch_sees_a_plist_that_somebody_replaces(
    booted: Run, watching: Callable[..., "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    watch = watching("--json", "--count", "1", "--key", "fixture")
    folder = booted("get_app_container", "com.example.Notes", GROUP).stdout.strip()
    plist = Path(folder, "Library", "Preferences", f"{GROUP}.plist")
    (tmp_path / "new").write_bytes(plistlib.dumps({"fixture": 5}))
    (tmp_path / "new").rename(plist)
    (row,) = map(json.loads, lines(watch, 1))

    assert (row["who"], row["key"], row["old"], row["new"]) == ("cfprefsd", "fixture", None, 5)


def test_what_cannot_be_watched_is_said(booted: Run) -> None:
    said = booted("defaults", "watch", "group.nobody")

    assert (said.returncode, said.stderr) == (
        1,
        "no installed app is in the App Group group.nobody\n",
    )
    assert booted("defaults", "watch", GROUP, "--count", "0").returncode == 1
    assert booted("defaults", "watch", GROUP, "--timeout", "soon").returncode == 1


# -- settings --------------------------------------------------------------------------------


def test_settings_are_printed_changed_and_kept(simctl: Run) -> None:
    simctl("create", "B")
    simctl("boot", "B")
    fresh = "staleness    0 s\nstrict       off\ndotted-keys  off\n"

    assert simctl("defaults", "settings", "B").stdout == fresh
    assert simctl("defaults", "settings", "B", "--staleness", "2.5", "--strict", "on").stdout == ""

    simctl("shutdown", "B")
    simctl("boot", "B")

    assert simctl("defaults", "settings", "B").stdout == (
        "staleness    2.5 s\nstrict       on\ndotted-keys  off\n"
    )
    assert json.loads(simctl("defaults", "settings", "B", "--dotted-keys", "on", "-j").stdout) == {
        "staleness": 2.5,
        "strict": True,
        "dottedKeys": True,
    }

    simctl("shutdown", "B")
    simctl("erase", "B")
    simctl("boot", "B")

    assert simctl("defaults", "settings", "B").stdout == fresh
    simctl("shutdown", "B")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--staleness", "never"], "--staleness takes seconds, 0 or more, not never"),
        (["--staleness", "-1"], "--staleness takes seconds, 0 or more, not -1"),
        (["--staleness", "nan"], "--staleness takes seconds, 0 or more, not nan"),
        (["--strict", "maybe"], "--strict is on or off, not maybe"),
    ],
)
def test_wrong_settings_are_said(simctl: Run, words: list[str], sentence: str) -> None:
    said = simctl("defaults", "settings", *words)

    assert (said.returncode, said.stderr.splitlines()[0]) == (1, sentence)


def test_full_access(booted: Run, tmp_path: Path) -> None:
    assert booted("full-access").stderr == "no keyboard asks for Full Access\n"

    said = booted("full-access", KEYBOARD, "on")

    assert said.returncode == 1
    assert "RequestsOpenAccess" in said.stderr

    nobody = booted("full-access", f"{KEYBOARD}s", "on").stderr
    share = booted("full-access", "com.example.Notes.ShareToNotes", "on").stderr
    an_app = booted("full-access", "com.example.Notes", "on").stderr

    assert (
        f"{KEYBOARD}s is not installed (keyboards: {KEYBOARD}); did you mean {KEYBOARD}?" in nobody
    )
    assert "is an extension of com.apple.share-services, not a keyboard" in share
    assert "is an app, not a keyboard" in an_app
    assert "RequestsOpenAccess" not in nobody + share + an_app
    assert booted("full-access", KEYBOARD).returncode == 1
    assert booted("full-access", KEYBOARD, "perhaps").returncode == 1

    said = booted("get_app_container", "com.example.Notes")
    notes = Path(said.stdout.strip())
    app = tmp_path / "Notes.app"
    subprocess.run(["cp", "-r", notes, app], check=True)
    info = app / "PlugIns" / "NotesKeyboard.appex" / "Info.plist"
    keys = plistlib.loads(info.read_bytes())
    keys["NSExtension"]["NSExtensionAttributes"]["RequestsOpenAccess"] = True
    info.write_bytes(plistlib.dumps(keys))
    booted("install", str(app))

    assert booted("full-access").stdout == f"{KEYBOARD}\toff\n"
    assert booted("full-access", KEYBOARD, "on").stderr == ""
    assert booted("full-access", "A", KEYBOARD).stdout == f"{KEYBOARD}\ton\n"
    assert json.loads(booted("full-access", "-j").stdout) == [
        {"bundleIdentifier": KEYBOARD, "fullAccess": True}
    ]
    assert booted("full-access", KEYBOARD, "off").returncode == 0
    assert booted("full-access").stdout == f"{KEYBOARD}\toff\n"


def test_a_watch_ends_with_the_container(
    booted: Run, watching: Callable[..., "subprocess.Popen[str]"]
) -> None:
    watch = watching()
    booted("uninstall", "com.example.Notes")

    assert watch.wait(10) == 0
    assert watch.stderr is not None
    assert watch.stderr.read() == f"{GROUP} is gone with its container\n"
    assert booted("install", "Notes").returncode == 0
