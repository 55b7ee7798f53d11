"""A person's fingers through the real program: push, type, tap, home, widget, screen."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

Said = subprocess.CompletedProcess[str]
Simctl = Callable[..., Said]

NOTES = "com.example.Notes"
PUSH = "com.example.Notes.NotesPush"
WIDGET = "com.example.Notes.NotesWidget"
KEYBOARD = "com.example.Notes.NotesKeyboard"
REFUSED = (
    "An error was encountered processing the command (domain=NSPOSIXErrorDomain, code={}):\n"
    "Simulator device failed to complete the requested operation.\n"
)
MUTABLE = json.dumps({"aps": {"alert": "…", "mutable-content": 1}, "cipher": "olleh"})
PLAIN = json.dumps({"aps": {"alert": "plain"}, "Simulator Target Bundle": NOTES})


def ok(said: Said) -> str:
    assert said.returncode == 0, said.stderr

    return said.stdout


def test_a_push_is_silent_and_its_banner_is_shown(phone: Simctl, tmp_path: Path) -> None:
    (tmp_path / "a.apns").write_text(PLAIN)
    said = phone("push", str(tmp_path / "a.apns"))

    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")
    assert "│ ▌ plain " in ok(phone("screen"))


@pytest.mark.parametrize("words", [(NOTES, "-"), ("booted", NOTES, "-"), ("iPhone 17", NOTES, "-")])
def test_a_push_says_who_changed_it_when_asked(phone: Simctl, words: tuple[str, ...]) -> None:
    said = phone("push", "-v", *words, stdin=MUTABLE)

    assert ok(said).splitlines() == [
        f"app:        {NOTES}",
        "shown:      yes",
        f"changed by: {PUSH}",
    ]
    assert said.stderr == ""
    assert json.loads(ok(phone("screen", "-j")))["banners"][0]["body"] == "hello"


def test_the_argument_wins_over_the_payload(phone: Simctl) -> None:
    payload = json.dumps({"aps": {"alert": "x"}, "Simulator Target Bundle": "com.example.Nobody"})

    assert "shown:      yes" in ok(phone("push", "-v", NOTES, "-", stdin=payload))


@pytest.mark.parametrize(
    ("aps", "sentence"),
    [
        ({"content-available": 1}, "a background push shows nothing"),
        ({"badge": 2}, "only its badge has changed"),
    ],
)
def test_a_push_that_shows_nothing_says_why(
    phone: Simctl, aps: dict[str, object], sentence: str
) -> None:
    said = phone("push", NOTES, "-", stdin=json.dumps({"aps": aps}))

    assert (said.returncode, said.stdout) == (0, "")
    assert said.stderr == f"{NOTES}: {sentence}\n"


@pytest.mark.parametrize(
    ("arguments", "payload", "status", "reason"),
    [
        ((NOTES, "-"), "nope", 22, "Invalid argument\nthe payload is not JSON: "),
        ((NOTES, "-"), "{}", 22, "Invalid argument\nthere is no key 'aps'; "),
        ((NOTES, "-"), "x" * 4097, 22, "Invalid argument\nthe payload has 4097 bytes; "),
        ((NOTES, "-"), "x" * 70_000, 22, "Invalid argument\nthe payload has over 65536 bytes\n"),
        (("-",), '{"aps": {"alert": "x"}}', 22, "Invalid argument\nno app is named: "),
        ((NOTES, "nowhere.json"), "", 2, "No such file or directory\nnowhere.json\n"),
        (
            ("com.example.Nots", "-"),
            PLAIN,
            2,
            "com.example.Nots is no installed app\nDid you mean com.example.Notes?\n",
        ),
    ],
    ids=["no JSON", "no aps", "too long", "far too long", "no app", "no file", "unknown app"],
)
def test_a_push_is_refused_in_apples_frame(
    phone: Simctl, arguments: tuple[str, ...], payload: str, status: int, reason: str
) -> None:
    said = phone("push", *arguments, stdin=payload)

    assert (said.returncode, said.stdout) == (status, "")
    assert said.stderr.startswith(REFUSED.format(status) + reason)


def test_a_push_to_no_device_is_apples_error(phone: Simctl) -> None:
    said = phone("push", "iPhone 71", "-", stdin=PLAIN)

    assert said.returncode == 148
    assert said.stderr.startswith("Invalid device: iPhone 71\n")


def test_typing_and_tapping_reach_the_app(simctl: Simctl) -> None:
    ok(simctl("launch", "Notes"))

    assert ok(simctl("type", "buy ")) == ""
    assert ok(simctl("type", "--keyboard", KEYBOARD, "--key", ":milk:", "--key", "x", "⌫!")) == ""
    assert "│ [draft: buy 🥛!▏" in ok(simctl("screen"))
    assert "│ keyboard: Notes Keyboard " in ok(simctl("screen"))
    assert ok(simctl("tap", "booted", "Save")) == ""
    assert json.loads(ok(simctl("screen", "-j")))["lines"] == ["buy 🥛!"]

    assert ok(simctl("home")) == ""
    assert "│ Notes " in ok(simctl("screen"))
    assert "│ │  · buy 🥛!   │ " in ok(simctl("screen"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("tap", "Svae"), f"{NOTES} shows no button 'Svae'; it shows 'Save'"),
        (("type", "--key", "x"), "--key needs --keyboard: "),
        (("type",), "Missing argument: <text>"),
        (("type", "--keyboard", WIDGET, "x"), f"{WIDGET} is no installed keyboard; keyboards: "),
        (("widget", "reload", NOTES), f"{NOTES} is no installed widget extension"),
        (("widget", "show", "x"), "Neither list nor reload: show"),
        (("push",), "Missing argument: <json file>"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_one_sentence(
    phone: Simctl, arguments: tuple[str, ...], sentence: str
) -> None:
    ok(phone("launch", NOTES))
    said = phone(*arguments)

    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith(sentence)


def test_widgets_are_listed_with_what_they_show(phone: Simctl) -> None:
    first, *view = ok(phone("widget")).splitlines()
    (row,) = json.loads(ok(phone("widget", "list", "booted", "-j")))

    assert first.startswith(f"{WIDGET}  NotesWidget (systemSmall)  until 20")
    assert view[0] == "    Notes"
    assert row["bundleIdentifier"] == WIDGET
    assert row["view"]["title"] == "Notes"
    assert row["until"].startswith("20")


@pytest.mark.parametrize("words", [(WIDGET,), ("booted", WIDGET), (WIDGET, "booted")])
def test_a_widget_is_asked_again(phone: Simctl, words: tuple[str, ...]) -> None:
    (before,) = json.loads(ok(phone("widget", "-j")))

    assert ok(phone("widget", "reload", *words)) == ""

    (after,) = json.loads(ok(phone("widget", "-j")))

    assert after["reloads"] > before["reloads"]


def test_without_widgets_that_is_said(simctl: Simctl) -> None:
    ok(simctl("launch", "Journal"))

    assert ok(simctl("widget")) == "No widget is on the home screen.\n"
    assert ok(simctl("extension", "list")) == "No extension is installed.\n"
