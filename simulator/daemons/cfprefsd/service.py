"""Domains that are open, who has a copy of which, and their stores."""

import asyncio
from contextlib import suppress

from shared_container.codec import TooManyItems, decode
from shared_container.layout import check_domain_name
from shared_container.store import DomainStore
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import (
    DEFAULTS_VALUE_BYTES_MAX,
    DEFAULTS_VALUE_ITEMS_MAX,
    DOMAINS_PER_GUEST_MAX,
)
from simulator.daemonkit.page import HostPage
from simulator.daemonkit.rooms import Kit, Violations
from simulator.daemonkit.router import Heard
from simulator.daemons.cfprefsd.domain import Domain
from simulator.daemons.cfprefsd.folding import Folds
from simulator.daemons.cfprefsd.loading import Loads
from simulator.daemons.cfprefsd.state import Location, locate
from simulator.xpc.errors import Misbehaved, Misuse, SimulatorError
from simulator.xpc.frames import Flag, Kind, unpack_set

__all__ = ("Cfprefsd",)


class Cfprefsd:
    """The preferences of one device.

    Args:
        kit: The device's.
        page: Its domain words and own words.
    """

    def __init__(self, kit: Kit, page: HostPage, violations: Violations) -> None:
        self._kit = kit
        self._page = page
        self._violations = violations
        self._domains: dict[tuple[str, str], asyncio.Future[Domain]] = {}
        self._numbered: dict[int, Domain] = {}
        self._last_number = -1
        self._asked: dict[Guest, set[str]] = {}  # domains that it has open, or will have
        self._loads = Loads()
        self._opened: dict[Guest, dict[int, Domain]] = {}
        self._parts: dict[Guest, tuple[int, bytearray]] = {}
        self._folds = Folds(kit, self._close_unused)
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

        asked = self._asked.setdefault(guest, set())

        if name not in asked and len(asked) >= DOMAINS_PER_GUEST_MAX:
            raise Misuse(f"{guest.name} has {len(asked)} domains open (DOMAINS_PER_GUEST_MAX)")

        asked.add(name)

        try:
            domain = await self._domain(location)
        except SimulatorError:
            asked.discard(name)
            raise

        if not guest.alive:
            self._let_go(domain)
            return None

        if location.note:
            self._violations.refused(
                guest, "user-preference-read", name, cause=heard.cause, reason=location.note
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
                store = await self._loads.load(location)
            except (OSError, ValueError, SimulatorError) as problem:
                self._domains.pop(key, None)
                loading.set_exception(Misuse(f"preferences cannot be opened: {problem}"))
                loading.exception()  # whoever else waits for it is told too
            else:
                loading.set_result(self._number(store, location))

        return await asyncio.shield(loading)

    def _number(self, store: DomainStore, location: Location) -> Domain:
        self._last_number += 1
        number = self._last_number
        slot = self._page.domains.take()
        # With all words taken a domain shares one: false staleness costs a fetch, nothing else.
        shared = number % len(self._page.words.domains)
        key = (location.container, location.domain)
        domain = Domain(key, store, number, shared if slot is None else slot)
        domain.owns_slot = slot is not None
        self._numbered[number] = domain

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
        self._apply(heard, domain, key, value, len(raw))

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

        if len(data) > DEFAULTS_VALUE_BYTES_MAX:
            self._refuse(
                heard,
                domain,
                key,
                f"Attempting to store >= {DEFAULTS_VALUE_BYTES_MAX} bytes of data in "
                "CFPreferences/NSUserDefaults on this platform is invalid. This is a bug in "
                f"{heard.guest.bundle_id} or a library it uses.",
            )
            return

        try:
            value = decode(raw, DEFAULTS_VALUE_ITEMS_MAX)
        except TooManyItems:
            reason = f"more than {DEFAULTS_VALUE_ITEMS_MAX} values (DEFAULTS_VALUE_ITEMS_MAX)"
            self._refuse(heard, domain, key, reason)
            return

        self._apply(heard, domain, key, value, len(raw))

    def _refuse(self, heard: Heard, domain: Domain, key: str, reason: str) -> None:
        self._kit.log.append(
            "defaults",
            "set-failed",
            f"{domain.store.domain}/{key}",
            actor=heard.guest.name,
            cause=heard.cause,
            access="w",
            reason=reason,
        )

    def _apply(self, heard: Heard, domain: Domain, key: str, value: object, size: int) -> None:
        operation = "remove" if value is None else "set"
        resource = f"{domain.store.domain}/{key}"
        reason = ""

        try:
            domain.set(heard.guest, key, value, size, self._page.words)
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
        self._folds.soon(domain)

        if domain.store.needs_fold:
            self._folds.start(domain)

    def _synchronize(self, heard: Heard, number: object) -> bool:
        """Everything sent before is journalled: the socket is in order."""
        self._of(heard.guest, number)

        return True

    async def read(self, container: str, name: str) -> dict[str, object]:
        """Return the values of a domain as cfprefsd has them: for the control socket."""
        domain = await self._domain(Location(container, name))
        values = dict(domain.store.values)
        self._let_go(domain)

        return values

    # -- closing -----------------------------------------------------------------------------

    async def close(self) -> None:
        """Fold and close everything: the device shuts down."""
        for domain in self._numbered.values():
            domain.closed = True

        await self._folds.finish()

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
                self._strike(domain)

                if not domain.folding:
                    domain.store.close()

    def _gone(self, guest: Guest) -> None:
        self._parts.pop(guest, None)
        self._asked.pop(guest, None)

        for domain in self._opened.pop(guest, {}).values():
            slot = domain.leave(guest)

            if slot:
                self._page.words.own[slot] = 0
                self._page.own.give(slot)

            self._let_go(domain)

    def _let_go(self, domain: Domain) -> None:
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
        self._numbered.pop(domain.number, None)

        if domain.owns_slot:
            self._page.domains.give(domain.slot)
            domain.owns_slot = False
