"""A number of 32 bits, as Swift's ``Float`` puts one into preferences."""

import struct

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Self

__all__ = ("Float",)

_SINGLE = struct.Struct("<f")


class Float(float):
    """A real number with the precision of 32 bits.

    A plain ``float`` is Swift's ``Double``. The difference shows when a number is turned into
    text: ``Float(12.34)`` holds 12.340000152587890625, and is written ``12.34``.

    Args:
        value: A number; what does not fit is infinite.
    """

    __slots__ = ()

    def __new__(cls, value: float = 0.0) -> "Self":
        """Round ``value`` to the nearest number of 32 bits."""
        try:
            rounded = _SINGLE.unpack(_SINGLE.pack(value))[0]
        except OverflowError:
            rounded = float("inf") if value > 0 else float("-inf")

        return super().__new__(cls, rounded)
