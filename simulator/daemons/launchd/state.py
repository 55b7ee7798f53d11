"""Who runs, in which order they came, and what an exit status means. Pure."""

import signal
from collections import Counter

from simulator.bundles.bundle import Bundle
from simulator.daemonkit.guest import Crash, Exit, Guest
from simulator.daemonkit.limits import GUESTS_MAX
from simulator.xpc.errors import Misuse

__all__ = ("Supervisor", "exit_of")


def exit_of(status: int, *, crash: Crash | None, asked_to_end: str) -> Exit:
    """Say in a sentence how a process ended.

    Args:
        status: The exit status, or the negative number of the signal.
        crash: What the process said of its own exception.
        asked_to_end: Why the host ended it, if it did.
    """
    if crash is not None and status == -signal.SIGABRT:  # even if it was to end anyway
        return Exit(status, f"crashed: {crash}")

    if asked_to_end:
        return Exit(status, f"ended by the system: {asked_to_end}")

    if status < 0:
        return Exit(status, f"killed by {_signal_name(-status)}")

    return Exit(status, f"exited with status {status}" if status else "exited")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal has no name of its own
        return f"signal {number}"


class Supervisor:
    """The living processes of one device."""

    def __init__(self) -> None:
        self._guests: dict[int, Guest] = {}  # request number → guest, in the order of launch
        self._by_pid: dict[int, Guest] = {}
        self._ordinals: Counter[str] = Counter()
        self._number = 0

    def admit(self, bundle: Bundle) -> int:
        """Return the ordinal of a new process of ``bundle``.

        Raises:
            Misuse: ``GUESTS_MAX`` processes run already.
        """
        if len(self._guests) >= GUESTS_MAX:
            raise Misuse(f"{GUESTS_MAX} processes run on this device already (GUESTS_MAX)")

        self._ordinals[bundle.bundle_id] += 1

        return self._ordinals[bundle.bundle_id]

    def add(self, guest: Guest) -> int:
        """Keep a guest under a new request number."""
        self._number += 1
        self._guests[self._number] = guest

        return self._number

    def forked(self, number: int, pid: int) -> Guest | None:
        """Learn the pid of a request."""
        guest = self._guests.get(number)

        if guest is not None:
            guest.pid = pid
            self._by_pid[pid] = guest

        return guest

    def by_pid(self, pid: int) -> Guest | None:
        """Return the living guest with that pid."""
        return self._by_pid.get(pid)

    def remove(self, guest: Guest) -> None:
        """Forget a guest that is gone."""
        self._by_pid.pop(guest.pid, None)

        for number, kept in self._guests.items():
            if kept is guest:
                del self._guests[number]
                return

    def guests(self) -> list[Guest]:
        """Return the living guests, in the order of their launch."""
        return list(self._guests.values())

    def running(self, bundle_id: str) -> Guest | None:
        """Return the youngest living guest of a bundle that nobody has asked to end.

        A built-in program is never meant: an app may have its name for an id.
        """
        for guest in reversed(self._guests.values()):
            if guest.is_system or guest.bundle_id != bundle_id:
                continue

            if guest.alive and not guest.asked_to_end:
                return guest

        return None
