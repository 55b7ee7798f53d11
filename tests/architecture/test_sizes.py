"""Modules and functions stay of a size that a person reads in one go."""

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import Module


MODULE_LINES_MAX = 600  # 50 to 300 is the habit
FUNCTION_LINES_MAX = 70
LINE_COLUMNS_MAX = 100


def test_no_module_is_too_long(modules: "list[Module]", bundles: "list[Module]") -> None:
    lengths = {module.name: module.text.count("\n") for module in (*modules, *bundles)}

    assert {name: lines for name, lines in lengths.items() if lines > MODULE_LINES_MAX} == {}


def test_no_function_is_too_long(all_modules: "list[Module]") -> None:
    found = [
        f"{module.name}:{node.lineno} {node.name} has {lines} lines"
        for module in all_modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]

    assert found == []


def test_every_public_thing_has_a_docstring(modules: "list[Module]") -> None:
    silent = [
        f"{module.name}:{node.lineno} {node.name}"
        for module in modules
        for node in module.tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name[0] != "_"
        and not ast.get_docstring(node)
    ]

    assert [module.name for module in modules if not ast.get_docstring(module.tree)] == []
    assert silent == []
