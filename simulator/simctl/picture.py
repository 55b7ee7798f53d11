"""Text for a terminal: what guests say made harmless, cells counted, tables, boxes. Pure."""

import re
import unicodedata
from collections.abc import Sequence

__all__ = ("boxed", "cells", "harmless", "harmless_json", "table", "wrapped")

_WITHOUT_CELLS = ("Mn", "Me", "Cf")
_DANGEROUS_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def harmless(text: str, keep: str = "") -> str:
    """Return text that moves no cursor: control characters become escapes in letters.

    Everything that a guest said goes through here before it is printed. What would turn the
    direction of the text around is a control character too.

    Args:
        text: What somebody said.
        keep: Control characters that stay, where they are ours: line ends, tabs.
    """
    if text.isprintable():
        return text

    return "".join(
        letter
        if letter.isprintable() or letter in keep or unicodedata.category(letter) == "Zs"
        else letter.encode("unicode_escape").decode()
        for letter in text
    )


def harmless_json(text: str) -> str:
    r"""Return JSON with ``\u…`` for the control characters that JSON allows as they are."""
    return _DANGEROUS_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def cells(text: str) -> int:
    """Return how many cells of a terminal a text covers."""
    if text.isascii():
        return len(text)

    return sum(map(_cells, text))


def _cells(letter: str) -> int:
    if unicodedata.category(letter) in _WITHOUT_CELLS or "\u1160" <= letter <= "\u11ff":
        return 0  # marks, joiners, and what completes a Korean syllable

    return 1 + (unicodedata.east_asian_width(letter) in "WF")


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def wrapped(text: str, width: int) -> list[str]:
    """Return a text as lines of at most ``width`` cells, broken at spaces where that goes well."""
    lines = []
    start = 0

    while (end := _end(text, start, width)) < len(text):
        space = text.rfind(" ", start, end + 1)

        if space - start > width // 2:
            end = space

        lines.append(text[start:end])
        start = end + (text[end] == " ")

    return [*lines, text[start:]]


def _end(text: str, start: int, width: int) -> int:
    """Return where the part of a text ends that fits; at least one letter does."""
    taken = 0

    for at in range(start, len(text)):
        taken += _cells(text[at])

        if taken > width and at > start:
            return at

    return len(text)


def boxed(title: str, parts: Sequence[Sequence[str]], width: int = 0) -> list[str]:
    """Return rows in a box with rounded corners, its title in its upper side.

    Args:
        title: What stands in the upper side.
        parts: Rows; between two parts there is a rule.
        width: How many cells the box has between its sides, at least.
    """
    name = f" {title} "
    width = max(width, cells(name) + 2, *(cells(row) + 2 for part in parts for row in part))
    left = (width - cells(name)) // 2
    lines = [f"╭{'─' * left}{name}{'─' * (width - cells(name) - left)}╮"]

    for number, part in enumerate(parts):
        lines += [f"├{'─' * width}┤"] if number else []
        lines += [f"│ {_padded(row, width - 2)} │" for row in part]

    return [*lines, f"╰{'─' * width}╯"]


def table(rows: Sequence[Sequence[object]]) -> list[str]:
    """Return rows as lines with aligned columns; numbers stand to the right."""
    texts = [[harmless(str(value)) for value in row] for row in rows]
    widths = [max(cells(row[at]) for row in texts) for at in range(len(texts[0]))] if texts else []
    lines = []

    for values, row in zip(rows, texts, strict=True):
        columns = [
            text.rjust(width) if isinstance(value, int) else _padded(text, width)
            for value, text, width in zip(values, row, widths, strict=True)
        ]
        lines.append("  ".join(columns).rstrip())

    return lines
