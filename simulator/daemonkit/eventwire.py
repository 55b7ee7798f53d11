"""The host's end of a guest's wire: sequence numbers, and what is pended while it is full.

A guest whose wire is full is told so (FULL) and says when it has read it to its end (DRAINED); what
it missed is sent then, once per token.
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
    """

    def __init__(self, sender: Sender, say_full: Callable[[int], None]) -> None:
        self._sender = sender
        self._say_full = say_full
        self._full = False
        self._pended: dict[int, int] = {}  # token → cause
        self.sent = 0

    @property
    def pended(self) -> int:
        """How many tokens wait for room."""
        return len(self._pended)

    def fire(self, token: int, cause: int, before: int) -> bool:
        """Send an event, or pend it; return whether it was sent.

        Args:
            token: Which registration fired.
            cause: The log id of what led to it.
            before: The seq of the last frame that was sent before it.
        """
        if self._full:
            self._pended.setdefault(token, cause)
            return False

        try:
            sent = self._sender.send(Event(token, self.sent + 1, before))
        except ConnectionError:
            return False  # gone; the exit report tells

        if sent:
            self.sent += 1
            return True

        self._full = True
        self._pended.setdefault(token, cause)
        self._say_full(cause)

        return False

    def forget(self, token: int) -> None:
        """Do not send a pended event of a token that was cancelled."""
        self._pended.pop(token, None)

    def drained(self) -> dict[int, int]:
        """Take DRAINED; return what was pended, as token → cause, to be fired again.

        Raises:
            Misbehaved: The wire was never full.
        """
        if not self._full:
            raise Misbehaved("it says that the wire is drained, and it was never full")

        self._full = False
        pended, self._pended = self._pended, {}

        return pended

    def close(self) -> None:
        """Give the end back."""
        self._sender.close()
