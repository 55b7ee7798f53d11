"""The ledger: which statements about iOS hold here, and which tests show it.

Statements stand in ``tests/conformance/*/statements.toml``, each with a sentence and its source. A
test shows one when it carries ``@pytest.mark.contract("N7")``; with ``status="approximated"`` and a
``reason`` it shows that something close holds. A statement that cannot hold has its reason in an
``[[absent]]`` entry beside the statements. Everything else is an error: a statement without either,
a test of a statement that there is not, an absent one that has tests. Statements of the contract
whose table has yet to be written stand in a ``later`` list: tests may show them already.

Run as a program it carries out the tests and writes ``docs/fidelity.md`` and ``build/ledger.json``;
with ``--check`` it runs none, and compares the document with what it would write.
"""

import argparse
import contextlib
import io
import json
import re
import sys
import tomllib
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

__all__ = (
    "Entry",
    "Shown",
    "Statement",
    "document",
    "entries",
    "main",
    "read_later",
    "read_statements",
)

ROOT = Path(__file__).resolve().parents[2]
STATUSES = ("done", "approximated", "absent")
_ID = re.compile(r"([A-Z]+)([0-9]+)")


class Statement(NamedTuple):
    """One sentence about iOS.

    Attributes:
        id: Its number in the contract.
        statement: The sentence.
        source: Who says so.
        absent: Why it cannot hold here, or nothing.
    """

    id: str
    statement: str
    source: str
    absent: str


class Shown(NamedTuple):
    """A marker of a test.

    Attributes:
        id: The statement.
        test: The test, as pytest names it.
        status: ``done`` or ``approximated``.
        reason: Why it is only approximated.
    """

    id: str
    test: str
    status: str
    reason: str


class Entry(NamedTuple):
    """One line of the ledger."""

    id: str
    statement: str
    status: str
    tests: tuple[str, ...]
    source: str
    reason: str


def read_statements(folder: Path) -> dict[str, Statement]:
    """Return the statements of all the tables beneath a folder, by id.

    Raises:
        ValueError: A table is wrong; the text says where.
    """
    found: dict[str, Statement] = {}
    absent: dict[str, str] = {}

    for path in sorted(folder.rglob("*.toml")):
        table = tomllib.loads(path.read_text())

        for row in table.get("statement", []):
            statement = Statement(row["id"], row["statement"], row["source"], "")

            if statement.id in found or not _ID.fullmatch(statement.id):
                raise ValueError(f"{path.name}: {statement.id} stands there twice, or is no id")

            found[statement.id] = statement

        for row in table.get("absent", []):
            if row["id"] in absent or not row["reason"]:
                raise ValueError(f"{path.name}: {row['id']} is absent twice, or for no reason")

            absent[row["id"]] = row["reason"]

    unknown = sorted(absent.keys() - found.keys())

    if unknown:
        raise ValueError(f"absent, but no statement: {', '.join(unknown)}")

    return {key: statement._replace(absent=absent.get(key, "")) for key, statement in found.items()}


def read_later(folder: Path) -> frozenset[str]:
    """Return the ids of statements whose table has yet to be written."""
    tables = (tomllib.loads(path.read_text()) for path in folder.rglob("*.toml"))

    return frozenset(str(key) for table in tables for key in table.get("later", []))


def entries(
    statements: Mapping[str, Statement],
    shown: Iterable[Shown],
    outcomes: Mapping[str, str] | None = None,
    later: Container[str] = (),
) -> tuple[list[Entry], list[str]]:
    """Return the ledger's lines in the order of their ids, and what is wrong.

    Args:
        statements: By id.
        shown: The markers of all tests.
        outcomes: How each test ended, ``passed`` or what it did instead; None where none was run,
            which counts them as passed.
        later: Statements that are none yet, and may be shown all the same.
    """
    by_id: dict[str, list[Shown]] = {}
    wrong: list[str] = []
    letters = {_letters(key) for key in statements}

    for marker in shown:
        if marker.id in statements:
            by_id.setdefault(marker.id, []).append(marker)
        elif marker.id in later:
            pass
        elif _letters(marker.id) in letters or not _ID.fullmatch(marker.id):
            wrong.append(f"{marker.test} shows {marker.id}, and there is no such statement")

        if marker.status not in STATUSES[:2] or (marker.status != "done") != bool(marker.reason):
            wrong.append(
                f"{marker.test}: {marker.id} is done, or approximated for a reason; "
                f"not {marker.status!r} because of {marker.reason!r}"
            )

    lines = []

    for key in sorted(statements, key=_order):
        entry, problems = _entry(statements[key], by_id.get(key, []), outcomes)
        lines.append(entry)
        wrong += problems

    return lines, wrong


def _letters(key: str) -> str:
    match = _ID.fullmatch(key)

    return match[1] if match else ""


def _order(key: str) -> tuple[str, int]:
    match = _ID.fullmatch(key)
    assert match is not None

    return match[1], int(match[2])


def _entry(
    statement: Statement, shown: Sequence[Shown], outcomes: Mapping[str, str] | None
) -> tuple[Entry, list[str]]:
    tests = tuple(dict.fromkeys(marker.test for marker in shown))
    line = Entry(statement.id, statement.statement, "absent", tests, statement.source, "")

    if not shown:
        problems = [] if statement.absent else [f"{statement.id} has no test, and is not absent"]

        return line._replace(reason=statement.absent or "it has no test"), problems

    if statement.absent:
        reason = statement.absent

        return line._replace(reason=reason), [f"{statement.id} is absent, and {tests[0]} shows it"]

    missed = [
        f"{test} {outcomes.get(test, 'was not run')}"
        for test in tests
        if outcomes is not None and outcomes.get(test) != "passed"
    ]

    if missed:
        reason = "; ".join(missed)

        return line._replace(reason=reason), [f"{statement.id}: {reason}"]

    reasons = [marker.reason for marker in shown if marker.status == "approximated"]
    status = "approximated" if reasons else "done"

    return line._replace(status=status, reason="; ".join(dict.fromkeys(reasons))), []


# -- the tests -------------------------------------------------------------------------------


class _Collector:
    """A plugin of pytest that notes what tests carry, and how they end."""

    def __init__(self) -> None:
        self.shown: list[Shown] = []
        self.outcomes: dict[str, str] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers("contract"):
                self.shown += [
                    Shown(
                        str(key),
                        _plain(item.nodeid),
                        str(mark.kwargs.get("status", "done")),
                        str(mark.kwargs.get("reason", "")),
                    )
                    for key in mark.args
                ]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = _plain(report.nodeid)

        # Of a test with parameters the worst counts.
        if report.failed:
            self.outcomes[test] = f"failed in its {report.when}"
        elif report.skipped:
            self.outcomes.setdefault(test, "")

            if self.outcomes[test] in {"", "passed"}:
                self.outcomes[test] = f"was skipped: {_reason(report)}"
        elif report.when == "call":
            self.outcomes.setdefault(test, "passed")


def _plain(nodeid: str) -> str:
    """Return a test without its parameters, as it stands in the source."""
    return nodeid.partition("[")[0]


def _reason(report: pytest.TestReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else "for no reason"


def collected() -> list[Shown]:
    """Return the markers of all tests, without running one.

    Raises:
        RuntimeError: The tests cannot be collected; the text is pytest's.
    """
    collector = _Collector()
    said = io.StringIO()

    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = pytest.main([*_options(), "--collect-only", "-p", "no:xdist"], [collector])

    if status != pytest.ExitCode.OK:
        raise RuntimeError(said.getvalue())

    return collector.shown


def carried_out(workers: str) -> dict[str, str]:
    """Run the tests of statements, and return how each ended."""
    collector = _Collector()
    pytest.main([*_options(), "-n", workers, "--dist=loadfile"], [collector])

    return collector.outcomes


def _options() -> list[str]:
    return [
        "-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}", "-q", "-m", "contract",
        str(ROOT / "tests"),
    ]  # fmt: skip


# -- the document ----------------------------------------------------------------------------

_HEAD = """\
# Fidelity

What iOS does, and whether it is so here.
Written by `make ledger` from `tests/conformance/` and the tests that carry a statement's id.
Do not edit it.

*done*: a test shows it on real processes.
*approximated*: something close holds, and a test shows that; the reason says what differs.
*absent*: it does not hold here, for the reason given.
"""


def document(lines: Sequence[Entry]) -> str:
    """Return the page of the ledger."""
    counts = [f"{sum(line.status == status for line in lines)} {status}" for status in STATUSES]
    parts = [_HEAD, f"{len(lines)} statements: {', '.join(counts)}.\n"]

    for letters in dict.fromkeys(_letters(line.id) for line in lines):
        parts.append(
            "| | statement | status | shown by | source |\n| --- | --- | --- | --- | --- |"
        )
        parts += [_row(line) for line in lines if _letters(line.id) == letters]
        parts.append("")

    return "\n".join(parts)


def _row(line: Entry) -> str:
    status = f"{line.status}: {line.reason}" if line.reason else line.status
    tests = "<br>".join(_link(test) for test in line.tests)

    return f"| {line.id} | {line.statement} | {status} | {tests} | {line.source} |"


def _link(test: str) -> str:
    file, _, name = test.partition("::")

    return f"[{name.rpartition('::')[2]}](../{file})"


def main(arguments: Sequence[str]) -> int:
    """Write the ledger, or check it; return 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description="Write the ledger of what is simulated.")
    parser.add_argument("--check", action="store_true", help="run no test, write nothing")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "ledger.json")
    parser.add_argument("--workers", default="auto", help="how many tests at a time")
    asked = parser.parse_args(arguments)
    page = ROOT / "docs" / "fidelity.md"
    statements = read_statements(ROOT / "tests" / "conformance")
    shown = collected()
    outcomes = None if asked.check else carried_out(asked.workers)
    later = read_later(ROOT / "tests" / "conformance")
    lines, wrong = entries(statements, shown, outcomes, later)
    text = document(lines)

    if asked.check:
        if not page.exists() or page.read_text() != text:
            wrong.append("docs/fidelity.md is not what the tests say: run 'make ledger'")
    else:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps([line._asdict() for line in lines], indent=1) + "\n")

        if not wrong:
            page.write_text(text)

        sys.stdout.write(f"ledger: {asked.out}{'' if wrong else f' and {page}'}\n")

    for sentence in wrong:
        sys.stderr.write(f"ledger: {sentence}\n")

    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
