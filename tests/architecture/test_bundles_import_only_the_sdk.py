"""A sample is what an iOS developer copies: the SDK, the standard library, nothing of ours."""

import ast
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import Module


SAMPLE = Path("extensions/ShareToNotes.appex/ShareToNotes.py")
CODE_LINES_MAX = 20


def test_bundles_import_the_sdk_and_the_standard_library(bundles: "list[Module]") -> None:
    foreign = []

    for module in bundles:
        for node in ast.walk(module.tree):
            names = []

            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or "."]

            foreign += [(module.name, name) for name in names if not _allowed(name)]

    assert foreign == []


def _allowed(name: str) -> bool:
    if re.fullmatch(r"simulator\.sdk\.[a-z]\w*", name):  # not its modules with an underscore
        return True

    return name.partition(".")[0] in sys.stdlib_module_names


def test_no_bundle_is_a_package(root: Path) -> None:
    found = [
        path for folder in ("apps", "extensions") for path in (root / folder).rglob("__init__.py")
    ]

    assert found == []


def test_every_program_carries_its_bundles_name(root: Path) -> None:
    bundles = [*(root / "apps").glob("*.app"), *(root / "extensions").glob("*.appex")]

    assert bundles
    assert [bundle.name for bundle in bundles if not (bundle / f"{bundle.stem}.py").is_file()] == []


def test_the_readme_shows_the_sample_itself(root: Path) -> None:
    text = (root / SAMPLE).read_text()

    shown = re.findall(r"```python\n(.*?)```", (root / "README.md").read_text(), re.DOTALL)

    assert text in shown


def test_the_sample_fits_on_a_screen(root: Path) -> None:
    text = (root / SAMPLE).read_text()
    docstring = ast.get_docstring(ast.parse(text)) or ""

    code = [line for line in text.splitlines() if line.strip() and docstring not in line]

    assert len(code) <= CODE_LINES_MAX
