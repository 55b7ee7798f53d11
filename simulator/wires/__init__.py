"""How an event travels from the host to a guest: a seam, and what fits it.

A wire carries :class:`simulator.xpc.frames.Event` values, in order, in one direction, never
blocking the host. What each kind of operating-system IPC makes of that is one module here, named
in ``kinds``; ``tests/conformance/wires`` is what each of them must pass.

Kinds differ in what the guest polls (a receiver whose ``fileno`` is None has nothing to poll and is
given a bell, see ``bell``) and in how its end gets there (as descriptors, or by a name
that the zygote opens before the guest is sealed, see :class:`GuestEnd`).

May be used by ``sdk``, ``zygote``, ``daemonkit`` and what is above. May use ``xpc`` only.
"""

from typing import NamedTuple, Protocol

from simulator.xpc.frames import Event

__all__ = ("GuestEnd", "Receiver", "Sender", "TornEvent", "Wire")


class TornEvent(Exception):
    """What came out of a wire is no event: it was cut, or somebody else wrote it."""


class GuestEnd(NamedTuple):
    """The guest's end of a wire while it is on its way.

    Attributes:
        descriptors: To be handed over; who hands them over closes its own afterwards.
        name: Of an object that no descriptor stands for, empty where there is none. It holds the
            label that the wire was made with, so that a new boot can sweep it.
    """

    descriptors: tuple[int, ...]
    name: str = ""


class Sender(Protocol):
    """The host's end."""

    def send(self, event: Event) -> bool:
        """Send without blocking; False when there is no room (the caller pends and says FULL).

        Raises:
            ConnectionError: The guest is gone, or has given its end back.
        """

    def close(self) -> None:
        """Give the end back and unlink what has a name; closing twice is harmless."""


class Receiver(Protocol):
    """The guest's end."""

    def fileno(self) -> int | None:
        """Return what to poll, or None when nothing of this wire can be polled."""

    def ring(self, bell: int) -> None:
        """Write to the eventfd ``bell`` whenever there may be something to receive.

        Called once, and only where ``fileno`` is None; a thread that waits is the usual way.
        """

    def receive(self) -> Event | None:
        """Return the next event without blocking, or None when there is none.

        Raises:
            ConnectionError: The host is gone, and everything it had sent was received.
            TornEvent: What came is no event; what comes behind it can be received.
        """

    def close(self) -> None:
        """Give the end back; closing twice is harmless."""


class Wire(Protocol):
    """What the module of a kind offers."""

    def pair(self, label: str) -> tuple[Sender, GuestEnd]:
        """Make a wire and return its two ends.

        Args:
            label: Becomes part of the names of its objects; letters, digits, dots and dashes.

        Raises:
            OSError: The machine has no more of what it is made of.
        """

    def receiver(self, end: GuestEnd) -> Receiver:
        """Return the receiver of an end that has arrived; it owns the descriptors from now on."""
