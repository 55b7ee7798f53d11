"""A verdict on an extension, and the lines that explain it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ("Explanation", "Line", "Verdict", "told")

_LINES_MAX: Final = 200
_SIGNS: Final = {True: "✓", False: "✗", None: "·"}


class Verdict(NamedTuple):
    """Whether the extension is offered, and a sentence that says why or why not."""

    offered: bool
    reason: str


class Line(NamedTuple):
    """A clause of a rule, and what it saw.

    Attributes:
        clause: A key of a dictionary, or a condition of a predicate.
        holds: Whether it is met; None where it decides nothing, or could not be decided.
        values: What it saw, in words.
        detail: The same as values, for programs.
        parts: What it consists of.
    """

    clause: str
    holds: bool | None
    values: str
    detail: Mapping[str, object] = MappingProxyType({})
    parts: Sequence["Line"] = ()

    def as_dict(self) -> dict[str, object]:
        """Return it as plain values."""
        return {
            "clause": self.clause,
            "holds": self.holds,
            "values": self.values,
            **self.detail,
            "parts": [part.as_dict() for part in self.parts],
        }


class Explanation(NamedTuple):
    """Why an extension is or is not offered for some items.

    Attributes:
        bundle_id: Whose.
        point: Its extension point.
        verdict: The decision; its reason names the clause that decided.
        form: Of the rule: ``dictionary``, ``predicate`` or ``none``.
        lines: The clauses, the deciding one first.
        notes: What a developer should know besides.
    """

    bundle_id: str
    point: str
    verdict: Verdict
    form: str
    lines: Sequence[Line] = ()
    notes: Sequence[str] = ()

    def as_dict(self) -> dict[str, object]:
        """Return it as plain values, and as the lines of a terminal."""
        return {
            "bundle_id": self.bundle_id,
            "point": self.point,
            "offered": self.verdict.offered,
            "reason": self.verdict.reason,
            "form": self.form,
            "clauses": [line.as_dict() for line in self.lines],
            "notes": list(self.notes),
            "lines": told(self),
        }


def told(explanation: Explanation) -> list[str]:
    """Return an explanation as the lines of a terminal, at most _LINES_MAX of the clauses."""
    verdict = explanation.verdict
    head = f"{'offered' if verdict.offered else 'not offered'}: {verdict.reason}"
    flat = [row for line in explanation.lines for row in _rows(line, 1)]
    kept = flat[:_LINES_MAX]
    width = max((len(left) for left, _ in kept), default=0)
    width = min(width, 90)
    rows = [f"{left:<{width}}  {right}".rstrip() for left, right in kept]

    if len(flat) > _LINES_MAX:
        rows.append(f"  … and {len(flat) - _LINES_MAX} clauses more")

    return [head, *rows, *(f"note: {note}" for note in explanation.notes)]


def _rows(line: Line, level: int) -> list[tuple[str, str]]:
    own = (f"{'  ' * level}{_SIGNS[line.holds]} {line.clause}", line.values)

    return [own, *(row for part in line.parts for row in _rows(part, level + 1))]
