"""NSExtensionActivationRule as a dictionary: what is counted, and what that decides.

Source: Apple, *App Extension Keys* and *App Extension Programming Guide*. What they leave open is
decided here:

* An attachment is *taken* when it is of a kind whose key is positive. Version 1, and strict
  matching, want every attachment taken; version 2 wants one.
* A positive ``AttachmentsWithMaxCount`` takes everything; ``MinCount`` limits, and takes nothing.
* A file that a more specific positive key takes is not counted under ``FileWithMaxCount``;
  otherwise "100 images, 1 file" would mean one image.
* An explicit 0 is no count limit. It reads as "not supported", as leaving the key out does; only
  fuzzy matching (version 2 without ``UsesStrictMatching``) tells them apart: there an attachment of
  an explicit 0 kind hides the extension unless another key takes it. ``AttachmentsWithMaxCount`` is
  of the kind of everything.
* Counts and flags written as strings are read as their numbers, because hand-written files have
  them so; versions above 2 act as 2; unknown keys are ignored (``TextWithMaxCount`` is one of
  them); nothing to share is never offered.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from simulator.daemons.pkd.explanation import Line, Verdict
from simulator.daemons.pkd.shared import FILE, IMAGE, KINDS, MOVIE, PAGE, TEXT, URL, Shared

__all__ = ("DictionaryRule",)

_PREFIX: Final = "NSExtensionActivationSupports"
_MOST: Final = f"{_PREFIX}AttachmentsWithMaxCount"
_LEAST: Final = f"{_PREFIX}AttachmentsWithMinCount"
_VERSION: Final = "NSExtensionActivationDictionaryVersion"
_STRICT: Final = "NSExtensionActivationUsesStrictMatching"
_KEYS: Final[Mapping[int, str]] = {
    IMAGE: f"{_PREFIX}ImageWithMaxCount",
    MOVIE: f"{_PREFIX}MovieWithMaxCount",
    TEXT: f"{_PREFIX}Text",
    URL: f"{_PREFIX}WebURLWithMaxCount",
    PAGE: f"{_PREFIX}WebPageWithMaxCount",
    FILE: f"{_PREFIX}FileWithMaxCount",
}
_KNOWN: Final = frozenset((_MOST, _LEAST, _VERSION, _STRICT, *_KEYS.values()))
_COUNT_MAX: Final = 1 << 31


class _BadValue(ValueError):
    """A key of the rule has a value that means nothing; the text says so."""


class _Key(NamedTuple):
    """A key of the rule that is there."""

    kind: int
    name: str
    most: int


class DictionaryRule:
    """A rule, read once.

    Args:
        rule: The dictionary.

    Attributes:
        remarks: What a developer should know of it.
    """

    def __init__(self, rule: Mapping[object, object]) -> None:
        self._problem = ""
        self._keys: list[_Key] = []
        self._version, self._most, self._least = 1, 0, 0
        self._strict = self._none_at_all = False

        try:
            self._read(rule)
        except _BadValue as problem:
            self._problem = str(problem)

        self._positive = sum(key.kind for key in self._keys if key.most > 0)
        self._unknown = sorted(str(key) for key in rule if key not in _KNOWN)
        self.remarks = [self._problem] if self._problem else []

    def _read(self, rule: Mapping[object, object]) -> None:
        self._version = _number(rule, _VERSION, default=1)
        self._strict = self._version < 2 or _number(rule, _STRICT) > 0
        self._most, self._least = _number(rule, _MOST), _number(rule, _LEAST)
        self._none_at_all = _MOST in rule and self._most == 0
        self._keys = [
            _Key(kind, name, _number(rule, name)) for kind, name in _KEYS.items() if name in rule
        ]

    def judge(self, shared: Shared) -> Verdict:
        """Return whether an extension with this rule is offered, and why."""
        if self._problem:
            return Verdict(offered=False, reason=self._problem)

        if not len(shared):
            return Verdict(offered=False, reason="there is nothing to share")

        if not self._positive and not self._most:
            return Verdict(offered=False, reason="NSExtensionActivationRule has no key above 0")

        refusal = self._first_limit_passed(shared) or self._first_not_taken(shared)

        if refusal:
            return Verdict(offered=False, reason=refusal)

        left = self._count_left(shared)
        told = "its activation rule takes every item"

        if left:
            taken = f"{len(shared) - left} of {len(shared)} items"
            told = f"its activation rule takes {taken}, and one is enough ({_VERSION} is 2)"

        return Verdict(offered=True, reason=told)

    # -- counts ------------------------------------------------------------------------------

    def _counted(self, kind: int, shared: Shared) -> int:
        """Return how many items count under a key."""
        if kind != FILE:
            return shared.count(kind)

        others = self._positive & ~FILE

        return sum(
            count for kinds, count in shared.kinds.items() if kinds & FILE and not kinds & others
        )

    def _first_limit_passed(self, shared: Shared) -> str:
        if 0 < self._most < len(shared):
            return f"{_MOST} is {self._most}, and {_there_are(len(shared))}"

        if len(shared) < self._least:
            return f"{_LEAST} is {self._least}, and {_there_are(len(shared))}"

        for kind, name, most in self._keys:
            if most > 0 and kind != TEXT and (count := self._counted(kind, shared)) > most:
                return f"{name} is {most}, and {_there_are(count)} {KINDS[kind]}"

        return ""

    # -- taking ------------------------------------------------------------------------------

    def _count_left(self, shared: Shared) -> int:
        """Return how many items no key takes."""
        if self._most:
            return 0

        return sum(count for kinds, count in shared.kinds.items() if not kinds & self._positive)

    def _first_not_taken(self, shared: Shared) -> str:
        left = [] if self._most else [each for each in shared.kinds if not each & self._positive]

        if not left:
            return ""

        name = _name(shared.first[left[0]])
        nobody = f"no key of the rule takes {name}{_would_take(left[0])}"

        if len(left) == len(shared.kinds):
            return nobody

        if self._strict:
            how = "version 1" if self._version < 2 else "strict matching"
            return f"{how} wants every item taken, and {nobody}"

        for kinds in left:
            for kind, key, most in self._keys:
                if kinds & kind and not most:
                    return f"{key} is 0, and no other key takes {_name(shared.first[kinds])}"

        return f"{_MOST} is 0, and no other key takes {name}" if self._none_at_all else ""

    # -- why ---------------------------------------------------------------------------------

    def explain(self, shared: Shared) -> list[Line]:
        """Return each key with its maximum and its count, and how many items are taken."""
        if self._problem:
            return []

        lines = [
            Line(
                name,
                holds=most == 0 or kind == TEXT or self._counted(kind, shared) <= most,
                values=self._told(kind, most, shared),
                detail={"maximum": most, "count": self._counted(kind, shared)},
            )
            for kind, name, most in self._keys
        ]
        total = len(shared)

        if self._most or self._none_at_all:
            told = f"{_items(total)}, {self._most} at most" if self._most else "0: not supported"
            detail = {"maximum": self._most, "count": total}
            lines.insert(0, Line(_MOST, 0 < self._most >= total, told, detail))

        if self._least:
            detail = {"minimum": self._least, "count": total}
            told = f"{_items(total)}, {self._least} at least"
            lines.insert(0, Line(_LEAST, total >= self._least, told, detail))

        lines.append(self._taking(shared))
        lines += [Line(name, None, "unknown: ignored", {}) for name in self._unknown]

        return lines

    def _told(self, kind: int, most: int, shared: Shared) -> str:
        count = self._counted(kind, shared)
        words = KINDS[kind]

        if count == 1 and words.startswith("that are "):
            words = f"that is a {words.removeprefix('that are ').removesuffix('s')}"

        what = f"{_items(count)} {words}"

        if kind == FILE and count != shared.count(FILE):
            what += f" ({shared.count(FILE) - count} more are taken by other keys)"

        if not most:
            return f"{what}, 0: not supported"

        return f"{what}, any number" if kind == TEXT else f"{what}, {most} at most"

    def _taking(self, shared: Shared) -> Line:
        left = self._count_left(shared)
        taken = len(shared) - left

        if self._strict:
            how = f"version {self._version}" if self._version < 2 else "version 2, strict"
            wanted = f"{how}: every item must be taken"
        else:
            wanted = "version 2: one item must be taken"

        refusal = self._first_not_taken(shared) if len(shared) else "there is nothing to share"
        told = f"{taken} of {len(shared)} are" + (f"; {refusal}" if refusal else "")
        holds = not refusal and bool(self._positive or self._most)
        detail = {"version": self._version, "strict": self._strict, "taken": taken}

        return Line(wanted, holds, told, {**detail, "count": len(shared)})


def _would_take(kinds: int) -> str:
    """Return which keys take what is of these kinds; nothing for what only a predicate takes."""
    names = [name for kind, name in _KEYS.items() if kinds & kind]

    return f" ({' or '.join(names)} would)" if names else ""


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _there_are(count: int) -> str:
    return f"there {'is' if count == 1 else 'are'} {_items(count)}"


def _name(types: Sequence[str]) -> str:
    return f"the item of type {types[0]}" if types else "an item without a type"


def _number(rule: Mapping[object, object], key: str, *, default: int = 0) -> int:
    """Return a key's value as a count of 0 or more; flags are 0 and 1."""
    value = rule.get(key, default)

    match value:
        case int() | float() if value == value:  # noqa: PLR0124 - a NaN is no count
            return max(0, int(min(value, _COUNT_MAX)))
        case str() if value.strip().lower() in {"yes", "true"}:
            return 1
        case str() if value.strip().lower() in {"no", "false", ""}:
            return 0
        case str() if value.strip().isdecimal():
            return min(int(value.strip()[:9]), _COUNT_MAX)
        case _:
            raise _BadValue(f"{key} is {value!r:.80}, which is no count")
