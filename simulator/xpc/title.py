"""The title of a process, as ``ps`` shows it.

The kernel reads it from the bytes between ``arg_start`` and ``arg_end`` (proc(5), fields 48 and 49
of ``/proc/self/stat``); overwriting them is how every daemon with a title does it. The addresses
are read once, before any sandbox.
"""

import ctypes

__all__ = ("TITLE_ROOM", "Title")

TITLE_ROOM = "-" * 240  # an argument that leaves room for a title

_PR_SET_NAME = 15
_libc = ctypes.CDLL(None, use_errno=True)


class Title:
    """The room for this process's title; a fork inherits it."""

    def __init__(self) -> None:
        with open("/proc/self/stat", "rb") as file:
            # The second field may contain blanks and brackets: count behind its last bracket.
            fields = file.read().rpartition(b")")[2].split()

        self._start = int(fields[45])
        self._size = int(fields[46]) - self._start

    def set(self, text: str) -> None:
        """Show ``text``; cut where the room ends. The short name is its last part."""
        raw = text.encode("utf-8", "replace")[: self._size - 1]
        ctypes.memmove(self._start, raw.ljust(self._size, b"\0"), self._size)
        name = (text.rpartition(".")[2] or text).encode("utf-8", "replace")[:15]
        _libc.prctl(_PR_SET_NAME, ctypes.c_char_p(name), 0, 0, 0)
