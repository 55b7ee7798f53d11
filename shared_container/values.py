"""What a preference may hold, and what the typed getters make of it.

Pure functions. The rules are those of ``UserDefaults`` on iOS: the header ``NSUserDefaults.h``, its
documentation, and swift-corelibs-foundation's tests where these two differ.
"""

from datetime import UTC, datetime

from shared_container.codec import DEPTH_MAX
from shared_container.float32 import Float

__all__ = (
    "VALUE_DEPTH_MAX",
    "check_key",
    "checked_copy",
    "copy_property_list",
    "is_same",
    "to_array",
    "to_bool",
    "to_data",
    "to_dictionary",
    "to_double",
    "to_float",
    "to_integer",
    "to_string",
    "to_string_array",
)

#: How deep collections nest in a value. Less than the codec can, so that a value still fits into
#: the envelope of a message or of a journal's record.
VALUE_DEPTH_MAX = DEPTH_MAX - 4

_INTEGER_MIN = -(1 << 63)
_INTEGER_MAX = (1 << 63) - 1
_AS_THEY_ARE = frozenset((bool, float, bytes))
_DIGITS = "0123456789"
_DESCRIPTION_MAX = 500


def check_key(key: object) -> None:
    """Refuse what is no string, and a string that is no Unicode.

    The empty key is legal, and so is one with dots (CoreFoundation checks nothing).

    Raises:
        TypeError: Says what ``key`` is.
    """
    if type(key) is str and key.isascii():  # as good as always
        return

    if not isinstance(key, str):
        raise TypeError(f"a preference's key is a string, not {_describe(key)}")

    if not _is_unicode(key):
        raise TypeError(f"a preference's key has half a surrogate pair: {_describe(key)}")


def checked_copy(value: object, key: str) -> object:
    """Return what ``set(_:forKey:)`` keeps of ``value``, or refuse what it refuses.

    Legal are str, bytes, bool, int of 64 bits (−2⁶³ … 2⁶⁴−1), float, datetime, list or tuple, and
    dict with string keys, nested at most ``VALUE_DEPTH_MAX`` deep. ``None`` is not (``NSNull``
    raises on iOS too), and neither is a string with half a surrogate pair, which no Swift string
    can have.

    Raises:
        TypeError: With the reason of Apple's ``NSInvalidArgumentException``.
    """
    if _is_kept_as_it_is(value):
        return value

    try:
        return _copy(value, 0, [-1])
    except TypeError:
        raise TypeError(
            f"Attempt to insert non-property list object {_describe(value)} for key {key}"
        ) from None


def copy_property_list(value: object, *, bytes_max: int | None = None) -> object:
    """Return a copy of ``value`` that shares nothing mutable with it, as CoreFoundation stores it.

    Tuples become lists, bytearrays bytes, dates aware in UTC (a naive one means UTC); subclasses
    become the plain type.

    Args:
        value: See :func:`checked_copy`.
        bytes_max: How large the copy may get, in bytes of the codec; ``None`` means any size. An
            object met twice counts twice: this is what stops the small plist that refers to one
            array a million times.

    Raises:
        TypeError: ``value`` is no property list.
        ValueError: It would be larger than ``bytes_max``.
    """
    if bytes_max is None and _is_kept_as_it_is(value):
        return value

    return _copy(value, 0, [-1 if bytes_max is None else bytes_max])


def _is_kept_as_it_is(value: object) -> bool:
    """Whether it is one of the plain values that most preferences are, and needs no copy."""
    kind = type(value)

    if kind is int:
        return _INTEGER_MIN <= value < 1 << 64  # type: ignore[operator]

    if kind is str:
        return value.isascii()  # type: ignore[attr-defined, no-any-return]

    return kind in _AS_THEY_ARE


def _copy(value: object, depth: int, room: list[int]) -> object:
    copied: object

    if isinstance(value, bool):
        size, copied = 1, value
    elif isinstance(value, int):
        if not _INTEGER_MIN <= value < 1 << 64:
            raise TypeError("an integer of more than 64 bits")

        size, copied = 9, int(value)
    elif isinstance(value, str):
        if not _is_unicode(value):
            raise TypeError("half a surrogate pair")

        size, copied = 5 + len(value), str(value)
    elif isinstance(value, float):
        size, copied = 9, value if type(value) in {float, Float} else float(value)
    elif isinstance(value, bytes | bytearray):
        size, copied = 5 + len(value), bytes(value)
    elif isinstance(value, datetime):
        size, copied = 9, _in_utc(value)
    else:
        return _copy_collection(value, depth + 1, room)

    _take(room, size)

    return copied


def _copy_collection(value: object, depth: int, room: list[int]) -> object:
    if depth > VALUE_DEPTH_MAX:
        raise TypeError(f"nested deeper than {VALUE_DEPTH_MAX}")

    _take(room, 5)

    if isinstance(value, list | tuple):
        return [_copy(item, depth, room) for item in value]

    if not isinstance(value, dict):
        raise TypeError(f"a value of type {type(value).__name__}")

    copied: dict[str, object] = {}

    for key, item in value.items():
        check_key(key)
        _take(room, 5 + len(key))
        copied[str(key)] = _copy(item, depth, room)

    return copied


def _take(room: list[int], size: int) -> None:
    if room[0] < 0:  # no limit
        return

    if size > room[0]:
        raise ValueError("it expands to more than a preference domain may hold")

    room[0] -= size


def is_same(one: object, other: object) -> bool:
    """Return whether two copied property lists are equal, and of one type throughout.

    CoreFoundation compares so before it writes: ``true`` and 1 are two values.
    """
    if type(one) is not type(other):
        return False

    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))

    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)

    return one is other or one == other


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)

    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise TypeError("a date outside the calendar") from None


def _is_unicode(text: str) -> bool:
    if text.isascii():
        return True

    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False

    return True


def _describe(value: object) -> str:
    try:
        text = repr(value)
    except RecursionError:
        text = f"<{type(value).__name__}, deeply nested>"

    return text if len(text) <= _DESCRIPTION_MAX else text[:_DESCRIPTION_MAX] + "…"


def to_string(value: object) -> str | None:
    """Return what ``string(forKey:)`` returns: a string itself, of a number its ``stringValue``.

    A boolean is ``"1"`` or ``"0"`` (corelibs' tests). A real is written with ``%0.16g``, one of 32
    bits with ``%0.7g``, as the documentation of ``NSNumber.description(withLocale:)`` says: 12.34 →
    ``"12.34"``, 1.0 → ``"1"``.
    Everything else is ``None`` (header).
    """
    if isinstance(value, str):
        return value

    if isinstance(value, int):
        return str(int(value))

    if isinstance(value, Float):
        return f"{value:.7g}"

    if isinstance(value, float):
        return f"{value:.16g}"

    return None


def to_integer(value: object) -> int:
    """Return what ``integer(forKey:)`` returns: 64 bits, signed; 0 for what is no number.

    Reals lose their fraction, booleans are 1 or 0, a string counts as far as it starts like an
    integer (``NSString.integerValue``: ``" 7 dwarfs"`` → 7, ``"0.5"`` → 0). Doubtful, and decided
    here: too large a real or string gives the nearest integer there is (what arm64 and ``strtol``
    do), NaN gives 0, an unsigned integer of 2⁶³ or more wraps, as the C cast does.
    """
    if isinstance(value, int):
        return (int(value) - _INTEGER_MIN) % (1 << 64) + _INTEGER_MIN

    if isinstance(value, float):
        if value != value:  # noqa: PLR0124 - NaN, without importing math for it
            return 0

        if abs(value) >= 1 << 63:
            return _INTEGER_MIN if value < 0 else _INTEGER_MAX

        return int(value)

    if isinstance(value, str):
        return _parse_integer(value)

    return 0


def to_double(value: object) -> float:
    """Return what ``double(forKey:)`` returns; 0.0 for what is no number.

    A boolean is 1.0 or 0.0: the header says that booleans are not converted, but a stored one is an
    ``NSNumber``, and corelibs' tests assert 1.0. A string counts as far as it starts like a decimal
    number (``NSString.doubleValue``; no hexadecimal, no ``inf``); too large a one is infinite.
    """
    if isinstance(value, int | float):
        return float(value)

    if isinstance(value, str):
        return _parse_double(value)

    return 0.0


def to_float(value: object) -> Float:
    """Return what ``float(forKey:)`` returns: :func:`to_double`, rounded to 32 bits."""
    return Float(to_double(value))


def to_bool(value: object) -> bool:
    """Return what ``bool(forKey:)`` returns; ``False`` for what is neither number nor string.

    A number is true when it is not zero (NaN is). A string follows ``NSString.boolValue``: blanks,
    then one of ``tTyY``, or a sign, zeros and a digit 1–9; what comes behind does not matter. So
    ``"true"``, ``"YES"``, ``"1"``, ``"-3"`` and ``"yonder"`` are true, ``"on"`` and ``"0.5"`` not.
    The header's "only YES and 1" is narrower than what Foundation does, and not followed.
    """
    if isinstance(value, int | float):
        return value != 0

    if not isinstance(value, str):
        return False

    text = value.lstrip()

    if text[:1] in ("t", "T", "y", "Y"):
        return True

    if text[:1] in ("+", "-"):
        text = text[1:]

    digit = text.lstrip("0")[:1]

    return digit != "" and digit in _DIGITS


def to_array(value: object) -> list[object] | None:
    """Return ``value`` if it is an array, else ``None``, as ``array(forKey:)`` does."""
    return list(value) if isinstance(value, list | tuple) else None


def to_dictionary(value: object) -> dict[str, object] | None:
    """Return ``value`` if it is a dictionary, else ``None``, as ``dictionary(forKey:)`` does."""
    return dict(value) if isinstance(value, dict) else None


def to_data(value: object) -> bytes | None:
    """Return ``value`` if it is data, else ``None``, as ``data(forKey:)`` does."""
    return bytes(value) if isinstance(value, bytes | bytearray) else None


def to_string_array(value: object) -> list[str] | None:
    """Return ``value`` if it is an array of strings alone, as ``stringArray(forKey:)`` does.

    Numbers in it are not converted (header): one of them makes it ``None``.
    """
    if not isinstance(value, list | tuple):
        return None

    strings = [item for item in value if isinstance(item, str)]

    return strings if len(strings) == len(value) else None


def _parse_integer(text: str) -> int:
    text = text.lstrip()
    start = 1 if text[:1] in ("+", "-") else 0
    digits = text[start : _end_of_digits(text, start)].lstrip("0")
    # Python refuses to read an integer of thousands of digits; 20 are too many already.
    magnitude = int(digits[:20] or "0")

    return max(_INTEGER_MIN, -magnitude) if text[:1] == "-" else min(_INTEGER_MAX, magnitude)


def _parse_double(text: str) -> float:
    text = text.lstrip()
    start = 1 if text[:1] in ("+", "-") else 0
    end = _end_of_digits(text, start)
    digits = end - start

    if text[end : end + 1] == ".":
        point = end
        end = _end_of_digits(text, point + 1)
        digits += end - point - 1

    if not digits:
        return 0.0

    if text[end : end + 1] in ("e", "E"):
        power = end + 2 if text[end + 1 : end + 2] in ("+", "-") else end + 1
        power_end = _end_of_digits(text, power)
        end = power_end if power_end > power else end

    return float(text[:end])


def _end_of_digits(text: str, at: int) -> int:
    while at < len(text) and text[at] in _DIGITS:
        at += 1

    return at
