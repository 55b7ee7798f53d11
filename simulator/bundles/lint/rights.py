"""Rules of entitlements: groups, teams, and what counts for nothing."""

from collections.abc import Iterator
from typing import Final

from simulator.bundles.entitlements import (
    GROUPS_KEY,
    GROUPS_MAX,
    entitlements_faults,
    ignored,
    parse_entitlements,
)
from simulator.bundles.faults import build_variable
from simulator.bundles.lint.rule import INSTALL, NOTE, PHONE, REVIEW, Flaw, Rule
from simulator.bundles.lint.subject import APP, EXTENSION, Subject, settled
from simulator.bundles.points import NOTIFICATION_SERVICE, SIMULATED_POINTS
from simulator.xpc.errors import BundleError

__all__ = ("RULES",)

_GROUPS: Final = "Apple, App Groups Entitlement"
_ENTITLEMENTS: Final = "Apple, Entitlements"
_TEAM: Final = "com.apple.developer.team-identifier"
_DOMAINS: Final = "com.apple.developer.associated-domains"
_FILTERING: Final = "com.apple.developer.usernotifications.filtering"
_LISTED_MAX: Final = 20


def _types(subject: Subject) -> Iterator[Flaw]:
    for fault in entitlements_faults(dict(subject.rights), file=subject.rights_file):
        if subject.is_source and "the build variable" in fault.problem:
            continue  # told as one, with where to set it

        yield Flaw(fault.key, fault.problem, "", subject.rights_file)


def _too_many(subject: Subject) -> Iterator[Flaw]:
    if subject.app is None:
        return

    known = set(subject.app.groups())

    for other in subject.app.extensions:
        known.update(other.groups())

        if other is subject:
            break

    before = len(known) - len(set(subject.groups()))

    if len(known) > GROUPS_MAX >= before:
        problem = f"with it the app and its extensions have more than {GROUPS_MAX} groups"

        yield Flaw(GROUPS_KEY, f"{problem}, which is the limit", "", subject.label)


def _not_in_app(subject: Subject) -> Iterator[Flaw]:
    if subject.app is None or subject.app.faults:
        return

    groups = subject.app.rights.get(GROUPS_KEY)
    has_variables = isinstance(groups, list) and any(
        isinstance(group, str) and build_variable(group) is not None for group in groups
    )

    for group in () if has_variables else subject.groups():
        if group not in subject.app.groups():
            problem = (
                f"the app is not in {group[:155]}: what the extension puts there, it never sees"
            )

            yield Flaw(
                GROUPS_KEY, problem, "add the group to the app's entitlements", _file(subject)
            )


def _file(subject: Subject) -> str:
    return subject.rights_file or subject.label


def _not_in_extension(subject: Subject) -> Iterator[Flaw]:
    if (
        subject.app is None
        or subject.faults
        or subject.point not in SIMULATED_POINTS
        or subject.rights.get(GROUPS_KEY)
        or not subject.app.groups()
    ):
        return

    listed = ", ".join(subject.app.groups()[:5])
    problem = f"the app is in {listed}, the extension in no group: they share neither files nor "

    yield Flaw(
        GROUPS_KEY,
        f"{problem}defaults, and container_url is None here",
        "each bundle needs the group in its own entitlements file",
        _file(subject),
    )


def _other_team(subject: Subject) -> Iterator[Flaw]:
    own = settled(subject.rights.get(_TEAM))
    apps = settled(subject.app.rights.get(_TEAM)) if subject.app is not None else ""

    if own and apps and own != apps:
        problem = f"it is {own[:40]}; the app's is {apps[:40]}, and one team signs both"

        yield Flaw(_TEAM, problem, "", subject.rights_file)


def _no_team(subject: Subject) -> Iterator[Flaw]:
    # What is made of a source folder has a team: stub adds it, as signing does.
    if subject.kind != APP or subject.is_source or not subject.rights.get(_DOMAINS):
        return

    if _names_team(subject):
        return

    problem = (
        "the app names no team: on a phone signing adds it; here no site's file can name the app, "
        "and no link opens it"
    )
    advice = f"add {_TEAM} to it; 'simctl stub' does, when it makes an app of a source folder"

    yield Flaw(_DOMAINS, problem, advice, subject.rights_file)


def _names_team(subject: Subject) -> bool:
    try:
        return bool(parse_entitlements(dict(subject.rights), file="").team)
    except BundleError:
        return True  # entitlements-types tells what is wrong


def _misspelt(subject: Subject) -> Iterator[Flaw]:
    for key, meant in ignored(subject.rights)[0]:
        yield Flaw(key, f"{key} is ignored", f"did you mean {meant}?", subject.rights_file)


def _no_effect(subject: Subject) -> Iterator[Flaw]:
    others = ignored(subject.rights)[1]

    if others:
        more = [f"and {len(others) - _LISTED_MAX} more"] if len(others) > _LISTED_MAX else []
        listed = ", ".join([*others[:_LISTED_MAX], *more])

        yield Flaw("", f"without effect in this simulator: {listed}", "", subject.rights_file)


def _filtering(subject: Subject) -> Iterator[Flaw]:
    is_other = subject.kind == EXTENSION and subject.point and subject.point != NOTIFICATION_SERVICE

    if is_other and _FILTERING in subject.rights:
        problem = f"only a notification service extension may have it; this extends {subject.point}"

        yield Flaw(_FILTERING, problem, "take it out", subject.rights_file)


RULES: Final = (
    Rule(
        "entitlements-types",
        INSTALL,
        "Entitlements have their types, and App Groups are named group.…",
        _GROUPS,
        _types,
    ),
    Rule(
        "groups-too-many",
        INSTALL,
        f"An app and its extensions are in at most {GROUPS_MAX} App Groups.",
        "this simulator",
        _too_many,
    ),
    Rule(
        "group-not-in-app",
        PHONE,
        "An extension's App Groups are its app's too.",
        _GROUPS,
        _not_in_app,
    ),
    Rule(
        "group-not-in-extension",
        NOTE,
        "An extension is in one of its app's App Groups.",
        _GROUPS,
        _not_in_extension,
    ),
    Rule("team-mismatch", REVIEW, "One team signs app and extensions.", _ENTITLEMENTS, _other_team),
    Rule(
        "team-missing",
        NOTE,
        "An app with associated domains names its team, by which sites' files know it.",
        "Apple, Associated Domains Entitlement",
        _no_team,
    ),
    Rule(
        "entitlement-misspelt",
        PHONE,
        "No entitlement is nearly one that counts.",
        _ENTITLEMENTS,
        _misspelt,
    ),
    Rule(
        "entitlement-misplaced",
        PHONE,
        "Notifications are filtered by notification service extensions only.",
        _ENTITLEMENTS,
        _filtering,
    ),
    Rule(
        "entitlement-without-effect",
        NOTE,
        "The entitlements are ones that this simulator reads.",
        "this simulator",
        _no_effect,
    ),
)
"""In the order in which they are told."""
