"""Rules applied to bundles: all findings, the first refusal, what an installation says."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from simulator.bundles.lint.lines import key_lines
from simulator.bundles.lint.rule import Finding, Flaw, Rule
from simulator.bundles.lint.subject import Subject
from simulator.bundles.lint.table import INSTALL_RULES, RULES, UNREADABLE
from simulator.bundles.plist import PLIST_SIZE_MAX
from simulator.xpc.errors import BundleError

__all__ = ("FINDINGS_MAX", "findings", "first_refusal", "remarks_of")

FINDINGS_MAX: Final = 50
"""How many findings of one rule in one bundle are told."""

_SAID_AT_INSTALL: Final = ("point-unknown", "point-not-simulated", "entitlement-misspelt")
_LOGGED_AT_INSTALL: Final = ("entitlement-without-effect", "key-misplaced", "key-misspelt")


def _flaws(subject: Subject, rules: Iterable[Rule]) -> Iterator[tuple[Rule, Flaw]]:
    for rule in rules:
        if subject.is_readable or rule is UNREADABLE:
            for flaw in islice(rule.check(subject), FINDINGS_MAX):
                yield rule, flaw


def findings(subject: Subject) -> list[Finding]:
    """Return everything that is to be said of a bundle and its extensions, with lines."""
    found = []

    for each in subject.everyone():
        lines: dict[str, dict[str, int]] = {}

        for rule, flaw in _flaws(each, RULES):
            file = flaw.file or each.info_file
            path = {each.info_file: each.info_path, each.rights_file: each.rights_path}.get(file)

            if file not in lines:
                lines[file] = _lines(path)

            line = _line(lines[file], flaw.key)
            found.append(Finding(rule, each.label, file, flaw.key, line, flaw.problem, flaw.advice))

    return found


def _lines(path: Path | None) -> dict[str, int]:
    try:
        if path is None or not path.is_file():
            return {}

        with path.open("rb") as file:
            return key_lines(file.read(PLIST_SIZE_MAX))
    except OSError:
        return {}


def _line(lines: dict[str, int], key: str) -> int:
    """Return the line of a key path, or of what it stands in where it is missing."""
    while key and key not in lines:
        key = key.rpartition(".")[0] if not key.endswith("]") else key.rpartition("[")[0]

    return lines.get(key, 0)


def first_refusal(subject: Subject) -> BundleError | None:
    """Return why a bundle cannot be installed, or None; the app's own faults come first."""
    for each in subject.everyone():
        for _, flaw in _flaws(each, INSTALL_RULES):
            return BundleError(flaw.file or each.info_file, flaw.key, flaw.problem)

    return None


def remarks_of(subject: Subject) -> tuple[list[str], list[str]]:
    """Return what an installation says to the person, and what it only writes into the log."""
    rules = {rule.id: rule for rule in RULES}
    told: list[list[str]] = []

    for names in (_SAID_AT_INSTALL, _LOGGED_AT_INSTALL):
        chosen = [rules[name] for name in names]
        told.append([
            _sentence(each, flaw)
            for each in subject.everyone()
            for _, flaw in _flaws(each, chosen)
        ])  # fmt: skip

    return told[0], told[1]


def _sentence(subject: Subject, flaw: Flaw) -> str:
    who = subject.text("CFBundleIdentifier") or subject.label
    place = "" if not flaw.key or flaw.key in flaw.problem else f"{flaw.key}: "

    return f"{who}: {place}{flaw.problem}" + (f": {flaw.advice}" if flaw.advice else "")
