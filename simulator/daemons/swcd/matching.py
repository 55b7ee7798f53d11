"""Whose a link is, of what one site says. Pure.

First match wins: entries in order, in each its rules in order. A rule that excludes ends the
search: the link opens no app. Source: Apple, Supporting associated domains.
"""

from collections.abc import Set as AbstractSet
from typing import NamedTuple

from simulator.daemonkit.limits import LINK_STEPS_MAX
from simulator.daemons.swcd.association import Association
from simulator.daemons.swcd.rules import Link

__all__ = ("Verdict", "judge", "steps_of")


class Verdict(NamedTuple):
    """What became of the search.

    Attributes:
        app_id: Whose entry decided, empty where none did.
        pattern: The rule that did.
        blocked: Whether it excludes.
        problem: Why the search was given up, or nothing.
    """

    app_id: str = ""
    pattern: str = ""
    blocked: bool = False
    problem: str = ""

    @property
    def how(self) -> str:
        """``match``, ``exclude`` or ``no_match``."""
        return ("exclude" if self.blocked else "match") if self.app_id else "no_match"


def steps_of(association: Association, link: Link) -> int:
    """Return about how many steps a search takes at most."""
    return sum(rule.steps(link) for entry in association.entries for rule in entry.rules)


def judge(association: Association, link: Link, app_ids: AbstractSet[str]) -> Verdict:
    """Return which of some apps a link opens.

    Args:
        association: Of the link's site.
        link: The link.
        app_ids: The apps that are installed and claim the site.
    """
    steps = 0

    for entry in association.entries:
        app_id = next((each for each in entry.app_ids if each in app_ids), None)

        if app_id is None:
            continue

        for rule in entry.rules:
            steps += rule.steps(link)

            if steps > LINK_STEPS_MAX:
                return Verdict(problem="its patterns take too long to compare (LINK_STEPS_MAX)")

            if rule.matches(link):
                return Verdict(app_id, rule.text, rule.excludes)

    return Verdict()
