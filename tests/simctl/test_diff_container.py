"""simctl diff-container: what has changed in a container since its state was saved."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.simctl.conftest import runner, stop

pytestmark = pytest.mark.slow

Simctl = Callable[..., subprocess.CompletedProcess[str]]

GROUP = "group.com.example.notes"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simctl, Path]]:
    """A phone with Notes on it, and the folder of its group."""
    folder = tmp_path_factory.mktemp("compared")
    simctl = runner(folder / "Devices", folder)
    assert simctl("launch", "Notes").returncode == 0
    group = Path(simctl("get_app_container", "com.example.Notes", GROUP).stdout.strip())
    yield simctl, group
    stop(folder / "Devices")


def test_what_was_added_removed_and_changed_is_told_with_sizes_and_keys(
    saved: tuple[Simctl, Path],
) -> None:
    simctl, group = saved
    (group / "kept").write_text("same")
    (group / "gone").write_text("soon")
    (group / "grown").write_text("small")
    (group / "link").symlink_to("kept")
    (group / "list.plist").write_text(
        '<?xml version="1.0"?><plist version="1.0"><dict><key>a</key><integer>1</integer></dict>'
        "</plist>"
    )
    told = simctl("diff-container", "save", "before", "--group", GROUP)
    assert told.returncode == 0, told.stderr
    assert simctl("diff-container", "before").stdout == "Nothing has changed.\n"

    (group / "gone").unlink()
    (group / "grown").write_text("larger than before")
    (group / "new").write_text("12345")
    (group / "link").unlink()
    (group / "link").symlink_to("/etc/passwd")
    (group / "list.plist").write_text(
        '<?xml version="1.0"?><plist version="1.0"><dict><key>a</key><integer>2</integer></dict>'
        "</plist>"
    )
    assert simctl("openurl", "notes:new?text=hi").returncode == 0
    simctl("screen")
    said = simctl("diff-container", "before")

    assert said.stdout == (
        "+ Library/Preferences/group.com.example.notes.plist\n"
        "    count: new: 1\n"
        "- gone (4 bytes)\n"
        "~ grown (5 → 18 bytes)\n"
        "~ link (link)\n"
        "    kept → /etc/passwd\n"
        "~ list.plist (95 bytes)\n"
        "    a: 1 → 2\n"
        "+ new (5 bytes)\n"
        "+ notes/0000.txt (2 bytes)\n"
    )
    as_json = json.loads(simctl("diff-container", "--json", "before").stdout)
    assert [row["what"] for row in as_json].count("changed") == 3


def test_states_have_names_and_are_listed_and_forgotten(saved: tuple[Simctl, Path]) -> None:
    simctl, _ = saved
    assert simctl("diff-container", "save", "one", "--app", "com.example.Notes").returncode == 0
    assert "one" in simctl("diff-container", "list").stdout.split()
    assert simctl("diff-container", "rm", "one").returncode == 0
    assert "one" not in simctl("diff-container", "list").stdout.split()

    again, near = simctl("diff-container", "rm", "one"), simctl("diff-container", "save", "onset")
    assert (again.returncode, near.returncode) == (1, 1)
    assert "no state is saved as 'one'" in again.stderr
    assert "one of --group, --app, --extension" in near.stderr

    wrong, evil = simctl("diff-container", "one"), simctl("diff-container", "../../x")

    assert wrong.returncode == evil.returncode == 1
    assert "no state is saved as 'one'" in wrong.stderr
    assert "is no name for a state" in evil.stderr


def test_a_name_is_the_containers_own(saved: tuple[Simctl, Path]) -> None:
    simctl, group = saved
    in_app = ("--app", "com.example.Notes")
    in_group = ("--group", GROUP)
    assert simctl("diff-container", "save", "both", *in_group).returncode == 0
    (group / "of-the-group").write_text("x")
    wrong = simctl("diff-container", "both", *in_app)
    assert simctl("diff-container", "save", "both", *in_app).returncode == 0

    assert wrong.returncode == 1
    assert wrong.stderr == (
        f"no state of app com.example.Notes is saved as 'both', but of group {GROUP}\n"
    )
    assert "+ of-the-group (1 bytes)\n" in simctl("diff-container", "both", *in_group).stdout
    assert simctl("diff-container", "both", *in_app).stdout == "Nothing has changed.\n"

    unclear = simctl("diff-container", "both")

    assert unclear.returncode == 1
    assert f"several containers: say which, app com.example.Notes, group {GROUP}" in unclear.stderr
    assert simctl("diff-container", "rm", "both").returncode == 1

    rows = json.loads(simctl("diff-container", "list", "--json", *in_app).stdout)
    line = next(
        line
        for line in simctl("diff-container", "list", *in_group).stdout.splitlines()
        if line.startswith("both ")
    )

    assert ("both", "app", "com.example.Notes") in [
        (row["name"], row["kind"], row["identifier"]) for row in rows
    ]
    assert {row["kind"] for row in rows} == {"app"}
    assert re.fullmatch(rf"both +group {GROUP} +\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d", line)

    assert simctl("diff-container", "rm", "both", *in_app).returncode == 0
    assert simctl("diff-container", "both").returncode == 0  # one is left
    assert "did you mean both?" in simctl("diff-container", "rm", "bot").stderr
