"""The binary form of property-list values, used in the journal and on every wire.

Self-describing and small: a tag of one byte, then the payload, little-endian. It carries what a
property list carries (string, data, boolean, integer, real, date, array, dictionary with string
keys) and ``None``, which only messages use. Bytes stay bytes and dates stay dates, which JSON
cannot do; the length of everything is known before it is read, which pickle cannot promise.

Hostile input: :func:`decode` never allocates more than the data can describe, refuses nesting
deeper than ``DEPTH_MAX``, trailing bytes, unknown tags and broken UTF-8.
"""

import struct
from datetime import UTC, datetime, timedelta

from shared_container.float32 import Float

__all__ = ("DEPTH_MAX", "CodecError", "Encoded", "TooManyItems", "decode", "encode")

DEPTH_MAX = 64

_INT = struct.Struct("<q")
_UINT = struct.Struct("<Q")
_REAL = struct.Struct("<d")
_SINGLE = struct.Struct("<f")
_SIZE = struct.Struct("<I")
_TAGGED_INT = struct.Struct("<cq")  # most values are a number or a string
_TAGGED_SIZE = struct.Struct("<cI")
_INT_TAG = ord("i")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_KEYS: dict[str, bytes] = {}  # what keys of dictionaries are encoded as: the same few, mostly
_NAMES: dict[bytes, str] = {}  # the same the other way, without the tag and the length
_KEYS_MAX = 1024
_KEY_BYTES_MAX = 64


class CodecError(ValueError):
    """A value that cannot be encoded, or bytes that are no value."""


class TooManyItems(CodecError):
    """A value that holds more values than its reader takes."""


class Encoded(bytes):
    """What :func:`encode` returned for a value that is sent again and again, as part of others."""

    __slots__ = ()


def encode(value: object) -> bytes:
    """Return the bytes of ``value``.

    Args:
        value: ``None``, bool, int (−2⁶³ … 2⁶⁴−1), float, Float, str, bytes, datetime (naive means
            UTC), list or tuple, dict with string keys, Encoded; nested at most ``DEPTH_MAX`` deep,
            which is not looked for inside an Encoded.

    Raises:
        CodecError: The value, or something inside it, is none of these.
    """
    kind = type(value)

    if kind is int and -(1 << 63) <= value < 1 << 63:  # type: ignore[operator]
        return _TAGGED_INT.pack(b"i", value)

    if kind is str:
        data = value.encode("utf-8", "surrogatepass")  # type: ignore[attr-defined]
        return _TAGGED_SIZE.pack(b"s", len(data)) + data  # type: ignore[no-any-return]

    out = bytearray()
    _put(out, value, 0)

    return bytes(out)


def _put(out: bytearray, value: object, depth: int) -> None:
    if value is None:
        out += b"N"
    elif value is True:
        out += b"T"
    elif value is False:
        out += b"F"
    elif isinstance(value, str):
        data = value.encode("utf-8", "surrogatepass")
        out += b"s" + _SIZE.pack(len(data)) + data
    elif isinstance(value, int):
        _put_int(out, value)
    elif isinstance(value, list | tuple | dict):
        _put_collection(out, value, depth + 1)
    elif type(value) is Encoded:
        out += value
    else:
        _put_rare(out, value)


def _put_rare(out: bytearray, value: object) -> None:
    if isinstance(value, Float):
        out += b"f" + _SINGLE.pack(value)
    elif isinstance(value, float):
        out += b"d" + _REAL.pack(value)
    elif isinstance(value, bytes | bytearray | memoryview):
        out += b"b" + _SIZE.pack(len(value)) + value
    elif isinstance(value, datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=UTC)
        out += b"t" + _INT.pack((aware - _EPOCH) // timedelta(microseconds=1))
    else:
        raise CodecError(f"a value of type {type(value).__name__}: {value!r:.80}")


def _put_int(out: bytearray, value: int) -> None:
    if -(1 << 63) <= value < 1 << 63:
        out += b"i" + _INT.pack(value)
    elif 0 <= value < 1 << 64:
        out += b"u" + _UINT.pack(value)
    else:
        raise CodecError(f"an integer of {value.bit_length()} bits; 64 are the most")


def _put_collection(
    out: bytearray, value: list[object] | tuple[object, ...] | dict[object, object], depth: int
) -> None:
    if depth > DEPTH_MAX:
        raise CodecError(f"nested deeper than {DEPTH_MAX}")

    if isinstance(value, list | tuple):
        out += b"l" + _SIZE.pack(len(value))

        for item in value:
            _put(out, item, depth)

        return

    out += b"m" + _SIZE.pack(len(value))

    for key, item in value.items():
        if not isinstance(key, str):
            raise CodecError(f"a dictionary key that is no string: {key!r}")

        # Most of a large message are a few keys again and again, and strings.
        out += _KEYS.get(key) or _encoded_key(key)

        if type(item) is str:
            data = item.encode("utf-8", "surrogatepass")
            out += b"s" + _SIZE.pack(len(data)) + data
        else:
            _put(out, item, depth)


def _encoded_key(key: str) -> bytes:
    data = key.encode("utf-8", "surrogatepass")
    encoded = b"s" + _SIZE.pack(len(data)) + data

    if len(_KEYS) < _KEYS_MAX and len(data) <= _KEY_BYTES_MAX:
        _KEYS[key] = encoded
        _NAMES[data] = key

    return encoded


def decode(data: bytes | bytearray | memoryview, items_max: int | None = None) -> object:
    """Return the value that ``data`` holds, whole.

    Args:
        data: The bytes.
        items_max: How many items its arrays and dictionaries may have together; None for any.

    Raises:
        CodecError: ``data`` is not exactly one value.
        TooManyItems: It has more than ``items_max``.
    """
    view = bytes(data)

    if len(view) == _TAGGED_INT.size and view[0] == _INT_TAG:
        number: object = _INT.unpack_from(view, 1)[0]
        return number

    room = [len(view) if items_max is None else items_max]  # what is left of it

    try:
        value, end = _get(view, 0, 0, room)
    except (struct.error, IndexError, OverflowError) as problem:
        raise CodecError("the data ends inside a value") from problem

    if end != len(view):
        raise CodecError(f"{len(view) - end} bytes behind the value")

    return value


def _get(data: bytes, at: int, depth: int, room: list[int]) -> tuple[object, int]:
    tag = data[at]
    at += 1

    match tag:
        case 0x73:  # s
            return _get_text(data, at)
        case 0x69:  # i
            return _INT.unpack_from(data, at)[0], at + 8
        case 0x54:  # T
            return True, at
        case 0x46:  # F
            return False, at
        case 0x4E:  # N
            return None, at
        case 0x6C | 0x6D:  # l m
            return _get_collection(data, at - 1, depth + 1, room)
        case _:
            return _get_rare(data, at, tag)


def _get_rare(data: bytes, at: int, tag: int) -> tuple[object, int]:
    match tag:
        case 0x62:  # b
            return _get_raw(data, at)
        case 0x64:  # d
            return _REAL.unpack_from(data, at)[0], at + 8
        case 0x66:  # f
            return Float(_SINGLE.unpack_from(data, at)[0]), at + 4
        case 0x75:  # u
            return _UINT.unpack_from(data, at)[0], at + 8
        case 0x74:  # t
            return _EPOCH + timedelta(microseconds=_INT.unpack_from(data, at)[0]), at + 8
        case _:
            raise CodecError(f"an unknown tag 0x{tag:02x}")


def _get_text(data: bytes, at: int) -> tuple[str, int]:
    end = at + 4 + _SIZE.unpack_from(data, at)[0]

    if end > len(data):
        raise CodecError("the data ends inside a value")

    try:
        return data[at + 4 : end].decode("utf-8", "surrogatepass"), end
    except UnicodeDecodeError as problem:
        raise CodecError("a string that is not UTF-8") from problem


def _get_raw(data: bytes, at: int) -> tuple[bytes, int]:
    (size,) = _SIZE.unpack_from(data, at)
    at += 4

    if size > len(data) - at:
        raise CodecError("the data ends inside a value")

    return data[at : at + size], at + size


def _get_collection(data: bytes, at: int, depth: int, room: list[int]) -> tuple[object, int]:
    if depth > DEPTH_MAX:
        raise CodecError(f"nested deeper than {DEPTH_MAX}")

    tag = data[at]
    (count,) = _SIZE.unpack_from(data, at + 1)
    at += 5

    if count > len(data) - at:  # each item takes a byte at least
        raise CodecError("the data ends inside a value")

    room[0] -= count

    if room[0] < 0:
        raise TooManyItems("more items than are taken")

    if tag == 0x6C:
        items = []

        for _ in range(count):
            item, at = _get(data, at, depth, room)
            items.append(item)

        return items, at

    pairs: dict[str, object] = {}

    for _ in range(count):
        if data[at] != 0x73:
            raise CodecError("a dictionary key that is no string")

        end = at + 5 + _SIZE.unpack_from(data, at + 1)[0]
        key = _NAMES.get(data[at + 5 : end])  # most keys are the same few

        if key is None or end > len(data):
            key, end = _get_text(data, at + 1)
            _encoded_key(key)

        at = end

        # Most values are strings; those that are not are two calls further away.
        if data[at] == 0x73:
            pairs[key], at = _get_text(data, at + 1)
        else:
            pairs[key], at = _get(data, at, depth, room)

    return pairs, at
