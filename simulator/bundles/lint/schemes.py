"""Rules of URL schemes: what an app claims, and what it asks about."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from simulator.bundles.lint.rule import PHONE, Flaw, Rule
from simulator.bundles.lint.subject import APP, EXTENSION, Subject, settled
from simulator.bundles.schemes import QUERIES_MAX, SYSTEM_SCHEMES

__all__ = ("RULES",)

_BY_ENTITLEMENT: Final = {
    "com.apple.developer.mail-client": ("mailto",),
    "com.apple.developer.web-browser": ("http", "https"),
}
"""What makes an app one that the person may choose for a scheme of the system's."""

_OPEN: Final = "Apple, UIApplication.canOpenURL(_:)"
_DEFINING: Final = "Apple, Defining a custom URL scheme for your app"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,255}", re.ASCII)


def _claimed(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the key path and the text of each claimed scheme, without those of build variables."""
    types = subject.keys.get("CFBundleURLTypes")

    for number, kind in enumerate(types if isinstance(types, list) else ()):
        schemes = kind.get("CFBundleURLSchemes") if isinstance(kind, dict) else None

        for place, scheme in enumerate(schemes if isinstance(schemes, list) else ()):
            if isinstance(scheme, str) and settled(scheme) == scheme:
                yield f"CFBundleURLTypes[{number}].CFBundleURLSchemes[{place}]", scheme


def _queried(subject: Subject) -> list[str]:
    schemes = subject.keys.get("LSApplicationQueriesSchemes")

    return [settled(scheme) for scheme in schemes] if isinstance(schemes, list) else []


def _form(subject: Subject) -> Iterator[Flaw]:
    for key, scheme in _claimed(subject):
        if not _SCHEME.fullmatch(scheme):
            yield Flaw(key, _ill_formed(scheme), _only_the_scheme(scheme))

    for number, scheme in enumerate(_queried(subject)):
        if scheme and not _SCHEME.fullmatch(scheme):
            key = f"LSApplicationQueriesSchemes[{number}]"

            yield Flaw(key, _ill_formed(scheme), _only_the_scheme(scheme))


def _ill_formed(scheme: str) -> str:
    if not scheme:
        return "it is empty; it should be a scheme, as notes"

    return (
        f"it is {scheme[:60]!r}, which no URL begins with; a scheme is a letter, then letters, "
        "digits, '+', '-' and '.'"
    )


def _only_the_scheme(scheme: str) -> str:
    head = scheme.partition(":")[0]

    return f"write {head[:60]}" if head != scheme and _SCHEME.fullmatch(head) else ""


def _reserved(subject: Subject) -> Iterator[Flaw]:
    allowed = {
        scheme
        for entitlement, schemes in _BY_ENTITLEMENT.items()
        if entitlement in subject.rights
        for scheme in schemes
    }

    for key, scheme in _claimed(subject):
        if subject.kind == APP and scheme.lower() in SYSTEM_SCHEMES.keys() - allowed:
            yield Flaw(key, f"{scheme.lower()} is the system's; its URLs never come here")


def _twice(subject: Subject) -> Iterator[Flaw]:
    seen: dict[str, str] = {}

    for key, scheme in _claimed(subject):
        first = seen.setdefault(scheme.lower(), key)

        if first != key:
            yield Flaw(key, f"{scheme[:60]} is claimed at {first} already; once is enough")


def _shared(subject: Subject) -> Iterator[Flaw]:
    owners: dict[str, str] = {}

    own = subject.text("CFBundleIdentifier")
    others = [each for each in subject.neighbours if each.text("CFBundleIdentifier") != own]

    for other in others:  # the same app from its sources is no other
        for _, scheme in _claimed(other):
            owners.setdefault(scheme.lower(), other.label)

    for key, scheme in _claimed(subject):
        if subject.kind == APP and scheme.lower() in owners:
            problem = f"{scheme[:60]} is claimed by {owners[scheme.lower()]} too, and which of the "

            yield Flaw(key, f"{problem}two a URL opens is undefined", "choose one that is your own")


def _of_extension(subject: Subject) -> Iterator[Flaw]:
    if subject.kind == EXTENSION and subject.keys.get("CFBundleURLTypes"):
        problem = "URLs open apps, never extensions; nobody reads it here"

        yield Flaw("CFBundleURLTypes", problem, "claim the schemes in the app's Info.plist")


def _too_many(subject: Subject) -> Iterator[Flaw]:
    count = len(_queried(subject))

    if count > QUERIES_MAX:
        problem = f"it lists {count} schemes; the first {QUERIES_MAX} count, for the others "

        yield Flaw(
            "LSApplicationQueriesSchemes", f"{problem}canOpenURL says no", "shorten the list"
        )


def _queried_twice(subject: Subject) -> Iterator[Flaw]:
    counts = Counter(scheme.lower() for scheme in _queried(subject) if scheme)
    again = sorted(scheme for scheme, count in counts.items() if count > 1)

    if again:
        listed = ", ".join(scheme[:60] for scheme in again[:10])

        yield Flaw("LSApplicationQueriesSchemes", f"{listed}: listed twice; each takes up a place")


RULES: Final = (
    Rule("scheme-form", PHONE, "Schemes are schemes, without ':' or '/'.", "RFC 3986, 3.1", _form),
    Rule("scheme-reserved", PHONE, "No scheme of the system's is claimed.", _DEFINING, _reserved),
    Rule("scheme-twice", PHONE, "Each scheme is claimed once.", _DEFINING, _twice),
    Rule("scheme-shared", PHONE, "No two of the apps claim one scheme.", _DEFINING, _shared),
    Rule("scheme-of-extension", PHONE, "Only apps claim schemes.", _DEFINING, _of_extension),
    Rule(
        "queries-too-many",
        PHONE,
        "LSApplicationQueriesSchemes has at most 50 entries.",
        _OPEN,
        _too_many,
    ),
    Rule(
        "queries-twice",
        PHONE,
        "LSApplicationQueriesSchemes lists each scheme once.",
        _OPEN,
        _queried_twice,
    ),
)
"""In the order in which they are told."""
