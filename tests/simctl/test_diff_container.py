"""simctl diff-container: what has changed in a container since its state was saved."""

import json
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

    wrong, evil = simctl("diff-container", "one"), simctl("diff-container", "../../x")

    assert wrong.returncode == evil.returncode == 1
    assert "no state is saved as 'one'" in wrong.stderr
    assert "is no name for a state" in evil.stderr
