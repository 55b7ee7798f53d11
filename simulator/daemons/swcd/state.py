"""Which apps claim which sites, and what the sites say. Pure."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from simulator.bundles.bundle import Bundle
from simulator.daemonkit.limits import ASSOCIATED_DOMAINS_MAX
from simulator.daemons.swcd.association import Association
from simulator.daemons.swcd.domains import Domain, Site, domain_of

__all__ = ("NO_TEAM", "Associations", "Claim", "Fetched", "Row", "app_id_of")

NO_TEAM: Final = (
    "the app has no team identifier, so no file can name it: signing adds it on a phone; here add "
    "com.apple.developer.team-identifier (ten characters, such as ABCDE12345) to the entitlements"
)
"""Why an entry of an app without a team does not count, and what to do."""


class Fetched(NamedTuple):
    """What became of a fetch.

    Attributes:
        status: Of HTTP, 0 where nobody answered.
        size: Of the file in bytes.
        association: What it says, None where it failed.
        problem: Why it failed, or nothing.
        checked: When, in UTC, ISO 8601.
    """

    status: int
    size: int
    association: Association | None
    problem: str
    checked: str = ""


class Claim(NamedTuple):
    """The apps whose longest matching entry is the same site's."""

    site: Site
    apps: dict[str, Bundle]  # app id → app


class Row(NamedTuple):
    """One entry of one app, and whether the site agrees: ``swcutil show``."""

    service: str
    app_id: str
    version: str
    domain: str
    approval: str
    reason: str
    checked: str


def app_id_of(app: Bundle) -> str:
    """Return ``TEAM.bundle.id``, empty where the app has no team."""
    rights = app.entitlements

    if rights.application_identifier.endswith(f".{app.bundle_id}"):
        return rights.application_identifier

    return f"{rights.team}.{app.bundle_id}" if rights.team else ""


class Associations:
    """The claims of one device's apps.

    Attributes:
        developer: Whether the person has switched Associated Domains Development on.
        fetched: What each site said last.
    """

    def __init__(self) -> None:
        self._apps: dict[str, tuple[Bundle, tuple[Domain, ...]]] = {}
        self._claims: dict[tuple[str, bool], dict[str, list[Domain]]] = {}
        self.developer = False
        self.fetched: dict[Site, Fetched] = {}

    def add(self, app: Bundle) -> tuple[Domain, ...]:
        """Take an app in; return its entries."""
        self.remove(app.bundle_id)
        texts = dict.fromkeys(app.entitlements.associated_domains)
        domains = tuple(map(domain_of, texts))[:ASSOCIATED_DOMAINS_MAX]
        self._apps[app.bundle_id] = (app, domains)

        for domain in domains:
            if domain.service == "applinks" and not domain.problem:
                claims = self._claims.setdefault((domain.host, domain.wildcard), {})
                claims.setdefault(app.bundle_id, []).append(domain)

        return domains

    def remove(self, bundle_id: str) -> None:
        """Forget an app; an unknown one is no error."""
        _, domains = self._apps.pop(bundle_id, (None, ()))

        if not domains:
            return

        for domain in domains:
            claims = self._claims.get((domain.host, domain.wildcard), {})
            claims.pop(bundle_id, None)

            if not claims:
                self._claims.pop((domain.host, domain.wildcard), None)

        wanted = set(self.sites())
        self.fetched = {site: found for site, found in self.fetched.items() if site in wanted}

    def sites(self, *, bundle_id: str = "", host: str = "") -> list[Site]:
        """Return every site that is to be fetched: all, or an app's, or those at a host."""
        found: dict[Site, None] = {}

        for owner, (_, domains) in self._apps.items():
            if bundle_id in {"", owner}:
                for domain in domains:
                    if not domain.problem and host in {"", domain.host}:
                        found[domain.site] = None

        return list(found)

    def claims(self, host: str) -> Iterator[Claim]:
        """Yield who claims a link's host, the longest entry first; each app only once."""
        seen: set[str] = set()

        for entries in self._entries(host):
            groups: dict[Site, dict[str, Bundle]] = {}

            for bundle_id, domains in entries.items():
                sites = [domain.site for domain in domains if not self._mode_problem(domain)]

                if sites and bundle_id not in seen:
                    seen.add(bundle_id)
                    app = self._apps[bundle_id][0]
                    site = max(sites, key=_is_direct)  # it answers wherever Apple's CDN does
                    groups.setdefault(site, {})[app_id_of(app)] = app

            for site, apps in groups.items():
                yield Claim(site, apps)

    def _entries(self, host: str) -> Iterator[dict[str, list[Domain]]]:
        """Yield the entries that cover a host by bundle id, the longest first."""
        name, wildcard = host.lower(), False

        while name:
            yield self._claims.get((name, wildcard), {})
            name, wildcard = name.partition(".")[2], True

    def _mode_problem(self, domain: Domain) -> str:
        return domain.mode_problem(developer=self.developer)

    def off(self, host: str) -> list[str]:
        """Return why entries that cover a link's host do not count; one sentence per app."""
        found: dict[str, str] = {}

        for entries in self._entries(host):
            for bundle_id, domains in entries.items():
                for domain in domains:
                    why = self._mode_problem(domain)

                    if why:
                        found.setdefault(bundle_id, f"{bundle_id}: {domain.text:.300} {why}")

        return list(found.values())

    def rows(self) -> list[Row]:
        """Return every entry of every app."""
        return [
            self._row(app, domain)
            for _, (app, domains) in sorted(self._apps.items())
            for domain in domains
        ]

    def _row(self, app: Bundle, domain: Domain) -> Row:
        fetched = None if domain.problem else self.fetched.get(domain.site)
        reason = domain.problem or self._reason(app, domain, fetched)
        checked = fetched.checked if fetched is not None else ""
        approval = "denied" if reason else "approved"
        name = domain.text.partition(":")[2] or domain.text

        return Row(
            domain.service, app_id_of(app), app.info.version, name, approval, reason, checked
        )

    def _reason(self, app: Bundle, domain: Domain, fetched: Fetched | None) -> str:
        """Return why an entry does not count, or nothing."""
        app_id = app_id_of(app)

        if not app_id:
            return NO_TEAM

        off = self._mode_problem(domain)

        if off:
            return f"it {off}"

        if fetched is None or fetched.association is None:
            return fetched.problem if fetched is not None else "it was not fetched yet"

        association = fetched.association
        named = (
            association.names(app_id)
            if domain.service == "applinks"
            else app_id in association.services.get(domain.service, ())
        )

        return "" if named else f"the file of {domain.host} names no {app_id} for {domain.service}"


def _is_direct(site: Site) -> bool:
    return site.direct
