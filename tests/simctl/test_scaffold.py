"""New apps and extensions: they pass their own test, and overwrite nothing."""

import json
import os
import plistlib
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.simctl.conftest import environment

pytestmark = pytest.mark.slow

Said = subprocess.CompletedProcess[str]
Simctl = Callable[..., Said]

POINTS = ["share", "widget", "notification-service", "keyboard"]
PLUGIN = ("-p", "simulator.testing.plugin")


def ok(said: Said) -> str:
    assert said.returncode == 0, said.stderr

    return said.stdout


def pytest_in(folder: Path) -> Said:
    """Run pytest as a person does in a folder; the plugin is there once the wheel is installed."""
    is_installed = any(point.name == "simulator" for point in entry_points(group="pytest11"))
    plugin = () if is_installed else PLUGIN

    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", ".", "-p", "no:cacheprovider", *plugin],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_new_app_with_an_extension_of_each_point_passes_its_tests(
    simctl: Simctl, tmp_path: Path
) -> None:
    told = ok(simctl("new", "app", "Memo"))

    for point in POINTS:
        name = point.partition("-")[0].title()
        ok(simctl("new", "extension", f"My{name}", "--point", point))

    info = plistlib.loads((tmp_path / "Memo.app" / "Info.plist").read_bytes())
    said = pytest_in(tmp_path)

    assert told.splitlines() == [
        "Created Memo.app/Info.plist",
        "Created Memo.app/Memo.entitlements",
        "Created Memo.app/Memo.py",
        "Created test_memo.py",
        "",
        "Next:",
        "  simctl launch Memo.app",
        "  simctl screen",
        "  pytest test_memo.py",
    ]
    assert info["SIMEmbeddedExtensions"] == [
        "MyShare.appex", "MyWidget.appex", "MyNotification.appex", "MyKeyboard.appex",
    ]  # fmt: skip
    assert said.returncode == 0, said.stdout
    assert "5 passed" in said.stdout


@pytest.mark.parametrize("point", POINTS)
def test_a_new_extension_alone_gets_an_app_and_runs(
    simctl: Simctl, tmp_path: Path, point: str
) -> None:
    told = ok(simctl("new", "extension", "Alone", "--point", point))
    said = pytest_in(tmp_path)
    ok(simctl("launch", "AloneApp.app"))
    (row,) = json.loads(ok(simctl("extension", "list", "-j")))

    assert "Created AloneApp.app/Info.plist\n" in told
    assert "com.example.AloneApp.Alone" in told
    assert said.returncode == 0, said.stdout
    assert row["bundleIdentifier"] == "com.example.AloneApp.Alone"
    assert row["isSimulated"]


def test_app_and_extension_keep_their_texts_under_names_of_their_own(simctl: Simctl) -> None:
    ok(simctl("new", "app", "Memo"))
    ok(simctl("new", "extension", "Clip", "--point", "share"))
    ok(simctl("launch", "Memo.app"))
    group = ("--group", "group.com.example.memo")

    for text in ("one", "two"):
        ok(simctl("type", text))
        ok(simctl("tap", "Add"))
        ok(simctl("share", "--text", f"{text} shared", "--with", "com.example.Memo.Clip"))

    names = ok(simctl("file", "ls", *group, "texts")).split()
    owners = [name.partition("-")[2] for name in names]
    texts = [ok(simctl("file", "read", *group, f"texts/{name}")) for name in names]

    assert owners == ["Memo.txt", "Clip.txt"] * 2
    assert texts == ["one", "one shared", "two", "two shared"]


def test_nothing_is_overwritten_and_all_that_is_in_the_way_is_named(
    simctl: Simctl, tmp_path: Path
) -> None:
    ok(simctl("new", "extension", "Clip", "--point", "share", "--app", "Memo"))
    before = files_in(tmp_path)
    app = simctl("new", "app", "Memo")
    extension = simctl("new", "extension", "Clip", "--point", "keyboard", "--app", "Memo")

    assert app.stderr == "Nothing was made, because this is in the way:\n\tMemo.app\n"
    assert extension.stderr == (
        "Nothing was made, because this is in the way:\n\tClip.appex\n\ttest_clip.py\n"
    )
    assert (app.returncode, extension.returncode) == (1, 1)
    assert files_in(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("app",), "Missing argument: NAME"),
        (("app", "A", "B"), "Unexpected argument: B"),
        (("app", "memo"), "'memo' cannot be a name: it should be a capital letter and then "),
        (("app", "../Memo"), "'../Memo' cannot be a name: "),
        (("app", "Me\x1bmo"), "'Me\\x1bmo' cannot be a name: "),
        (("app", "Mémo"), "'Mémo' cannot be a name: "),
        (("app", "View"), "'View' cannot be a name: Python or the SDK means something else by it"),
        (("app", "True"), "'True' cannot be a name: "),
        (("extension", "Clip"), "Missing option: --point, one of share, widget, "),
        (("extension", "Clip", "--point", "today"), "There is no extension point today: "),
        (
            ("extension", "Clip", "--point", "share", "--app", "Clip"),
            "the app and its extension cannot both be called Clip: ",
        ),
    ],
    ids=lambda value: " ".join(value).replace("\x1b", "") if isinstance(value, tuple) else "",
)
def test_what_cannot_be_made_is_one_sentence(
    simctl: Simctl, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    said = simctl("new", *arguments)

    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith(sentence)
    assert files_in(tmp_path) == {}


def test_with_several_apps_one_must_be_named(simctl: Simctl) -> None:
    ok(simctl("new", "app", "One"))
    ok(simctl("new", "app", "Two"))
    said = simctl("new", "extension", "Clip", "--point", "keyboard")

    assert said.returncode == 1
    assert said.stderr.startswith("There are several apps here: give --app, one of One, Two\n")


def test_an_existing_app_lends_its_team_and_group_and_keeps_its_keys(
    simctl: Simctl, tmp_path: Path, notes: Path
) -> None:
    for name in ("Info.plist", "Notes.entitlements", "Notes.py"):
        (tmp_path / "Notes.app").mkdir(exist_ok=True)
        (tmp_path / "Notes.app" / name).write_bytes((notes / name).read_bytes())

    path = tmp_path / "Notes.app" / "Info.plist"
    old = plistlib.loads(path.read_bytes())
    told = ok(simctl("new", "extension", "Late", "--point", "share", "--app", "Notes.app/"))
    new = plistlib.loads(path.read_bytes())
    entitlements = plistlib.loads((tmp_path / "Late.appex" / "Late.entitlements").read_bytes())

    assert "Changed Notes.app/Info.plist\n" in told
    assert new.pop("SIMEmbeddedExtensions") == [*old.pop("SIMEmbeddedExtensions"), "Late.appex"]
    assert new == old
    assert entitlements["com.apple.security.application-groups"] == ["group.com.example.notes"]


def test_an_app_without_a_group_cannot_share_one(simctl: Simctl, tmp_path: Path) -> None:
    ok(simctl("new", "app", "Memo"))
    (tmp_path / "Memo.app" / "Memo.entitlements").unlink()
    before = files_in(tmp_path)
    said = simctl("new", "extension", "Clip", "--point", "widget")

    assert said.returncode == 1
    assert said.stderr.startswith("Memo.app is in no App Group, and Clip would share nothing")
    assert files_in(tmp_path) == before


def test_a_broken_property_list_is_named(simctl: Simctl, tmp_path: Path) -> None:
    ok(simctl("new", "app", "Memo"))
    (tmp_path / "Memo.app" / "Info.plist").write_text("<plist><dict>")
    said = simctl("new", "extension", "Clip", "--point", "keyboard")

    assert said.returncode == 1
    assert f"{tmp_path}/Memo.app/Info.plist cannot be read: " in said.stderr


def test_a_reader_that_leaves_early_still_gets_a_whole_project(
    simctl: Simctl, tmp_path: Path
) -> None:
    ok(simctl("new", "app", "Memo"))
    command = simctl("help").args[:-1]
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb") as closed:
        said = subprocess.run(
            [*command, "new", "extension", "Clip", "--point", "share"],
            cwd=tmp_path,
            stdout=closed,
            stderr=subprocess.PIPE,
            env=environment(PYTHONUNBUFFERED="1"),
            check=False,
        )

    info = plistlib.loads((tmp_path / "Memo.app" / "Info.plist").read_bytes())
    left = {name for name in files_in(tmp_path) if "Clip" in name or "clip" in name}

    assert (said.returncode, said.stderr) == (141, b"")
    assert info["SIMEmbeddedExtensions"] == ["Clip.appex"]
    assert left == {
        "Clip.appex/Clip.entitlements", "Clip.appex/Clip.py", "Clip.appex/Info.plist",
        "test_clip.py",
    }  # fmt: skip
