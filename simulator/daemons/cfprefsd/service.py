"""What guests ask of their preferences, and what a person does to them."""

import errno

from shared_container.codec import TooManyItems, decode
from shared_container.layout import check_domain_name
from simulator.bundles.points import KEYBOARD
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import (
    DEFAULTS_VALUE_BYTES_MAX,
    DEFAULTS_VALUE_ITEMS_MAX,
    DOMAINS_PER_GUEST_MAX,
)
from simulator.daemonkit.page import HostPage
from simulator.daemonkit.rooms import Containers, Kit, Registry, Violations
from simulator.daemonkit.router import Heard
from simulator.daemons.cfprefsd.domain import Domain
from simulator.daemons.cfprefsd.news import Change, News
from simulator.daemons.cfprefsd.opened import OpenDomains
from simulator.daemons.cfprefsd.outside import Outside
from simulator.daemons.cfprefsd.parts import Parts
from simulator.daemons.cfprefsd.refusals import Refusals
from simulator.daemons.cfprefsd.state import (
    GLOBAL_DOMAIN,
    Location,
    Settings,
    locate,
    write_refusal,
)
from simulator.daemons.cfprefsd.system import SystemDomains
from simulator.daemons.cfprefsd.texts import nonsensical_suite, too_large
from simulator.xpc.errors import Misbehaved, Misuse, SandboxDenied, SimulatorError
from simulator.xpc.frames import Flag, Kind, unpack_set

__all__ = ("Cfprefsd",)

_UNENTITLED = "user-preference-read"


class Cfprefsd:
    """The preferences of one device.

    Args:
        kit: The device's.
        page: Its domain words and own words.
        violations: Writes down what is refused.
        containers, registry: Whose domains are where, for programs of the system.
        system: The folder of what belongs to the device and no app.

    Attributes:
        full_access: The keyboards that a person allows Full Access.
        system: Every domain of the device, by name.
    """

    def __init__(
        self,
        kit: Kit,
        page: HostPage,
        violations: Violations,
        containers: Containers,
        registry: Registry,
        *,
        system: str,
    ) -> None:
        self._kit = kit
        self._page = page
        self._violations = violations
        self._system_folder = system
        self._settings = Settings()
        self._locked = False
        self.full_access: set[str] = set()
        self._asked: dict[Guest, set[str]] = {}  # domains that it has open, or will have
        self._joined: dict[Guest, dict[int, Domain]] = {}
        self._parts = Parts()
        self._news = News(kit, page.words)
        self._domains = OpenDomains(kit, page, system, self._news, self._was_opened)
        self.system = SystemDomains(kit, containers, registry, self._domains, system)
        self.outside = Outside(kit, self._domains, self._news, self.system)
        self._refusals = Refusals()
        kit.router.on(Kind.SET, self._set)
        kit.router.verb("cfprefsd.open", self._open)
        kit.router.verb("cfprefsd.fetch", self._fetch)
        kit.router.verb("cfprefsd.heard", self._heard)
        kit.router.verb("cfprefsd.nonsense", self._nonsense)
        kit.router.verb("cfprefsd.observe", self._observe)
        kit.router.verb("cfprefsd.refusal", self._last_refusal)
        kit.router.verb("cfprefsd.set_part", self._set_part)
        kit.router.verb("cfprefsd.synchronize", self._synchronize)
        kit.router.on_exit(self._gone)

    # -- what a person sets --------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """How preferences behave."""
        return self._settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._settings = settings
        self._news.release()
        self._news.staleness_s = settings.staleness_s

    @property
    def locked(self) -> bool:
        """Whether nobody has unlocked the device since it was switched on."""
        return self._locked

    @locked.setter
    def locked(self, locked: bool) -> None:
        if locked == self._locked:
            return

        self._locked = self.system.hidden = locked
        cause = self._kit.log.append(
            "device",
            "lock-state",
            "before-first-unlock" if locked else "unlocked",
            actor="simctl",
        )

        for domain in self._domains:
            domain.hidden = locked
            self._news.startle(domain, cause)

    def _was_opened(self, domain: Domain) -> None:
        domain.hidden = self._locked

    # -- opening -----------------------------------------------------------------------------

    async def _open(self, heard: Heard, name: object) -> object:
        if not isinstance(name, str):
            raise Misbehaved("a domain name that is no string")

        guest = heard.guest
        location = self._location(guest, name)

        try:
            check_domain_name(location.domain)
        except ValueError as problem:
            raise Misuse(str(problem)) from problem

        if location.note and self._settings.strict:
            self._violations.refused(
                guest, _UNENTITLED, name, cause=heard.cause, reason=location.note
            )
            raise SandboxDenied(_UNENTITLED, name, location.note)

        asked = self._asked.setdefault(guest, set())

        if name not in {*asked, GLOBAL_DOMAIN} and len(asked) >= DOMAINS_PER_GUEST_MAX:
            raise Misuse(f"{guest.name} has {len(asked)} domains open (DOMAINS_PER_GUEST_MAX)")

        if name != GLOBAL_DOMAIN:  # which every search may need
            asked.add(name)

        try:
            domain = await self._domains.get(location)
        except SimulatorError:
            asked.discard(name)
            raise

        if not guest.alive:
            self._domains.let_go(domain)
            return None

        if location.note and domain.number not in self._joined.get(guest, {}):
            self._violations.refused(
                guest, _UNENTITLED, name, cause=heard.cause, reason=location.note
            )

        domain.join(guest, self._page.own.take)
        self._joined.setdefault(guest, {})[domain.number] = domain

        return domain.snapshot(guest, self._page.words)

    def _location(self, guest: Guest, name: str) -> Location:
        if guest.is_system:
            return self.system.locate(name)

        return locate(name, guest.bundle_id, guest.home, guest.groups, self._system_folder)

    def _nonsense(self, heard: Heard, name: object) -> None:
        """Say that a suite's name makes no sense: its object is nil."""
        if not isinstance(name, str):
            raise Misbehaved("a suite name that is no string")

        self._kit.log.append(
            "defaults",
            "refuse",
            name,
            actor=heard.guest.name,
            cause=heard.cause,
            reason=nonsensical_suite(name, heard.guest.bundle_id),
        )

    def _of(self, guest: Guest, number: object) -> Domain:
        domain = self._joined.get(guest, {}).get(number) if isinstance(number, int) else None

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
        removes = heard.frame.flags & Flag.DELETE
        value = None if removes else decode(raw)
        self._apply(heard, domain, key, value, b"" if removes else raw)

    def _set_part(self, heard: Heard, arguments: object) -> None:
        match arguments:
            case [int(number), bytes(part), bool(last)]:
                domain = self._of(heard.guest, number)
            case _:
                raise Misbehaved("a part of a set of the wrong shape")

        data = self._parts.add(heard.guest, number, part, last=last)

        if data is not None:
            self._set_whole(heard, domain, data)

    def _set_whole(self, heard: Heard, domain: Domain, data: bytes) -> None:
        key, raw = unpack_set(data)

        if len(data) > DEFAULTS_VALUE_BYTES_MAX:
            self._refuse(heard, domain, key, too_large(heard.guest.bundle_id))
            return

        try:
            value = decode(raw, DEFAULTS_VALUE_ITEMS_MAX)
        except TooManyItems:
            reason = f"more than {DEFAULTS_VALUE_ITEMS_MAX} values (DEFAULTS_VALUE_ITEMS_MAX)"
            self._refuse(heard, domain, key, reason)
            return

        self._apply(heard, domain, key, value, raw)

    def _apply(self, heard: Heard, domain: Domain, key: str, value: object, raw: bytes) -> None:
        operation = "remove" if value is None else "set"
        refusal = self._refusal(heard.guest, domain, key)

        if refusal:
            self._refuse(heard, domain, key, refusal, operation)
            return

        try:
            changed = domain.set(heard.guest, key, value, raw)
        except (OSError, TypeError) as problem:
            full = isinstance(problem, OSError) and problem.errno == errno.EFBIG
            text = f"{too_large(heard.guest.bundle_id)} ({problem})" if full else str(problem)
            self._refuse(heard, domain, key, text, operation)
            return

        event = self._kit.log.append(
            "defaults",
            operation,
            f"{domain.store.domain}/{key}",
            actor=heard.guest.name,
            cause=heard.cause,
            access="w",
        )

        if changed:
            change = Change(heard.guest, key, raw, domain.store.sequence, event)
            self._news.tell(domain, change)
            self._domains.changed(domain)

    def _refusal(self, guest: Guest, domain: Domain, key: str) -> str:
        if self._locked:
            return (
                f"preferences of {domain.store.domain}: the device has not been unlocked since it "
                "was switched on, and its data is protected until then; what is there is kept"
            )

        if guest.is_system:
            return ""

        return write_refusal(
            domain.location,
            key,
            is_keyboard=guest.bundle.extension_point == KEYBOARD,
            full_access=guest.bundle_id in self.full_access,
        )

    def _refuse(
        self, heard: Heard, domain: Domain, key: str, reason: str, operation: str = "set"
    ) -> None:
        """Drop a set, say so, and let the guest's copy lose it too."""
        event = self._kit.log.append(
            "defaults",
            f"{operation}-failed",
            f"{domain.store.domain}/{key}",
            actor=heard.guest.name,
            cause=heard.cause,
            access="w",
            reason=reason,
        )
        self._refusals.add(heard.guest, domain.number, reason)

        for follower in domain.followers:
            follower.refused(key, event, heard.guest, reason)

        self._news.take_back(domain, heard.guest, event)

    # -- observers ---------------------------------------------------------------------------

    def _observe(self, heard: Heard, arguments: object) -> bool:
        """Tell a guest of changes, or no longer; whether keys with dots are told too."""
        match arguments:
            case [int(number), bool(on)]:
                copy = self._of(heard.guest, number).copies[heard.guest]
            case _:
                raise Misbehaved("an observation of the wrong shape")

        copy.observing = on
        copy.behind = False

        return self._settings.dotted_keys

    def _heard(self, heard: Heard, count: object) -> None:
        if not isinstance(count, int) or count < 0:
            raise Misbehaved("a count of changes that is none")

        domains = list(self._joined.get(heard.guest, {}).values())
        self._news.heard(heard.guest, count, domains)

    def _synchronize(self, heard: Heard, number: object) -> bool:
        """Everything sent before is journalled or was refused: the socket is in order."""
        return not self._refusals.take(heard.guest, self._of(heard.guest, number).number)

    def _last_refusal(self, heard: Heard, number: object) -> str:
        """Say why the last set that was refused was, since that was last asked; else nothing."""
        return self._refusals.take(heard.guest, self._of(heard.guest, number).number)

    # -- closing -----------------------------------------------------------------------------

    async def close(self) -> None:
        """Fold and close everything: the device shuts down."""
        self._news.close()
        await self._domains.close()

    def forget(self, container: str) -> None:
        """Let go of the domains of a container that was removed."""
        self._domains.forget(container)

    def _gone(self, guest: Guest) -> None:
        self._parts.forget(guest)
        self._asked.pop(guest, None)
        self._refusals.forget(guest)
        self._news.forget(guest)

        for domain in self._joined.pop(guest, {}).values():
            slot = domain.leave(guest)

            if slot:
                self._page.words.own[slot] = 0
                self._page.own.give(slot)

            self._domains.let_go(domain)
