"""Where in a guest's source something happened: the file, the line, and what stands there."""

import os

from simulator.daemonkit.beneath import opened_beneath, relative_to
from simulator.daemonkit.guest import Guest

__all__ = ("place_of",)

_SOURCE_BYTES_MAX = 256 << 10
_SOURCE_LINES_MAX = 10_000  # behind them no line is quoted: the host does not work for long
_TEXT_MAX = 120


def place_of(guest: Guest, file: str, line: int) -> tuple[str, str]:
    """Return ``Notes.py:14`` and the text of that line; empty ones where there is none.

    Args:
        guest: Who says so. It reads its own bundle and its app's, nothing else is opened for it.
        file: The path as Python knows it.
        line: From 1.
    """
    if not file or not line:
        return "", ""

    return f"{os.path.basename(file)[:_TEXT_MAX]}:{line}", _text(guest, file, line)


def _text(guest: Guest, file: str, line: int) -> str:
    root = str(guest.bundle.path)

    if guest.bundle.is_extension:  # its app's Frameworks serve it, too
        root = os.path.dirname(os.path.dirname(root))

    inside = relative_to(root, file)

    if inside is None or "\0" in file or line > _SOURCE_LINES_MAX:
        return ""

    try:
        with opened_beneath(root, inside, os.O_RDONLY | os.O_NONBLOCK) as descriptor:
            content = os.read(descriptor, _SOURCE_BYTES_MAX)
    except OSError:
        return ""

    lines = content.split(b"\n", line)

    return (
        lines[line - 1].decode("utf-8", "replace").strip()[:_TEXT_MAX] if line <= len(lines) else ""
    )
