"""Why sets were refused, kept until their process asks. Pure."""

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import EVENT_TEXT_MAX

__all__ = ("Refusals",)


class Refusals:
    """The last refusal of each guest in each of its domains."""

    def __init__(self) -> None:
        self._reasons: dict[Guest, dict[int, str]] = {}

    def add(self, guest: Guest, number: int, reason: str) -> None:
        """Keep a refusal in the domain of a number; the one before it is forgotten."""
        self._reasons.setdefault(guest, {})[number] = reason[:EVENT_TEXT_MAX]

    def take(self, guest: Guest, number: int) -> str:
        """Return the last refusal since it was last taken, or nothing."""
        return self._reasons.get(guest, {}).pop(number, "")

    def forget(self, guest: Guest) -> None:
        """Forget a guest that is gone."""
        self._reasons.pop(guest, None)
