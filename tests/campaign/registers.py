"""What the players of a history play with: registers, each a key with an integer.

Every set has a value of its own, so that a read says which set it has seen.
"""

__all__ = ("KEYS", "READ", "SET", "SYNCHRONIZE", "unique")

KEYS = tuple(f"register {number}" for number in range(16))
READ, SET, SYNCHRONIZE = range(3)


def unique(player: int, n: int) -> int:
    """Return the value that a player sets in its operation ``n``; never 0, which is no value."""
    return (player + 1) << 32 | n
