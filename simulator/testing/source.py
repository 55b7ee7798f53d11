"""What of a test module a class needs, to run in a bundle of its own.

The class's statement, and every import, assignment, function and class of the module that it names,
directly or through one of these. Each stays on its own line, so that the line numbers of a crash
are the test module's.
"""

import ast
import inspect
from pathlib import Path

from simulator.xpc.errors import Misuse

__all__ = ("program_of",)


def _names_bound(node: ast.stmt) -> set[str]:
    """Return the names that a module-level statement binds."""
    match node:
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return {alias.asname or alias.name.partition(".")[0] for alias in aliases}
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign() | ast.AnnAssign():
            return {
                child.id
                for child in ast.walk(node)
                if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store)
            }
        case _:
            return set()


def _names_used(node: ast.AST) -> set[str]:
    return {
        child.id
        for child in ast.walk(node)
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Load)
    }


def _span(node: ast.stmt) -> tuple[int, int]:
    """Return the first and last line of a statement, decorators included."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])

    return first, node.end_lineno or node.lineno


def _find(tree: ast.Module, cls: type, line: int) -> ast.ClassDef:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
            first, last = _span(node)

            if first <= line <= last:
                return node

    raise Misuse(f"the source of {cls.__qualname__} is not in its module")


def _needed(tree: ast.Module, start: ast.ClassDef) -> list[ast.stmt]:
    """Return the module's statements that ``start`` needs, without itself."""
    binders: dict[str, ast.stmt] = {}

    for node in tree.body:
        binders.update(dict.fromkeys(_names_bound(node), node))

    found: list[ast.stmt] = []
    waiting = [*_names_used(start)]

    while waiting:
        binder = binders.get(waiting.pop())

        if binder is not None and binder is not start and binder not in found:
            found.append(binder)
            waiting += _names_used(binder)

    return found


def program_of(cls: type) -> str:
    """Return the text of a program that holds ``cls`` and what it needs of its module.

    Raises:
        Misuse: Its source cannot be read.
    """
    try:
        file = inspect.getsourcefile(cls)
        _, line = inspect.getsourcelines(cls)
        text = Path(file or "").read_text(encoding="utf-8")
    except (OSError, TypeError) as problem:
        raise Misuse(
            f"the source of {cls.__qualname__} cannot be read ({problem}); "
            "make_app(source=...) takes it as text"
        ) from problem

    tree = ast.parse(text)
    lines = text.splitlines()
    node = _find(tree, cls, line)
    program = [""] * len(lines)

    for statement in (*_needed(tree, node), node):
        first, last = _span(statement)
        indent = statement.col_offset

        for number in range(first - 1, last):
            program[number] = lines[number][indent:]

    return "\n".join(program) + "\n"
