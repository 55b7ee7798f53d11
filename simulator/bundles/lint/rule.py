"""What a rule is, and what it finds."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from simulator.bundles.lint.subject import Subject

__all__ = ("INSTALL", "NOTE", "PHONE", "REVIEW", "SEVERITIES", "Finding", "Flaw", "Rule")

INSTALL: Final = "install"
"""An error: neither a phone nor this simulator installs it."""

REVIEW: Final = "review"
"""An error: it runs from Xcode, and App Store Connect or review refuses it."""

PHONE: Final = "phone"
"""A warning: it installs, and does not do what was meant."""

NOTE: Final = "note"
"""A note: nothing is wrong; this simulator does less than a phone, or it is easily missed."""

SEVERITIES: Final = {INSTALL: "error", REVIEW: "error", PHONE: "warning", NOTE: "note"}
"""What each stage is called where people count."""


class Flaw(NamedTuple):
    """What a rule found in one place.

    Attributes:
        key: The key path, or nothing where the whole file is meant.
        problem: A sentence: what is wrong, and what would be right.
        advice: What to do; nothing where the problem says it.
        file: The file as errors name it; nothing means the bundle's Info.plist.
    """

    key: str
    problem: str
    advice: str = ""
    file: str = ""


class Rule(NamedTuple):
    """One row of the table.

    Attributes:
        id: What people write down: words with hyphens.
        stage: ``INSTALL``, ``REVIEW``, ``PHONE`` or ``NOTE``: where it bites.
        what: A sentence for the list of rules.
        source: Who says so.
        check: Yields what is wrong with a bundle.
    """

    id: str
    stage: str
    what: str
    source: str
    check: Callable[[Subject], Iterable[Flaw]]

    @property
    def severity(self) -> str:
        """``error``, ``warning`` or ``note``."""
        return SEVERITIES[self.stage]


class Finding(NamedTuple):
    """What is told of one flaw.

    Attributes:
        rule: The rule that found it.
        bundle: The bundle, by its label: ``Notes.app/PlugIns/Share.appex``.
        file: The file, relative to the folder in which what was given lies.
        key: The key path, or nothing.
        line: Of the file, 0 where it is not known.
        problem: The sentence.
        advice: What to do.
    """

    rule: Rule
    bundle: str
    file: str
    key: str
    line: int
    problem: str
    advice: str
