"""Nothing is random outside the device's seed.

``random.Random`` takes its seed inside C when none is given, which replacing ``os.urandom`` does
not reach, and ``tempfile`` makes a ``Random`` of its own after each fork: so the class's own
seeding is replaced. What a guest gets is derived from the device's seed by a keyed hash on the
host; the seed itself is never here, or the containers' names could be guessed.
"""

import os
import random
from _blake2 import blake2b  # hashlib would load OpenSSL into every guest

__all__ = ("install", "reseed")

_key = b""
_count = 0


def _stream(size: int) -> bytes:
    """Return the next ``size`` bytes of this guest's own stream."""
    global _count  # noqa: PLW0603  one stream a process
    out = bytearray()

    while len(out) < size:
        _count += 1
        out += blake2b(_count.to_bytes(8, "little"), key=_key).digest()

    return bytes(out[:size])


def install() -> None:
    """Replace the sources of chance; once, in the zygote, before anything draws from them."""
    seed = random.Random.seed

    def seed_from_stream(self: random.Random, a: object = None, version: int = 2) -> None:
        seed(self, _stream(32) if a is None else a, version)  # type: ignore[arg-type]

    random.Random.seed = seed_from_stream  # type: ignore[method-assign]
    os.urandom = _stream
    # SystemRandom, and so secrets, took its reference when random was imported.
    setattr(random, "_urandom", _stream)  # noqa: B010  typeshed does not know it


def reseed(key: bytes) -> None:
    """Start this guest's own stream, after the fork.

    Args:
        key: 32 bytes that the host derived for this launch.
    """
    global _key, _count  # noqa: PLW0603  one stream a process
    _key = key
    _count = 0
    random.seed(_stream(32))
