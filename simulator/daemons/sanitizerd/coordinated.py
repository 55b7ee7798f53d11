"""Which coordinated accesses come after which: the channels of filecoordinationd's events. Pure.

A claim that has ended is released at its item and beneath each folder above it. Who is granted an
item comes after claims to that item, to what lies in it and to the folders that it lies in: those
that wrote, and if it writes those that read.
"""

from collections.abc import Iterator
from typing import Final

__all__ = ("ENDS", "GRANTS", "acquired", "released")

ENDS: Final = frozenset({"release", "answer", "vanish", "pass-over"})
"""Operations by which a claim ends, or a presenter gives an item up."""

GRANTS: Final = frozenset({"grant", "tell"})
"""Operations that tell a process what came before."""

_Channel = tuple[str, str]


def released(label: str, access: str) -> Iterator[_Channel]:
    """Yield the channels that the end of a claim releases.

    Args:
        label: The item: group id, and the path within the group.
        access: ``r`` for a reader; everybody else counts as a writer.
    """
    kind = "r" if access == "r" else "w"
    yield f"at {kind}", label

    for folder in _above(label):
        yield f"beneath {kind}", folder


def acquired(label: str, access: str) -> Iterator[_Channel]:
    """Yield the channels that a grant acquires; arguments as above."""
    for kind in ("w",) if access == "r" else ("r", "w"):
        yield f"at {kind}", label
        yield f"beneath {kind}", label

        for folder in _above(label):
            yield f"at {kind}", folder


def _above(label: str) -> Iterator[str]:
    while "/" in label:
        label = label.rpartition("/")[0]
        yield label
