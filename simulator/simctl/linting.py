"""What would fail on a phone or in review: lint."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.simctl.arguments import Json, Usage, shape
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import harmless
from simulator.xpc.errors import Misuse

if TYPE_CHECKING:
    from simulator.bundles.lint.rule import Finding, Rule
    from simulator.bundles.lint.subject import Subject

__all__ = ("app",)

_SEVERITIES = ("error", "warning", "note")

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("<path to .app, .appex or source folder> ..."))
def lint(
    context: typer.Context,
    json: Json = False,
    rules: Annotated[
        bool, typer.Option("--rules", help="List the rules; look at nothing.")
    ] = False,
) -> None:
    """Say what of bundles would fail on a phone or in review, by which rule, and what to do (lint).

    Errors are what is refused at the installation or in review; the exit status is then 1.
    Warnings are what does not do what was meant, notes what this simulator does not do.
    """
    if rules:
        _print_rules(json=json)
        return

    if not context.args:
        raise Usage("Missing argument: <path>")

    from simulator.bundles.lint.run import findings

    subjects = [subject for path in context.args for subject in _subjects(path)]

    for subject in subjects:
        subject.neighbours = [each for each in subjects if each.path != subject.path]

    found = [finding for subject in subjects for finding in findings(subject)]

    if json:
        print(to_json_text([_described(finding) for finding in found], escape_slashes=False))
    else:
        _print_findings(found)

    if any(finding.rule.severity == "error" for finding in found):
        raise typer.Exit(1)


def _subjects(word: str) -> "list[Subject]":
    """Return the bundle that a path means, or the targets of a source folder.

    Raises:
        Misuse: There is no such folder.
    """
    from simulator.bundles.lint.subject import read_subject
    from simulator.bundles.tree import check_name

    path = Path(os.path.abspath(word))

    if not path.is_dir():
        raise Misuse(f"{word} is no folder: give a .app, an .appex or a source folder")

    if path.suffix in {".app", ".appex"}:
        check_name(path.name)

        return [read_subject(path, label=path.name)]

    from simulator.bundles.project import read_project, subjects_of

    targets, faults = read_project(path)

    return subjects_of(path, targets, faults)


def _described(finding: "Finding") -> dict[str, object]:
    return {
        "rule": finding.rule.id,
        "severity": finding.rule.severity,
        "stage": finding.rule.stage,
        "bundle": finding.bundle,
        "file": finding.file,
        "line": finding.line or None,
        "key": finding.key,
        "problem": finding.problem,
        "advice": finding.advice,
        "source": finding.rule.source,
    }


def _print_findings(found: "list[Finding]") -> None:
    for finding, *others in _folded(found):
        stage = f" at {finding.rule.stage}" if finding.rule.severity == "error" else ""
        told = f"{_place(finding)}: {finding.rule.severity}{stage}: {_sentence(finding)}"
        print(harmless(told))
        same = [_place(other) for other in others if other.problem == finding.problem]

        if same:
            print(harmless(f"    the same: {', '.join(same)}"))

        for other in others:
            if other.problem != finding.problem:
                print(harmless(f"    and {_place(other)}: {_sentence(other)}"))

        if finding.advice:
            print(harmless(f"    do: {finding.advice}"))

        print(harmless(f"    rule: {finding.rule.id} ({finding.rule.source})"))

    counts = [
        (name, sum(1 for finding in found if finding.rule.severity == name)) for name in _SEVERITIES
    ]
    told = ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts)
    print(told if found else "Nothing is wrong.")


def _folded(found: "list[Finding]") -> "list[list[Finding]]":
    """Return findings that say the same of several bundles together, where the first stands.

    What a rule says of whole files goes together, too; what it says of a key only word for word.
    """
    entries: dict[tuple[str, ...], list[Finding]] = {}

    for finding in found:
        words = (finding.key, finding.problem, finding.advice) if finding.key else ()
        entries.setdefault((finding.rule.id, *words), []).append(finding)

    return list(entries.values())


def _place(finding: "Finding") -> str:
    return f"{finding.file}:{finding.line}" if finding.line else finding.file


def _sentence(finding: "Finding") -> str:
    return f"{finding.key}: {finding.problem}" if finding.key else finding.problem


def _print_rules(*, json: bool) -> None:
    from simulator.bundles.lint.table import RULES

    if json:
        print(to_json_text([_rule(rule) for rule in RULES], escape_slashes=False))
        return

    width = max(len(rule.id) for rule in RULES)

    for rule in RULES:
        print(f"{rule.id:<{width}}  {rule.stage:<8}{rule.what}")


def _rule(rule: "Rule") -> dict[str, str]:
    return {
        "id": rule.id,
        "severity": rule.severity,
        "stage": rule.stage,
        "what": rule.what,
        "source": rule.source,
    }
