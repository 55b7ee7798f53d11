"""The host's end of a guest's wire: sequence numbers, and what is pended while nothing is sent.

A guest whose wire is full is told so (FULL) and says when it has read it to its end (DRAINED).
Nothing is sent to a guest that the host has stopped. What either missed is sent afterwards, once
per token.
"""

from collections.abc import Callable

from simulator.wires import Sender
from simulator.xpc.errors import Misbehaved
from simulator.xpc.frames import Event

__all__ = ("EventWire",)


class EventWire:
    """The events of one guest.

    Args:
        sender: The wire.
        say_full: Called once when there is no more room, with the cause.

    Attributes:
        sent: How many events were sent.
        merged: How many were never sent because their token waited already: sent and merged and
            those that wait are all that were fired and not cancelled.
        held: Whether the host has stopped the guest.
    """

    def __init__(self, sender: Sender, say_full: Callable[[int], None]) -> None:
        self._sender = sender
        self._say_full = say_full
        self._full = False
        self._pended: dict[int, int] = {}  # token → cause
        self.held = False
        self.sent = 0
        self.merged = 0

    @property
    def pended(self) -> int:
        """How many tokens wait."""
        return len(self._pended)

    @property
    def pends(self) -> bool:
        """Whether an event would have to wait."""
        return self._full or self.held

    def fire(self, token: int, cause: int, before: int) -> int:
        """Send an event, or pend it.

        Args:
            token: Which registration fired.
            cause: The log id of what led to it.
            before: The seq of the last frame that was sent before it.

        Returns:
            Its sequence; 0 when it was pended; -1 when the token was pended already, or the guest
            is gone.
        """
        if not self._full and not self.held:
            try:
                sent = self._sender.send(Event(token, self.sent + 1, before))
            except ConnectionError:
                return -1  # gone; the exit report tells

            if sent:
                self.sent += 1
                return self.sent

            self._full = True
            self._say_full(cause)

        if token in self._pended:
            self.merged += 1
            return -1

        self._pended[token] = cause

        return 0

    def forget(self, token: int) -> None:
        """Do not send a pended event of a token that was cancelled."""
        self._pended.pop(token, None)

    def forget_all(self) -> None:
        """Do not send what is pended."""
        self._pended.clear()

    def drained(self) -> dict[int, int]:
        """Take DRAINED; return what is to be fired again, as token → cause.

        Raises:
            Misbehaved: The wire was never full.
        """
        if not self._full:
            raise Misbehaved("it says that the wire is drained, and it was never full")

        self._full = False

        return {} if self.held else self._take()

    def release(self) -> dict[int, int]:
        """Send again: the guest runs. Return what is to be fired, as token → cause."""
        self.held = False

        return {} if self._full else self._take()

    def _take(self) -> dict[int, int]:
        pended, self._pended = self._pended, {}

        return pended

    def close(self) -> None:
        """Give the end back."""
        self._sender.close()
