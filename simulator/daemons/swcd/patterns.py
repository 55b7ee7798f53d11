"""Patterns of an association file: ``*``, ``?`` and variables, against a text. Pure.

A pattern of stars only is compared piece by piece between them, which never goes back. Any other is
a small automaton whose states are the bits of one number: a step per character of the text,
whatever the pattern. So the time is bounded by the product of the two lengths, and no pattern is
catastrophic.
Sources: Apple, ``applinks.Details.Components``; ``applinks.substitutionVariables``.
"""

import re
import string
from collections.abc import Mapping
from typing import Final

from simulator.daemons.swcd.codes import LANGUAGES, REGIONS

__all__ = ("CHOICES_MAX", "CLASSES", "WORDS", "Pattern", "PatternError", "cost")

CHOICES_MAX: Final = 16
"""Variables that stand for words, in one pattern: each is looked at for each character."""

_STATES_PER_STEP = 4096  # of so many bits a number costs about as much as the step itself

CLASSES: Final[Mapping[str, str]] = {
    "alpha": string.ascii_letters,
    "upper": string.ascii_uppercase,
    "lower": string.ascii_lowercase,
    "alnum": string.ascii_letters + string.digits,
    "digit": string.digits,
    "xdigit": string.hexdigits,
}
"""Predefined variables that stand for one character."""

WORDS: Final[Mapping[str, tuple[str, ...]]] = {"lang": LANGUAGES, "region": REGIONS}
"""Predefined variables that stand for one of many words."""

_VARIABLE = re.compile(r"\$\(([^$()]*)\)")
_NOTHING: Mapping[str, tuple[str, ...]] = {}


class PatternError(ValueError):
    """A pattern cannot be read: a variable is unknown, or there are too many."""


def _parts(text: str) -> list[tuple[str, str]]:
    """Return a pattern as pairs: ``text`` and its characters, or ``variable`` and its name."""
    found: list[tuple[str, str]] = []
    end = 0

    for match in _VARIABLE.finditer(text):
        found += [("text", text[end : match.start()]), ("variable", match[1])]
        end = match.end()

    return [
        (kind, value) for kind, value in (*found, ("text", text[end:])) if value or kind[0] == "v"
    ]


def cost(text: str, variables: Mapping[str, tuple[str, ...]] = _NOTHING) -> int:
    """Return how many states a pattern has when its variables are put in.

    Raises:
        PatternError: It names an unknown variable, or too many.
    """
    states = choices = 0

    for kind, value in _parts(text):
        if kind == "text":
            states += len(value)
        elif value in CLASSES:
            states += 1
        else:
            states += sum(len(word) + 1 for word in _words(value, variables)) + 1
            choices += 1

    if choices > CHOICES_MAX:
        raise PatternError(f"it has {choices} variables; {CHOICES_MAX} are the most (CHOICES_MAX)")

    return states


def _words(name: str, variables: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    words = WORDS.get(name) or variables.get(name)

    if words is None:
        raise PatternError(f"the variable $({name}) is not in substitutionVariables")

    return words


class Pattern:
    """A pattern that is to be compared with whole texts.

    Args:
        text: As it stands in the file.
        variables: ``substitutionVariables``: name → values, in which no variables are.
        folds: Whether upper and lower case are the same.

    Raises:
        PatternError: It names an unknown variable.
    """

    __slots__ = ("_automaton", "_pieces", "_variables", "_weight", "folds", "text")

    def __init__(
        self, text: str, variables: Mapping[str, tuple[str, ...]] = _NOTHING, *, folds: bool = False
    ) -> None:
        self.text = text
        self.folds = folds
        self._variables = variables
        self._pieces: list[str] | None = None
        self._automaton: _Automaton | None = None  # made when it is first wanted
        self._weight = 0

        if "?" in text or "$(" in text:
            self._weight = 1 + cost(text, variables) // _STATES_PER_STEP + 2 * text.count("$(")
        else:
            self._pieces = (text.lower() if folds else text).split("*")

    def steps(self, text: str) -> int:
        """Return about how much it costs to compare with ``text``, in steps of an automaton."""
        return 1 + len(text) * self._weight if self._weight else 1 + len(text) // 1000

    def matches(self, text: str) -> bool:
        """Say whether the whole of ``text`` is what the pattern describes."""
        if self.folds:
            text = text.lower()

        if self._pieces is not None:
            return _in_pieces(self._pieces, text)

        if self._automaton is None:
            parts = _parts(self.text)
            self._automaton = _Automaton(parts, self._variables, folds=self.folds)

        return self._automaton.accepts(text)


def _in_pieces(pieces: list[str], text: str) -> bool:
    first, *middle = pieces

    if not middle:
        return text == first

    *middle, last = middle
    at, end = len(first), len(text) - len(last)

    if at > end or not text.startswith(first) or not text.endswith(last):
        return False

    for piece in middle:  # the earliest place leaves most for those behind it
        found = text.find(piece, at, end)

        if found < 0:
            return False

        at = found + len(piece)

    return True


class _Automaton:
    """The states of a pattern as bits: bit n is the place before its n-th position."""

    def __init__(
        self,
        parts: list[tuple[str, str]],
        variables: Mapping[str, tuple[str, ...]],
        *,
        folds: bool,
    ) -> None:
        self._folds = folds
        self._size = 0
        self._steps: dict[str, list[int]] = {}  # character → positions that take it
        self._any: list[int] = []
        self._stars: list[int] = []
        self._jumps: list[tuple[int, int]] = []  # a choice: from any of these to all of those

        for kind, value in parts:
            if kind == "text":
                self._add_text(value)
            elif value in CLASSES:
                self._add_characters(CLASSES[value])
            else:
                self._add_words(_words(value, variables))

        self._seal()

    def _add_text(self, text: str) -> None:
        for character in text:
            if character == "*":
                self._stars.append(self._size)
                self._size += 1
            elif character == "?":
                self._any.append(self._size)
                self._size += 1
            else:
                self._add_characters(character)

    def _add_characters(self, characters: str) -> None:
        for character in set(characters.lower() if self._folds else characters):
            self._steps.setdefault(character, []).append(self._size)

        self._size += 1

    def _add_words(self, words: tuple[str, ...]) -> None:
        entry = self._size
        self._size += 1
        starts, ends = [], []

        for word in words:
            starts.append(self._size)
            self._add_text(word)
            ends.append(self._size)
            self._size += 1  # its own end, which no character leaves

        self._jumps += [(1 << entry, _bits(starts)), (_bits(ends), 1 << self._size)]

    def _seal(self) -> None:
        self._star_bits = _bits(self._stars)
        wild = _bits(self._any)
        self._wild = wild
        self._masks = {character: _bits(places) | wild for character, places in self._steps.items()}
        self._final = 1 << self._size

    def _closed(self, states: int) -> int:
        """Add what is reached without a character."""
        while True:
            before = states
            states |= (states & self._star_bits) << 1

            for here, there in self._jumps:
                if states & here:
                    states |= there

            if states == before:
                return states

    def accepts(self, text: str) -> bool:
        states = self._closed(1)
        stars, masks, wild = self._star_bits, self._masks, self._wild

        for character in text:
            taken = (states & masks.get(character, wild)) << 1
            states = self._closed(taken | (states & stars))

            if not states:
                return False

        return bool(states & self._final)


def _bits(places: list[int]) -> int:
    """Return a number with these bits set; built as bytes, for there may be many."""
    if not places:
        return 0

    raw = bytearray(max(places) // 8 + 1)

    for place in places:
        raw[place >> 3] |= 1 << (place & 7)

    return int.from_bytes(raw, "little")
