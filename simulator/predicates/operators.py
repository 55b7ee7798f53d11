"""What a comparison of two values gives.

Apple documents the operators and little of what they do with values of the wrong kind. Here:

* nil equals nil and nothing else; ordered it is neither before nor behind anything, so ``<=`` and
  ``>=`` hold for nil and nil alone; every other operator is false when a side is nil (GNUstep's
  NSPredicate decides the same).
* Values of different kinds are not equal. What cannot be ordered, searched or matched at all (a
  number ``BEGINSWITH`` something) is an exception on a phone, and an :class:`EvaluationError` here.
* A string contains, begins and ends with no empty string: NSString's ``range(of:)`` finds none.
* Uniform types are compared without regard to case.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from simulator.predicates.errors import EvaluationError
from simulator.predicates.functions import kind_of
from simulator.predicates.patterns import is_like, is_match

__all__ = ("Ancestry", "compare", "folded")

Ancestry: TypeAlias = Mapping[str, frozenset[str]]
"""A uniform type as it is written → itself and all that it conforms to, in lower case."""

_ORDERS: Final[dict[str, Callable[[object, object], bool]]] = {
    "<": lambda left, right: left < right,  # type: ignore[operator]  # of one kind by then
    "<=": lambda left, right: left <= right,  # type: ignore[operator]
    ">": lambda left, right: left > right,  # type: ignore[operator]
    ">=": lambda left, right: left >= right,  # type: ignore[operator]
}


def folded(text: str, options: str) -> str:
    """Return a text without what the options say does not count."""
    if "d" in options:
        parts = unicodedata.normalize("NFD", text)
        text = "".join(each for each in parts if not unicodedata.combining(each))

    return text.casefold() if "c" in options else text


def _fold(value: object, options: str) -> object:
    if isinstance(value, str):
        return folded(value, options)

    return [_fold(each, options) for each in value] if isinstance(value, list) else value


def compare(left: object, operator: str, right: object, options: str, ancestry: Ancestry) -> bool:
    """Return whether a comparison holds.

    Args:
        left: A value.
        operator: One of ``syntax.BINARY_OPERATORS``.
        right: A value.
        options: ``c``, ``d``, both or nothing.
        ancestry: What a uniform type conforms to.

    Raises:
        EvaluationError: The values are none for this operator.
    """
    if options:
        left, right = _fold(left, options), _fold(right, options)

    if operator == "==":
        return left == right

    if operator == "!=":
        return left != right

    if operator in _ORDERS:
        return _ordered(left, operator, right)

    if left is None or right is None:
        return False

    return _OTHERS[operator](left, right, ancestry)


def _ordered(left: object, operator: str, right: object) -> bool:
    if left is None or right is None:
        return left is right and operator in {"<=", ">="}

    is_text = isinstance(left, str) and isinstance(right, str)
    is_number = isinstance(left, int | float) and isinstance(right, int | float)

    if not is_text and not is_number:
        raise EvaluationError(
            f"{operator} cannot put {kind_of(left)} and {kind_of(right)} in an order"
        )

    return _ORDERS[operator](left, right)


def _between(left: object, right: object, _: Ancestry) -> bool:
    if not isinstance(right, list) or len(right) != 2:
        raise EvaluationError(f"BETWEEN takes two bounds as {{low, high}}, not {kind_of(right)}")

    return _ordered(left, ">=", right[0]) and _ordered(left, "<=", right[1])


def _in(left: object, right: object, _: Ancestry) -> bool:
    if isinstance(right, dict):
        right = [*right.values()]

    if isinstance(right, list):
        return left in right

    if isinstance(right, str):
        return _substring("IN", left, right)

    raise EvaluationError(f"IN and CONTAINS look into an array or a string, not {kind_of(right)}")


def _substring(who: str, part: object, text: object) -> bool:
    found = _texts(who, part, text)

    return bool(found[0]) and found[0] in found[1]


def _texts(who: str, *values: object) -> list[str]:
    for value in values:
        if not isinstance(value, str):
            raise EvaluationError(f"{who} takes strings, and {kind_of(value)} is none")

    return [str(value) for value in values]


def _begins(left: object, right: object, _: Ancestry) -> bool:
    text, part = _texts("BEGINSWITH", left, right)

    return bool(part) and text.startswith(part)


def _ends(left: object, right: object, _: Ancestry) -> bool:
    text, part = _texts("ENDSWITH", left, right)

    return bool(part) and text.endswith(part)


def _like(left: object, right: object, _: Ancestry) -> bool:
    text, pattern = _texts("LIKE", left, right)

    return is_like(text, pattern)


def _matches(left: object, right: object, _: Ancestry) -> bool:
    text, pattern = _texts("MATCHES", left, right)

    return is_match(text, pattern)


def _conforms(left: object, right: object, ancestry: Ancestry) -> bool:
    uti, parent = _texts("UTI-CONFORMS-TO", left, right)

    return parent.lower() in ancestry[uti]


def _is_type(left: object, right: object, _: Ancestry) -> bool:
    uti, other = _texts("UTI-EQUALS", left, right)

    return uti.lower() == other.lower()


_OTHERS: Final[dict[str, Callable[[object, object, Ancestry], bool]]] = {
    "BETWEEN": _between,
    "IN": _in,
    "CONTAINS": lambda left, right, ancestry: _in(right, left, ancestry),
    "BEGINSWITH": _begins,
    "ENDSWITH": _ends,
    "LIKE": _like,
    "MATCHES": _matches,
    "UTI-CONFORMS-TO": _conforms,
    "UTI-EQUALS": _is_type,
}
