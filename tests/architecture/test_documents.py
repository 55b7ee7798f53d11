"""The documents name what there is, and their links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.device.person import SIMULATED_POINTS
from simulator.sdk.foundation import ReadingOptions, WritingOptions

if TYPE_CHECKING:
    from tests.architecture.conftest import Module


def _documents(root: Path) -> list[Path]:
    return [*root.glob("*.md"), *(root / "docs").rglob("*.md")]


def test_every_link_leads_somewhere(root: Path) -> None:
    lost = [
        f"{document.relative_to(root)}: {target}"
        for document in _documents(root)
        for target in re.findall(r"\]\(([^)#]+)", document.read_text())
        if "://" not in target and not (document.parent / target).exists()
    ]

    assert len(_documents(root)) > 10
    assert "\n".join(lost) == ""


def test_every_option_of_file_coordination_is_listed(root: Path) -> None:
    page = (root / "docs" / "writing-bundles.md").read_text()
    names = [
        name
        for options in (ReadingOptions, WritingOptions)
        for name in vars(options)
        if name.isupper()
    ]

    assert len(names) == 9
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_simulated_extension_point_has_a_page(root: Path) -> None:
    pages = {path: path.read_text() for path in (root / "docs" / "extension-points").glob("*.md")}
    about = {
        point: [path.name for path, text in pages.items() if f"\n`{point}`:" in text]
        for point in SIMULATED_POINTS
    }

    assert [len(found) for found in about.values()] == [1] * len(SIMULATED_POINTS)
    assert len(pages) == len(SIMULATED_POINTS)


def test_the_code_on_a_page_is_the_code_of_the_sample(root: Path) -> None:
    shown = {
        "README.md": "ShareToNotes",
        "docs/extension-points/keyboard.md": "NotesKeyboard",
        "docs/extension-points/notification-service.md": "NotesPush",
        "docs/extension-points/share.md": "ShareToNotes",
        "docs/extension-points/widget.md": "NotesWidget",
    }
    differing = [
        page for page, name in shown.items() if _sample(root, name) not in (root / page).read_text()
    ]

    assert differing == []


def _sample(root: Path, name: str) -> str:
    code = (root / "extensions" / f"{name}.appex" / f"{name}.py").read_text()

    return f"```python\n{code}```\n"


def test_every_subcommand_is_documented(root: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-P", "-c", "from simulator.simctl import main; main()", "help"],
        env={"PYTHONPATH": str(root)},
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    commands = re.findall(r"^\t(\w+) ", said, re.MULTILINE)
    page = (root / "docs" / "simctl.md").read_text()

    assert {"launch", "share", "log"} <= set(commands)
    assert [name for name in commands if not re.search(rf"`{name}[` ]", page)] == []


def test_every_fixture_and_option_is_documented(root: Path, modules: "list[Module]") -> None:
    (plugin,) = [m for m in modules if m.name == "simulator/testing/plugin.py"]
    fixtures = re.findall(r"^@pytest\.fixture.*\ndef (\w+)", plugin.text, re.MULTILINE)
    options = re.findall(r'"(--simulator-[a-z]+)"', plugin.text)
    page = (root / "docs" / "testing.md").read_text()

    assert fixtures
    assert options
    assert [name for name in (*fixtures, *options) if f"`{name}" not in page] == []


def test_every_environment_variable_is_documented(root: Path, modules: "list[Module]") -> None:
    names = {
        name
        for m in modules
        for name in re.findall(r'"(SIMULATOR_[A-Z_]+|SIMCTL_[A-Z_]+)"', m.text)
    }
    page = (root / "docs" / "simctl.md").read_text()

    assert names
    assert [name for name in sorted(names) if f"`{name}" not in page] == []


def test_the_table_of_what_is_granted_is_what_the_code_says(root: Path) -> None:
    script = root / "docs" / "sandbox_table.py"
    done = subprocess.run([sys.executable, str(script), "--check"], check=False)

    assert done.returncode == 0, "run make docs"
