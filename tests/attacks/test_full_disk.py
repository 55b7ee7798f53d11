"""A device set on a full disk, and on one that cannot be written: said clearly, and got over.

The disk is a small tmpfs in a mount namespace of a child process, which tells what it saw.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from simulator.device.settings import must_enforce

pytestmark = pytest.mark.slow

SMALL = """
import json, os, sys
from pathlib import Path
from simulator.control.service import Service
from simulator.sandbox import kernel
from simulator.testing.bundles import make_app
from simulator.testing.device import Device

folder = Path(sys.argv[1])
user, group = os.getuid(), os.getgid()

try:
    kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS)
    for name, text in ("setgroups", "deny"), ("gid_map", f"{group} {group} 1"), (
        "uid_map", f"{user} {user} 1"
    ):
        Path("/proc/self", name).write_text(text)
    disk = folder / "disk"
    disk.mkdir()
    kernel.mount("disk", str(disk), "tmpfs", FLAGS, "size=8m")
except OSError as problem:
    print(json.dumps(["namespace", "", str(problem)]))
    sys.exit()

def attempt(what, act):
    try:
        print(json.dumps([what, "", act()]))
    except Exception as problem:
        print(json.dumps([what, type(problem).__name__, str(problem)]))

def fill():
    with open(disk / "filler", "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)): pass
        except OSError: pass

def start():
    global service
    read, write = os.pipe()
    service = Service(disk / "set", lifeline=read)
"""
PROBE = """
import os
from simulator.sdk.foundation import CocoaError, FileManager, UserDefaults
from simulator.sdk.uikit import Application
class Probe(Application):
    def did_finish_launching(self, options):
        docs = FileManager.default.documents_directory
        try:
            FileManager.default.write_atomically(bytes(100_000), docs / "note")
        except CocoaError as problem:
            print(problem.code, problem.localized_description, sorted(os.listdir(docs)))
        try:
            open(os.environ["HOME"] + "/Documents/x", "wb").write(bytes(100_000))
        except OSError as problem:
            print(problem.strerror)
        UserDefaults.standard.set("x" * 100_000, "key")
        UserDefaults.standard.synchronize()
"""
FULL = f"""
attempt("start", start)
device = Device(service, folder, os.urandom(32))
device.boot()
app = make_app(folder, "Probe", source={PROBE!r})
other = make_app(folder, "Other", source="pass")
huge = make_app(folder, "Huge", source="#" * (9 << 20))
attempt("install of what is too large", lambda: device.install(huge))
probe = device.install(app)
fill()
attempt("install", lambda: device.install(other))
attempt("launch", lambda: device.launch(probe, wait_s=20.0).output)
(folder / "large").write_bytes(bytes(100_000))
in_probe = dict(kind="app", identifier=probe, path="Documents/large")
attempt("push", lambda: device.ask("file_push", source=str(folder / "large"), **in_probe))
attempt("pushed", lambda: len(os.listdir(device.container(probe) / "Documents")))
attempt("state", lambda: device.ask("state_save", kind="app", identifier=probe, name="now"))
attempt("set", lambda: device.events.of(operation="set-failed").only().reason)
attempt("create", lambda: Device(service, folder, os.urandom(32)).udid)
attempt("uninstall", lambda: device.uninstall(probe))
attempt("listapps", lambda: [row["bundle_id"] for row in device.ask("listapps")])
attempt("reboot", device.reboot)
os.unlink(disk / "filler")
attempt("uninstall again", lambda: device.uninstall(probe))
attempt("install again", lambda: device.install(app))
attempt("left behind", lambda: sorted(each.name for each in (disk / "set").iterdir()
                                      if each.is_dir() and each.name != device.udid))
service.stop()
"""
GROUP = "group.com.example.shared"
SETTER = f"""
from simulator.sdk.foundation import UserDefaults
from simulator.sdk.uikit import Application
class Setter(Application):
    def open_url(self, url, options):
        suite = UserDefaults({GROUP!r})
        suite.set(url.query["v"] * int(url.query["n"]), url.query["k"])
        saved = suite.synchronize()
        print(url.query["i"], url.query["k"], saved, suite.object(url.query["k"]))
"""
SETS = f"""
turns = iter(range(1, 9))

def set(key, value, times=1):
    head = f"{{next(turns)}} "
    app = device.open_url(f"setter:set?k={{key}}&v={{value}}&n={{times}}&i={{head[:-1]}}")
    answer = lambda: next((line for line in app.output if line.startswith(head)), None)
    return app.wait_until(answer, timeout_s=10).removeprefix(head)

def defaults(*words):
    done = device.spawn("defaults", *words)
    return [done.status, done.output, [line[line.find("] ") + 2:]
                                       for line in done.errors.splitlines()]]

def refusals():
    return [event.reason for event in device.events.of(kind="defaults", operation="set-failed")]

def later():
    attempt("later, an app", lambda: set("b", "2"))
    attempt("later, defaults", lambda: defaults("write", {GROUP!r}, "c", "3"))
    device.reboot()
    attempt("settings in the end", lambda: device.defaults_settings().strict)
    attempt("in the end", lambda: device.group({GROUP!r}).defaults)
    service.stop()

attempt("start", start)
device = Device(service, folder, os.urandom(32))
device.boot()
device.install(make_app(folder, "Setter", source={SETTER!r}, groups=[{GROUP!r}],
                        schemes=["setter"]))
attempt("before", lambda: set("a", "1"))
"""
FULL_PREFERENCES = f"""
{SETS}
fill()
attempt("an app", lambda: set("b", "x", 100_000))
attempt("defaults", lambda: defaults("write", {GROUP!r}, "c", "x" * 50_000))
attempt("settings", lambda: device.defaults_settings(strict=True).strict)
attempt("read", lambda: defaults("read", {GROUP!r}))
attempt("log", refusals)
os.unlink(disk / "filler")
later()
"""
READ_ONLY_PREFERENCES = f"""
{SETS}
preferences = device.group({GROUP!r}).path / "Library" / "Preferences"
device.shutdown()
kernel.mount(str(preferences), str(preferences), "", kernel.MS_BIND, "")
kernel.mount("", str(preferences), "", kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY, "")
device.boot()
attempt("an app", lambda: set("b", "2"))
attempt("defaults", lambda: defaults("write", {GROUP!r}, "c", "3"))
attempt("settings", lambda: device.defaults_settings(strict=True).strict)
attempt("read", lambda: defaults("read", {GROUP!r}))
attempt("log", refusals)
kernel.mount("", str(preferences), "", kernel.MS_BIND | kernel.MS_REMOUNT, "")
later()
"""
CHOICES = """
from simulator.testing.bundles import Extension

attempt("start", start)
device = Device(service, folder, os.urandom(32))
device.boot()
first, second = (
    device.install(make_app(folder, name, source="pass", schemes=["both"],
                            extensions=[Extension("Share", "pass")]))
    for name in ("First", "Second")
)
extension = f"{first}.Share"

def choose(bundle_id):
    device.ask("choose_scheme", scheme="both", bundle_id=bundle_id)

def chosen():
    (row,) = (row for row in device.ask("schemes") if row[0] == "both")
    found = {row["bundle_id"]: row["election"] for row in device.ask("plug_ins")}
    return [row[2], found.get(extension)]

choose(first)
device.elect(extension, "ignore")
"""
FULL_CHOICES = f"""
{CHOICES}
fill()
attempt("choose", lambda: choose(second))
attempt("choose none", lambda: choose(""))
attempt("open always", lambda: device.open_url("both:x", with_app=second, always=True))
attempt("elect", lambda: device.elect(extension, "use"))
attempt("elect none", lambda: device.elect(extension, "default"))
attempt("meanwhile", chosen)
os.unlink(disk / "filler")
attempt("choose again", lambda: choose(second))
attempt("elect again", lambda: device.elect(extension, "use"))
device.reboot()
attempt("in the end", chosen)
service.stop()
"""
READ_ONLY_CHOICES = f"""
{CHOICES}
chosen_in = disk / "set" / device.udid / "data" / "Library" / "lsd"
kernel.mount(str(chosen_in), str(chosen_in), "", kernel.MS_BIND, "")
kernel.mount("", str(chosen_in), "", kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY, "")
home = device.container(first)
attempt("uninstall", lambda: device.uninstall(first))
attempt("left of it", lambda: os.path.exists(home))
attempt("events", lambda: [[event.operation, event.reason.partition(":")[0]]
                           for event in device.events
                           if event.resource == first and event.operation.startswith("un")])
attempt("install again", lambda: device.install(make_app(folder, "First", source="pass",
                                                         schemes=["both"])))
attempt("chosen", lambda: chosen()[0])
kernel.mount("", str(chosen_in), "", kernel.MS_BIND | kernel.MS_REMOUNT, "")
attempt("choose", lambda: choose(""))
device.reboot()
attempt("in the end", lambda: chosen()[0])
service.stop()
"""
READ_ONLY = """
attempt("start", start)
"""


def _told(program: str, flags: str, folder: Path) -> dict[str, tuple[str, object]]:
    text = SMALL.replace("FLAGS", flags) + program
    done = subprocess.run(
        [sys.executable, "-P", "-c", text, str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    told = {what: (kind, value) for what, kind, value in rows}

    if "namespace" in told:
        if must_enforce():
            pytest.fail(f"no namespace for a disk of one's own: {told['namespace']}")

        pytest.skip(f"no namespace for a disk of one's own: {told['namespace']}")

    return told


def test_a_full_disk_is_said_and_got_over(tmp_path: Path) -> None:
    told = _told(FULL, "0", tmp_path)
    full = "No space left on device"
    begin = "the device set cannot be written"

    assert told["install of what is too large"] == (
        "WorldError",
        f"cannot write Huge.app/Huge.py into the device: {full}",
    )
    assert told["install"] == (
        "WorldError",
        f"cannot write Other.app/Info.plist into the device: {full}",
    )
    assert told["launch"] == (
        "",
        ["640 You can’t save the file “note” because the volume is out of space. []", full],
    )
    assert told["push"][0] == "CommandError"
    assert full in str(told["push"][1])
    assert told["pushed"] == ("", 1)  # what the guest had made room for; nothing half-written
    assert full in str(told["state"][1])
    assert full in str(told["set"][1])
    assert told["create"] == ("WorldError", f"{begin}: {full}")
    assert told["uninstall"] == ("WorldError", f"{begin}: {full}")
    assert told["listapps"] == ("", ["com.example.Probe"])
    assert told["reboot"] == ("", None)
    assert told["uninstall again"] == ("", None)
    assert told["install again"] == ("", "com.example.Probe")
    assert told["left behind"] == ("", [])


def test_a_set_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (kind, sentence) = _told(READ_ONLY, "kernel.MS_RDONLY", tmp_path)["start"]

    assert kind == "WorldError"
    assert str(sentence).endswith("/disk/set cannot be made: Read-only file system")


def test_a_set_where_nothing_can_be_made_is_said() -> None:
    program = "from simulator.simctl import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, "--set", "/proc/set", "list"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "/proc/set cannot be made" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("program", "reason", "settings"),
    [
        (FULL_PREFERENCES, "No space left on device", ("WorldError", False)),
        (READ_ONLY_PREFERENCES, "Read-only file system", ("", True)),  # they lie elsewhere
    ],
    ids=["full", "read-only"],
)
def test_preferences_that_cannot_be_written_are_said_and_got_over(
    tmp_path: Path, program: str, reason: str, settings: tuple[str, bool]
) -> None:
    told = _told(program, "0", tmp_path)
    status, output, errors = cast("tuple[int, str, list[str]]", told["defaults"][1])

    assert told["before"] == ("", "a True 1")
    assert told["an app"] == ("", "b False None")
    assert (status, output) == (1, "")
    assert errors[0] == f"Could not write domain {GROUP}; exiting"
    assert reason in errors[1]
    assert told["read"] == ("", [0, "{\n    a = 1;\n}\n", []])
    assert [reason in each for each in cast("list[str]", told["log"][1])] == [True, True]
    assert (told["settings"][0], told["settings in the end"][1]) == settings
    assert told["later, an app"] == ("", "b True 2")
    assert told["later, defaults"] == ("", [0, "", []])
    assert told["in the end"] == ("", {"a": "1", "b": "2", "c": "3"})


def test_choices_that_cannot_be_kept_are_not_taken(tmp_path: Path) -> None:
    told = _told(FULL_CHOICES, "0", tmp_path)
    refused = ("WorldError", "the device set cannot be written: No space left on device")

    assert [
        told[what] for what in ("choose", "choose none", "open always", "elect", "elect none")
    ] == [refused] * 5
    assert told["meanwhile"] == ("", ["com.example.First", "ignore"])
    assert told["in the end"] == ("", ["com.example.Second", "use"])


def test_an_app_goes_though_its_choices_cannot_be_written(tmp_path: Path) -> None:
    told = _told(READ_ONLY_CHOICES, "0", tmp_path)

    assert told["uninstall"] == ("", None)
    assert told["left of it"] == ("", False)
    assert told["events"] == (
        "",
        [["unwritten", "[Errno 30] Read-only file system"], ["uninstall", ""]],
    )
    assert told["install again"] == ("", "com.example.First")
    assert told["chosen"] == ("", "")
    assert told["choose"] == ("", None)
    assert told["in the end"] == ("", "")
