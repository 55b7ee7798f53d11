"""Property lists in the old ASCII form, as ``simctl listapps`` prints them. Pure.

Source: Apple, *Old-Style ASCII Property Lists*; the layout is that of
``-[NSDictionary description]``.
"""

import re
from collections.abc import Mapping, Sequence

__all__ = ("to_openstep",)

_BARE = re.compile(r"[A-Za-z0-9_]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def to_openstep(value: object, depth: int = 0) -> str:
    """Return the text of a dictionary, list or scalar.

    Args:
        value: Mappings with string keys (written sorted), sequences, strings, numbers, booleans.
        depth: How deep it is indented, in steps of four spaces.
    """
    inner = "    " * (depth + 1)
    end = "    " * depth

    if isinstance(value, Mapping):
        lines = [
            f"{inner}{_text(str(key))} = {_nested(value[key], depth + 1)};\n"
            for key in sorted(value)
        ]

        return "{\n" + "".join(lines) + end + "}"

    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        parts = ",\n".join(f"{inner}{to_openstep(part, depth + 1)}" for part in value)

        return f"(\n{parts}\n{end})" if parts else f"(\n{end})"

    return _text(str(int(value)) if isinstance(value, bool) else str(value))


def _nested(value: object, depth: int) -> str:
    is_container = isinstance(value, Mapping | list | tuple)

    return ("    " * depth if is_container else "") + to_openstep(value, depth)


def _text(text: str) -> str:
    if _BARE.fullmatch(text):
        return text

    return '"' + "".join(_escaped(letter) for letter in text) + '"'


def _escaped(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]

    if " " <= letter <= "~":
        return letter

    units = letter.encode("utf-16-be", "surrogatepass")

    return "".join(f"\\U{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
