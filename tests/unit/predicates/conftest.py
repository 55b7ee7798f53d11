"""What the tests of the language share: bounds, types, an evaluation in one call."""

from typing import Final

from simulator.daemons.pkd.uti import SYSTEM, Known
from simulator.predicates.compiling import compile_program
from simulator.predicates.parse import Bounds, parse
from simulator.predicates.syntax import Condition

BOUNDS: Final = Bounds(32_768, 100, "CHARACTERS", "LEVELS")
ANCESTRY: Final = Known(SYSTEM)
STEPS: Final = 100_000


def read(text: str) -> Condition:
    """Return the tree of a predicate."""
    return parse(text, BOUNDS)


def shared(*items: list[list[str]]) -> dict[str, object]:
    """Return the object that a rule is evaluated with: items of attachments of types."""
    return {
        "extensionItems": [
            {"attachments": [{"registeredTypeIdentifiers": types} for types in attachments]}
            for attachments in items
        ]
    }


def holds(text: str, value: object = None, steps: int = STEPS) -> bool:
    """Return whether a predicate is true of an object."""
    return compile_program(read(text)).holds(value, ANCESTRY, steps)
