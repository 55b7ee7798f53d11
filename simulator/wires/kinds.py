"""Which kinds of wire there are. A guest imports the one it has."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.wires import Wire

__all__ = ("KINDS", "wire")

KINDS = ("unix",)


def wire(kind: str) -> "Wire":
    """Return the module of a kind; ValueError when there is none."""
    if kind == "unix":
        from simulator.wires import unix

        return unix

    raise ValueError(f"no wire is called {kind!r}; there are {', '.join(KINDS)}")
