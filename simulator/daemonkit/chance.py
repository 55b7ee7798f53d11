"""Nothing on a device is random outside its seed.

What anybody gets is derived from the seed by a keyed hash: a guest that knows its own share learns
neither the seed nor the names of other containers.
"""

from hashlib import blake2b
from uuid import UUID

__all__ = ("SEED_BYTES", "Chance")

SEED_BYTES = 32


class Chance:
    """The source of everything random on one device.

    Args:
        seed: ``SEED_BYTES`` bytes, kept in ``device.plist``.
    """

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise ValueError(f"a seed of {len(seed)} bytes; it has {SEED_BYTES}")

        self._seed = seed

    def share(self, *purpose: object) -> bytes:
        """Return 32 bytes that belong to ``purpose`` and tell nothing about any other."""
        text = "\0".join(str(part) for part in purpose).encode("utf-8", "surrogatepass")

        return blake2b(text, key=self._seed, digest_size=32).digest()

    def uuid(self, *purpose: object) -> str:
        """Return an upper-case UUID, as CoreSimulator names its folders."""
        return str(UUID(bytes=self.share("uuid", *purpose)[:16], version=4)).upper()

    def hash_seed(self) -> int:
        """Return the guests' ``PYTHONHASHSEED``."""
        return int.from_bytes(self.share("hash seed")[:4], "little")
