"""Domains that are open, who has a copy of which, and their stores."""

import asyncio
from contextlib import suppress

from shared_container.codec import decode
from shared_container.layout import check_domain_name
from shared_container.store import DomainStore
from simulator.daemonkit.beneath import folder_beneath
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import DEFAULTS_VALUE_BYTES_MAX
from simulator.daemonkit.page import HostPage
from simulator.daemonkit.rooms import Kit
from simulator.daemonkit.router import Heard
from simulator.daemons.cfprefsd.domain import Domain
from simulator.daemons.cfprefsd.state import Location, locate
from simulator.xpc.errors import Misbehaved, Misuse, SimulatorError
from simulator.xpc.frames import Flag, Kind, unpack_set

__all__ = ("Cfprefsd",)

_FOLD_AFTER_S = 0.3


class Cfprefsd:
    """The preferences of one device.

    Args:
        kit: The device's.
        page: Its domain words and own words.
    """

    def __init__(self, kit: Kit, page: HostPage) -> None:
        self._kit = kit
        self._page = page
        self._domains: dict[tuple[str, str], asyncio.Future[Domain]] = {}
        self._numbered: list[Domain] = []
        self._opened: dict[Guest, dict[int, Domain]] = {}
        self._parts: dict[Guest, tuple[int, bytearray]] = {}
        self._folds: set[asyncio.Task[None]] = set()
        kit.router.on(Kind.SET, self._set)
        kit.router.verb("cfprefsd.open", self._open)
        kit.router.verb("cfprefsd.fetch", self._fetch)
        kit.router.verb("cfprefsd.set_part", self._set_part)
        kit.router.verb("cfprefsd.synchronize", self._synchronize)
        kit.router.on_exit(self._gone)

    # -- opening -----------------------------------------------------------------------------

    async def _open(self, heard: Heard, name: object) -> object:
        if not isinstance(name, str):
            raise Misbehaved("a domain name that is no string")

        guest = heard.guest
        location = locate(name, guest.bundle_id, guest.home, guest.groups)

        try:
            check_domain_name(name)
        except ValueError as problem:
            raise Misuse(str(problem)) from problem

        domain = await self._domain(location)

        if not guest.alive:
            return None

        if location.note:
            self._kit.log.append(
                "denial",
                "user-preference-read",
                name,
                actor=guest.name,
                cause=heard.cause,
                reason=location.note,
            )

        domain.join(guest, self._page.own.take)
        self._opened.setdefault(guest, {})[domain.number] = domain

        return domain.snapshot(guest, self._page.words)

    async def _domain(self, location: Location) -> Domain:
        """Return the domain, loading it off the loop when it is first asked for."""
        key = (location.container, location.domain)
        loading = self._domains.get(key)

        if loading is None:
            loading = asyncio.get_running_loop().create_future()
            self._domains[key] = loading

            try:
                store = await asyncio.to_thread(_load, location)
            except (OSError, ValueError, SimulatorError) as problem:
                del self._domains[key]
                loading.set_exception(Misuse(f"preferences cannot be opened: {problem}"))
                loading.exception()  # whoever else waits for it is told too
            else:
                loading.set_result(self._number(store, location))

        return await asyncio.shield(loading)

    def _number(self, store: DomainStore, location: Location) -> Domain:
        number = len(self._numbered)
        slot = self._page.domains.take()
        # With all words taken a domain shares one: false staleness costs a fetch, nothing else.
        domain = Domain(
            store, number, number % len(self._page.words.domains) if slot is None else slot
        )
        self._numbered.append(domain)

        for sentence in store.problems:
            self._kit.log.append(
                "defaults", "salvage", location.domain, actor="cfprefsd", reason=sentence
            )

        return domain

    def _of(self, guest: Guest, number: object) -> Domain:
        domain = self._opened.get(guest, {}).get(number) if isinstance(number, int) else None

        if domain is None:
            raise Misbehaved(f"it uses the preference domain {number!r}, which it has not opened")

        return domain

    # -- reading and writing -----------------------------------------------------------------

    def _fetch(self, heard: Heard, arguments: object) -> object:
        match arguments:
            case [int(number), int(sequence)]:
                domain = self._of(heard.guest, number)
                return domain.changes_since(heard.guest, sequence, self._page.words)
            case _:
                raise Misbehaved("a fetch of the wrong shape")

    def _set(self, heard: Heard) -> None:
        domain = self._of(heard.guest, heard.frame.arg)
        key, raw = unpack_set(heard.frame.payload)
        value = None if heard.frame.flags & Flag.DELETE else decode(raw)
        self._apply(heard, domain, key, value)

    def _set_part(self, heard: Heard, arguments: object) -> None:
        match arguments:
            case [int(number), bytes(part), bool(last)]:
                domain = self._of(heard.guest, number)
            case _:
                raise Misbehaved("a part of a set of the wrong shape")

        begun, data = self._parts.setdefault(heard.guest, (number, bytearray()))

        if begun != number:
            raise Misbehaved("parts of two sets are mixed")

        if len(data) <= DEFAULTS_VALUE_BYTES_MAX:  # what is longer is dropped whole, at its end
            data += part

        if last:
            del self._parts[heard.guest]
            self._set_whole(heard, domain, bytes(data))

    def _set_whole(self, heard: Heard, domain: Domain, data: bytes) -> None:
        key, raw = unpack_set(data)

        if len(data) <= DEFAULTS_VALUE_BYTES_MAX:
            self._apply(heard, domain, key, decode(raw))
            return

        self._kit.log.append(
            "defaults",
            "set-failed",
            f"{domain.store.domain}/{key}",
            actor=heard.guest.name,
            cause=heard.cause,
            access="w",
            reason=(
                f"Attempting to store >= {DEFAULTS_VALUE_BYTES_MAX} bytes of data in "
                "CFPreferences/NSUserDefaults on this platform is invalid. This is a bug in "
                f"{heard.guest.bundle_id} or a library it uses."
            ),
        )

    def _apply(self, heard: Heard, domain: Domain, key: str, value: object) -> None:
        operation = "remove" if value is None else "set"
        resource = f"{domain.store.domain}/{key}"
        reason = ""

        try:
            domain.set(heard.guest, key, value, self._page.words)
        except (OSError, TypeError) as problem:
            # The guest's own copy has it; the device does not, and says so.
            operation, reason = f"{operation}-failed", str(problem)

        self._kit.log.append(
            "defaults",
            operation,
            resource,
            actor=heard.guest.name,
            cause=heard.cause,
            access="w",
            **({"reason": reason} if reason else {}),
        )
        self._fold_soon(domain)

        if domain.store.needs_fold and not domain.folding:
            self._start_fold(domain)

    def _synchronize(self, heard: Heard, number: object) -> bool:
        """Everything sent before is journalled: the socket is in order."""
        self._of(heard.guest, number)

        return True

    async def read(self, container: str, name: str) -> dict[str, object]:
        """Return the values of a domain as cfprefsd has them: for the control socket."""
        return dict((await self._domain(Location(container, name))).store.values)

    # -- folding -----------------------------------------------------------------------------

    def _fold_soon(self, domain: Domain) -> None:
        if domain.fold_waits:
            return

        domain.fold_waits = True
        self._kit.clock.call_later(_FOLD_AFTER_S, lambda: self._start_fold(domain))

    def _start_fold(self, domain: Domain) -> None:
        if not domain.closed and not domain.folding:
            domain.folding = True
            task = asyncio.ensure_future(self._fold(domain))
            self._folds.add(task)
            task.add_done_callback(self._folds.discard)

    async def _fold(self, domain: Domain) -> None:
        """Write the plist: the snapshot here, encoding and writing off the loop."""
        store = domain.store

        if store.dirty:
            plan = store.begin_fold()

            try:
                await asyncio.to_thread(plan.encode_and_write)
                store.finish_fold(plan)
            except OSError as problem:
                store.abandon_fold(plan)
                self._kit.log.append(
                    "defaults", "fold-failed", store.domain, actor="cfprefsd", reason=str(problem)
                )

        domain.folding = domain.fold_waits = False

        if domain.closed:
            store.close()
        elif store.dirty:
            self._fold_soon(domain)

    async def close(self) -> None:
        """Fold and close everything: the device shuts down."""
        for domain in self._numbered:
            domain.closed = True

        while self._folds:
            await asyncio.gather(*self._folds, return_exceptions=True)

        for loading in self._domains.values():
            if loading.done() and not loading.exception():
                store = loading.result().store

                with suppress(OSError):
                    await asyncio.to_thread(store.fold)

                store.close()

    def forget(self, container: str) -> None:
        """Let go of the domains of a container that was removed."""
        for key in [key for key in self._domains if key[0] == container]:
            loading = self._domains.pop(key)

            if loading.done() and not loading.exception():
                domain = loading.result()
                domain.closed = True

                if not domain.folding:
                    domain.store.close()

    def _gone(self, guest: Guest) -> None:
        self._parts.pop(guest, None)

        for domain in self._opened.pop(guest, {}).values():
            slot = domain.leave(guest)

            if slot:
                self._page.words.own[slot] = 0
                self._page.own.give(slot)


def _load(location: Location) -> DomainStore:
    with folder_beneath(location.container, "Library", "Preferences") as folder:
        return DomainStore.open(folder, location.domain)
