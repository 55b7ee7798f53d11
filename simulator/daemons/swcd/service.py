"""Fetching what sites say, and answering whose a link is."""

import asyncio
import functools
from collections.abc import Iterable
from pathlib import Path

from simulator.bundles.bundle import Bundle
from simulator.daemonkit.limits import ASSOCIATED_DOMAINS_MAX
from simulator.daemonkit.rooms import Kit, Owned
from simulator.daemons.swcd.association import Association
from simulator.daemons.swcd.domains import Site
from simulator.daemons.swcd.fetching import fetch, read_page
from simulator.daemons.swcd.internet import Internet, Page
from simulator.daemons.swcd.matching import Verdict, judge, steps_of
from simulator.daemons.swcd.rules import Link, link_of
from simulator.daemons.swcd.state import Associations, Fetched, Row
from simulator.xpc.errors import Misuse

__all__ = ("Swcd",)

_STEPS_AT_ONCE = 20_000  # about 10 ms; what takes longer is done beside the loop


class Swcd:
    """The associations' shell.

    Args:
        kit: The device's.
        data: The device's ``data`` folder.
    """

    def __init__(self, kit: Kit, data: str) -> None:
        self._kit = kit
        self._associations = Associations()
        self.internet = Internet(Path(data, "Library", "swcd", "internet"))

    # -- apps --------------------------------------------------------------------------------

    async def installed(self, app: Bundle, cause: int = 0) -> None:
        """Take an app in, and fetch what its sites say."""
        entries = self._associations.add(app)
        given = len(set(app.entitlements.associated_domains))

        for entry in entries:
            if entry.problem:
                self._remark(app, f"{entry.text:.300}: {entry.problem}")

        if given > ASSOCIATED_DOMAINS_MAX:
            self._remark(
                app,
                f"of {given} associated domains the first {ASSOCIATED_DOMAINS_MAX} count "
                "(ASSOCIATED_DOMAINS_MAX)",
            )

        await self._fetch(self._associations.sites(bundle_id=app.bundle_id), cause)

    def _remark(self, app: Bundle, sentence: str) -> None:
        self._kit.log.append("domain", "remark", app.bundle_id, actor="swcd", reason=sentence)

    def removed(self, bundle_id: str) -> None:
        """Forget an app."""
        self._associations.remove(bundle_id)

    # -- sites -------------------------------------------------------------------------------

    async def put(self, host: str, page: Page) -> int:
        """Let a site answer so from now on, and fetch it for the apps that claim it.

        Returns:
            How many fetches there were.

        Raises:
            Misuse: It has no proper name, or is too large.
        """
        name = await asyncio.to_thread(self.internet.put, host, page)

        return await self._fetch(self._associations.sites(host=name))

    async def take_away(self, host: str) -> None:
        """Take a site away, and tell the apps that claim it.

        Raises:
            Misuse: There is none of that name.
        """
        if not await asyncio.to_thread(self.internet.remove, host):
            raise Misuse(f"this device's internet has no {host:.200}")

        await self._fetch(self._associations.sites(host=host.lower()))

    async def _fetch(self, sites: Iterable[Site], cause: int = 0) -> int:
        count = 0

        for site in sites:
            found = await asyncio.to_thread(fetch, self.internet, site)
            checked = f"{self._kit.clock.wall():%Y-%m-%d %H:%M:%S +0000}"
            found = found._replace(checked=checked)
            self._associations.fetched[site] = found
            self._tell(site, found, cause)
            count += 1

        return count

    def _tell(self, site: Site, found: Fetched, cause: int) -> None:
        notes = found.association.notes if found.association is not None else ()
        self._kit.log.append(
            "domain",
            "fetch",
            site.host,
            actor="swcd",
            cause=cause,
            url=site.url,
            status=found.status,
            bytes=found.size,
            reason=found.problem,
            notes=list(notes),
        )

    # -- links -------------------------------------------------------------------------------

    async def app_for(self, url: str, source: Bundle | None) -> Owned:
        """Return the app that a web URL opens, or None, and why.

        Args:
            url: With the scheme ``http`` or ``https``.
            source: The app that opens it, to which its own links are not routed back; or None.
        """
        try:
            link = link_of(url)
        except ValueError as problem:
            return Owned(None, f"no universal link: {problem}")

        reasons = []

        for site, apps in self._associations.claims(link.host):
            fetched = self._associations.fetched.get(site)

            if fetched is None or fetched.association is None:
                why = fetched.problem if fetched is not None else "it was not fetched"
                reasons.append(f"{site.host}: {why}")
                continue

            verdict = await _judged(fetched.association, link, frozenset(apps))

            if not verdict.app_id:
                reasons.append(f"{site.host}: {verdict.problem or _unnamed(fetched, list(apps))}")
                continue

            said = f"{site.host}: {_said(verdict)}"

            if verdict.blocked:
                return Owned(None, said)

            app = apps[verdict.app_id]

            if source is not None and source.bundle_id == app.bundle_id:
                return Owned(None, f"{said} It is {app.bundle_id}'s own link: not routed back.")

            return Owned(app, said)

        reasons += self._associations.off(link.host)
        nobody = f"no installed app has applinks:{link.host} in its associated domains"

        return Owned(None, "; ".join(reasons) or nobody)

    async def verify(self, host: str, url: str, body: bytes | None) -> list[tuple[str, Verdict]]:
        """Return what a site's file says of a link, for each app id in it: ``swcutil verify``.

        Args:
            host: The site.
            url: The link; with another host than the site or one below it, nothing matches.
            body: The file, None for what the site serves.

        Raises:
            Misuse: There is no such file, nothing can be read in it, or the URL is none.
        """
        site = Site(host.lower(), direct=True)
        fetched = await (
            asyncio.to_thread(fetch, self.internet, site)
            if body is None
            else asyncio.to_thread(read_page, Page(body), site)
        )

        if fetched.association is None:
            raise Misuse(f"{host}: {fetched.problem}")

        if not url.lower().startswith(("https:", "http:")):
            raise Misuse(f"no universal link: {url:.200} does not begin with https:")

        try:
            link = link_of(url)
        except ValueError as problem:
            raise Misuse(f"no universal link: {problem}") from None

        ids = dict.fromkeys(each for entry in fetched.association.entries for each in entry.app_ids)

        if not _is_below(link.host, site.host):
            other = f"The link is one of {link.host:.253}, not of {site.host:.253}."

            return [
                (app_id, Verdict(problem=other)) for app_id in list(ids)[:ASSOCIATED_DOMAINS_MAX]
            ]

        rows = []

        for app_id in list(ids)[:ASSOCIATED_DOMAINS_MAX]:
            rows.append((app_id, await _judged(fetched.association, link, frozenset((app_id,)))))

            if rows[-1][1].problem:  # nobody waits for as long once more for each app
                break

        return rows

    async def refetch(self, host: str) -> Fetched:
        """Fetch a site anew, whoever claims it; return what it says: ``swcutil dl``."""
        site = Site(host.lower(), direct=False)
        await self._fetch(self._associations.sites(host=site.host))

        return await asyncio.to_thread(fetch, self.internet, site)

    def rows(self) -> list[Row]:
        """Return every entry of every app, and whether its site agrees."""
        return self._associations.rows()

    @property
    def developer(self) -> bool:
        """Whether entries with ``?mode=developer`` count."""
        return self._associations.developer

    @developer.setter
    def developer(self, on: bool) -> None:
        self._associations.developer = on


async def _judged(association: Association, link: Link, app_ids: frozenset[str]) -> Verdict:
    """Compare at once what is quickly compared, and the rest beside the loop."""
    compare = functools.partial(judge, association, link, app_ids)

    if steps_of(association, link) <= _STEPS_AT_ONCE:
        return compare()

    return await asyncio.to_thread(compare)


def _is_below(host: str, site: str) -> bool:
    """Say whether a site's file has a say of a host: its own, or one that a wildcard covers."""
    return host == site or host.endswith(f".{site}")


def _said(verdict: Verdict) -> str:
    what = "blocked match" if verdict.blocked else "matched"

    return f"Pattern {verdict.pattern:.500} {what}."


def _unnamed(fetched: Fetched, app_ids: list[str]) -> str:
    assert fetched.association is not None
    named = [app_id for app_id in app_ids if fetched.association.names(app_id)]

    if named:
        return f"no pattern for {', '.join(named)} matches"

    wanted = ", ".join(app_id or "an app without a team" for app_id in app_ids)

    return f"its file does not name {wanted}"
