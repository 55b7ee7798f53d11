"""A domain's plist to and from bytes, bounded before it is parsed.

``plistlib`` is imported when it is needed: it brings an XML parser, and guests import this package.
"""

import struct
from datetime import datetime

from shared_container.codec import encode
from shared_container.values import check_key, copy_property_list

__all__ = ("EXPANDED_BYTES_MAX", "PLIST_BYTES_MAX", "decode_plist", "encode_plist")

#: The largest file that is parsed, in bytes.
PLIST_BYTES_MAX = 8 << 20

#: The largest domain that a file may expand to, in bytes of the codec. A binary plist of 122 bytes
#: can describe megabytes, since it may refer to one object many times.
EXPANDED_BYTES_MAX = 8 << 20

_MAGIC = b"bplist00"
_TRAILER = struct.Struct(">6xBBQQQ")


def encode_plist(values: dict[str, object], *, xml: bool = False) -> bytes:
    """Return ``values`` as a binary plist, or as an XML one.

    Args:
        values: Keys and property lists, as :func:`copy_property_list` returns them.
        xml: Whether people are to read it.

    Raises:
        ValueError: A string has a control character, which XML cannot have.
    """
    import plistlib

    plain = {key: _with_plain_dates(value) for key, value in values.items()}

    return plistlib.dumps(plain, fmt=plistlib.FMT_XML if xml else plistlib.FMT_BINARY)


def _with_plain_dates(value: object) -> object:
    if isinstance(value, dict):
        return {key: _with_plain_dates(item) for key, item in value.items()}

    if isinstance(value, list):
        return [_with_plain_dates(item) for item in value]

    if isinstance(value, datetime):
        plain = value.replace(tzinfo=None)

        # A plist keeps seconds since 2001 as a real: the last microsecond of the year 9999 would be
        # rounded up to the year 10000, which nobody could read again.
        return plain.replace(microsecond=0) if plain.year == 9999 else plain

    return value


def decode_plist(data: bytes) -> tuple[dict[str, object], dict[str, int]]:
    """Return the keys and values of a plist, binary or XML, and the weight of each key.

    A weight is the number of bytes that the codec needs for key and value.

    Raises:
        ValueError: It is larger than ``PLIST_BYTES_MAX``, expands to more than
            ``EXPANDED_BYTES_MAX``, is damaged, is no dictionary, or holds what a preference cannot
            (a UID, null); the text completes "… cannot be used: ".
    """
    if len(data) > PLIST_BYTES_MAX:
        raise ValueError(f"it is larger than {PLIST_BYTES_MAX} bytes")

    if data.startswith(_MAGIC):
        try:
            _check_binary(data)
        except (struct.error, IndexError) as problem:
            raise ValueError("it ends too early") from problem

    loaded = _parse(data)

    if not isinstance(loaded, dict):
        raise ValueError("it holds no dictionary")  # noqa: TRY004 - bytes are wrong, not a type

    values: dict[str, object] = {}
    weights: dict[str, int] = {}
    room = EXPANDED_BYTES_MAX

    try:
        for key, value in loaded.items():
            check_key(key)
            values[key] = copy_property_list(value, bytes_max=room)
            weights[key] = len(encode([key, values[key]]))
            room = max(room - weights[key], 0)
    except TypeError as problem:
        raise ValueError(f"it holds what no preference can: {problem}") from problem

    return values, weights


def _parse(data: bytes) -> object:
    import plistlib

    try:
        loaded: object = plistlib.loads(data)
    except Exception as problem:  # on hostile bytes it raises what its parts raise
        raise ValueError(f"it is no property list ({type(problem).__name__})") from problem

    return loaded


def _check_binary(data: bytes) -> None:
    # Objects of an honest file do not overlap. In a hostile one, thousands of offsets may point at
    # one large array, and plistlib would read it anew for each.
    offset_size, ref_size, count, top, table = _TRAILER.unpack_from(data, len(data) - _TRAILER.size)
    end = len(data) - _TRAILER.size

    if not (0 < offset_size <= 8 and 0 < ref_size <= 8 and top < count):
        raise ValueError("its trailer makes no sense")

    if table > end or count * offset_size > end - table:
        raise ValueError(f"it claims {count} objects, which do not fit into it")

    room = table

    for at in range(table, table + count * offset_size, offset_size):
        room -= _extent(data, int.from_bytes(data[at : at + offset_size], "big"), ref_size)

        if room < 0:
            raise ValueError("its objects overlap")


def _extent(data: bytes, at: int, ref_size: int) -> int:
    kind, low = data[at] & 0xF0, data[at] & 0x0F

    if kind in (0x10, 0x20, 0x30):  # integer, real, date
        return 1 + (1 << low)

    if kind < 0x40 or kind == 0x80:  # null, booleans; UID
        return 2 + low if kind else 1

    count, head = low, 1

    if low == 0x0F:
        width = 1 << (data[at + 1] & 3)
        count, head = int.from_bytes(data[at + 2 : at + 2 + width], "big"), 2 + width

    if kind == 0x60:  # UTF-16
        return head + 2 * count

    if kind == 0xD0:
        return head + 2 * count * ref_size

    return head + count * (ref_size if kind >= 0xA0 else 1)
