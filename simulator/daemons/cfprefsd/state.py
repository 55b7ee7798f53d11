"""Where a suite lives for a process, and what changed since when. Pure."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from simulator.daemonkit.limits import DOMAIN_CHANGES_KEPT

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
        self._changes: deque[tuple[int, str, tuple[object, ...]]] = deque()
        self._forgotten = sequence  # everything up to here can only be had by taking it all

    def add(self, sequence: int, key: str, value: tuple[object, ...]) -> None:
        """Remember a change; ``value`` is empty when the key was removed."""
        self._changes.append((sequence, key, value))

        if len(self._changes) > DOMAIN_CHANGES_KEPT:
            self._forgotten, _, _ = self._changes.popleft()

    def since(self, sequence: int) -> Iterable[list[object]] | None:
        """Return the changes behind ``sequence``, the last per key, or None: take it all."""
        if sequence < self._forgotten:
            return None

        latest: dict[str, list[object]] = {}

        for number, key, value in reversed(self._changes):
            if number <= sequence:
                break

            latest.setdefault(key, [key, *value])

        return latest.values()
