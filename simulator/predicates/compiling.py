"""A predicate as closures: what decides, in a few microseconds.

A closure takes a *frame*: the steps that are left, the uniform types' ancestry, the object, and
below them a place for each variable. Steps are counted where there are loops, by what the loop's
condition weighs, and where values are looked at, by how large they are; when there are none left
the predicate is given up, so that no predicate keeps a host busy whatever it is made of.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias, cast

from simulator.predicates.errors import EvaluationError
from simulator.predicates.functions import calculated, called
from simulator.predicates.operators import Ancestry, compare, folded
from simulator.predicates.paths import end_of, follow, member, value_for_key
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
    Not,
    Path,
    Subquery,
    Ternary,
    This,
    Truth,
    Variable,
)

__all__ = (
    "Deciding",
    "Frame",
    "Program",
    "Scope",
    "Valuing",
    "compile_condition",
    "compile_expression",
    "compile_program",
    "new_frame",
    "next_place",
    "weigh",
)

Frame: TypeAlias = list[object]
Scope: TypeAlias = Mapping[str, int]
"""Variable → its place in the frame."""
Deciding: TypeAlias = Callable[[Frame], bool]
Valuing: TypeAlias = Callable[[Frame], object]

_STEPS, _ANCESTRY, _OBJECT, _VARIABLES = range(4)
_PATTERN_STEPS: Final = 100  # a match weighs as much as so many plain comparisons
_CHARACTERS_PER_STEP: Final = 16  # folding a text takes about 50 ns for each (measured)


class Program(NamedTuple):
    """A compiled predicate.

    Attributes:
        decide: What is asked, with a frame.
        depth: How many variables it has at once.
    """

    decide: Deciding
    depth: int

    def holds(self, value: object, ancestry: Ancestry, steps: int) -> bool:
        """Return whether the predicate is true of an object.

        Args:
            value: Dictionaries, arrays, strings, numbers and None.
            ancestry: What a uniform type conforms to.
            steps: How many it may take.

        Raises:
            EvaluationError: It asks for what cannot be done, or takes more steps.
        """
        return self.decide(new_frame(value, ancestry, steps, self.depth))


def new_frame(value: object, ancestry: Ancestry, steps: int, depth: int) -> Frame:
    """Return the frame of an evaluation with ``depth`` places for variables."""
    return [steps, ancestry, value, *([None] * depth)]


def compile_program(condition: Condition) -> Program:
    """Return what decides a predicate."""
    return Program(compile_condition(condition, {}), condition.depth)


def _spend(frame: Frame, steps: int) -> None:
    left = cast("int", frame[_STEPS]) - steps
    frame[_STEPS] = left

    if left < 0:
        raise EvaluationError("it takes too many steps")


def _spend_on(frame: Frame, value: object) -> None:
    """Spend what it costs to look at all of a value: a stranger chooses how large it is."""
    if type(value) is str:
        _spend(frame, len(value) // _CHARACTERS_PER_STEP)
    elif type(value) is list:
        _spend(frame, len(value))

        for each in value:
            if type(each) is str or type(each) is list:
                _spend_on(frame, each)


# -- conditions ------------------------------------------------------------------------------


def compile_condition(node: Condition, scope: Scope) -> Deciding:
    """Return what decides a condition, beneath the variables of ``scope``."""
    match node:
        case Truth(value):
            return lambda _: value
        case Not(part):
            decide = compile_condition(part, scope)
            return lambda frame: not decide(frame)
        case AllOf(parts):
            every = [compile_condition(part, scope) for part in parts]
            return lambda frame: _all(every, frame)
        case AnyOf(parts):
            some = [_alternatives([*group], scope) for _, group in groupby(parts, _typed)]
            return some[0] if len(some) == 1 else lambda frame: _any(some, frame)
        case Comparison():
            return _comparison(node, scope)


def _all(conditions: list[Deciding], frame: Frame) -> bool:
    for decide in conditions:  # noqa: SIM110  quicker than all() over a generator
        if not decide(frame):
            return False

    return True


def _any(conditions: list[Deciding], frame: Frame) -> bool:
    for decide in conditions:  # noqa: SIM110  as above
        if decide(frame):
            return True

    return False


def _comparison(node: Comparison, scope: Scope) -> Deciding:
    left, right = (_side(each, node.options, scope) for each in (node.left, node.right))
    operator, options = node.operator, node.options
    steps = _PATTERN_STEPS if operator in {"LIKE", "MATCHES"} else 0

    if node.qualifier:
        return _qualified(node, left, right, steps)

    if operator == "==" and not options:
        return lambda frame: left(frame) == right(frame)

    def decide(frame: Frame) -> bool:
        if steps:
            _spend(frame, steps)

        one, other = left(frame), right(frame)
        _spend_on(frame, one)
        _spend_on(frame, other)

        return compare(one, operator, other, options, cast("Ancestry", frame[_ANCESTRY]))

    return decide


def _side(node: Expression, options: str, scope: Scope) -> Valuing:
    if isinstance(node, Constant) and isinstance(node.value, str) and options:
        node = Constant(folded(node.value, options))  # once, and not at each comparison

    return compile_expression(node, scope)


def _qualified(node: Comparison, left: Valuing, right: Valuing, steps: int) -> Deciding:
    """``ANY``, ``ALL``, ``NONE``: nil has no members; a value that is no array is an error."""
    if (
        node.operator == "UTI-CONFORMS-TO"
        and node.qualifier == "ANY"
        and isinstance(node.right, Constant)
        and isinstance(node.right.value, str)
    ):
        return _any_conforms(left, node.right.value.lower())

    operator, options, qualifier = node.operator, node.options, node.qualifier
    ends = qualifier != "ALL"  # the verdict on one member that ends the search

    def decide(frame: Frame) -> bool:
        members = _members(left(frame), qualifier, frame, 1 + steps)
        other = right(frame)
        ancestry = cast("Ancestry", frame[_ANCESTRY])

        for each in members:
            _spend_on(frame, each)
            _spend_on(frame, other)

            if compare(each, operator, other, options, ancestry) is ends:
                return qualifier == "ANY"

        return qualifier != "ANY"

    return decide


def _members(value: object, qualifier: str, frame: Frame, steps: int) -> list[object]:
    if value is None:
        return []

    if not isinstance(value, list):
        raise EvaluationError(f"the left side of {qualifier} must be an array")

    _spend(frame, steps * len(value))

    return value


def _typed(node: Condition) -> Expression | None:
    """Return whose types are asked for, where that is all that a condition does."""
    match node:
        case Comparison("ANY", left, "UTI-CONFORMS-TO", _, Constant(str())):
            return left
        case _:
            return None


def _alternatives(parts: Sequence[Condition], scope: Scope) -> Deciding:
    """Compile neighbours of an OR: those that ask for the types of one thing, at once.

    That is what nearly every activation rule consists of.
    """
    each = [compile_condition(part, scope) for part in parts]
    left = _typed(parts[0])

    if left is None or len(parts) == 1:
        return each[0] if len(each) == 1 else lambda frame: _any(each, frame)

    value = compile_expression(left, scope)
    parents = frozenset(_parent(part) for part in parts)

    def decide(frame: Frame) -> bool:
        types = value(frame)

        if type(types) is not list or any(type(uti) is not str for uti in types):
            return _any(each, frame)  # one by one: it matters which of them fails

        _spend(frame, len(types))
        ancestry = cast("Ancestry", frame[_ANCESTRY])

        for uti in types:  # noqa: SIM110  quicker than any() over a generator
            if not parents.isdisjoint(ancestry[uti]):
                return True

        return False

    return decide


def _parent(part: Condition) -> str:
    assert isinstance(part, Comparison)
    assert isinstance(part.right, Constant)

    return str(part.right.value).lower()


def _any_conforms(left: Valuing, parent: str) -> Deciding:
    """Compile one of them alone."""

    def decide(frame: Frame) -> bool:
        ancestry = cast("Ancestry", frame[_ANCESTRY])

        for each in _members(left(frame), "ANY", frame, 1):
            if type(each) is str:
                if parent in ancestry[each]:
                    return True
            elif compare(each, "UTI-CONFORMS-TO", parent, "", ancestry):
                return True

        return False

    return decide


# -- values ----------------------------------------------------------------------------------


def compile_expression(node: Expression, scope: Scope) -> Valuing:
    """Return what gives a value, beneath the variables of ``scope``."""
    match node:
        case Constant(value):
            return lambda _: value
        case This():
            return lambda frame: frame[_OBJECT]
        case Variable(name):
            return _variable(name, scope)
        case Path(base, steps):
            return _path(base, steps, scope)
        case Subquery():
            return _subquery(node, scope)
        case Aggregate(members):
            each = [compile_expression(part, scope) for part in members]
            return lambda frame: [value(frame) for value in each]
        case Call(name, (argument,)):
            return _call(name, compile_expression(argument, scope))
        case Ternary(condition, yes, no):
            decide = compile_condition(condition, scope)
            first, second = compile_expression(yes, scope), compile_expression(no, scope)
            return lambda frame: first(frame) if decide(frame) else second(frame)
        case Arithmetic(left, sign, right):
            one, two = compile_expression(left, scope), compile_expression(right, scope)
            return lambda frame: calculated(one(frame), sign, two(frame))
        case _:  # a call of another number of arguments, which the parser refuses
            raise EvaluationError("a function takes one argument")


def _call(name: str, taken: Valuing) -> Valuing:
    def call(frame: Frame) -> object:
        value = taken(frame)
        _spend_on(frame, value)

        return called(name, value)

    return call


def _variable(name: str, scope: Scope) -> Valuing:
    place = scope.get(name)

    if place is not None:
        return lambda frame: frame[place]

    def fail(_: Frame) -> object:
        raise EvaluationError(f"${name} is the variable of no SUBQUERY around it")

    return fail


def _path(base: Expression, steps: tuple[Key | Index, ...], scope: Scope) -> Valuing:
    """Compile a path: runs of keys at once, and the indices between them."""
    if isinstance(base, Subquery) and steps == (Key("@count"),):
        search = _subquery(base, scope)
        return lambda frame: len(search(frame))

    value = compile_expression(base, scope)
    keys: list[str] = []

    for step in steps:
        if isinstance(step, Key):
            keys.append(step.name)
            continue

        value = _place(_keys(value, tuple(keys)), step, scope)
        keys = []

    return _keys(value, tuple(keys))


def _keys(value: Valuing, keys: tuple[str, ...]) -> Valuing:
    if not keys:
        return value

    if len(keys) == 1 and keys[0][0] != "@":
        (key,) = keys

        def one(frame: Frame) -> object:
            found = value(frame)
            return found.get(key) if type(found) is dict else value_for_key(found, key)

        return one

    def many(frame: Frame) -> object:
        found = value(frame)

        if isinstance(found, list):
            _spend(frame, len(found))

        return follow(found, keys)

    return many


def _place(value: Valuing, step: Index, scope: Scope) -> Valuing:
    place = step.value

    if isinstance(place, str):
        return lambda frame: end_of(value(frame), place)

    index = compile_expression(place, scope)

    return lambda frame: member(value(frame), index(frame))


def _subquery(node: Subquery, scope: Scope) -> Callable[[Frame], list[object]]:
    collection = compile_expression(node.collection, scope)
    place = next_place(scope)
    decide = compile_condition(node.condition, {**scope, node.variable: place})
    weight = 1 + weigh(node.condition)

    def search(frame: Frame) -> list[object]:
        members = collection(frame)

        if members is None:
            return []

        if not isinstance(members, list):
            raise EvaluationError("SUBQUERY looks through an array")

        found = []

        for each in members:
            _spend(frame, weight)
            frame[place] = each

            if decide(frame):
                found.append(each)

        return found

    return search


def next_place(scope: Scope) -> int:
    """Return the place in a frame of one more variable; it may hide another of its name."""
    return max(scope.values(), default=_VARIABLES - 1) + 1


def weigh(node: object) -> int:
    """Return how many parts there are that are evaluated once, not in a loop of their own."""
    match node:
        case AllOf(parts) | AnyOf(parts):
            return sum(weigh(part) for part in parts)
        case Not(part):
            return weigh(part)
        case Comparison(_, left, _, _, right):
            return 1 + weigh(left) + weigh(right)
        case Path(base, steps):
            return weigh(base) + sum(1 for step in steps)
        case Aggregate(members):
            return sum(weigh(each) for each in members)
        case Call(_, arguments):
            return 1 + sum(weigh(each) for each in arguments)
        case Ternary(condition, yes, no):
            return weigh(condition) + weigh(yes) + weigh(no)
        case Arithmetic(left, _, right):
            return 1 + weigh(left) + weigh(right)
        case _:
            return 1
