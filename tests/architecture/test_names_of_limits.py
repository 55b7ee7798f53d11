"""A limit that nobody asks is none."""

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.daemonkit import limits

if TYPE_CHECKING:
    from tests.architecture.conftest import Module


def test_every_limit_is_used(modules: "list[Module]") -> None:
    used = {
        node.id
        for module in modules
        if module.name != "simulator/daemonkit/limits.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }

    assert [name for name in limits.__all__ if name not in used] == []


def test_every_limit_says_its_unit_or_its_kind() -> None:
    ends = ("_MAX", "_S", "_KEPT", "_TURN", "_BYTES")

    assert [name for name in limits.__all__ if not name.endswith(ends)] == []


def test_every_limit_is_in_the_documents(root: Path) -> None:
    text = (root / "docs" / "protocol.md").read_text()

    assert [name for name in limits.__all__ if name not in text] == []
