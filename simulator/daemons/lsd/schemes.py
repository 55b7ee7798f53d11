"""Who of the system's opens its own URL schemes, and questions about the others. Pure.

Sources: Apple, ``canOpenURL(_:)``; ``LSApplicationQueriesSchemes``.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from simulator.bundles.bundle import Bundle
from simulator.bundles.schemes import QUERIES_MAX, SYSTEM_SCHEMES
from simulator.daemonkit.rooms import SystemPage

__all__ = ("RESERVED", "WEB", "Answer", "can_query", "system_page")

WEB: Final = frozenset(("http", "https"))
"""Schemes of web pages, which may be an app's."""

RESERVED: Final[Mapping[str, tuple[str, str]]] = {
    scheme: (known.bundle_id, known.name)
    for scheme, known in SYSTEM_SCHEMES.items()
    if known.bundle_id
}
"""Scheme → bundle id and name of the system's app that opens it."""


class Answer(NamedTuple):
    """Whether an app may ask about a scheme, and the log's line where it may not."""

    allowed: bool
    line: str


def system_page(scheme: str, url: str) -> SystemPage | None:
    """Return what the system's own app shows of a URL, None where none of its apps does."""
    known = RESERVED.get(scheme)

    return SystemPage(*known, url) if known is not None else None


def can_query(app: Bundle, scheme: str, url: str) -> Answer:
    """Return whether an app may ask who opens a scheme."""
    listed = [each.lower() for each in app.info.queries_schemes]

    if scheme in RESERVED or scheme in listed[:QUERIES_MAX]:
        return Answer(True, "")

    line = (
        f'-canOpenURL: failed for URL: "{url:.500}" - error: '
        f'"This app is not allowed to query for scheme {scheme}"'
    )

    if scheme in listed:
        place = listed.index(scheme) + 1
        line += f" (it is number {place} of LSApplicationQueriesSchemes; {QUERIES_MAX} count)"

    return Answer(False, line)
