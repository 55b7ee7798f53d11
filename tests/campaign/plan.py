"""What a writer of the campaign does, operation by operation: the guest does it, the checker knows.

Everything follows from the seed, the writer's number and the operation's ordinal, so that whoever
sees a value can say whose it is, which operation set it, and whether it is whole.
"""

from zlib import crc32

__all__ = (
    "GROUP",
    "SHARED",
    "draw",
    "key_of",
    "keys_of",
    "number_in",
    "rest_ms",
    "value_of",
    "waits",
)

GROUP = "group.com.example.campaign"
SHARED = "shared"  # the key that every writer sets
_KEYS = 12
_SIZES = (  # of a thousand, below which an operation sets so many bytes; the last go in parts
    (700, 24),
    (920, 400),
    (995, 8_000),
    (1000, 70_000),
)


def draw(seed: int, writer: int, n: int, what: str, below: int) -> int:
    """Return a number below ``below`` that ``what`` of an operation has for good."""
    spread = crc32(f"{seed} {writer} {n} {what}".encode()) * 0x9E37_79B9_7F4A_7C15

    return (spread >> 24 & 0xFFFF_FFFF) % below


def keys_of(writer: int) -> list[str]:
    """Return the keys that a writer alone sets."""
    return [f"w{writer} k{number}" for number in range(_KEYS)]


def key_of(seed: int, writer: int, n: int) -> str:
    """Return the key of operation ``n`` (from 1) of a writer."""
    if not draw(seed, writer, n, "shared", 10):
        return SHARED

    return f"w{writer} k{draw(seed, writer, n, 'key', _KEYS)}"


def value_of(seed: int, writer: int, n: int) -> dict[str, object] | None:
    """Return what operation ``n`` sets; None when it removes the key."""
    if not draw(seed, writer, n, "remove", 12) and key_of(seed, writer, n) != SHARED:
        return None

    drawn = draw(seed, writer, n, "size", 1000)
    size = next(size for below, size in _SIZES if drawn < below)
    mark = f"{seed}:{writer}:{n};".encode()
    fill = (mark * (size // len(mark) + 1))[:size]

    return {"writer": writer, "n": n, "fill": fill, "sum": crc32(fill)}


def number_in(value: object) -> tuple[int, int] | None:
    """Return writer and ordinal that a whole value names, None for one that is not whole."""
    if not isinstance(value, dict):
        return None

    writer, n, fill = value.get("writer"), value.get("n"), value.get("fill")

    if not (isinstance(writer, int) and isinstance(n, int) and isinstance(fill, bytes)):
        return None

    return (writer, n) if value.get("sum") == crc32(fill) else None


def waits(seed: int, writer: int, n: int) -> bool:
    """Return whether the writer waits for cfprefsd after operation ``n``."""
    return not draw(seed, writer, n, "waits", 24)


def rest_ms(seed: int, writer: int, n: int) -> int:
    """Return the milliseconds that the writer rests after operation ``n``: it sets in bursts."""
    return 0 if draw(seed, writer, n, "rests", 40) else 2 + draw(seed, writer, n, "rest", 7)
