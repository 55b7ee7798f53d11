"""One room, one daemon, one shape: who has read one can read them all."""

import ast
from pathlib import Path

import pytest

HEADS = ("On a phone:", "Here:", "Not here:", "Messages:", "Sources:")
IMPURE = "asyncio os select selectors socket subprocess threading time random"
DAEMONS = Path(__file__).resolve().parents[2] / "simulator" / "daemons"
ROOMS = sorted(path.name for path in DAEMONS.iterdir() if path.is_dir() and path.name[0] != "_")


def test_there_are_daemons() -> None:
    assert {"cfprefsd", "launchd", "notifyd"} <= set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_its_manual_page(room: str) -> None:
    text = (DAEMONS / room / "__init__.py").read_text()
    page = ast.get_docstring(ast.parse(text)) or ""

    heads = [line for line in page.splitlines() if line.endswith(":") and line[0] != " "]

    assert page.startswith(f"{room}: ")
    assert heads == list(HEADS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_has_a_state_and_a_service(room: str) -> None:
    files = {path.name for path in (DAEMONS / room).glob("*.py")}

    assert {"__init__.py", "service.py", "state.py"} <= files


@pytest.mark.parametrize("room", ROOMS)
def test_a_state_is_pure(room: str) -> None:
    tree = ast.parse((DAEMONS / room / "state.py").read_text())
    imported = set()

    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])

    waits = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith)
    ]

    assert imported.isdisjoint(IMPURE.split())
    assert waits == []


def test_the_scaffold_names_every_room(root: Path) -> None:
    """The device wires each of them: a room that nobody wires is a room that nobody tests."""
    wired = (root / "simulator" / "device" / "host.py").read_text()

    assert [room for room in ROOMS if f"simulator.daemons.{room}." not in wired] == []
