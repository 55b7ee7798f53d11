"""Folding: the journals of domains become plists, off the loop."""

import asyncio
import errno
from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.daemonkit.rooms import Kit
from simulator.daemons.cfprefsd.domain import Domain

if TYPE_CHECKING:
    from simulator.daemonkit.clock import Timer

__all__ = ("Folds",)

_FOLD_AFTER_S = 0.3
_DOUBLED_MAX = 10
_FOLD_AFTER_MAX_S = 10.0  # a full disk may stay full, and each failure is told


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
        self._waiting: dict[Domain, Timer] = {}

    def changed(self, domain: Domain) -> None:
        """Fold a domain soon, or now when its journal has grown long and nothing was in the way."""
        if domain.store.needs_fold and not domain.fold_failures:
            self.start(domain)
        else:
            self._soon(domain)

    def _soon(self, domain: Domain) -> None:
        """Fold a domain a moment later, with what is set until then; each failure doubles it."""
        if domain not in self._waiting and not domain.folding:  # a fold looks again at its end
            doubled = 2 ** min(domain.fold_failures, _DOUBLED_MAX)
            delay_s = min(_FOLD_AFTER_S * doubled, _FOLD_AFTER_MAX_S)
            self._waiting[domain] = self._kit.clock.call_later(delay_s, lambda: self.start(domain))

    def start(self, domain: Domain) -> None:
        """Fold a domain now, unless that is under way or the domain is closed."""
        timer = self._waiting.pop(domain, None)

        if timer is not None:
            timer.cancel()

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
                    domain.fold_failures += 1
                    self._kit.log.append(
                        "defaults",
                        "fold-failed",
                        store.domain,
                        actor="cfprefsd",
                        reason=str(problem),
                    )
            else:
                domain.fold_failures = 0

        domain.folding = False

        if domain.closed:
            if domain.forgotten:  # else the device shuts down, and folds what came meanwhile
                store.close()

            return

        self._over(domain)

        if store.dirty and (domain.in_use or not failed):  # it was set meanwhile
            self._soon(domain)
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
