"""Where a suite lives for a process, who may write it, and what changed since when. Pure."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from simulator.daemonkit.limits import DOMAIN_CHANGES_BYTES, DOMAIN_CHANGES_KEPT
from simulator.daemons.cfprefsd.texts import unreadable, unwritable

__all__ = (
    "GLOBAL_DOMAIN",
    "GLOBAL_FILE",
    "Changes",
    "Location",
    "Settings",
    "locate",
    "write_refusal",
)

GLOBAL_DOMAIN = "NSGlobalDomain"
GLOBAL_FILE = ".GlobalPreferences"


class Location(NamedTuple):
    """A preference domain on disk.

    Attributes:
        container: The folder of the container.
        domain: The name.
        shared: Whether other processes have it too.
        note: What the log should say of it, once, or nothing.
    """

    container: str
    domain: str
    shared: bool = False
    note: str = ""


class Settings(NamedTuple):
    """How a device's preferences behave; a person sets it.

    Attributes:
        staleness_s: How long other processes do not hear of a change, in device time. A phone
            promises only that they will: what works with any number here relies on no luck.
        strict: A suite without the entitlement is an error instead of a private suite.
        dotted_keys: Observers hear of keys with dots or ``@``, which break them on a phone.
    """

    staleness_s: float = 0.0
    strict: bool = False
    dotted_keys: bool = False


def locate(
    suite: str, bundle_id: str, home: str, groups: Mapping[str, str], system: str = ""
) -> Location:
    """Say where the domain ``suite`` of a process lies.

    The suite object exists without the entitlement too, but is private, as on a phone.

    Args:
        suite: What the process calls it.
        bundle_id: Who asks.
        home: Its data container.
        groups: Its App Groups, and their containers.
        system: The folder where NSGlobalDomain lies.
    """
    if suite == GLOBAL_DOMAIN:
        return Location(system, GLOBAL_FILE, shared=True)

    if suite in groups:
        return Location(groups[suite], suite, shared=True)

    if suite.startswith("group."):
        return Location(
            home,
            suite,
            note=f"{unreadable(suite)} ({bundle_id} is not entitled to {suite!r} in "
            "com.apple.security.application-groups: the suite is private to its container, and "
            "shared with nobody)",
        )

    return Location(home, suite)


def write_refusal(location: Location, key: str, *, is_keyboard: bool, full_access: bool) -> str:
    """Say why a process may not write into a domain that it may read; nothing when it may.

    A keyboard without Full Access may read its App Groups and not write them (Apple, *Configuring
    open access for a custom keyboard*); NSGlobalDomain is nobody's to write.
    """
    if not location.shared:
        return ""

    if location.domain == GLOBAL_FILE:
        text = unwritable(location.domain, location.container, key)
        return f"{text} (an app may read NSGlobalDomain only)"

    if is_keyboard and not full_access:
        text = unwritable(location.domain, location.container, key)
        return f"{text} (a keyboard needs RequestsOpenAccess, and the person's Allow Full Access)"

    return ""


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
