"""NSExtensionActivationRule as a predicate string: compiled once, decided in microseconds.

Source: Apple, *App Extension Programming Guide*, Declaring Supported Data Types for a Share or
Action Extension. A string that is no predicate never offers the extension.
"""

from typing import Final

from simulator.daemonkit.limits import (
    PREDICATE_CHARACTERS_MAX,
    PREDICATE_LEVELS_MAX,
    PREDICATE_STEPS_MAX,
)
from simulator.daemons.pkd.explanation import Line, Verdict
from simulator.daemons.pkd.shared import Shared
from simulator.predicates.compiling import Program, compile_program
from simulator.predicates.errors import EvaluationError, PredicateError
from simulator.predicates.explaining import Clause, explain
from simulator.predicates.parse import Bounds, parse
from simulator.predicates.printing import shortened
from simulator.predicates.syntax import AllOf, Condition, Truth

__all__ = ("PredicateRule",)

_BOUNDS: Final = Bounds(
    PREDICATE_CHARACTERS_MAX,
    PREDICATE_LEVELS_MAX,
    "PREDICATE_CHARACTERS_MAX",
    "PREDICATE_LEVELS_MAX",
)
_NAME: Final = "NSExtensionActivationRule"
_EXPLAINED: Final = 10  # an explanation looks at everything once a level
_LEVELS_TOLD: Final = 24  # a message nests 64 deep, and each level twice
_TEXT_MAX: Final = 160
_TRUE: Final = Verdict(offered=True, reason="the predicate is true")


class PredicateRule:
    """A rule, read once. Reading one that is more than ``TRUEPREDICATE`` is not for an event loop.

    Args:
        text: The predicate.

    Attributes:
        remarks: What a developer should know of it: lines.
    """

    def __init__(self, text: str) -> None:
        self._condition: Condition | None = None
        self._problem = ""
        self.remarks: list[str] = []

        try:
            self._condition = parse(text, _BOUNDS)
        except PredicateError as problem:
            if not text.strip():
                self._problem = f"{_NAME} is an empty string"
            else:
                self._problem = f"{_NAME} is no predicate: {problem}"

            self.remarks = ["\n".join((self._problem, *problem.lines))]
            return

        self._parts = _parts(self._condition)

        if self._condition == Truth(value=True):
            self.remarks = [f"{_NAME} is TRUEPREDICATE, which is for development only"]

    def judge(self, shared: Shared) -> Verdict:
        """Return whether an extension with this rule is offered, and why."""
        if self._condition is None:
            return Verdict(offered=False, reason=self._problem)

        if isinstance(self._condition, Truth):
            return _trivial(self._condition)

        try:
            for text, part in self._parts:  # all of which must hold
                if not part.holds(shared.value, shared.ancestry, PREDICATE_STEPS_MAX):
                    return Verdict(offered=False, reason=f"the predicate is false: {text}")
        except EvaluationError as problem:
            return Verdict(offered=False, reason=f"the predicate cannot be evaluated: {problem}")

        return _TRUE

    def explain(self, shared: Shared) -> tuple[str, list[Line]]:
        """Return the sentence that decides, and every condition with the values that it had."""
        if self._condition is None:
            _, *lines = self.remarks[0].split("\n")
            return "", [Line(line, None, "") for line in lines if line]

        top = explain(
            self._condition, shared.value, shared.ancestry, PREDICATE_STEPS_MAX * _EXPLAINED
        )

        return _deciding(top), [_line(top)]


def _trivial(truth: Truth) -> Verdict:
    if truth.value:
        return Verdict(offered=True, reason="TRUEPREDICATE takes everything (for development only)")

    return Verdict(offered=False, reason="FALSEPREDICATE takes nothing")


def _parts(condition: Condition) -> list[tuple[str, Program]]:
    """Return the conditions that must all hold, each with its text."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)

    return [(_cut(shortened(part)), compile_program(part)) for part in parts]


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}…"


def _line(clause: Clause, level: int = 1) -> Line:
    parts = [_line(part, level + 1) for part in clause.parts]

    if parts and level == _LEVELS_TOLD:
        parts = [Line("…", None, "conditions further down are not told")]

    return Line(
        _cut(clause.text),
        clause.holds,
        clause.values,
        {"kind": clause.kind, "at": clause.at},
        parts,
    )


# -- which condition decided -----------------------------------------------------------------


def _deciding(clause: Clause) -> str:
    """Return the innermost condition that decided, in words."""
    if clause.holds is None:
        return f"{_cut(clause.text)}: {clause.values}"

    match clause.kind:
        case "and" if clause.holds:
            return f"all of its {len(clause.parts)} conditions are true"
        case "and":
            return _deciding(next(part for part in clause.parts if not part.holds))
        case "or" if clause.holds:
            return _deciding(next(part for part in clause.parts if part.holds))
        case "or":
            first = f"; the first: {_deciding(clause.parts[0])}" if _has_members(clause) else ""
            return f"none of its {len(clause.parts)} conditions is true{first}"
        case "not":
            return f"the opposite of: {_deciding(clause.parts[0])}"
        case "member":
            return _deciding(clause.parts[0])
        case _:
            return _deciding_comparison(clause)


def _deciding_comparison(clause: Clause) -> str:
    refused = [part for part in clause.parts if part.parts and not part.holds]

    if not clause.holds and refused and _has_members(refused[0]):
        return _deciding(refused[0])

    told = f"{_cut(clause.text)} is {'true' if clause.holds else 'false'}"
    told += f": {clause.values}" if clause.values else ""

    if not clause.holds and refused:
        told += f"; {refused[0].text} ({refused[0].values}) does not count"

    return told


def _has_members(clause: Clause) -> bool:
    return any(
        any(inner.kind == "member" for inner in part.parts) or _has_members(part)
        for part in clause.parts
    )
