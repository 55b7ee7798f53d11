"""The one door: every frame, event, reply, spawn and timer enters and leaves the host here.

A passage names what wants through. The default porter lets everything through at once, in order;
a scheduler that explores interleavings, or a fault that eats a frame, stands in its place.
"""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple, Protocol

__all__ = ("Door", "Passage", "Porter")


class Passage(NamedTuple):
    """What wants through the door.

    Attributes:
        direction: ``in`` or ``out``.
        what: ``frame``, ``event``, ``spawn``, ``timer``, ``exit``, ``call`` (a denied system call).
        who: The guest, as ``bundle id/ordinal``.
        label: The frame's kind or the timer's name, for a person.
    """

    direction: str
    what: str
    who: str
    label: str


class Porter(Protocol):
    """Decides when what is at the door goes through."""

    def admit(self, passage: Passage, act: Callable[[], None]) -> None:
        """Run ``act`` now, later, or never."""


class _OpenDoor:
    def admit(self, passage: Passage, act: Callable[[], None]) -> None:  # noqa: ARG002
        act()


class Door:
    """The door of one device.

    Attributes:
        is_open: Nobody stands in it: whoever is in a hurry may go through and only be counted.
        in_flight: How much has come in and not yet led out again: answers that the host works on,
            deliveries that wait for their turn. A device with any is not at rest.
    """

    def __init__(self, porter: Porter | None = None) -> None:
        self.porter: Porter = porter or _OpenDoor()
        self.is_open = porter is None
        self.in_flight = 0
        self._passed: Counter[str] = Counter()

    def admit(self, passage: Passage, act: Callable[[], None]) -> None:
        """Let ``act`` through when the porter says so."""
        self._passed[f"{passage.direction} {passage.what}"] += 1
        self.porter.admit(passage, act)

    def count_event(self) -> None:
        """Count an event that went out through the open door."""
        self._passed["out event"] += 1

    def count_frame(self) -> None:
        """Count a frame that came in through the open door."""
        self._passed["in frame"] += 1

    def count_frame_out(self) -> None:
        """Count a frame that went out through the open door."""
        self._passed["out frame"] += 1

    def statistics(self) -> dict[str, int]:
        """Return how many of each went through."""
        return dict(self._passed)
