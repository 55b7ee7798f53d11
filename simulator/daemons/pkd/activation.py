"""NSExtensionActivationRule: whether an extension is offered for what a host wants to share.

Pure. A rule is read once, as a dictionary (:mod:`dictionary`) or as a predicate (:mod:`predicate`);
anything else, or nothing, never offers the extension. The language of predicates is loaded with the
first that is more than ``TRUEPREDICATE``: it would be a twentieth of a cold boot.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias, Union

from simulator.daemons.pkd.dictionary import DictionaryRule
from simulator.daemons.pkd.explanation import Line, Verdict
from simulator.daemons.pkd.shared import Shared

if TYPE_CHECKING:
    from simulator.daemons.pkd.predicate import PredicateRule

__all__ = ("Rule", "Verdict", "explain", "is_quick", "read_rule")


_SHORT = 1000  # a longer text is more than blanks around a word, or not worth looking


class _NoRule:
    """What is no rule.

    Attributes:
        remarks: Why.
    """

    def __init__(self, problem: str) -> None:
        self.remarks = [problem]

    def judge(self, _: Shared) -> Verdict:
        """Return that the extension is not offered."""
        return Verdict(offered=False, reason=self.remarks[0])


class _Trivial:
    """``TRUEPREDICATE`` or ``FALSEPREDICATE``, which need no language.

    Attributes:
        remarks: What a developer should know of it.
    """

    def __init__(self, *, value: bool) -> None:
        told = (
            "TRUEPREDICATE takes everything (for development only)"
            if value
            else "FALSEPREDICATE takes nothing"
        )
        self._verdict = Verdict(value, told)
        self.remarks = [_DEVELOPMENT] if value else []

    def judge(self, _: Shared) -> Verdict:
        """Return always the same."""
        return self._verdict


_DEVELOPMENT = "NSExtensionActivationRule is TRUEPREDICATE, which is for development only"
_TRIVIAL = {"TRUEPREDICATE": _Trivial(value=True), "FALSEPREDICATE": _Trivial(value=False)}

Rule: TypeAlias = Union[DictionaryRule, "PredicateRule", _Trivial, _NoRule]


def read_rule(value: object) -> Rule:
    """Return a rule.

    Args:
        value: The value of ``NSExtensionActivationRule``, or None where the key is missing.
    """
    match value:
        case None:
            return _NoRule("NSExtensionActivationRule is missing")
        case str():
            return _read_text(value)
        case Mapping():
            return DictionaryRule(value)
        case _:
            return _NoRule(
                "NSExtensionActivationRule is neither a dictionary nor a predicate string"
            )


def _read_text(text: str) -> Rule:
    word = text.strip() if len(text) < _SHORT else text

    if not word:
        return _NoRule("NSExtensionActivationRule is an empty string")

    if word.upper() in _TRIVIAL:
        return _TRIVIAL[word.upper()]

    from simulator.daemons.pkd.predicate import PredicateRule

    return PredicateRule(text)


def is_quick(value: object) -> bool:
    """Return whether reading a rule takes no time worth a thread: it has no predicate to parse."""
    return not isinstance(value, str) or (
        len(value) < _SHORT and value.strip().upper() in {"", *_TRIVIAL}
    )


def explain(rule: Rule, shared: Shared) -> tuple[Verdict, str, list[Line]]:
    """Return a rule's verdict with the clause that decided in its reason, its form, its clauses."""
    verdict = rule.judge(shared)

    if isinstance(rule, DictionaryRule):
        lines = rule.explain(shared)
        failed = [line for line in lines if line.holds is False]
        first = [line for line in failed if line.clause in verdict.reason] or failed

        return (
            verdict,
            "dictionary",
            [*first[:1], *(line for line in lines if line not in first[:1])],
        )

    if isinstance(rule, _NoRule):
        return verdict, "none", []

    if isinstance(rule, _Trivial):
        return verdict, "predicate", [Line(verdict.reason.split()[0], verdict.offered, "")]

    deciding, lines = rule.explain(shared)
    reason = deciding if deciding and "PREDICATE" not in verdict.reason else verdict.reason

    return Verdict(verdict.offered, reason), "predicate", lines
