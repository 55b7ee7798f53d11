"""What the suite says of its outcomes: to a program, to a reader, to the terminal."""

from collections.abc import Mapping
from pathlib import Path

from escape_accepted import ACCEPTED
from escape_suite import Outcome
from escapes.rows import ROWS, Row

__all__ = ("closed_by", "failures", "markdown", "print_table", "reason", "results")

Runs = Mapping[str, Mapping[str, Outcome]]

_LAYERS = {
    "EACCES": "Landlock",
    "EXDEV": "Landlock",
    "EPERM": "seccomp",
    "ENOSYS": "seccomp",
    "ENOTSUP": "seccomp",
    "ENOTTY": "seccomp",
    "EINVAL": "seccomp",
    "ENOENT": "own root",
    "ENOTDIR": "own root",
    "EROFS": "read-only mount",
    "ESRCH": "namespace",
    "EMFILE": "limit",
    "ENFILE": "limit",
}
# Where the errno is not the layer's whom it usually means.
_OTHERWISE = {
    ("shm-mprotect-page", "EACCES"): "read-only page",
    ("shm-mremap-page", "EACCES"): "read-only page",
    ("shm-reopen-stdout", "EACCES"): "mode of the pipe",
    ("shm-reopen-pipe", "EACCES"): "mode of the pipe",
    ("shm-page-by-map-files", "EPERM"): "no capabilities",
}
_LONG = 160


def closed_by(row: Row, outcome: Outcome) -> str:
    """Return which layer closed a row, as far as what the kernel said tells."""
    if outcome.verdict != "closed":
        return ""

    if outcome.answer.kind == "died":
        return "seccomp"

    if outcome.answer.kind == "value":
        return "no effect"

    code = str(outcome.answer.value[0])

    return _OTHERWISE.get((row.name, code), _LAYERS.get(code, code))


def reason(row: Row, level: str, control: Outcome, outcome: Outcome) -> str:
    """Return a sentence: why it is open, how it was refused, why it proves nothing here."""
    if outcome.verdict == "open":
        return ACCEPTED[level].get(row.name, "OPEN, and nothing accepts that")

    if control.verdict != "open":
        return f"n/a: not possible here even unconfined ({_said(control)})"

    if outcome.verdict == "closed" and outcome.answer.kind == "value":
        return "every step was allowed, and nothing came of it"

    return _said(outcome)


def _said(outcome: Outcome) -> str:
    value = outcome.answer.value

    if outcome.answer.kind == "errno":
        return f"{outcome.step}: {value[0]}"

    return f"{outcome.step}: {value}"[:_LONG]


def results(control: Mapping[str, Outcome], runs: Runs) -> list[dict[str, object]]:
    """Return what ``build/escape.json`` holds."""
    return [
        {
            "probe": row.name,
            "level": level,
            "open": outcomes[row.name].verdict == "open",
            "closed_by": closed_by(row, outcomes[row.name]),
            "reason": reason(row, level, control[row.name], outcomes[row.name]),
        }
        for level, outcomes in runs.items()
        for row in ROWS.values()
    ]


def failures(control: Mapping[str, Outcome], runs: Runs) -> list[str]:
    """Return a line for each row that may not be as it is."""
    found = [
        f"{name} (control): {_said(outcome)}"
        for name, outcome in control.items()
        if outcome.verdict == "broken"
    ]

    for level, outcomes in runs.items():
        for name, outcome in outcomes.items():
            is_open = outcome.verdict == "open" and name not in ACCEPTED[level]

            if is_open or outcome.verdict in {"broken", "n/a"}:
                found.append(f"{name} ({level}): {outcome.verdict}: {_said(outcome)}")

    return found


def _cell(row: Row, level: str, control: Outcome, outcome: Outcome) -> str:
    del level

    if outcome.verdict == "open":
        return "**open**"

    return closed_by(row, outcome) if control.verdict == "open" else "n/a"


def markdown(control: Mapping[str, Outcome], runs: Runs) -> str:
    """Return docs/escape.md."""
    lines = [_HEAD, _summary(control, runs)]
    section = ""

    for row in ROWS.values():
        if row.section != section:
            section = row.section
            lines += ["", f"## {section}", "", "| probe | a guest tries to | " + " | ".join(runs)]
            lines[-1] += " |"
            lines.append("| --- " * (2 + len(runs)) + "|")

        cells = [_cell(row, level, control[row.name], runs[level][row.name]) for level in runs]
        lines.append(f"| `{row.name}` | {row.tries} | " + " | ".join(cells) + " |")

    return "\n".join([*lines, "", *_accepted(runs)])


def _summary(control: Mapping[str, Outcome], runs: Runs) -> str:
    counts = [
        f"{sum(outcome.verdict == 'open' for outcome in outcomes.values())} open at {level}"
        for level, outcomes in runs.items()
    ]
    idle = sum(outcome.verdict != "open" for outcome in control.values())

    return (
        f"{len(ROWS)} rows: {', '.join(counts)}; {idle} are n/a: the machine on which this was "
        "made does not let even a plain process do them."
    )


def _accepted(runs: Runs) -> list[str]:
    lines = ["## Why a row may be open"]

    for level in runs:
        lines += ["", f"At {level}:", ""]
        lines += [f"* `{name}`: {why}." for name, why in sorted(ACCEPTED[level].items())]

    return [*lines, ""]


_HEAD = """# What a guest tries, and what stops it

Made by `make escape`; do not edit.
Each row is done by two real guests of a real device:
an attacker, and a sibling that is in one App Group with it and in another one alone.
The very same code is first run by plain processes that nothing confines:
there it must succeed, or the row is `n/a`.
Everything is asked by raw system calls, below the audit hook, so that it is the kernel who answers.

A cell says who closed the door, as far as the kernel's answer tells:
*Landlock* (EACCES, EXDEV), *seccomp* (EPERM, ENOSYS, EOPNOTSUPP, ENOTTY, SIGSYS),
*own root* (ENOENT: there is no such thing in a guest's root), a *limit*,
the *mode* or the *page* that the host handed over,
or *no effect* (every call was allowed, and nothing arrived).
"""


def print_table(control: Mapping[str, Outcome], runs: Runs) -> None:
    """Print the table to the terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="what a guest tries, and what stops it")

    for heading in ("probe", "a guest tries to", *runs):
        table.add_column(heading, overflow="fold")

    for row in ROWS.values():
        cells = []

        for level, outcomes in runs.items():
            text = _cell(row, level, control[row.name], outcomes[row.name]).strip("*")
            colour = {"open": "yellow" if row.name in ACCEPTED[level] else "red", "n/a": "dim"}
            cells.append(f"[{colour.get(text, 'green')}]{text}[/]")

        table.add_row(row.name, row.tries, *cells)

    console = Console()
    console.print(table)
    console.print(_summary(control, runs))


def write(path: Path, text: str) -> None:
    """Write a result."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
