"""The ledger says what the tests say: every statement has its line, and every line its tests."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

PROGRAM = Path(__file__).with_name("ledger.py")


@pytest.fixture(scope="module")
def ledger() -> ModuleType:
    """The program, as a module."""
    spec = importlib.util.spec_from_file_location("ledger", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    return module


def a_statement(ledger: ModuleType, key: str, absent: str = "") -> dict[str, object]:
    return {key: ledger.Statement(key, "It is so.", "a man page", absent)}


def shown(ledger: ModuleType, key: str, test: str = "t.py::test_it", **how: str) -> object:
    return ledger.Shown(key, test, how.get("status", "done"), how.get("reason", ""))


@pytest.mark.slow
def test_every_statement_has_its_line_and_the_page_is_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "-P", str(PROGRAM), "--check"],
        capture_output=True,
        check=False,
        text=True,
        timeout=50,
    )

    assert done.stderr == ""
    assert done.returncode == 0


def test_the_statements_of_notifications_and_preferences_are_all_there(ledger: ModuleType) -> None:
    statements = ledger.read_statements(PROGRAM.parent)

    assert {f"N{number}" for number in range(1, 62)} <= set(statements)
    assert {f"D{number}" for number in range(1, 77)} <= set(statements)
    assert all(each.statement.endswith(".") and each.source for each in statements.values())


def test_what_its_test_shows_is_done(ledger: ModuleType) -> None:
    statements = a_statement(ledger, "N1")
    lines, wrong = ledger.entries(statements, [shown(ledger, "N1")], {"t.py::test_it": "passed"})

    assert wrong == []
    assert lines[0]._asdict() == {
        "id": "N1",
        "statement": "It is so.",
        "status": "done",
        "tests": ("t.py::test_it",),
        "source": "a man page",
        "reason": "",
    }


def test_one_approximation_makes_the_statement_one(ledger: ModuleType) -> None:
    near = shown(ledger, "N1", "t.py::test_near", status="approximated", reason="no clock")
    lines, wrong = ledger.entries(a_statement(ledger, "N1"), [shown(ledger, "N1"), near])

    assert wrong == []
    assert (lines[0].status, lines[0].reason) == ("approximated", "no clock")


@pytest.mark.parametrize("outcome", ["failed in its call", "was skipped: no Landlock"])
def test_a_test_that_does_not_pass_shows_nothing(ledger: ModuleType, outcome: str) -> None:
    both = [shown(ledger, "N1"), shown(ledger, "N1", "t.py::test_other")]
    outcomes = {"t.py::test_it": "passed", "t.py::test_other": outcome}
    lines, wrong = ledger.entries(a_statement(ledger, "N1"), both, outcomes)

    assert lines[0].status == "absent"
    assert wrong == [f"N1: t.py::test_other {outcome}"]


def test_a_test_that_was_not_run_shows_nothing(ledger: ModuleType) -> None:
    _, wrong = ledger.entries(a_statement(ledger, "N1"), [shown(ledger, "N1")], {})

    assert wrong == ["N1: t.py::test_it was not run"]


def test_a_statement_without_test_or_reason_is_an_error(ledger: ModuleType) -> None:
    lines, wrong = ledger.entries(a_statement(ledger, "N1"), [])

    assert lines[0].status == "absent"
    assert wrong == ["N1 has no test, and is not absent"]


def test_an_absent_statement_has_its_reason_and_no_test(ledger: ModuleType) -> None:
    statements = a_statement(ledger, "N1", "there is no exec")
    lines, wrong = ledger.entries(statements, [])

    assert wrong == []
    assert (lines[0].status, lines[0].reason) == ("absent", "there is no exec")
    assert ledger.entries(statements, [shown(ledger, "N1")])[1] == [
        "N1 is absent, and t.py::test_it shows it"
    ]


def test_a_test_of_no_statement_is_an_error(ledger: ModuleType) -> None:
    """Of a contract whose statements are not listed yet, it is none."""
    statements = a_statement(ledger, "N1")
    markers = [shown(ledger, key) for key in ("N1", "N2", "D7", "n1")]
    _, wrong = ledger.entries(statements, markers)

    assert wrong == [
        "t.py::test_it shows N2, and there is no such statement",
        "t.py::test_it shows n1, and there is no such statement",
    ]


def test_an_approximation_needs_a_reason(ledger: ModuleType) -> None:
    near = shown(ledger, "N1", status="approximated")
    _, wrong = ledger.entries(a_statement(ledger, "N1"), [near])

    assert len(wrong) == 1
    assert "approximated for a reason" in wrong[0]


def test_lines_stand_in_the_order_of_their_numbers(ledger: ModuleType) -> None:
    statements = {
        key: value
        for name in ("N10", "N9", "D2")
        for key, value in a_statement(ledger, name, "no").items()
    }
    lines, _ = ledger.entries(statements, [])

    assert [line.id for line in lines] == ["D2", "N9", "N10"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[statement]]\nid = "N1"\nstatement = "a"\nsource = "b"\n' * 2, "N1 stands there twice"),
        ('[[statement]]\nid = "1"\nstatement = "a"\nsource = "b"\n', "or is no id"),
        ('[[absent]]\nid = "N1"\nreason = "a"\n', "absent, but no statement: N1"),
        ('[[absent]]\nid = "N1"\nreason = ""\n', "for no reason"),
    ],
)
def test_a_wrong_table_is_told(ledger: ModuleType, tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "statements.toml").write_text(text)

    with pytest.raises(ValueError, match=problem):
        ledger.read_statements(tmp_path)


def test_a_statement_whose_table_is_to_come_may_be_shown_already(ledger: ModuleType) -> None:
    statements = a_statement(ledger, "E1")
    marker = shown(ledger, "E2")

    assert ledger.entries(statements, [shown(ledger, "E1"), marker], None, {"E2"})[1] == []
    assert len(ledger.entries(statements, [shown(ledger, "E1"), marker])[1]) == 1
