"""Property lists as ``-[NSObject description]`` writes them: the old ASCII form, indented. Pure.

This is what ``defaults read`` and ``simctl listapps`` print. The layout: four spaces a level,
sorted keys, a collection inside another begins behind spaces of its own level. A word of ASCII
letters and digits stands bare, everything else is quoted: ``"en_US"``, ``"-1"``, ``"1.5"``.

Source: Apple, *Old-Style ASCII Property Lists*; outputs of ``defaults read`` on macOS. Data is
written as macOS 10.15 and later do, ``{length = 4, bytes = 0x00010203}``, and shortened beyond 24
bytes: who wants all of it exports the domain. The older ``<00010203>`` can be asked for, and is
what a parser reads.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from shared_container.float32 import Float
from shared_container.values import to_string

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("description",)

_INDENT = "    "
_ESCAPES = {
    "\\": "\\\\", '"': '\\"', "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r",
    "\t": "\\t", "\v": "\\v",
}  # fmt: skip
_BYTES_WHOLE = 24  # data of more bytes is shortened to its first 16 and last 8
_GROUP = 4


def description(value: object, *, whole_data: bool = False) -> str:
    """Return the text of a property list: a string bare, a collection over several lines.

    Args:
        value: A property list; None inside collections is not possible.
        whole_data: Write data as ``<0a0b>``, all of it, instead of length and some bytes.

    Raises:
        TypeError: ``value`` is no property list.
    """
    if isinstance(value, Mapping | list | tuple):
        return "".join(_collection(value, 0, whole_data=whole_data))

    return _scalar(value, whole_data=whole_data)


def _collection(value: object, depth: int, *, whole_data: bool) -> "Iterator[str]":
    inner = _INDENT * (depth + 1)

    if isinstance(value, Mapping):
        yield "{\n"

        for key in sorted(value, key=_in_order):
            yield f"{inner}{_quoted(key)} = "
            yield from _item(value[key], depth + 1, whole_data=whole_data)
            yield ";\n"

        yield f"{_INDENT * depth}}}"
        return

    assert isinstance(value, list | tuple)
    yield "(\n"

    for number, item in enumerate(value, start=1):
        yield inner
        yield from _item(item, depth + 1, whole_data=whole_data)
        yield ",\n" if number < len(value) else "\n"

    yield f"{_INDENT * depth})"


def _item(value: object, depth: int, *, whole_data: bool) -> "Iterator[str]":
    if isinstance(value, Mapping | list | tuple):
        yield _INDENT * depth
        yield from _collection(value, depth, whole_data=whole_data)
        return

    text = _scalar(value, whole_data=whole_data)

    yield text if isinstance(value, bytes | bytearray) else _quoted(text)


def _scalar(value: object, *, whole_data: bool) -> str:
    if isinstance(value, float):
        return _real(value)

    text = to_string(value)

    if text is not None:
        return text

    if isinstance(value, bytes | bytearray):
        return f"<{value.hex()}>" if whole_data else _summary(value)

    if isinstance(value, datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        utc = aware.astimezone(UTC)
        # Not strftime, whose year has less than four digits before 1000.
        return f"{utc.isoformat(' ', 'seconds').removesuffix('+00:00')} +0000"

    raise TypeError(f"a value of type {type(value).__name__} is no property list")


def _real(value: float) -> str:
    """Return a real with as many digits as its kind has.

    A plist that was loaded anew has no kind of 32 bits: what 32 bits hold exactly is taken for it.
    """
    for digits in (7, 8, 9):
        text = f"{value:.{digits}g}"

        if Float(float(text)) == value:
            return text

    return f"{value:.16g}"


def _summary(data: bytes | bytearray) -> str:
    if len(data) <= _BYTES_WHOLE:
        return f"{{length = {len(data)}, bytes = 0x{data.hex()}}}"

    first, last = data[: _GROUP * 4].hex(" ", _GROUP), data[-_GROUP * 2 :].hex(" ", _GROUP)

    return f"{{length = {len(data)}, bytes = 0x{first} ... {last} }}"


def _in_order(key: str) -> bytes:
    """Return what keys are sorted by: UTF-16, as strings are compared there."""
    return key.encode("utf-16-be", "surrogatepass")


def _quoted(text: str) -> str:
    if text.isascii() and text.isalnum():
        return text

    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]

    if " " <= letter <= "~":
        return letter

    if letter < "\x80":
        return f"\\{ord(letter):03o}"

    units = letter.encode("utf-16-be", "surrogatepass")

    return "".join(f"\\U{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
