"""The bytes of a domain's journal: a header, a commit word, records. Nothing here opens a file.

========  =====  ==================================================================================
offset    bytes  what (little-endian)
========  =====  ==================================================================================
0         8      magic
8         8      version, 1
16        8      epoch: one more with each fold
24        8      base: the sequence number of the last record that the plist holds
32        8      CRC32 of the 32 bytes before
48        8      committed length: where the last committed record ends, from the file's start
56        8      CRC32 of the committed length
64        …      records: payload length (4), CRC32 (4), sequence (8), payload ``[key, value]``
========  =====  ==================================================================================

A record is written first, at the committed length, and the commit word after it: what a killed
writer left behind the committed length does not count, and the next record goes over it. (Appending
loses acknowledged records: a torn one stays in the middle.) The value ``None`` means removal.
Records are absolute, so that replaying one which the plist holds already changes nothing.
"""

import struct
from zlib import crc32

from shared_container.codec import CodecError, decode, encode
from shared_container.values import check_key, copy_property_list

__all__ = (
    "COMMIT_OFFSET",
    "HEADER_BYTES",
    "RECORD_HEADER_BYTES",
    "Contents",
    "commit_word",
    "encoded_record",
    "new_journal",
    "read_journal",
    "record",
)

HEADER_BYTES = 64
COMMIT_OFFSET = 48
RECORD_HEADER_BYTES = 16

#: Epochs and sequence numbers end here: nobody gets so far, but a guest can write any number into a
#: header, and the next one must still fit into its eight bytes.
_NUMBER_MAX = 1 << 62
_MAGIC = b"PREFJRNL"
_VERSION = 1
_HEADER = struct.Struct("<8sQQQ")
_WORD = struct.Struct("<Q")
_COMMIT = struct.Struct("<QQ")
_RECORD = struct.Struct("<IIQ")
_COVERED = struct.Struct("<IQ")
_PAIR = encode(["", ""])[: -2 * len(encode(""))]  # the head of a list of two


class Contents:
    """What a journal held, as far as it could be read.

    Attributes:
        epoch: The header's epoch, 0 if the header is damaged.
        base: The sequence number before the first record.
        sequence: The number of the last good record, ``base`` if there is none.
        changes: Key, value and payload length of each good record, oldest first; the value ``None``
            means removed.
        end: Where the good records end, in bytes from the start.
        problem: What is wrong with the rest, completing "the journal …"; "" if nothing is.
    """

    __slots__ = ("base", "changes", "end", "epoch", "problem", "sequence")

    def __init__(self) -> None:
        self.epoch = 0
        self.base = 0
        self.sequence = 0
        self.changes: list[tuple[str, object, int]] = []
        self.end = HEADER_BYTES
        self.problem = ""


def record(sequence: int, key: str, value: object) -> bytes:
    """Return one record.

    Raises:
        CodecError: ``value`` is no property list and not ``None``.
    """
    return encoded_record(sequence, key, encode(value))


def encoded_record(sequence: int, key: str, value: bytes) -> bytes:
    """Return one record of a value that is encoded already.

    The payload is what ``encode([key, value])`` would return.
    """
    payload = _PAIR + encode(key) + value
    check = crc32(payload, crc32(_COVERED.pack(len(payload), sequence)))

    return _RECORD.pack(len(payload), check, sequence) + payload


def commit_word(length: int) -> bytes:
    """Return the 16 bytes at ``COMMIT_OFFSET`` for the committed ``length``."""
    return _COMMIT.pack(length, crc32(_WORD.pack(length)))


def new_journal(epoch: int, base: int, records: bytes = b"") -> bytes:
    """Return a whole journal, with ``records`` committed."""
    head = _HEADER.pack(_MAGIC, _VERSION, epoch, base)
    head += _WORD.pack(crc32(head))

    return head.ljust(COMMIT_OFFSET, b"\0") + commit_word(HEADER_BYTES + len(records)) + records


def read_journal(data: bytes) -> Contents:
    """Return what is good in ``data``; never raises.

    Records count up to the first that is damaged, out of sequence, or holds what a preference
    cannot. If the commit word is damaged, they count as far as they are good: one that was not
    committed may then be among them, which is a value that somebody did set.
    """
    contents = Contents()
    problems = []
    started = _read_header(data, contents)

    if not started:
        problems.append("has a damaged header")

    committed = _read_commit(data)
    limit = len(data)

    if committed is None:
        problems.append("has a damaged commit word")
    elif committed > limit:
        problems.append(f"lacks {committed - limit} bytes of its {committed}")
    else:
        limit = committed

    while contents.end < limit:
        read = _read_record(data, contents.end, limit)

        if read is None or (started and read[0] != contents.sequence + 1):
            if committed is not None and committed <= len(data):
                problems.append(f"has a damaged record at byte {contents.end}")

            break

        if not started:
            contents.base = read[0] - 1
            started = True

        contents.sequence, change, contents.end = read
        contents.changes.append(change)

    contents.problem = " and ".join(problems)

    return contents


def _read_header(data: bytes, contents: Contents) -> bool:
    if len(data) < HEADER_BYTES:
        return False

    magic, version, epoch, base = _HEADER.unpack_from(data)
    (check,) = _WORD.unpack_from(data, _HEADER.size)

    if magic != _MAGIC or version != _VERSION or check != crc32(data[: _HEADER.size]):
        return False

    if max(epoch, base) >= _NUMBER_MAX:
        return False

    contents.epoch, contents.base, contents.sequence = epoch, base, base

    return True


def _read_commit(data: bytes) -> int | None:
    if len(data) < HEADER_BYTES:
        return None

    length, check = _COMMIT.unpack_from(data, COMMIT_OFFSET)
    good: bool = check == crc32(_WORD.pack(length)) and length >= HEADER_BYTES

    return int(length) if good else None


def _read_record(
    data: bytes, at: int, limit: int
) -> tuple[int, tuple[str, object, int], int] | None:
    if limit - at < RECORD_HEADER_BYTES:
        return None

    size, check, sequence = _RECORD.unpack_from(data, at)
    start = at + RECORD_HEADER_BYTES
    payload = data[start : start + size]

    if not 0 < sequence < _NUMBER_MAX:
        return None

    if size > limit - start or check != crc32(payload, crc32(_COVERED.pack(size, sequence))):
        return None

    try:
        match decode(payload):  # the checksum is no signature: a guest can write a good one
            case [str() as key, value]:
                check_key(key)
                kept = None if value is None else copy_property_list(value)
            case _:
                return None
    except (CodecError, TypeError, RecursionError):
        return None

    return sequence, (key, kept, size), start + size
