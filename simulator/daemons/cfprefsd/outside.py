"""Domains as somebody outside every guest reads and writes them, through the control socket."""

from shared_container.codec import encode
from simulator.daemonkit.rooms import Kit
from simulator.daemons.cfprefsd.news import Change, News
from simulator.daemons.cfprefsd.opened import OpenDomains
from simulator.daemons.cfprefsd.state import GLOBAL_DOMAIN, GLOBAL_FILE, Location
from simulator.xpc.errors import Misuse

__all__ = ("Outside",)


class Outside:
    """Who is outside every guest of one device.

    Args:
        kit: The device's.
        domains: Those that are open.
        news: Who hears of what has changed.
        system: The folder of what belongs to the device and no app.
    """

    def __init__(self, kit: Kit, domains: OpenDomains, news: News, system: str) -> None:
        self._kit = kit
        self._domains = domains
        self._news = news
        self._system = system

    async def read(self, container: str, name: str) -> dict[str, object]:
        """Return the values of a domain as cfprefsd has them: for the control socket."""
        domain = await self._domains.get(self._location(container, name))
        values = dict(domain.store.values)
        self._domains.let_go(domain)

        return values

    async def write(self, container: str, name: str, changes: dict[str, object]) -> None:
        """Set keys of a domain as somebody outside every guest; None removes: for the socket.

        Raises:
            Misuse: The store refused; what came before it is done.
        """
        domain = await self._domains.get(self._location(container, name))

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

    def _location(self, container: str, name: str) -> Location:
        if name == GLOBAL_DOMAIN:
            return Location(self._system, GLOBAL_FILE, shared=True)

        return Location(container, name)
