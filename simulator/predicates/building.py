"""What the parser makes of the rules of the grammar, from the leaves up: no recursion anywhere."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar, cast

from simulator.predicates.functions import FUNCTIONS
from simulator.predicates.syntax import (
    Aggregate,
    AllOf,
    AnyOf,
    Arithmetic,
    Call,
    Comparison,
    Condition,
    Constant,
    Expression,
    Index,
    Key,
    Node,
    Not,
    Path,
    Subquery,
    Ternary,
    This,
    Truth,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lark import Token

__all__ = ("Builder", "Unfit")

_SPELLINGS: Final = {"=": "==", "=<": "<=", "=>": ">=", "<>": "!="}
_QUALIFIERS: Final = {"SOME": "ANY"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "b": "\b", "a": "\a"}
_NodeType = TypeVar("_NodeType", bound=Node)


class Unfit(Exception):
    """A part is right by the grammar and wrong all the same.

    Attributes:
        at: Where.
        problem: Why.
    """

    def __init__(self, at: int, problem: str) -> None:
        super().__init__(problem)
        self.at = at
        self.problem = problem


class Builder:
    """Makes nodes; its methods carry the names that the grammar gives its rules.

    Args:
        depth: How many levels are too many, less one.
        name: What that limit is called.
    """

    def __init__(self, depth: int, name: str) -> None:
        self._depth = depth
        self._name = name

    def _on(self, node: _NodeType, *parts: Node) -> _NodeType:
        """Return a node that stands on others, or say that they are too many levels."""
        return self._levels(node, 1 + max((part.depth for part in parts), default=0))

    def _levels(self, node: _NodeType, depth: int) -> _NodeType:
        if depth > self._depth:
            raise Unfit(node.at, f"more than {self._depth} levels within each other ({self._name})")

        return replace(node, depth=depth)

    # -- conditions --------------------------------------------------------------------------

    def start(self, children: "list[Condition]") -> Condition:
        """The whole."""
        return children[0]

    def true(self, children: "list[Token]") -> Truth:
        """``TRUEPREDICATE``."""
        return Truth(value=True, at=_at(children[0]))

    def false(self, children: "list[Token]") -> Truth:
        """``FALSEPREDICATE``."""
        return Truth(value=False, at=_at(children[0]))

    def any_of(self, children: "list[Condition]") -> AnyOf:
        """``a OR b OR c``; brackets around some of them mean nothing."""
        parts = _flat(children, AnyOf)

        return self._on(AnyOf(parts, at=children[0].at), *parts)

    def all_of(self, children: "list[Condition]") -> AllOf:
        """``a AND b AND c``; brackets around some of them mean nothing."""
        parts = _flat(children, AllOf)

        return self._on(AllOf(parts, at=children[0].at), *parts)

    def negated(self, children: "tuple[Token, Condition]") -> Not:
        """``NOT a``."""
        sign, part = children

        return self._on(Not(part, at=_at(sign)), part)

    def in_brackets(self, children: "list[Node]") -> Node:
        """Brackets are a level, and leave nothing in the tree."""
        return self._on(children[-1], children[-1])

    def comparison(
        self, children: "tuple[Expression, tuple[str, str], Expression]", qualifier: str = ""
    ) -> Comparison:
        """``a == b``."""
        left, (operator, options), right = children
        node = Comparison(qualifier, left, operator, options, right, at=left.at)

        return self._on(node, left, right)

    def qualified(self, children: "Sequence[object]") -> Comparison:
        """``ANY a == b``."""
        word = cast("Token", children[0])
        rest = cast("tuple[Expression, tuple[str, str], Expression]", tuple(children[1:]))
        name = word.upper()

        return replace(self.comparison(rest, _QUALIFIERS.get(name, name)), at=_at(word))

    def operator(self, children: "list[Token]") -> tuple[str, str]:
        """An operator with its options; ``n`` and ``l``, which say how to fold, change nothing."""
        word = children[0].upper()
        letters = children[1].lower() if len(children) > 1 else ""

        return _SPELLINGS.get(word, word), "".join(each for each in "cd" if each in letters)

    # -- values ------------------------------------------------------------------------------

    def string(self, children: "list[Token]") -> Constant:
        """A string, in one kind of quotes or the other."""
        return Constant(_ESCAPE.sub(_unescaped, children[0][1:-1]), at=_at(children[0]))

    def number(self, children: "list[Token]") -> Constant:
        """A number."""
        word = children[0].lower()
        is_whole = word[:2] in {"0x", "0o", "0b"} or word.isdecimal()
        base = {"0x": 16, "0o": 8, "0b": 2}.get(word[:2], 10)

        return Constant(int(word, base) if is_whole else float(word), at=_at(children[0]))

    def yes(self, children: "list[Token]") -> Constant:
        """``YES``."""
        return Constant(True, at=_at(children[0]))

    def no(self, children: "list[Token]") -> Constant:
        """``NO``."""
        return Constant(False, at=_at(children[0]))

    def null(self, children: "list[Token]") -> Constant:
        """``NULL``."""
        return Constant(None, at=_at(children[0]))

    def this(self, children: "list[Token]") -> This:
        """``SELF``."""
        return This(at=_at(children[0]))

    def variable(self, children: "list[Token]") -> Variable:
        """``$name``."""
        return Variable(children[0][1:], at=_at(children[0]))

    def key(self, children: "list[Token]") -> Path:
        """A key of ``SELF``; a ``#`` before it says that it is no word of the language."""
        at = _at(children[0])

        return Path(This(at=at), (Key(str(children[-1]), at=at),), at=at)

    def step(self, children: "list[Token]") -> Key:
        """``.key`` or ``.@count``."""
        return Key(str(children[-1]), at=_at(children[0]))

    def place(self, children: "list[Token]") -> Index:
        """``[FIRST]``, ``[LAST]``, ``[SIZE]``."""
        return Index(children[0].upper(), at=_at(children[0]))

    def index(self, children: "list[Expression]") -> Index:
        """``[0]``."""
        return self._on(Index(children[0], at=children[0].at), children[0])

    def path(self, children: "Sequence[Node]") -> Expression:
        """A value and the steps behind it."""
        base = cast("Expression", children[0])
        steps = cast("tuple[Key | Index, ...]", tuple(children[1:]))

        if not steps:
            return base

        inner: Expression = base

        if isinstance(base, Path):
            inner, steps = base.base, base.steps + steps

        return self._on(Path(inner, steps, at=base.at), *children)

    def subquery(self, children: "Sequence[object]") -> Subquery:
        """``SUBQUERY(collection, $variable, condition)``."""
        word = cast("Token", children[0])
        collection = cast("Expression", children[1])
        condition = cast("Condition", children[3])
        variable = cast("Token", children[2])[1:]
        node = Subquery(collection, variable, condition, at=_at(word))

        return self._on(node, collection, condition)

    def ternary(self, children: "Sequence[object]") -> Ternary:
        """``TERNARY(condition, a, b)``."""
        condition = cast("Condition", children[1])
        yes, no = cast("tuple[Expression, Expression]", tuple(children[2:]))

        return self._on(
            Ternary(condition, yes, no, at=_at(cast("Token", children[0]))), condition, yes, no
        )

    def call(self, children: "Sequence[object]") -> Call:
        """``count(…)`` and the other functions."""
        word = cast("Token", children[0])
        arguments = cast("tuple[Expression, ...]", tuple(children[1:]))
        name = word.lower()

        if name not in FUNCTIONS:
            known = ", ".join(f"{each}()" for each in FUNCTIONS)
            raise Unfit(_at(word), f"{word}() is no function that is simulated; these are: {known}")

        if len(arguments) != 1:
            raise Unfit(_at(word), f"{word}() takes one argument, and has {len(arguments)}")

        return self._on(Call(name, arguments, at=_at(word)), *arguments)

    def aggregate(self, children: "Sequence[object]") -> Aggregate:
        """``{a, b, c}``."""
        members = cast("tuple[Expression, ...]", tuple(children[1:]))

        return self._on(Aggregate(members, at=_at(cast("Token", children[0]))), *members)

    def arithmetic(self, children: "tuple[Expression, Token, Expression]") -> Arithmetic:
        """``a + b``."""
        left, sign, right = children

        return self._on(Arithmetic(left, str(sign), right, at=left.at), left, right)

    def signed(self, children: "tuple[Token, Expression]") -> Expression:
        """``-a``."""
        sign, part = children

        if sign == "+":
            return self._on(part, part)

        if isinstance(part, Constant) and isinstance(part.value, int | float):
            return self._on(Constant(-part.value, at=_at(sign)), part)

        zero = Constant(0, at=_at(sign))

        return self._on(Arithmetic(zero, "-", part, at=_at(sign)), part)


def _at(token: "Token") -> int:
    return token.start_pos or 0


def _flat(
    children: "Sequence[Condition]", kind: type[AllOf] | type[AnyOf]
) -> tuple[Condition, ...]:
    found: list[Condition] = []

    for child in children:
        found += (
            child.parts if isinstance(child, AllOf | AnyOf) and type(child) is kind else [child]
        )

    return tuple(found)


def _unescaped(match: re.Match[str]) -> str:
    """Return what an escape stands for; before anything else the backslash means nothing."""
    escape = match[1]

    if len(escape) > 1:
        return chr(int(escape[1:], 16))

    return _ESCAPED.get(escape, escape)
