"""Every rule, in the order in which findings of one bundle are told. The only list."""

from typing import Final

from simulator.bundles.lint import (
    activation,
    attributes,
    extensions,
    rights,
    schemes,
    spelling,
    structure,
    variables,
)
from simulator.bundles.lint.rule import INSTALL, Flaw, Rule
from simulator.bundles.lint.subject import Subject

__all__ = ("INSTALL_RULES", "RULES", "UNREADABLE")


def _unreadable(subject: Subject) -> list[Flaw]:
    return [Flaw(fault.key, fault.problem, "", fault.file) for fault in subject.faults]


UNREADABLE: Final = Rule(
    "unreadable",
    INSTALL,
    "The property lists are property lists, within limits, one of each kind.",
    "Apple, Property List Programming Guide",
    _unreadable,
)
"""What could not be read at all; where it is an Info.plist, no other rule looks at the bundle."""

RULES: Final[tuple[Rule, ...]] = (
    UNREADABLE,
    *structure.RULES,
    *extensions.RULES,
    *activation.RULES,
    *attributes.RULES,
    *schemes.RULES,
    *rights.RULES,
    *variables.RULES,
    *spelling.RULES,
)
"""All of them."""

INSTALL_RULES: Final = tuple(rule for rule in RULES if rule.stage == INSTALL)
"""Those whose findings an installation refuses."""
