"""What was refused how often, and in which words it is told. Pure."""

from typing import NamedTuple

from simulator.daemonkit.limits import DENIALS_TOLD_MAX, DENIED_RESOURCES_MAX

__all__ = ("OTHERS", "Tally", "Told", "apple_line")

OTHERS = "(others)"
"""Stands for the resources beyond ``DENIED_RESOURCES_MAX``."""

_ROUND = tuple(10**power for power in range(2, 19))


class Told(NamedTuple):
    """What is to be written down of a denial.

    Attributes:
        operation: Apple's name.
        resource: What it was about, or ``OTHERS``.
        times: How often it happened so far.
    """

    operation: str
    resource: str
    times: int


class Tally:
    """How often one guest was refused what.

    Each of the first ``DENIALS_TOLD_MAX`` is told, then the hundredth, the thousandth and so on;
    no clock decides, so that two runs tell the same.
    """

    def __init__(self) -> None:
        self._times: dict[tuple[str, str], int] = {}
        self._told: dict[tuple[str, str], int] = {}

    def count(self, operation: str, resource: str) -> Told | None:
        """Count a denial; return it if it is to be told now."""
        key = (operation, resource)

        if key not in self._times and len(self._times) >= DENIED_RESOURCES_MAX:
            key = (operation, OTHERS)

        times = self._times.get(key, 0) + 1
        self._times[key] = times

        if times > DENIALS_TOLD_MAX and times not in _ROUND:
            return None

        self._told[key] = times

        return Told(*key, times)

    def rest(self) -> list[Told]:
        """Return what happened again since it was told, with the whole number; for the end."""
        return [Told(*key, times) for key, times in self._times.items() if times != self._told[key]]


def apple_line(name: str, pid: int, operation: str, resource: str) -> str:
    """Return the line that iOS logs."""
    return f"Sandbox: {name}({pid}) deny(1) {operation} {resource}".rstrip()
