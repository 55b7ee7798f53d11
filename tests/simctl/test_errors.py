"""Apple's error texts and exit statuses, and that nothing else reaches a person."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import simulator
from simulator.testing.bundles import Extension, make_app

pytestmark = pytest.mark.slow

Said = subprocess.CompletedProcess[str]
Simctl = Callable[..., Said]

NOTES = "com.example.Notes"
FRAME = "An error was encountered processing the command"
SIM_ERROR = f"{FRAME} (domain=com.apple.CoreSimulator.SimError, code=405):\n"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("ps", "bootedx"), 148, "Invalid device: bootedx\nDid you mean booted?\n"),
        (("boot", "nothing-alike"), 148, "Invalid device or device pair: nothing-alike\n"),
        (("ps", "iPhone 71"), 148, "Invalid device: iPhone 71\nDid you mean iPhone 17?\n"),
        (
            ("boot", "booted"),
            149,
            f"{SIM_ERROR}Unable to boot device in current state: Booted\n",
        ),
        (
            ("erase", "booted"),
            149,
            f"{SIM_ERROR}Unable to erase contents and settings in current state: Booted\n",
        ),
        (
            ("launch", "booted", "com.example.Nots"),
            4,
            (
                f"{FRAME} (domain=FBSOpenApplicationServiceErrorDomain, code=4):\n"
                "Simulator device failed to launch com.example.Nots.\n"
                'The request to open "com.example.Nots" failed.\n'
                "Did you mean com.example.Notes?\n"
            ),
        ),
        (
            ("terminate", "booted", "com.example.Nots"),
            3,
            (
                f"{FRAME} (domain=NSPOSIXErrorDomain, code=3):\n"
                "Simulator device failed to terminate com.example.Nots.\n"
                "found nothing to terminate\n"
                "Did you mean com.example.Notes?\n"
            ),
        ),
        (
            ("get_app_container", "booted", "com.example.Nobody"),
            2,
            (
                f"{FRAME} (domain=NSPOSIXErrorDomain, code=2):\n"
                "The operation couldn’t be completed. No such file or directory\n"
                "No such file or directory\n"
            ),
        ),
        (
            ("install", "booted", "/nowhere/X.app"),
            2,
            (
                f"{FRAME} (domain=NSPOSIXErrorDomain, code=2):\n"
                "Simulator device failed to install the application.\n"
                "lstat of /nowhere/X.app failed: No such file or directory\n"
            ),
        ),
        (("create", "x", "iPhone 71"), 148, "Invalid device type: iPhone 71\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_errors_are_in_apples_words(
    phone: Simctl, arguments: tuple[str, ...], status: int, words: str
) -> None:
    said = phone(*arguments)

    assert said.returncode == status
    assert said.stderr.startswith(words)
    assert said.stdout == ""


def test_a_link_nobody_claims_exits_194(phone: Simctl) -> None:
    said = phone("openurl", "booted", "nobody:x")

    assert said.returncode == 194
    assert "Simulator device failed to open URL." in said.stderr


def test_a_broken_bundle_is_refused_with_file_and_key(phone: Simctl, tmp_path: Path) -> None:
    bundle = tmp_path / "Broken.app"
    bundle.mkdir()
    (bundle / "Info.plist").write_text('<plist version="1.0"><dict></dict></plist>')
    said = phone("install", "booted", str(bundle))
    head, what, why = said.stderr.splitlines()

    assert said.returncode == 13
    assert head == f"{FRAME} (domain=IXErrorDomain, code=13):"
    assert what == "Simulator device failed to install the application."
    assert "Info.plist" in why


@pytest.mark.parametrize("verb", ["ps", "screen", "shutdown", "listapps"])
def test_booted_needs_a_booted_device(simctl: Simctl, verb: str) -> None:
    said = simctl(verb)

    assert (said.returncode, said.stderr) == (148, "No devices are booted.\n")


def test_a_device_that_is_down_is_told_in_apples_words(simctl: Simctl) -> None:
    simctl("create", "x")

    for verb, state in (("shutdown", "shutdown device"), ("listapps", "lookup")):
        said = simctl(verb, "x")
        wanted = f"{SIM_ERROR}Unable to {state} in current state: Shutdown\n"

        assert (said.returncode, said.stderr) == (149, wanted)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("terminate",), "Missing argument: <bundle id>"),
        (("boot",), "Missing argument: <device>"),
        (("openurl", "booted", "notes:x", "y"), "Unexpected argument: y"),
        (("share", "booted"), "There is nothing to share: give --text, --url or --file"),
        (("create", "x", "--seed", "xyz"), "The seed is no hexadecimal number: xyz"),
        (("list", "--frobnicate"), "No such option: --frobnicate"),
    ],
)
def test_wrong_usage_is_one_sentence_and_the_usage(
    phone: Simctl, arguments: tuple[str, ...], sentence: str
) -> None:
    said = phone(*arguments)
    first, second, *_ = said.stderr.splitlines()

    assert said.returncode == 1
    assert first.startswith(sentence)
    assert second.startswith(f"Usage: simctl {arguments[0]} ")


def test_a_set_that_cannot_be_made_is_one_sentence(tmp_path: Path, phone: Simctl) -> None:
    (tmp_path / "file").write_text("")
    said = phone("--set", str(tmp_path / "file" / "Devices"), "list")

    assert said.returncode == 1
    assert "Traceback" not in said.stderr
    assert "did not start" in said.stderr


def test_a_reader_that_leaves_is_no_error_message(phone: Simctl) -> None:
    arguments = phone("list").args
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb") as closed:
        said = subprocess.run(
            [*arguments[:-1], "log"],
            stdout=closed,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(str(simulator.__file__)).parents[1])},
            check=False,
        )

    assert (said.returncode, said.stderr) == (141, b"")


def test_a_device_set_may_have_a_very_long_path(simctl: Simctl, distant_set: Path) -> None:
    said = simctl(f"--set={distant_set}", "create", "x")
    simctl("--set", str(distant_set), "boot", "x")
    listed = simctl("--set", str(distant_set), "list", "devices")

    assert (said.returncode, said.stderr) == (0, "")
    assert f"{said.stdout.strip()}) (Booted)" in listed.stdout


_CRASHES_OVER_URLS = """
from simulator.sdk.uikit import Application

class Links(Application):
    def open_url(self, url, options):
        print(url.query["u"])
"""

_FORGOT_ITS_GROUP = """
from simulator.sdk.extension import ShareExtension
from simulator.sdk.foundation import FileManager

class Save(ShareExtension):
    def begin_request(self, context):
        FileManager.default.container_url("group.com.example.links")
        context.complete_request()
"""


def test_an_app_that_crashes_over_a_url_is_told_with_its_line(
    simctl: Simctl, tmp_path: Path
) -> None:
    app = make_app(tmp_path, "Links", schemes=["links"], source=_CRASHES_OVER_URLS)
    simctl("launch", str(app))
    said = simctl("openurl", "links:add")

    assert said.returncode == 3
    assert "com.example.Links crashed: KeyError: 'u' (Links.py:6)" in said.stderr


def test_an_extension_without_the_entitlement_is_told_though_it_completes(
    simctl: Simctl, tmp_path: Path
) -> None:
    save = Extension("Save", _FORGOT_ITS_GROUP)
    app = make_app(tmp_path, "Links", source=_CRASHES_OVER_URLS, extensions=[save])
    simctl("launch", str(app))
    said = simctl("share", "--text", "x", "--with", "com.example.Links.Save")

    assert said.returncode == 0
    apple, place, lesson, *_ = said.stderr.splitlines()

    assert apple.startswith("Sandbox: Save(")
    assert apple.endswith(") deny(1) container-url group.com.example.links")
    assert place.startswith("    Save.py:")
    assert lesson.startswith("    client is not entitled: 'group.com.example.links' is not in")


_CRASHES_OVER_FINGERS = """
from simulator.sdk.uikit import Application, View

class Fingers(Application):
    def did_finish_launching(self, options):
        self.show(View("Fingers", fields=["name"], buttons={"Save": self.save, "Hi": self.hi}))

    def save(self):
        print("saving")
        raise KeyError("name")

    def hi(self):
        print("hi")

    def text_changed(self, field, text):
        raise ValueError(text)
"""

_CRASHES_OVER_KEYS = """
from simulator.sdk.keyboard import InputViewController

class Keys(InputViewController):
    def key_tapped(self, key):
        raise KeyError(key)
"""

_CRASHES_AT_ONCE = """
import sys
from simulator.sdk.uikit import Application

class Early(Application):
    def did_finish_launching(self, options):
        print("good morning")
        print("good night", file=sys.stderr)
        raise KeyError("early")
"""


def test_a_tap_that_crashes_the_app_is_told_with_its_line(simctl: Simctl, tmp_path: Path) -> None:
    simctl("launch", str(make_app(tmp_path, "Fingers", source=_CRASHES_OVER_FINGERS)))

    assert simctl("tap", "Hi").returncode == 0

    said = simctl("tap", "Save")

    assert said.returncode == 3
    assert "Simulator device failed to tap Save." in said.stderr
    assert "com.example.Fingers crashed: KeyError: 'name' (Fingers.py:10)" in said.stderr
    assert said.stderr.endswith("\tKeyError: 'name'\n")


def test_typing_that_crashes_the_app_or_the_keyboard_is_told(
    simctl: Simctl, tmp_path: Path
) -> None:
    keys = Extension("Keys", _CRASHES_OVER_KEYS, point="com.apple.keyboard-service")
    app = make_app(tmp_path, "Fingers", source=_CRASHES_OVER_FINGERS, extensions=[keys])
    simctl("launch", str(app))
    by_keyboard = simctl("type", "--keyboard", "com.example.Fingers.Keys", "x")
    by_system = simctl("type", "hello")

    assert (by_keyboard.returncode, by_system.returncode) == (3, 3)
    assert "Simulator device failed to type.\n" in by_system.stderr
    assert "com.example.Fingers.Keys crashed: KeyError: 'x' (Keys.py:6)" in by_keyboard.stderr
    assert "com.example.Fingers crashed: ValueError: hello (Fingers.py:16)" in by_system.stderr


def test_output_of_an_app_that_crashes_at_once_comes_before_the_error(
    simctl: Simctl, tmp_path: Path
) -> None:
    said = simctl("launch", "--console", str(make_app(tmp_path, "Early", source=_CRASHES_AT_ONCE)))

    assert said.returncode == 1
    assert said.stdout == "good morning\n"
    assert said.stderr.index("good night\n") < said.stderr.index(FRAME)
    assert said.stderr.count("good night") == 1
    assert said.stderr.endswith("crashed: KeyError: 'early' (Early.py:9)\n")


def test_console_of_an_app_that_crashes_later_ends_with_1(
    simctl: Simctl, start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    app = make_app(tmp_path, "Fingers", source=_CRASHES_OVER_FINGERS)

    with start("launch", "--console", str(app)) as console:
        assert console.stdout is not None
        assert console.stdout.readline().startswith("com.example.Fingers: ")
        simctl("tap", "Save")
        output, trouble = console.communicate(timeout=20)

    assert console.returncode == 1
    assert output == "saving\n"
    assert trouble.endswith("com.example.Fingers crashed: KeyError: 'name' (Fingers.py:10)\n")


def test_a_lock_state_that_is_none_and_no_device_is_told_as_both(phone: Simctl) -> None:
    for words in (("foo",), ("foo", "unlocked")):
        assert phone("lock-state", *words).returncode != 0

    said = phone("lock-state", "foo")

    assert said.returncode == 1
    assert said.stderr.startswith(
        "foo is no device, and neither before-first-unlock nor unlocked\nUsage: simctl lock-state "
    )
    assert "; did you mean unlocked?\n" in phone("lock-state", "unloked").stderr
    assert phone("lock-state").stdout == "unlocked\n"

    opposite = phone("lock-state", "locked").stderr

    assert "neither before-first-unlock nor unlocked; a device that was never" in opposite
    assert "did you mean" not in opposite


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("booted", "--terminate-running-process", NOTES), "--terminate-running-process"),
        (("booted", "--console-pty", NOTES), "--console-pty"),
        (("booted", "--nonsense", NOTES), "--nonsense"),
    ],
)
def test_an_option_behind_the_device_is_no_app(
    phone: Simctl, words: tuple[str, ...], hint: str
) -> None:
    said = phone("launch", *words)

    assert said.returncode == 1
    assert said.stderr.startswith(f"Options come before the device: {hint} ")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("diff-container list nodev", "Invalid device: nodev"),
        ("defaults -currentHost read", "No such option: -currentHost"),
        ("swcutil -d example.com show", "No such option: -d"),
        ("get_app_container com.example.Notes foo", "foo is none of app, data, groups"),
        (
            "get_app_container booted com.example.Notes foo",
            "foo is none of app, data, groups, and no App Group of com.example.Notes (group.",
        ),
        ("file ls --app a --group b", "Say which container: only one of --group, --app"),
        ("file ls --app com.example.Nots", "did you mean com.example.Notes?"),
        (
            "file ls --extension com.example.Notes.ShareToNote",
            "did you mean com.example.Notes.ShareToNotes?",
        ),
        ("file ls --group group.com.example.note", "did you mean group.com.example.notes?"),
    ],
)
def test_what_was_meant_is_told(line: str, sentence: str, phone: Simctl) -> None:
    said = phone(*line.split())

    assert said.returncode != 0
    assert sentence in said.stderr


def test_an_answer_that_has_no_rows_says_so(phone: Simctl, tmp_path: Path) -> None:
    (tmp_path / "aasa.json").write_text('{"webcredentials": {"apps": []}}')
    shown = phone("swcutil", "show", "-d", "nope.example.com")
    verified = phone(
        *("swcutil", "verify", "-d", "example.com", "-u", "https://example.com/"),
        *("-j", str(tmp_path / "aasa.json")),
    )

    assert "nope.example.com among its associated domains" in shown.stderr
    assert (verified.returncode, verified.stderr) == (
        1,
        "note: the file names no app: no link opens one\n",
    )


def test_help_of_a_short_form_is_its_own(phone: Simctl) -> None:
    assert phone("defaults", "read", "--help").stdout == phone("help", "defaults", "read").stdout
