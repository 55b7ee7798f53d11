"""URL schemes that are the system's own, and questions about the others. Pure.

Sources: Apple, ``canOpenURL(_:)``; ``LSApplicationQueriesSchemes``; Apple URL Scheme Reference.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from simulator.bundles.bundle import Bundle
from simulator.daemonkit.rooms import SystemPage

__all__ = ("QUERIES_MAX", "RESERVED", "WEB", "Answer", "can_query", "system_page")

QUERIES_MAX: Final = 50
"""Entries of ``LSApplicationQueriesSchemes`` that count, in an app linked on iOS 15 or later."""

WEB: Final = frozenset(("http", "https"))
"""Schemes of web pages, which may be an app's."""

_SAFARI = ("com.apple.mobilesafari", "Safari")
_PHONE = ("com.apple.mobilephone", "Phone")
_MESSAGES = ("com.apple.MobileSMS", "Messages")
_FACETIME = ("com.apple.facetime", "FaceTime")
_STORE = ("com.apple.AppStore", "App Store")

RESERVED: Final[Mapping[str, tuple[str, str]]] = {
    "http": _SAFARI,
    "https": _SAFARI,
    "mailto": ("com.apple.mobilemail", "Mail"),
    "tel": _PHONE,
    "telprompt": _PHONE,
    "sms": _MESSAGES,
    "imessage": _MESSAGES,
    "facetime": _FACETIME,
    "facetime-audio": _FACETIME,
    "itms-apps": _STORE,
    "itms-appss": _STORE,
    "app-settings": ("com.apple.Preferences", "Settings"),
}
"""Scheme → bundle id and name of the system's app that opens it; no other app's claim counts."""


class Answer(NamedTuple):
    """Whether an app may ask about a scheme, and the log's line where it may not."""

    allowed: bool
    line: str


def system_page(scheme: str, url: str) -> SystemPage | None:
    """Return what the system's own app shows of a URL, None where the scheme is not reserved."""
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
