"""Plists that somebody else has written: taken in as if each key had been set.

What was set here and is in no plist yet is kept, as it is when the device boots. A file that cannot
be used is kept aside, and written anew from what cfprefsd has.
"""

import asyncio
from collections.abc import Callable

from shared_container.codec import encode
from shared_container.replaced import ReplacedPlist
from simulator.daemonkit.rooms import Kit
from simulator.daemons.cfprefsd.domain import Domain
from simulator.daemons.cfprefsd.news import Change, News

__all__ = ("Replacements",)

_KEYS_PER_TURN = 64


class Replacements:
    """The replaced plists of one device.

    Args:
        kit: The device's.
        news: Who hears of what has changed.
        changed: Called with a domain that must be folded.
    """

    def __init__(self, kit: Kit, news: News, changed: Callable[[Domain], None]) -> None:
        self._kit = kit
        self._news = news
        self._changed = changed
        self._under_way: set[Domain] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def look(self, domain: Domain) -> None:
        """Take a plist in, if somebody else has written it."""
        if domain.closed or domain in self._under_way:
            return

        plist = domain.store.replaced()

        if plist is None:
            return

        self._under_way.add(domain)
        task = asyncio.ensure_future(self._take_in(domain, plist))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take_in(self, domain: Domain, plist: ReplacedPlist) -> None:
        try:
            values, identity = await asyncio.to_thread(plist.read)
        except ValueError as problem:
            if not domain.closed:
                self._refuse(domain, problem)
        except OSError:
            pass  # it is gone again, or the domain is
        else:
            if not domain.closed:
                await self._set_all(domain, domain.store.accept_replaced(values, identity))
        finally:
            self._under_way.discard(domain)

    def _refuse(self, domain: Domain, problem: ValueError) -> None:
        try:
            reason = domain.store.refuse_replaced(problem)
        except OSError as refused:
            reason = str(refused)

        self._kit.log.append(
            "defaults", "salvage", domain.store.domain, actor="cfprefsd", reason=reason
        )
        self._changed(domain)

    async def _set_all(self, domain: Domain, changes: dict[str, object]) -> None:
        event = self._kit.log.append(
            "defaults",
            "replace",
            domain.store.domain,
            actor="cfprefsd",
            keys=len(changes),
            reason="somebody else has written the plist",
        )

        for turn, (key, value) in enumerate(changes.items(), start=1):
            if turn % _KEYS_PER_TURN == 0:
                await _turn_of_others()

            if domain.closed:
                return

            if domain.store.was_set_here(key):  # meanwhile
                continue

            raw = b"" if value is None else encode(value)

            try:
                changed = domain.set(None, key, value, raw)
            except (OSError, TypeError) as problem:
                self._kit.log.append(
                    "defaults",
                    "set-failed",
                    f"{domain.store.domain}/{key}",
                    actor="cfprefsd",
                    cause=event,
                    reason=str(problem),
                )
                continue

            if changed:
                self._news.tell(domain, Change(None, key, raw, domain.store.sequence, event))

        if changes:
            self._changed(domain)

    async def finish(self) -> None:
        """Wait until what is under way is over."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)


async def _turn_of_others() -> None:
    loop = asyncio.get_running_loop()
    turn = loop.create_future()
    loop.call_soon(turn.set_result, None)
    await turn
