"""The noun ``extension`` through the real program, and guests that say what they should not."""

import json
import plistlib
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

Said = subprocess.CompletedProcess[str]
Simctl = Callable[..., Said]

NOTES = "com.example.Notes"
SHARE = "com.example.Notes.ShareToNotes"
PUSH = "com.example.Notes.NotesPush"
WIDGET = "com.example.Notes.NotesWidget"
KEYBOARD = "com.example.Notes.NotesKeyboard"
UNSIMULATED = "com.example.Host.Odd"

HOSTILE = """
from simulator.sdk.extension import ShareExtension
from simulator.sdk.uikit import Application, View

EVIL = "\\x1b[2J\\x9b31m\\x07\\x7f"

class Host(Application):
    def did_finish_launching(self, options):
        print(EVIL)
        self.show(View(EVIL, [EVIL], images=[EVIL], fields={EVIL: EVIL}, buttons={EVIL: print}))

class Odd(ShareExtension):
    def begin_request(self, context):
        print(EVIL)
        context.cancel_request(EVIL)
"""


def ok(said: Said) -> str:
    assert said.returncode == 0, said.stderr

    return said.stdout


def make_host(simctl: Simctl, tmp_path: Path, **extension: object) -> str:
    """Make Host.app with the share extension Odd, whose NSExtension has some more keys."""
    ok(simctl("new", "extension", "Odd", "--point", "share", "--app", "Host"))
    path = tmp_path / "Odd.appex" / "Info.plist"
    info = plistlib.loads(path.read_bytes())
    info["NSExtension"] |= extension
    path.write_bytes(plistlib.dumps(info))

    return str(tmp_path / "Host.app")


def test_extensions_are_listed_with_point_and_process(phone: Simctl) -> None:
    head, *lines = ok(phone("extension", "list")).splitlines()
    rows = json.loads(ok(phone("extension", "list", "booted", "-j")))

    assert head.split() == ["EXTENSION", "NAME", "POINT", "PROCESS"]
    assert [line.split()[0] for line in lines] == [KEYBOARD, PUSH, WIDGET, SHARE]
    assert all(row["isSimulated"] and row["containingApp"] == NOTES for row in rows)
    assert rows[3]["NSExtensionPointIdentifier"] == "com.apple.share-services"


def test_a_point_that_is_not_simulated_is_marked(simctl: Simctl, tmp_path: Path) -> None:
    point = "com.apple.intents-service"
    ok(simctl("launch", make_host(simctl, tmp_path, NSExtensionPointIdentifier=point)))
    said = simctl("extension", "run", UNSIMULATED)

    assert re.search(
        rf"^{UNSIMULATED} .+ {point}  not simulated$", ok(simctl("extension", "list")), re.MULTILINE
    )
    assert said.returncode == 1
    assert said.stderr == f"{UNSIMULATED} cannot run: {point} is not simulated\n"


def test_each_kind_of_extension_runs(phone: Simctl) -> None:
    push = json.dumps({"aps": {"alert": "…", "mutable-content": 1}, "cipher": "olleh"})
    ok(phone("launch", NOTES))

    assert re.fullmatch(
        rf"{SHARE}: \d+\n", ok(phone("extension", "run", SHARE, "--text", "by hand"))
    )
    assert "by hand" in ok(phone("screen"))
    assert ok(phone("extension", "run", WIDGET)).startswith(f"{WIDGET}  NotesWidget ")
    assert f"changed by: {PUSH}" in ok(
        phone("extension", "run", "booted", PUSH, "--payload", "-", stdin=push)
    )
    assert ok(phone("extension", "run", KEYBOARD, "--key", ":egg:")) == ""
    assert "🥚" in ok(phone("screen"))


def test_a_push_that_passes_the_extension_by_is_no_run_of_it(phone: Simctl) -> None:
    said = phone("extension", "run", PUSH, "--payload", "-", stdin='{"aps": {"alert": "x"}}')

    assert said.returncode == 1
    assert "the payload has no aps.mutable-content" in said.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((SHARE,), f"{SHARE} extends com.apple.share-services: give --text or --url or --file\n"),
        ((WIDGET, "--key", "x"), f"--key is nothing for {WIDGET}, which extends "),
        ((KEYBOARD[:-1],), f"{KEYBOARD[:-1]} is no installed extension\nDid you mean {KEYBOARD}?"),
        ((NOTES,), f"{NOTES} is no installed extension\n"),
        ((), "Missing argument: <extension id>\nUsage: simctl extension run "),
    ],
)
def test_a_wrong_run_is_told_what_would_be_right(
    phone: Simctl, arguments: tuple[str, ...], sentence: str
) -> None:
    said = phone("extension", "run", *arguments)

    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith(sentence)


def test_a_running_extension_is_killed_and_its_log_says_so(simctl: Simctl) -> None:
    ok(simctl("launch", "Notes"))
    ok(simctl("type", "--keyboard", KEYBOARD, "x"))
    rows = json.loads(ok(simctl("extension", "list", "-j")))

    assert [row["bundleIdentifier"] for row in rows if row["pid"]] == [KEYBOARD]
    assert ok(simctl("extension", "kill", KEYBOARD)) == ""
    assert simctl("extension", "kill", KEYBOARD).returncode == 3
    assert simctl("extension", "kill", NOTES).returncode == 1

    lines = ok(simctl("extension", "log", KEYBOARD)).splitlines()
    objects = ok(simctl("extension", "log", KEYBOARD, "-j")).removesuffix("\n").split("\n")

    assert "exit.exit" in lines[-1]
    assert "simctl terminate" in lines[-1]
    assert len([json.loads(each) for each in objects]) == len(lines)
    assert all(KEYBOARD in line for line in lines)


def test_what_a_guest_says_moves_no_cursor(simctl: Simctl, tmp_path: Path) -> None:
    host = make_host(simctl, tmp_path)

    for name in ("Host.app/Host.py", "Odd.appex/Odd.py"):
        (tmp_path / name).write_text(HOSTILE)

    said = [
        simctl("launch", host),
        simctl("screen"),
        simctl("screen", "-j"),
        simctl("tap", "nothing"),
        simctl("share", "--text", "x", "--with", UNSIMULATED),
        simctl("extension", "run", UNSIMULATED, "--text", "x"),
        simctl("ps"),
        simctl("log"),
        simctl("log", "-j"),
        simctl("extension", "log", UNSIMULATED),
    ]
    texts = [one.stdout + one.stderr for one in said]

    assert [one.returncode for one in said] == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0]
    assert sum("\\x1b[2J\\x9b31m\\x07\\x7f" in text for text in texts) >= 5

    for text in texts:
        assert text.replace("\n", "").replace("\t", "").isprintable()
