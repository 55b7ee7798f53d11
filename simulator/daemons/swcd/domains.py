"""One entry of an app's associated domains, read; where its file comes from. Pure.

``service:domain[?mode=…]``; a domain may begin with ``*.``. Anything else (a port, a path, a
scheme) is kept, and matches nothing: as on a phone, where nobody says why.
Sources: Apple, Associated Domains Entitlement; TN3155.
"""

import re
from typing import NamedTuple

from simulator.bundles.faults import build_variable
from simulator.daemons.swcd.association import SERVICES

__all__ = ("HOST", "Domain", "Site", "domain_of")

HOST = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)
"""A host's name, in lower case."""

_MODES = {"developer", "managed"}


class Site(NamedTuple):
    """Where an association file comes from.

    Attributes:
        host: Whose.
        direct: Whether it is asked itself, as in developer mode, and not Apple's CDN.
    """

    host: str
    direct: bool

    @property
    def url(self) -> str:
        """What is fetched."""
        if self.direct:
            return f"https://{self.host}/.well-known/apple-app-site-association"

        return f"https://app-site-association.cdn-apple.com/a/v1/{self.host}"


class Domain(NamedTuple):
    """An entry.

    Attributes:
        text: As it stands in the entitlement.
        service: ``applinks``, or another.
        host: Whose file counts, in lower case; of ``*.example.com`` it is ``example.com``.
        wildcard: Whether the host's subdomains are meant, and not itself.
        modes: ``developer``, ``managed``, both or none.
        problem: Why it matches nothing, or nothing.
    """

    text: str
    service: str
    host: str
    wildcard: bool = False
    modes: frozenset[str] = frozenset()
    problem: str = ""

    @property
    def site(self) -> Site:
        """Where its file comes from."""
        return Site(self.host, "developer" in self.modes)

    def mode_problem(self, *, developer: bool) -> str:
        """Return why its mode keeps it from counting, or nothing; nobody manages a simulator.

        Args:
            developer: Whether the person has switched Associated Domains Development on.
        """
        if not self.modes or ("developer" in self.modes and developer):
            return ""

        if "developer" in self.modes:
            return "counts in developer mode only (simctl swcutil developer-mode -e true)"

        return "counts on a managed device only, and nobody manages this one"


def domain_of(text: str) -> Domain:
    """Return an entry, with its problem where it has one."""
    service, colon, rest = text.partition(":")
    host, _, query = rest.partition("?")
    host = host.lower()
    wildcard = host.startswith("*.")
    host = host.removeprefix("*.")
    modes = frozenset(query.removeprefix("mode=").split("+")) if query else frozenset[str]()
    problem = ""

    if build_variable(text) is not None:
        problem = f"the build variable {build_variable(text)} is still in it"
    elif not colon or service not in SERVICES:
        problem = f"it should begin with one of {', '.join(SERVICES)}, and a colon"
    elif "/" in host:
        problem = "it has a scheme, a path or a slash; it should be the domain alone"
    elif ":" in host:
        problem = "it has a port; no link matches it"
    elif query and (not query.startswith("mode=") or not modes <= _MODES):
        problem = "behind '?' there may be mode=developer, mode=managed or mode=developer+managed"
    elif not HOST.fullmatch(host):
        problem = "it has no proper domain, such as example.com or *.example.com"

    return Domain(text, service, host, wildcard, modes if not problem else frozenset(), problem)
