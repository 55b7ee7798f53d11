"""The verbs of URLs, domains and associations: opening, choosing, the device's own internet."""

import asyncio
from contextlib import suppress

from simulator.daemonkit.guest import Guest
from simulator.daemons.lsd.opening import Asked
from simulator.daemons.lsd.schemes import RESERVED
from simulator.daemons.swcd.internet import Page
from simulator.device.host import DeviceHost
from simulator.device.person import described, verb
from simulator.xpc.errors import CommandError, Misuse

__all__ = ("LinkVerbs",)


class LinkVerbs:
    """What can be asked about URLs; mixed into the verbs of a device."""

    _host: DeviceHost

    # -- opening -----------------------------------------------------------------------------

    @verb
    async def openurl(
        self,
        url: str,
        wait_s: float = 3.0,
        with_app: str = "",
        always: bool = False,  # noqa: FBT001, FBT002  a request's argument
    ) -> dict[str, object]:
        """Open a URL with whom it belongs to, or with ``with_app`` where several claim it.

        Waits up to ``wait_s`` until the app has handled it, so that a crash is told.
        """
        asked = Asked(with_app, always)
        opened = await self._host.lsd.open_url(url, source=None, cause=0, asked=asked)
        guest = opened.guest

        if guest is not None and wait_s:
            await self._expect_handled(guest, wait_s)

        process = {"bundle_id": opened.bundle_id, "pid": 0, "ordinal": 0}

        return {
            **(described(guest) if guest is not None else process),
            "name": opened.name,
            "how": opened.how,
            "reason": opened.reason,
        }

    async def _expect_handled(self, guest: Guest, wait_s: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._host.runningboardd.until_quiescent(), wait_s)

        if guest.exit is not None and guest.exit.status != 0:
            raise CommandError(
                "NSPOSIXErrorDomain",
                3,
                "Simulator device failed to open URL.",
                f"{guest.bundle_id} {guest.exit.reason}",
                *(f"\t{line}" for line in guest.tail[-8:]),
            )

    @verb
    def schemes(self) -> list[object]:
        """Return a row per URL scheme: the scheme, the apps that claim it, the one chosen."""
        lsd = self._host.lsd
        claimed = [
            [scheme, apps, lsd.choices.get(scheme)] for scheme, apps in lsd.schemes().items()
        ]

        return [*claimed, *([scheme, [app], ""] for scheme, (app, _) in sorted(RESERVED.items()))]

    @verb
    def choose_scheme(self, scheme: str, bundle_id: str = "") -> None:
        """Choose the app that opens a scheme which several claim; with no id, none."""
        lsd = self._host.lsd
        claimants = lsd.schemes().get(scheme.lower(), [])

        if bundle_id and bundle_id not in claimants:
            known = ", ".join(claimants) or "nobody"
            raise Misuse(f"{bundle_id} does not claim the scheme {scheme!r} ({known} does)")

        lsd.choices.put(scheme.lower(), bundle_id)

    # -- the device's own internet -----------------------------------------------------------

    @verb
    async def domain_add(
        self,
        domain: str,
        body: bytes,
        status: int = 200,
        redirect: str = "",
        content_type: str = "application/json",
        trusted: bool = True,  # noqa: FBT001, FBT002  a request's argument
    ) -> int:
        """Let a site serve an association file, or fail to; return how many fetches there were."""
        if not 100 <= status <= 599:
            raise Misuse(f"{status} is no status of HTTP: 100 to 599")

        page = Page(body, status, redirect, content_type, trusted)

        return await self._host.swcd.put(domain, page)

    @verb
    async def domain_remove(self, domain: str) -> None:
        """Take a site away."""
        await self._host.swcd.take_away(domain)

    @verb
    async def domains(self) -> list[object]:
        """Return a row per site: its name, status, redirect, content type, trust, and size."""
        internet = self._host.swcd.internet
        found = await asyncio.to_thread(
            lambda: [(host, internet.get(host)) for host in internet.hosts()]
        )

        return [
            {
                "domain": host,
                "status": page.status,
                "redirect": page.redirect,
                "content_type": page.content_type,
                "trusted": page.trusted,
                "bytes": len(page.body),
            }
            for host, page in found
            if page is not None
        ]

    @verb
    def domain_log(self) -> list[object]:
        """Return every fetch of an association file since boot, and every bad entry of an app."""
        return [event.as_dict() for event in self._host.log.since(0) if event.kind == "domain"]

    # -- associations ------------------------------------------------------------------------

    @verb
    def swcutil_show(self) -> list[object]:
        """Return every associated domain of every app, and whether its site agrees."""
        return [row._asdict() for row in self._host.swcd.rows()]

    @verb
    async def swcutil_verify(
        self, domain: str, url: str, body: bytes | None = None
    ) -> list[object]:
        """Return what a site's file, or ``body``, says of a link: a row per app id in it."""
        return [
            [app_id, verdict.how, verdict.pattern or verdict.problem]
            for app_id, verdict in await self._host.swcd.verify(domain, url, body)
        ]

    @verb
    async def swcutil_dl(self, domain: str) -> dict[str, object]:
        """Fetch a site's file anew; return what became of it."""
        found = await self._host.swcd.refetch(domain)
        page = await asyncio.to_thread(self._host.swcd.internet.get, domain.lower())
        notes = found.association.notes if found.association is not None else ()

        return {
            "status": found.status,
            "problem": found.problem,
            "notes": list(notes),
            "body": page.body if page is not None and found.association is not None else b"",
        }

    @verb
    def swcutil_developer_mode(self, on: bool | None = None) -> bool:  # noqa: FBT001  a request's argument
        """Switch Associated Domains Development on or off; return how it is."""
        if on is not None:
            self._host.swcd.developer = on

        return self._host.swcd.developer
