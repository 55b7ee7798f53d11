"""The binary form of property lists, measured before it is parsed.

A binary list is a table of objects that refer to each other by number. It may refer to one object
many times, or to itself, so that a hundred bytes describe megabytes. So it is first walked as if it
were written out, which makes no object, and only what stays within the limits is parsed.
Source: Apple, CFBinaryPList.c.
"""

import plistlib
import struct
from datetime import UTC, datetime
from typing import Final

from simulator.xpc.errors import BundleError

__all__ = ("DEPTH_MAX", "NODES_MAX", "TEXT_MAX", "fits", "parse_binary")

DEPTH_MAX: Final = 64
"""How deep arrays and dictionaries may be nested; ``shared_container.codec`` has the same limit."""

NODES_MAX: Final = 100_000
"""How many values and keys a list may hold once every shared reference is written out."""

TEXT_MAX: Final = 8 << 20
"""How many bytes of text and data a binary list may hold once it is written out."""

_TRAILER = struct.Struct(">6xBBQQQ")


def fits(value: int) -> bool:
    """Return whether a property list can hold an integer: −2⁶³ … 2⁶⁴−1."""
    return -(1 << 63) <= value < 1 << 64


def parse_binary(data: bytes, *, name: str) -> object:
    """Return the value that a binary property list holds; no part of it is shared with another.

    Args:
        data: The whole file.
        name: What errors call it.

    Raises:
        BundleError: The structure is broken or a limit of this module is passed.
    """
    try:
        _measure(data)

        return _plain(plistlib.loads(data, fmt=plistlib.FMT_BINARY))
    except (ValueError, LookupError, TypeError, OverflowError, struct.error) as error:
        detail = str(error) if isinstance(error, _Refused) else "its structure is broken"

        raise BundleError(name, "", f"it is no good binary property list: {detail}") from error


class _Refused(ValueError):
    """A binary list passes a limit; the text says which."""


def _measure(data: bytes) -> None:
    """Count what a binary list describes, shared references written out, making no object.

    Raises:
        ValueError, IndexError, struct.error: The structure is broken.
        _Refused: A limit is passed; references in a circle are found as nesting too deep.
    """
    offset_size, ref_size, count, top, table = _TRAILER.unpack_from(data, len(data) - _TRAILER.size)
    nodes = text = 0
    waiting = [(top, 1)]

    if not (0 < offset_size <= 8 and 0 < ref_size <= 8 and 0 < count <= len(data)):
        raise ValueError("trailer")

    while waiting:
        number, depth = waiting.pop()
        nodes += 1
        entry = table + number * offset_size

        if number >= count or entry + offset_size > len(data):
            raise ValueError("reference")

        offset = int.from_bytes(data[entry : entry + offset_size], "big")
        kind, size, start = _object_at(data, offset)

        if kind in {0x40, 0x50, 0x60}:
            text += size * 2 if kind == 0x60 else size

            if text > TEXT_MAX:
                raise _Refused(f"written out it has over {TEXT_MAX} bytes, which is the limit")
        elif kind in {0xA0, 0xD0}:
            refs = size * 2 if kind == 0xD0 else size

            if depth > DEPTH_MAX:
                raise _Refused(f"it is nested deeper than {DEPTH_MAX}, which is the limit")

            if nodes + len(waiting) + refs > NODES_MAX:
                raise _Refused(f"written out it has over {NODES_MAX} values, which is the limit")

            waiting += [
                (int.from_bytes(data[at : at + ref_size], "big"), depth + 1)
                for at in range(start, start + refs * ref_size, ref_size)
            ]


def _object_at(data: bytes, offset: int) -> tuple[int, int, int]:
    """Return an object's kind (high half of its marker), its size and where its body starts."""
    kind, size = data[offset] & 0xF0, data[offset] & 0x0F

    if size != 0x0F:
        return kind, size, offset + 1

    width = 1 << (data[offset + 1] & 0x03)

    return kind, int.from_bytes(data[offset + 2 : offset + 2 + width], "big"), offset + 2 + width


def _plain(value: object) -> object:
    """Return a copy that shares nothing with itself, of property-list types only."""
    match value:
        case dict():
            if not all(isinstance(key, str) for key in value):
                raise _Refused("a dictionary has a key that is no string")

            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case datetime():
            return value.replace(tzinfo=UTC)
        case int() if not fits(value):
            raise _Refused("it holds an integer of more than 64 bits")
        case bool() | int() | float() | str() | bytes():
            return value
        case _:
            raise _Refused("it holds a null or an archiver's reference, which no bundle uses")
