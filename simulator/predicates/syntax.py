"""The parts of a predicate, as frozen values. Equal trees mean the same, wherever they stood."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

__all__ = (
    "BINARY_OPERATORS",
    "Aggregate",
    "AllOf",
    "AnyOf",
    "Arithmetic",
    "Call",
    "Comparison",
    "Condition",
    "Constant",
    "Expression",
    "Index",
    "Key",
    "Node",
    "Not",
    "Path",
    "Subquery",
    "Ternary",
    "This",
    "Truth",
    "Variable",
)

BINARY_OPERATORS: Final = (
    "==", "!=", "<", "<=", ">", ">=", "BETWEEN", "IN", "CONTAINS", "BEGINSWITH", "ENDSWITH",
    "LIKE", "MATCHES", "UTI-CONFORMS-TO", "UTI-EQUALS",
)  # fmt: skip
"""Every comparison, in the spelling that is printed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of a predicate.

    Attributes:
        at: Where it begins in the text, in characters; no part of what it means.
        depth: How many levels are below it, itself included; no part of what it means.
    """

    at: int = field(default=0, compare=False)
    depth: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Truth(Node):
    """``TRUEPREDICATE`` or ``FALSEPREDICATE``."""

    value: bool


@dataclass(frozen=True, slots=True)
class AllOf(Node):
    """Conditions joined by ``AND``; two or more."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf(Node):
    """Conditions joined by ``OR``; two or more."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """``NOT`` before a condition."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """Two values and an operator between them.

    Attributes:
        qualifier: ``ANY``, ``ALL``, ``NONE`` or nothing; ``SOME`` is ``ANY``.
        operator: One of :data:`BINARY_OPERATORS`.
        options: ``c`` (case does not count), ``d`` (accents do not), ``cd`` or nothing.
    """

    qualifier: str
    left: "Expression"
    operator: str
    options: str
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A string, a number, YES, NO or NULL."""

    value: str | float | bool | None

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same constant; 1, 1.0 and YES are three."""
        return (
            isinstance(other, Constant)
            and type(self.value) is type(other.value)
            and self.value == other.value
        )

    def __hash__(self) -> int:
        return hash(self.value)


@dataclass(frozen=True, slots=True)
class This(Node):
    """``SELF``: the object that is evaluated."""


@dataclass(frozen=True, slots=True)
class Variable(Node):
    """``$name``; the name without the sign."""

    name: str


@dataclass(frozen=True, slots=True)
class Key(Node):
    """A step of a key path: a key, or with ``@`` a collection operator."""

    name: str


@dataclass(frozen=True, slots=True)
class Index(Node):
    """A step in brackets: a number, ``FIRST``, ``LAST``, ``SIZE``, or a value that gives one."""

    value: "Expression | str"


@dataclass(frozen=True, slots=True)
class Path(Node):
    """A value and the steps that lead on from it."""

    base: "Expression"
    steps: tuple[Key | Index, ...]


@dataclass(frozen=True, slots=True)
class Subquery(Node):
    """``SUBQUERY(collection, $variable, condition)``: the members for which it is true."""

    collection: "Expression"
    variable: str
    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """``{a, b, …}``."""

    members: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function of the language, as ``count(…)``; its name in lower case."""

    name: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Ternary(Node):
    """``TERNARY(condition, a, b)``."""

    condition: "Condition"
    yes: "Expression"
    no: "Expression"


@dataclass(frozen=True, slots=True)
class Arithmetic(Node):
    """``a + b``, and so on; ``-a`` is ``0 - a``."""

    left: "Expression"
    operator: str
    right: "Expression"


Condition: TypeAlias = Truth | AllOf | AnyOf | Not | Comparison
Expression: TypeAlias = (
    Constant | This | Variable | Path | Subquery | Aggregate | Call | Ternary | Arithmetic
)
