"""Sets that no frame holds: they come in parts, and are put together here."""

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import DEFAULTS_VALUE_BYTES_MAX
from simulator.xpc.errors import Misbehaved

__all__ = ("Parts",)


class Parts:
    """What has come of the sets that are under way, one of each guest."""

    def __init__(self) -> None:
        self._begun: dict[Guest, tuple[int, bytearray]] = {}

    def add(self, guest: Guest, number: int, part: bytes, *, last: bool) -> bytes | None:
        """Take a part of a set of the domain ``number``; return the whole when it was the last.

        What is longer than ``DEFAULTS_VALUE_BYTES_MAX`` is too long when it is returned, and no
        longer than one part more.

        Raises:
            Misbehaved: Parts of two sets are mixed.
        """
        begun, data = self._begun.setdefault(guest, (number, bytearray()))

        if begun != number:
            raise Misbehaved("parts of two sets are mixed")

        if len(data) <= DEFAULTS_VALUE_BYTES_MAX:
            data += part

        if not last:
            return None

        del self._begun[guest]

        return bytes(data)

    def forget(self, guest: Guest) -> None:
        """Forget a guest that is gone."""
        self._begun.pop(guest, None)
