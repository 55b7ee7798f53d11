"""Property lists in the old ASCII form, read: ``(1, "two words", {key = <00ff>;})``. Pure.

Arguments on a command line are written so. The form knows strings, data, arrays and dictionaries;
a number in it is a string.

Source: Apple, *Old-Style ASCII Property Lists*; swift-corelibs-foundation, ``CFOldStylePList.c``,
for what needs no quotes.
"""

import re

__all__ = ("parse_openstep",)

_DEPTH_MAX = 60
_BARE = re.compile(r"[A-Za-z0-9_$/:.\-]+")
_BLANK = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_HEX = re.compile(r"<([0-9A-Fa-f\s]*)>")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"' + r"|'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(r"\\(U[0-9A-Fa-f]{4}|[0-7]{1,3}|.)", re.DOTALL)
_CONTROL = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def parse_openstep(text: str) -> object:
    """Return the property list that ``text`` holds, whole.

    Raises:
        ValueError: It holds none.
    """
    value, at = _value(text, _after_blank(text, 0), 0)
    at = _after_blank(text, at)

    if at != len(text):
        raise ValueError(f"more behind the value, at {at}")

    return value


def _after_blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    assert found is not None  # it matches nothing, too

    return found.end()


def _value(text: str, at: int, depth: int) -> tuple[object, int]:
    if depth > _DEPTH_MAX:
        raise ValueError("nested too deeply")

    match text[at : at + 1]:
        case "(":
            return _array(text, at + 1, depth + 1)
        case "{":
            return _dictionary(text, at + 1, depth + 1)
        case "<":
            return _data(text, at)
        case _:
            return _string(text, at)


def _array(text: str, at: int, depth: int) -> tuple[list[object], int]:
    items: list[object] = []
    at = _after_blank(text, at)

    while text[at : at + 1] != ")":
        item, at = _value(text, at, depth)
        items.append(item)
        at = _after_blank(text, at)

        if text[at : at + 1] == ",":
            at = _after_blank(text, at + 1)
        elif text[at : at + 1] != ")":
            raise ValueError(f"an array without an end, at {at}")

    return items, at + 1


def _dictionary(text: str, at: int, depth: int) -> tuple[dict[str, object], int]:
    pairs: dict[str, object] = {}
    at = _after_blank(text, at)

    while text[at : at + 1] != "}":
        key, at = _string(text, at)
        at = _after_blank(text, at)

        if text[at : at + 1] == "=":
            pairs[key], at = _value(text, _after_blank(text, at + 1), depth)
            at = _after_blank(text, at)
        else:
            pairs[key] = key  # ``{a;}`` is ``{a = a;}``

        if text[at : at + 1] != ";":
            raise ValueError(f"a pair without a semicolon, at {at}")

        at = _after_blank(text, at + 1)

    return pairs, at + 1


def _data(text: str, at: int) -> tuple[bytes, int]:
    found = _HEX.match(text, at)

    if found is None:
        raise ValueError(f"data that is not hexadecimal, at {at}")

    return bytes.fromhex(found[1]), found.end()


def _string(text: str, at: int) -> tuple[str, int]:
    found = _QUOTED.match(text, at)

    if found is not None:
        quoted = found[1] if found[1] is not None else found[2]
        return _joined(_ESCAPE.sub(_unescape, quoted)), found.end()

    found = _BARE.match(text, at)

    if found is None:
        raise ValueError(f"no value at {at}")

    return found[0], found.end()


def _unescape(found: re.Match[str]) -> str:
    code = found[1]

    if code[0] == "U" and len(code) > 1:
        return chr(int(code[1:], 16))

    return chr(int(code, 8)) if code[0] in "01234567" else _CONTROL.get(code, code)


def _joined(text: str) -> str:
    """Make one character of the two halves of a surrogate pair: escapes are of 16 bits."""
    if text.isascii():
        return text

    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
