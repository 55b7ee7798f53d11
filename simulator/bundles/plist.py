"""One property list from a file that nobody vouches for, bounded before it is parsed.

Apple's old-style (OpenStep) text form is refused: Xcode converts it while it builds, so that no
installed bundle holds one. Two attacks shape this module. An XML document may declare entities that
expand a thousandfold, so a document type with a subset of its own is refused; ``plutil`` accepts
none either. What binary lists can do, and what is done about it, is told in ``bplist``.
"""

import binascii
import errno
import os
import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NoReturn
from xml.parsers import expat

from simulator.bundles.bplist import DEPTH_MAX, NODES_MAX, fits, parse_binary
from simulator.xpc.errors import BundleError

__all__ = ("PLIST_SIZE_MAX", "parse_plist", "read_plist")

PLIST_SIZE_MAX: Final = 1 << 20
"""The largest file that is read, in bytes. Real ones have under 64 KiB."""

_INTEGER = re.compile(r"\s*([+-]?)(?:0[xX]([0-9a-fA-F]{1,16})|([0-9]{1,20}))\s*", re.ASCII)
_BOMS = {b"\xef\xbb\xbf": "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_OPEN_REASONS = {
    errno.ENOENT: "the file is missing",
    errno.ENOTDIR: "the file is missing: what should be its folder is a file",
    errno.ELOOP: "it is a symbolic link; put the file itself in its place",
}


def read_plist(path: Path, *, name: str) -> dict[str, object]:
    """Return the dictionary that a property-list file holds.

    The file is opened without following a link in its last part and without waiting, so that a FIFO
    or a device does no harm.

    Args:
        path: The file.
        name: What errors call it: its path relative to what the user gave.

    Raises:
        BundleError: It is missing, no regular file, larger than ``PLIST_SIZE_MAX``, or what
            :func:`parse_plist` refuses.
    """
    try:
        mode = os.lstat(path).st_mode  # before opening: to open a device can have effects

        if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
            raise BundleError(name, "", "it is no regular file; a property list should be one")

        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

        with open(os.open(path, flags), "rb") as handle:
            if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
                raise BundleError(name, "", "it is no regular file; a property list should be one")

            data = handle.read(PLIST_SIZE_MAX + 1)
    except OSError as error:
        reason = _OPEN_REASONS.get(error.errno or 0, f"it cannot be read: {error.strerror}")

        raise BundleError(name, "", reason) from error

    return parse_plist(data, name=name)


def parse_plist(data: bytes, *, name: str) -> dict[str, object]:
    """Return the dictionary that the bytes of a property list hold.

    Values are str, bool, int (−2⁶³ … 2⁶⁴−1), float, bytes, datetime (with UTC), list and dict with
    string keys. A key given twice has its last value, as in Core Foundation.

    Raises:
        BundleError: The bytes are no XML or binary property list, its top is no dictionary, or a
            limit of this module is passed; broken XML is named by line and column.
    """
    if len(data) > PLIST_SIZE_MAX:
        problem = f"it has more than {PLIST_SIZE_MAX} bytes, which is the limit"

        raise BundleError(name, "", problem)

    if data.startswith(b"bplist"):
        value = parse_binary(data, name=name)
    elif _looks_like_xml(data):
        value = _XmlReader(name).read(data)
    else:
        raise BundleError(name, "", _strange(data))

    if not isinstance(value, dict):
        problem = "its top-level value is no dictionary; it should be one, of keys and values"

        raise BundleError(name, "", problem)

    return value


def _looks_like_xml(data: bytes) -> bool:
    for bom, encoding in _BOMS.items():
        if data.startswith(bom):
            head = data[len(bom) : len(bom) + 256].decode(encoding, "ignore")

            return head.lstrip().startswith("<")

    return data[:256].lstrip().startswith(b"<")


def _strange(data: bytes) -> str:
    if not data:
        return "it is empty; it should be an XML or binary property list"

    text = data.replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")

    if text.startswith((b"{", b"(", b"/*", b"//")):
        return (
            "it is a property list of the old text form; it should be XML or binary "
            "(plutil -convert xml1 converts it)"
        )

    return "it is no property list; it should be an XML or binary one"


def _integer(text: str) -> int:
    match = _INTEGER.fullmatch(text)

    if match is None:
        raise ValueError(text)

    sign, hexadecimal, decimal = match.groups()
    size = int(hexadecimal, 16) if hexadecimal else int(decimal)
    value = -size if sign == "-" else size

    if not fits(value):
        raise ValueError(text)

    return value


def _date(text: str) -> datetime:
    return datetime.strptime(text.strip(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _data(text: str) -> bytes:
    return binascii.a2b_base64("".join(text.split()))


_LEAVES: dict[str, Callable[[str], object]] = {
    "data": _data,
    "date": _date,
    "false": lambda _: False,
    "integer": _integer,
    "key": str,
    "real": float,
    "string": str,
    "true": lambda _: True,
}


class _XmlReader:
    """Builds the value while expat reads, so that each fault is told with its line and column."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._root: list[object] = []
        self._open: list[dict[str, object] | list[object]] = []
        self._keys: list[str | None] = []
        self._leaf = ""
        self._text: list[str] = []
        self._nodes = 0
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.SkippedEntityHandler = self._skipped_entity

    def read(self, data: bytes) -> object:
        try:
            self._parser.Parse(data, True)
        except expat.ExpatError as error:
            place = f"line {error.lineno}, column {error.offset + 1}"
            problem = f"it is no well-formed XML at {place}: {expat.ErrorString(error.code)}"

            raise BundleError(self._name, "", problem) from error
        except (LookupError, ValueError) as error:
            problem = f"its text encoding cannot be read ({error}); it should be UTF-8"

            raise BundleError(self._name, "", problem) from error

        return self._root[0] if self._root else None

    def _fault(self, problem: str) -> NoReturn:
        line = self._parser.CurrentLineNumber
        column = self._parser.CurrentColumnNumber + 1

        raise BundleError(self._name, "", f"{problem} (line {line}, column {column})")

    def _doctype(self, _name: str, _system: object, _public: object, subset: object) -> None:
        if subset:
            self._fault("its document type declares things of its own; property lists may not")

    def _skipped_entity(self, entity: str, _is_parameter: object) -> None:
        self._fault(f"it uses the entity &{entity};, which nobody declares; write the text itself")

    def _start(self, element: str, _attributes: object) -> None:
        if self._leaf:
            self._fault(f"<{element}> stands inside <{self._leaf}>, which holds text only")

        if element in _LEAVES:
            self._leaf = element
        elif element in {"array", "dict"}:
            container: dict[str, object] | list[object] = {} if element == "dict" else []
            self._add(container)
            self._open.append(container)
            self._keys.append(None)

            if len(self._open) > DEPTH_MAX:
                self._fault(f"it is nested deeper than {DEPTH_MAX}, which is the limit")
        elif element != "plist" or self._open or self._root:
            self._fault(f"<{element}> is no part of a property list here")

    def _end(self, element: str) -> None:
        if element == self._leaf:
            self._end_leaf(element)
        elif element != "plist":
            self._open.pop()

            if (key := self._keys.pop()) is not None:
                self._fault(f"the key {key!r} has no value after it")

    def _end_leaf(self, element: str) -> None:
        text = "".join(self._text)
        self._leaf = ""
        self._text.clear()

        try:
            value = _LEAVES[element](text)
        except (ValueError, OverflowError):
            self._fault(f"<{element}> holds {text[:40]!r}, which is none")

        if element != "key":
            self._add(value)
        elif not self._open or not isinstance(self._open[-1], dict) or self._keys[-1] is not None:
            self._fault(f"<key>{text[:40]}</key> should stand in a <dict>, followed by a value")
        else:
            self._keys[-1] = text

    def _characters(self, text: str) -> None:
        if self._leaf:
            self._text.append(text)
        elif text.strip():
            self._fault(f"the text {text.strip()[:40]!r} stands outside any value")

    def _add(self, value: object) -> None:
        self._nodes += 1

        if self._nodes > NODES_MAX:
            self._fault(f"it holds more than {NODES_MAX} values, which is the limit")

        if not self._open:
            if self._root:
                self._fault("there is a second top-level value; a property list has one")

            self._root.append(value)

            return

        container = self._open[-1]

        if isinstance(container, list):
            container.append(value)

            return

        key = self._keys[-1]

        if key is None:
            self._fault("a value in a <dict> has no <key> before it")

        container[key] = value
        self._keys[-1] = None
