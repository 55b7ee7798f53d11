"""On which line of an XML property list a key stands."""

from contextlib import suppress
from typing import Final
from xml.parsers import expat

from simulator.bundles.faults import key_path
from simulator.bundles.plist import PLIST_SIZE_MAX

__all__ = ("key_lines",)

_ENTRIES_MAX: Final = 5000
_CONTAINERS: Final = ("array", "dict")


class _Reader:
    """Follows the elements, and notes where each value's key, or the value itself, begins."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}
        self._path: list[str | int] = []
        self._open: list[str] = []
        self._text: list[str] | None = None
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def read(self, data: bytes) -> None:
        with suppress(expat.ExpatError, LookupError, ValueError):
            self._parser.Parse(data, True)

    def _doctype(self, _name: str, _system: object, _public: object, subset: object) -> None:
        if subset:
            raise ValueError("entities of its own, which nobody expands here")

    def _start(self, element: str, _: object) -> None:
        if element == "key":
            self._text = []
        elif element != "plist":
            self._begin_value()

            if element in _CONTAINERS:
                self._open.append(element)
                self._path.append(-1 if element == "array" else "")

    def _begin_value(self) -> None:
        if self._open and self._open[-1] == "array":
            last = self._path[-1]
            self._path[-1] = last + 1 if isinstance(last, int) else 0
            self._note()

    def _note(self) -> None:
        if len(self.lines) < _ENTRIES_MAX and len(self._path) <= 16:
            self.lines.setdefault(key_path(self._path), self._parser.CurrentLineNumber)

    def _end(self, element: str) -> None:
        if element == "key" and self._text is not None:
            if self._open and self._open[-1] == "dict":
                self._path[-1] = "".join(self._text)
                self._note()

            self._text = None
        elif element in _CONTAINERS and self._open:
            self._open.pop()
            self._path.pop()

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)


def key_lines(data: bytes) -> dict[str, int]:
    """Return the lines on which keys and array elements of an XML list stand, by key path.

    Empty for a binary list; as far as it went for one that is broken.
    """
    reader = _Reader()
    reader.read(data[:PLIST_SIZE_MAX])

    return reader.lines
