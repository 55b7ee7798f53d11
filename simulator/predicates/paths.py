"""Key paths over dictionaries and arrays, as Key-Value Coding has them.

A key of a dictionary that is not there is nil, and so is every key of nil. An array hands a key on
to each of its members and gives an array of what they have, *not* flattened: over items with
attachments with types it is an array of arrays of arrays. ``@unionOfArrays`` flattens one level.
Source: Apple, Key-Value Coding Programming Guide, Using Collection Operators.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from simulator.predicates.errors import EvaluationError
from simulator.predicates.functions import kind_of, number_of

__all__ = ("COLLECTION_OPERATORS", "end_of", "follow", "member", "value_for_key")

_OF_STRINGS: Final[dict[str, Callable[[str], object]]] = {
    "length": len,
    "lowercaseString": str.lower,
    "uppercaseString": str.upper,
    "capitalizedString": str.title,
}


def value_for_key(value: object, key: str) -> object:
    """Return what a key leads to.

    Raises:
        EvaluationError: The value has no keys, or not this one.
    """
    match value:
        case None:
            return None
        case dict():
            found: object = value.get(key)
            return found
        case list():
            return [value_for_key(each, key) for each in value]
        case str() if key in _OF_STRINGS:
            return _OF_STRINGS[key](value)
        case _ if key == "self":
            return value
        case _:
            raise EvaluationError(f"{kind_of(value)} has no key {key}")


def follow(value: object, keys: Sequence[str]) -> object:
    """Return what a key path leads to; a key with ``@`` is a collection operator.

    Raises:
        EvaluationError: A value on the way has no such key.
    """
    for number, key in enumerate(keys):
        if key[0] == "@":
            if value is None:
                return None

            if key not in COLLECTION_OPERATORS:
                known = ", ".join(COLLECTION_OPERATORS)
                raise EvaluationError(f"{key} is no collection operator; these are: {known}")

            if key == "@count":
                value = len(_members(value, key))
                continue

            rest = keys[number + 1 :]
            reached = [follow(each, rest) for each in _members(value, key)]

            return COLLECTION_OPERATORS[key](reached)

        value = value_for_key(value, key)

    return value


def _members(value: object, who: str) -> list[object]:
    if isinstance(value, dict):
        return [*value.values()]

    if isinstance(value, list):
        return value

    raise EvaluationError(f"{who} is for arrays, and {kind_of(value)} is none")


def _numbers(values: list[object], who: str) -> list[float]:
    return [number_of(value, who) for value in values if value is not None]


def _average(values: list[object]) -> float:
    numbers = _numbers(values, "@avg")

    return sum(numbers) / len(numbers) if numbers else 0


def _least(values: list[object], pick: Callable[[list[Any]], object]) -> object:
    there = [value for value in values if value is not None]

    try:
        return pick(there) if there else None
    except TypeError:
        raise EvaluationError("@min and @max take values of one kind") from None


def _distinct(values: list[object]) -> list[object]:
    found: list[object] = []
    seen: set[str] = set()

    for value in values:
        # Numbers that are equal are told apart by no digit that is written.
        word = repr(float(value) if isinstance(value, int | float) else value)

        if value is not None and word not in seen:
            seen.add(word)
            found.append(value)

    return found


def _flattened(values: list[object]) -> list[object]:
    return [each for value in values if value is not None for each in _members(value, "@union")]


COLLECTION_OPERATORS: Final[dict[str, Callable[[list[object]], object]]] = {
    "@count": len,
    "@sum": lambda values: sum(_numbers(values, "@sum")),
    "@avg": _average,
    "@min": lambda values: _least(values, min),
    "@max": lambda values: _least(values, max),
    "@unionOfObjects": lambda values: [value for value in values if value is not None],
    "@distinctUnionOfObjects": _distinct,
    "@unionOfArrays": _flattened,
    "@distinctUnionOfArrays": lambda values: _distinct(_flattened(values)),
}
"""Operator → what it makes of what the rest of the path gives for each member."""


def end_of(value: object, place: str) -> object:
    """Return what ``[FIRST]``, ``[LAST]`` or ``[SIZE]`` means of an array; nil of an empty one.

    Raises:
        EvaluationError: It is no array.
    """
    if value is None:
        return None

    if not isinstance(value, list):
        raise EvaluationError(f"{kind_of(value)} has no members")

    if place == "SIZE":
        return len(value)

    found: object = value[0 if place == "FIRST" else -1] if value else None

    return found


def member(value: object, index: object) -> object:
    """Return a member: of an array by number, of a dictionary by key.

    Raises:
        EvaluationError: There is no such member.
    """
    if value is None:
        return None

    if isinstance(value, dict):
        return value.get(index) if isinstance(index, str) else None

    if not isinstance(value, list):
        raise EvaluationError(f"{kind_of(value)} has no members")

    if not isinstance(index, int) or not 0 <= index < len(value):
        raise EvaluationError(f"an array of {len(value)} has no member {index!r}")

    found: object = value[index]

    return found
