"""Text for a terminal: the screen in a frame, tables, and what guests say made harmless. Pure."""

import unicodedata
from collections.abc import Mapping, Sequence

__all__ = ("cells", "framed_screen", "harmless", "table")

_SCREEN_CELLS_MIN = 28


def harmless(text: str) -> str:
    """Return text that moves no cursor: control characters become escapes in letters."""
    if text.isprintable():
        return text

    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def cells(text: str) -> int:
    """Return how many cells of a terminal a text covers."""
    if text.isascii():
        return len(text)

    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF")
        for letter in text
    )


def _padded(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def framed_screen(screen: Mapping[str, object]) -> list[str]:
    """Return a device's screen in a frame that carries the device's name.

    Args:
        screen: The device's answer to ``screen``: device, bundle_id, title, lines.
    """
    lines = screen["lines"]
    assert isinstance(lines, list)
    content = [str(screen["title"]), *(f" · {line}" for line in lines)]

    if not screen["bundle_id"]:
        content = ["(no app is in front)"]

    rows = [harmless(line) for line in content]
    name = f" {harmless(str(screen['device']))} "
    width = max(_SCREEN_CELLS_MIN, cells(name), *(cells(row) + 2 for row in rows))
    left = (width - cells(name)) // 2
    right = width - cells(name) - left

    return [
        f"╭{'─' * left}{name}{'─' * right}╮",
        *(f"│ {_padded(row, width - 2)} │" for row in rows),
        f"╰{'─' * width}╯",
    ]


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
