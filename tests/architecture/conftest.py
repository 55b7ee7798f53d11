"""The checkout and its modules, as the architecture tests read them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Module(NamedTuple):
    """A source file, parsed."""

    name: str
    text: str
    tree: ast.Module

    def calls(self) -> Iterator[tuple[str, int]]:
        """Yield the dotted name and the line of every call, as written, imports resolved."""
        aliases = self._aliases()

        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                head, _, rest = ast.unparse(node.func).partition(".")
                resolved = aliases.get(head, head)

                yield (f"{resolved}.{rest}" if rest else resolved), node.lineno

    def _aliases(self) -> dict[str, str]:
        found: dict[str, str] = {}

        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                found |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
            elif isinstance(node, ast.Import):
                found |= {a.asname: a.name for a in node.names if a.asname}

        return found


def _read(*folders: str) -> list[Module]:
    found = []

    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text()
            found.append(Module(str(path.relative_to(ROOT)), text, ast.parse(text)))

    assert found, f"no module in {folders}"

    return found


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def modules() -> list[Module]:
    """Every module of the two packages."""
    return _read("simulator", "shared_container")


@pytest.fixture(scope="session")
def bundles() -> list[Module]:
    """Every module of the sample bundles."""
    return _read("apps", "extensions")


@pytest.fixture(scope="session")
def all_modules(modules: list[Module], bundles: list[Module]) -> list[Module]:
    """Every module there is, the tests too."""
    return [*modules, *bundles, *_read("tests")]
