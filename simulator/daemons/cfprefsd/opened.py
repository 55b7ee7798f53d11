"""Open domains: from the first who asks for one to the last who lets go."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from shared_container.layout import PREFERENCES_FOLDER
from simulator.daemonkit.page import HostPage
from simulator.daemonkit.rooms import Kit
from simulator.daemons.cfprefsd.domain import Domain
from simulator.daemons.cfprefsd.folding import Folds
from simulator.daemons.cfprefsd.loading import Loaded, Loads
from simulator.daemons.cfprefsd.news import News
from simulator.daemons.cfprefsd.replacing import Replacements
from simulator.daemons.cfprefsd.state import Location
from simulator.daemons.cfprefsd.watching import Watch
from simulator.xpc.errors import Misuse, SimulatorError

__all__ = ("OpenDomains",)


class OpenDomains:
    """The open domains of one device.

    Args:
        kit: The device's.
        page: Its words.
        system: The folder of what belongs to the device and no app.
        news: Who hears of a plist that was replaced.
        opened: Called with each domain that was loaded.
    """

    def __init__(
        self,
        kit: Kit,
        page: HostPage,
        system: str,
        news: News,
        opened: Callable[[Domain], None],
    ) -> None:
        self._kit = kit
        self._page = page
        self._opened = opened
        self._domains: dict[tuple[str, str], asyncio.Future[Domain]] = {}
        self._numbered: dict[int, Domain] = {}
        self._last_number = -1
        self._ends = False
        self._loads = Loads(system)
        self._folds = Folds(kit, self._fold_is_over, self._close_unused)
        self._replacements = Replacements(kit, news, self.changed)
        self._watch = Watch(self._look_into, self._ceased)

    def __iter__(self) -> Iterator[Domain]:
        """Go through those that are loaded."""
        return iter(tuple(self._numbered.values()))

    async def get(self, location: Location) -> Domain:
        """Return a domain, loading it off the loop when it is first asked for.

        Raises:
            Misuse: It cannot be opened.
        """
        key = (location.container, location.domain)

        while True:
            domain = await self._loaded(key, location)

            if not domain.closed:
                return domain

            if self._ends:
                raise Misuse("preferences cannot be opened: the device shuts down")

    async def _loaded(self, key: tuple[str, str], location: Location) -> Domain:
        """Return a domain; who else waited for it may have closed it again meanwhile."""
        loading = self._domains.get(key)

        if loading is None:
            loading = asyncio.get_running_loop().create_future()
            self._domains[key] = loading

            try:
                loaded = await self._loads.load(location)
            except (OSError, ValueError, SimulatorError) as problem:
                self._domains.pop(key, None)
                loading.set_exception(Misuse(f"preferences cannot be opened: {problem}"))
                loading.exception()  # whoever else waits for it is told too
            else:
                loading.set_result(self._number(loaded, location))

        return await asyncio.shield(loading)

    def _number(self, loaded: Loaded, location: Location) -> Domain:
        self._last_number += 1
        number = self._last_number
        slot = self._page.domains.take()
        # With all words taken a domain shares one: false staleness costs a fetch, nothing else.
        shared = number % len(self._page.words.domains)
        domain = Domain(
            location, loaded.store, number, shared if slot is None else slot, loaded.forced
        )
        domain.owns_slot = slot is not None
        self._numbered[number] = domain
        self.salvaged(domain, (*loaded.store.problems, loaded.problem))
        self._opened(domain)
        self._watch.want(domain.location.container)

        return domain

    # -- plists from outside -----------------------------------------------------------------

    def _look_into(self, container: str) -> None:
        for domain in self:
            if domain.location.container == container:
                self._replacements.look(domain)

    def _ceased(self, container: str, reason: str) -> None:
        folder = f"{container}/{PREFERENCES_FOLDER}"
        self._kit.log.append("defaults", "unwatched", folder, actor="cfprefsd", reason=reason)

    def _fold_is_over(self, domain: Domain) -> None:
        self._replacements.look(domain)

    # -- until nobody has it -----------------------------------------------------------------

    def salvaged(self, domain: Domain, problems: Iterable[str]) -> None:
        """Say what was found broken."""
        for sentence in problems:
            if sentence:
                self._kit.log.append(
                    "defaults", "salvage", domain.store.domain, actor="cfprefsd", reason=sentence
                )

    def changed(self, domain: Domain) -> None:
        """Fold a domain soon."""
        self._folds.changed(domain)

    def let_go(self, domain: Domain) -> None:
        """Close a domain that no guest has open; what the plist lacks is folded first."""
        if domain.in_use or domain.closed or domain.folding:  # a fold looks again at its end
            return

        if domain.store.dirty:
            self._folds.start(domain)
        else:
            self._close_unused(domain)

    def _close_unused(self, domain: Domain) -> None:
        """Close it; where a fold has failed the journal has everything."""
        self._domains.pop(domain.key, None)
        self._strike(domain)
        domain.store.close()

    def _strike(self, domain: Domain) -> None:
        domain.closed = True

        for follower in domain.followers:
            follower.end(f"{domain.store.domain} is gone with its container")

        self._numbered.pop(domain.number, None)
        self._watch.let_go(domain.location.container)

        if domain.owns_slot:
            self._page.domains.give(domain.slot)
            domain.owns_slot = False

    def forget(self, container: str) -> None:
        """Let go of the domains of a container that was removed."""
        for key in [key for key in self._domains if key[0] == container]:
            loading = self._domains.pop(key)

            if loading.done() and not loading.exception():
                domain = loading.result()
                self._strike(domain)
                domain.forgotten = True

                if not domain.folding:  # else the fold does it
                    domain.store.close()

    async def close(self) -> None:
        """Fold and close everything: the device shuts down."""
        self._ends = True

        for domain in self._numbered.values():
            domain.closed = True

        await self._watch.close()
        await self._replacements.finish()
        await self._folds.finish()

        for loading in self._domains.values():
            if loading.done() and not loading.exception():
                store = loading.result().store

                with suppress(OSError):
                    await asyncio.to_thread(store.fold)

                store.close()
