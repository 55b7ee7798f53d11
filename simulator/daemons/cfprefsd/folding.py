"""Folding: the journals of domains become plists, off the loop."""

import asyncio
import errno
from collections.abc import Callable

from simulator.daemonkit.rooms import Kit
from simulator.daemons.cfprefsd.domain import Domain

__all__ = ("Folds",)

_FOLD_AFTER_S = 0.3


class Folds:
    """The folds of one device.

    Args:
        kit: The device's.
        over: Called with a domain when its fold is over.
        unused: Called with it then, if no guest has it open.
    """

    def __init__(
        self, kit: Kit, over: Callable[[Domain], None], unused: Callable[[Domain], None]
    ) -> None:
        self._kit = kit
        self._over = over
        self._unused = unused
        self._tasks: set[asyncio.Task[None]] = set()

    def soon(self, domain: Domain) -> None:
        """Fold a domain a moment later, with what is set until then."""
        if domain.fold_waits:
            return

        domain.fold_waits = True
        self._kit.clock.call_later(_FOLD_AFTER_S, lambda: self.start(domain))

    def start(self, domain: Domain) -> None:
        """Fold a domain now, unless that is under way or the domain is closed."""
        if not domain.closed and not domain.folding:
            domain.folding = True
            task = asyncio.ensure_future(self._fold(domain))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _fold(self, domain: Domain) -> None:
        """Write the plist: the snapshot here, encoding and writing off the loop."""
        store = domain.store
        failed = False

        if store.dirty:
            try:
                await self._write(domain)
            except OSError as problem:
                failed = True

                if problem.errno != errno.ESTALE or domain.closed:  # else it is taken in below
                    self._kit.log.append(
                        "defaults",
                        "fold-failed",
                        store.domain,
                        actor="cfprefsd",
                        reason=str(problem),
                    )

        domain.folding = domain.fold_waits = False

        if domain.closed:
            if domain.forgotten:  # else the device shuts down, and folds what came meanwhile
                store.close()

            return

        self._over(domain)

        if store.dirty and (domain.in_use or not failed):  # it was set meanwhile
            self.soon(domain)
        elif not domain.in_use:
            self._unused(domain)

    async def _write(self, domain: Domain) -> None:
        plan = domain.store.begin_fold()

        try:
            await asyncio.to_thread(plan.encode_and_write)
            domain.store.finish_fold(plan)
        except OSError:
            domain.store.abandon_fold(plan)
            raise

    async def finish(self) -> None:
        """Wait until every fold that is under way is over."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
