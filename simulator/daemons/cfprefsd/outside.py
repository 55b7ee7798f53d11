"""Domains as somebody outside every guest reads and writes them, through the control socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared_container.codec import encode
from simulator.daemonkit.rooms import Kit
from simulator.daemons.cfprefsd.following import Follower
from simulator.daemons.cfprefsd.news import Change, News
from simulator.daemons.cfprefsd.opened import OpenDomains
from simulator.daemons.cfprefsd.system import SystemDomains
from simulator.xpc.errors import Misuse

__all__ = ("Outside",)


class Outside:
    """Who is outside every guest of one device.

    Args:
        kit: The device's.
        domains: Those that are open.
        news: Who hears of what has changed.
        system: Every domain of the device, by name.
    """

    def __init__(self, kit: Kit, domains: OpenDomains, news: News, system: SystemDomains) -> None:
        self._kit = kit
        self._domains = domains
        self._news = news
        self._system = system

    async def read(self, name: str) -> dict[str, object]:
        """Return the values of a domain as cfprefsd has them.

        Raises:
            Misuse: There is no such domain.
        """
        domain = await self._domains.get(self._system.locate_owned(name))
        values = dict(domain.store.values)
        self._domains.let_go(domain)

        return values

    async def write(self, name: str, changes: dict[str, object]) -> None:
        """Set keys of a domain as somebody outside every guest; None removes.

        Raises:
            Misuse: There is no such domain, or the store refused; what came before it is done.
        """
        domain = await self._domains.get(self._system.locate_owned(name))

        try:
            for key, value in changes.items():
                raw = b"" if value is None else encode(value)

                if domain.set(None, key, value, raw):
                    operation = "remove" if value is None else "set"
                    resource = f"{domain.store.domain}/{key}"
                    event = self._kit.log.append(
                        "defaults", operation, resource, actor="simctl", access="w"
                    )
                    change = Change(None, key, raw, domain.store.sequence, event)
                    self._news.tell(domain, change)
                    self._domains.changed(domain)
        except (OSError, TypeError) as problem:
            raise Misuse(str(problem)) from problem
        finally:
            self._domains.let_go(domain)

    @asynccontextmanager
    async def followed(self, name: str) -> AsyncIterator[tuple[Follower, int]]:
        """Follow a domain for the time of a ``with``; yield the follower, and how many keys it has.

        Raises:
            Misuse: There is no such domain.
        """
        domain = await self._domains.get(self._system.locate(name))
        follower = Follower(self._kit.log, domain.store.values)
        domain.followers.add(follower)

        try:
            yield follower, len(domain.store.values)
        finally:
            domain.followers.discard(follower)
            self._domains.let_go(domain)
