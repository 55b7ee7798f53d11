"""Where a suite lives for a process, and what changed since when. Pure."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from simulator.daemonkit.limits import DOMAIN_CHANGES_BYTES, DOMAIN_CHANGES_KEPT

__all__ = ("Changes", "Location", "locate")


class Location(NamedTuple):
    """A preference domain on disk.

    Attributes:
        container: The folder of the container.
        domain: The name.
        note: What the log should say of it, once, or nothing.
    """

    container: str
    domain: str
    note: str = ""


def locate(suite: str, bundle_id: str, home: str, groups: Mapping[str, str]) -> Location:
    """Say where the domain ``suite`` of a process lies.

    The suite object exists without the entitlement too, but is private, as on a phone.
    """
    if suite in groups:
        return Location(groups[suite], suite)

    if suite.startswith("group."):
        return Location(
            home,
            suite,
            f"{bundle_id} is not entitled to {suite!r} (com.apple.security.application-groups): "
            "the suite is private to its container, and shared with nobody",
        )

    return Location(home, suite)


class Changes:
    """The last changes of a domain, for those whose copy is stale.

    Args:
        sequence: The number of the last change before these.
    """

    def __init__(self, sequence: int) -> None:
        self._order: deque[tuple[int, str]] = deque()  # number and key of each change
        self._latest: dict[str, tuple[int, tuple[object, ...], int]] = {}  # → number, value, size
        self._bytes = 0
        self._forgotten = sequence  # everything up to here can only be had by taking it all

    def add(self, sequence: int, key: str, value: tuple[object, ...], size: int = 0) -> None:
        """Remember a change; ``value``, of ``size`` bytes, is empty when the key was removed."""
        _, _, old = self._latest.pop(key, (0, (), 0))
        self._latest[key] = (sequence, value, size)
        self._order.append((sequence, key))
        self._bytes += size - old + len(key)

        while len(self._order) > DOMAIN_CHANGES_KEPT or self._bytes > DOMAIN_CHANGES_BYTES:
            self._forget_one()

    def _forget_one(self) -> None:
        self._forgotten, key = self._order.popleft()
        self._bytes -= len(key)
        number, _, size = self._latest[key]

        if number == self._forgotten:
            del self._latest[key]
            self._bytes -= size

    def since(self, sequence: int) -> Iterable[list[object]] | None:
        """Return the changes behind ``sequence``, the last per key, or None: take it all."""
        if sequence < self._forgotten:
            return None

        found: list[list[object]] = []

        for key, (number, value, _) in reversed(self._latest.items()):
            if number <= sequence:
                break

            found.append([key, *value])

        return found
