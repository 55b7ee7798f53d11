"""A plain interpreter of the language: what the closures must agree with.

Written for one thing, to be right at a glance: no closures, no counting of steps, no short cuts.
What two values compare to is what Python says of them, as far as the tests' predicates go.
"""

from collections.abc import Mapping

from simulator.daemons.pkd.uti import SYSTEM
from simulator.predicates.syntax import (
    Aggregate,
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Constant,
    Expression,
    Key,
    Not,
    Path,
    Subquery,
    This,
    Truth,
    Variable,
)


class Impossible(Exception):
    """What is asked cannot be done."""


Names = Mapping[str, object]


def truth(node: Condition, names: Names) -> bool:
    match node:
        case Truth(is_true):
            return is_true
        case Not(part):
            return not truth(part, names)
        case AllOf(parts):
            return all(truth(part, names) for part in parts)
        case AnyOf(parts):
            return any(truth(part, names) for part in parts)
        case Comparison("", left, operator, _, right):
            return compared(value(left, names), operator, value(right, names))
        case Comparison(qualifier, left, operator, _, right):
            members, other = value(left, names), value(right, names)

            if members is not None and not isinstance(members, list):
                raise Impossible

            found = [compared(each, operator, other) for each in members or []]

            return any(found) is (qualifier == "ANY") if qualifier != "ALL" else all(found)


def compared(left: object, operator: str, right: object) -> bool:  # noqa: C901
    match operator, left, right:
        case "==", _, _:
            return left == right
        case "!=", _, _:
            return left != right
        case "IN", _, list():
            return left is not None and left in right
        case (("IN" | "UTI-CONFORMS-TO" | "UTI-EQUALS"), _, _) if left is None or right is None:
            return False
        case "UTI-CONFORMS-TO", str(), str():
            return right.lower() in SYSTEM.ancestry(left)
        case "UTI-EQUALS", str(), str():
            return left.lower() == right.lower()
        case (("<" | "<=" | ">" | ">="), _, _) if left is None or right is None:
            return left is right and "=" in operator
        case (("<" | "<=" | ">" | ">="), (int() | float()), (int() | float())):
            return ordered(left < right, left > right, operator)
        case (("<" | "<=" | ">" | ">="), str(), str()):
            return ordered(left < right, left > right, operator)
        case "IN", str(), str():
            return bool(left) and left in right
        case _:
            raise Impossible


def ordered(less: bool, more: bool, operator: str) -> bool:  # noqa: FBT001
    return {"<": less, ">": more, "<=": not more, ">=": not less}[operator]


def value(node: Expression, names: Names) -> object:
    match node:
        case Constant(constant):
            return constant
        case This():
            return names[""]
        case Variable(name):
            if name not in names:
                raise Impossible
            return names[name]
        case Aggregate(members):
            return [value(each, names) for each in members]
        case Subquery(collection, variable, condition):
            found = value(collection, names)
            if found is not None and not isinstance(found, list):
                raise Impossible
            return [each for each in found or [] if truth(condition, {**names, variable: each})]
        case Path(base, steps):
            found = value(base, names)
            for step in steps:
                assert isinstance(step, Key)
                found = keyed(found, step.name)
            return found
        case _:
            raise AssertionError(node)


def keyed(found: object, key: str) -> object:
    match found, key:
        case None, _:
            return None
        case ((list() | dict()), "@count"):
            return len(found)
        case dict(), _:
            return found.get(key)
        case list(), _:
            return [keyed(each, key) for each in found]
        case _:
            raise Impossible
