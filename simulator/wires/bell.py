"""A descriptor for a wire that has none, so that every run loop can poll every wire.

The wire rings an eventfd from a thread of its own whenever there may be something; the bell is
silenced only when there was nothing, and then looked behind once more, so that what came in between
is not slept over.
"""

import os
from contextlib import suppress

TYPE_CHECKING = False

if TYPE_CHECKING:
    from simulator.wires import Receiver
    from simulator.xpc.frames import Event

__all__ = ("Bell", "pollable")


class Bell:
    """A receiver with a descriptor, made of one without.

    Args:
        receiver: The one without.
    """

    def __init__(self, receiver: "Receiver") -> None:
        self._receiver = receiver
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        receiver.ring(self._bell)

    def fileno(self) -> int | None:
        """Return the bell."""
        return self._bell

    def ring(self, bell: int) -> None:
        """Do nothing: there is a descriptor to poll."""

    def receive(self) -> "Event | None":
        """Return the next event, or None; raises what the receiver raises."""
        event = self._receiver.receive()

        if event is not None:
            return event

        with suppress(BlockingIOError):
            os.eventfd_read(self._bell)

        return self._receiver.receive()

    def close(self) -> None:
        """Close the receiver, which rings no more from then on, and the bell."""
        self._receiver.close()

        if self._bell >= 0:
            os.close(self._bell)
            self._bell = -1


def pollable(receiver: "Receiver") -> "Receiver":
    """Return a receiver whose ``fileno`` is never None."""
    return Bell(receiver) if receiver.fileno() is None else receiver
