"""Functions of one argument, and arithmetic.

NSExpression has some that ask for more than there is (``now``, ``random``, ``FUNCTION`` with any
selector, ``CAST``, ``FETCH``): they are refused where the predicate is read.
"""

import math
from collections.abc import Callable
from typing import Final

from simulator.predicates.errors import EvaluationError

__all__ = ("ARITHMETIC", "FUNCTIONS", "calculated", "called", "kind_of", "number_of")

_LARGEST: Final = 1 << 63  # beyond, whole numbers go on as floating point: no endless digits


def kind_of(value: object) -> str:
    """Return what a value is, with its article."""
    match value:
        case None:
            return "nil"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "a dictionary"


def number_of(value: object, who: str) -> float:
    """Return a value that is a number.

    Raises:
        EvaluationError: It is none.
    """
    if isinstance(value, int | float):
        return value

    raise EvaluationError(f"{who} takes numbers, and {kind_of(value)} is none")


def _text(value: object, who: str) -> str:
    if isinstance(value, str):
        return value

    raise EvaluationError(f"{who} takes a string, and {kind_of(value)} is none")


def _numbers(value: object, who: str) -> list[float]:
    if isinstance(value, list):
        return [number_of(each, who) for each in value]

    raise EvaluationError(f"{who} takes an array of numbers, and {kind_of(value)} is none")


def _count(value: object) -> int:
    if isinstance(value, list | dict):
        return len(value)

    raise EvaluationError(f"count() takes an array, and {kind_of(value)} is none")


def _average(value: object) -> float | None:
    numbers = _numbers(value, "average()")

    return sum(numbers) / len(numbers) if numbers else None


FUNCTIONS: Final[dict[str, Callable[[object], object]]] = {
    "count": _count,
    "sum": lambda value: sum(_numbers(value, "sum()")),
    "min": lambda value: min(_numbers(value, "min()"), default=None),
    "max": lambda value: max(_numbers(value, "max()"), default=None),
    "average": _average,
    "abs": lambda value: abs(number_of(value, "abs()")),
    "ceiling": lambda value: math.ceil(number_of(value, "ceiling()")),
    "floor": lambda value: math.floor(number_of(value, "floor()")),
    "trunc": lambda value: math.trunc(number_of(value, "trunc()")),
    "length": lambda value: len(_text(value, "length()")),
    "lowercase": lambda value: _text(value, "lowercase()").lower(),
    "uppercase": lambda value: _text(value, "uppercase()").upper(),
}
"""Name in lower case → what it does."""

ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "**": lambda left, right: float(left) ** float(right),
}
"""Sign → what it does with two numbers."""


def called(name: str, value: object) -> object:
    """Return what a function gives; nil gives nil.

    Raises:
        EvaluationError: It does not take such a value.
    """
    try:
        return None if value is None else FUNCTIONS[name](value)
    except (OverflowError, ValueError) as problem:
        raise EvaluationError(f"{name}() cannot take that number: {problem}") from None


def calculated(left: object, sign: str, right: object) -> float | None:
    """Return what a calculation gives; with nil it gives nil.

    Raises:
        EvaluationError: One of the two is no number, or the result is none.
    """
    if left is None or right is None:
        return None

    try:
        found = ARITHMETIC[sign](number_of(left, sign), number_of(right, sign))

        if isinstance(found, int) and abs(found) >= _LARGEST:
            found = float(found)
    except (ZeroDivisionError, OverflowError) as problem:
        raise EvaluationError(f"{left} {sign} {right} is no number: {problem}") from None

    if isinstance(found, complex):
        raise EvaluationError(f"{left} {sign} {right} is no number")

    return found
