"""How an event travels from the host to a guest: a seam, and the first thing that fits it.

A wire carries :class:`simulator.xpc.frames.Event` values, in order, one direction, never blocking
the host. What each kind of operating-system IPC makes of that is one module here.

May be used by ``sdk``, ``zygote``, ``daemonkit`` and what is above. May use ``xpc`` only.
"""

from typing import Protocol

from simulator.xpc.frames import Event

__all__ = ("Receiver", "Sender")


class Sender(Protocol):
    """The host's end."""

    def send(self, event: Event) -> bool:
        """Send without blocking; False when there is no room (the caller pends and says FULL).

        Raises:
            ConnectionError: The guest is gone.
        """

    def close(self) -> None:
        """Give the end back; closing twice is harmless."""


class Receiver(Protocol):
    """The guest's end."""

    def fileno(self) -> int | None:
        """Return what to poll, or None when nothing of this wire can be polled."""

    def receive(self) -> Event | None:
        """Return the next event without blocking, or None when there is none.

        Raises:
            ConnectionError: The host is gone.
        """

    def close(self) -> None:
        """Give the end back; closing twice is harmless."""
