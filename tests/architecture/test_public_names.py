"""``__all__`` is a tuple, and it is what the module defines for others."""

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.architecture.conftest import Module


def _defined(tree: ast.Module) -> set[str]:
    """Return the public classes, functions and assigned names of a module's top level."""
    found: set[str] = set()

    for node in tree.body:
        match node:
            case ast.FunctionDef(decorator_list=[ast.Call(func=ast.Attribute(attr="command")), *_]):
                pass  # a command of simctl: typer calls it, nobody imports it
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                found.add(node.name)
            case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
                pass  # a helper of the signatures; it may be named, and need not be
            case ast.Assign():
                found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
            case _:
                pass

    return {name for name in found if name[0] != "_" and name != "TYPE_CHECKING"}


def _bound(tree: ast.Module) -> set[str]:
    """Return every name that a module's top level imports or assigns."""
    found: set[str] = set()

    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}

    return found


def _is_program(module: "Module") -> bool:
    """Say whether the module is run and not imported."""
    return 'if __name__ == "__main__":' in module.text


def _all(tree: ast.Module) -> object:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return ast.literal_eval(value)
            case _:
                pass

    return ()


def test_all_is_what_is_defined(modules: "list[Module]") -> None:
    wrong = []

    for module in modules:
        if _is_program(module):
            continue

        public = _all(module.tree)
        defined = _defined(module.tree)

        if not isinstance(public, tuple):
            wrong.append(f"{module.name}: __all__ is no tuple")
            continue

        missing = defined - set(public)
        unknown = set(public) - defined - _bound(module.tree)
        wrong += [f"{module.name}: {name} is not in __all__" for name in sorted(missing)]
        wrong += [f"{module.name}: __all__ names {name}, which is not here" for name in unknown]

    assert "\n".join(wrong) == ""
