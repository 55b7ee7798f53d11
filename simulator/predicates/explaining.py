"""Why a predicate is true or false: its conditions with the values that they had.

Every condition is looked at, also those that the decision did not need; one that fails has no
verdict and says why. Members of a SUBQUERY that are alike are explained once.
"""

from dataclasses import dataclass
from typing import Final, cast

from simulator.predicates.compiling import (
    Frame,
    Scope,
    compile_condition,
    compile_expression,
    new_frame,
    next_place,
)
from simulator.predicates.errors import EvaluationError
from simulator.predicates.operators import Ancestry
from simulator.predicates.printing import shortened
from simulator.predicates.syntax import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Constant,
    Expression,
    Not,
    Path,
    Subquery,
)

__all__ = ("Clause", "explain")

_VALUE_MAX: Final = 120  # characters of a value
_MEMBERS_MAX: Final = 20  # unlike members of one SUBQUERY that are explained


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition, or a member of a collection for which one was asked.

    Attributes:
        text: The condition, or the member's number.
        holds: Whether it is true; None when it could not be decided.
        values: What its two sides were, or the member's content, or why it could not be decided.
        kind: ``and``, ``or``, ``not``, ``comparison``, ``constant`` or ``member``.
        at: Where it begins in the predicate's text, in characters; of a member, in its SUBQUERY.
        parts: What it consists of.
    """

    text: str
    holds: bool | None
    values: str
    kind: str
    at: int
    parts: tuple["Clause", ...] = ()


def explain(condition: Condition, value: object, ancestry: Ancestry, steps: int) -> Clause:
    """Return a predicate's conditions with their values; of too many, those at its beginning.

    Args:
        condition: The predicate.
        value: The object.
        ancestry: What a uniform type conforms to.
        steps: How many steps it may take altogether.
    """
    return _clause(condition, new_frame(value, ancestry, steps, condition.depth), {})


def _clause(node: Condition, frame: Frame, scope: Scope) -> Clause:
    try:
        holds: bool | None = compile_condition(node, scope)(frame)
        problem = ""
    except EvaluationError as error:
        holds, problem = None, str(error)

    match node:
        case AllOf(parts) | AnyOf(parts):
            told = tuple(_clause(part, frame, scope) for part in parts)
            kind, words = ("and", "all of") if isinstance(node, AllOf) else ("or", "one of")
            return Clause(words, holds, problem, kind, node.at, told)
        case Not(part):
            return Clause("not", holds, problem, "not", node.at, (_clause(part, frame, scope),))
        case Comparison():
            values = problem or _values(node, frame, scope)
            parts_of = _sides(node, frame, scope)
            return Clause(shortened(node), holds, values, "comparison", node.at, parts_of)
        case _:
            return Clause(shortened(node), holds, problem, "constant", node.at)


def _sides(node: Comparison, frame: Frame, scope: Scope) -> tuple[Clause, ...]:
    """Return the members of the SUBQUERY on a side, or on both."""
    parts: list[Clause] = []

    for side in (node.left, node.right):
        subquery = side.base if isinstance(side, Path) else side

        if isinstance(subquery, Subquery):
            parts += _members(subquery, frame, scope)

    return tuple(parts)


def _values(node: Comparison, frame: Frame, scope: Scope) -> str:
    """Return what stood on both sides; a constant is in the text already."""
    left = _value(node.left, frame, scope)

    if isinstance(node.right, Constant) and not isinstance(node.right.value, int | float):
        return left

    return f"{left} {node.operator} {_value(node.right, frame, scope)}"


def _value(node: Expression, frame: Frame, scope: Scope) -> str:
    try:
        return _told(compile_expression(node, scope)(frame))
    except EvaluationError as error:
        return str(error)


def _told(value: object) -> str:
    match value:
        case None:
            text = "nil"
        case bool():
            text = "YES" if value else "NO"
        case list() if value and all(isinstance(each, str) for each in value):
            text = ", ".join(cast("list[str]", value))
        case list():
            text = f"an array of {len(value)}"
        case dict() if len(value) == 1:
            text = _told(*value.values())
        case dict():
            text = "; ".join(f"{key}: {_told(each)}" for key, each in value.items())
        case _:
            text = str(value)

    return text if len(text) <= _VALUE_MAX else f"{text[:_VALUE_MAX]}…"


def _members(node: Subquery, frame: Frame, scope: Scope) -> list[Clause]:
    try:
        members = compile_expression(node.collection, scope)(frame)
    except EvaluationError:
        return []

    if not isinstance(members, list):
        return []

    place = next_place(scope)
    inner = {**scope, node.variable: place}
    alike: dict[str, list[int]] = {}

    for number, each in enumerate(members):
        alike.setdefault(repr(each), []).append(number)

    found = []

    for numbers in list(alike.values())[:_MEMBERS_MAX]:
        frame[place] = members[numbers[0]]
        told = _clause(node.condition, frame, inner)
        name = f"${node.variable} {_numbered(numbers)} of {len(members)}"
        content = _told(members[numbers[0]])
        found.append(Clause(name, told.holds, content, "member", node.at, (told,)))

    if len(alike) > _MEMBERS_MAX:
        rest = f"and {len(alike) - _MEMBERS_MAX} others"
        found.append(Clause(rest, None, "not told", "member", node.at))

    return found


def _numbered(numbers: list[int]) -> str:
    """Return places from 1, runs of them as ranges."""
    words: list[str] = []
    first = last = numbers[0]

    for number in [*numbers[1:], -1]:
        if number == last + 1:
            last = number
            continue

        words.append(f"{first + 1}" if first == last else f"{first + 1}–{last + 1}")
        first = last = number

    return ", ".join(words)
