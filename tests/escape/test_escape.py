"""No guest gets out but by the rows that are accepted; docs/escape.md has all of them."""

import re
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent))

from escape import own_service
from escape_accepted import ACCEPTED
from escape_suite import LEVELS, Outcome, control, guests, missing
from escapes.rows import ROWS

from simulator.device.settings import must_enforce

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "escape.md"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="session")
def plain() -> dict[str, Outcome]:
    return control()


@pytest.fixture(scope="session")
def sealed() -> dict[str, dict[str, Outcome] | str]:
    """The outcomes at each level, or why there are none."""
    with own_service() as service:
        return {level: missing(level) or guests(service, level) for level in LEVELS}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", list(ROWS))
def test_a_guest_does_not_get_out(
    name: str,
    level: str,
    plain: dict[str, Outcome],
    sealed: dict[str, dict[str, Outcome] | str],
) -> None:
    found = sealed[level]

    if isinstance(found, str):
        if must_enforce():
            pytest.fail(f"{level}: {found}, and SIMULATOR_MUST_ENFORCE=1", pytrace=False)

        pytest.skip(f"this kernel has no {level}: {found}")

    outcome = found[name]
    assert plain[name].verdict != "broken", plain[name]
    assert outcome.verdict in {"open", "closed"}, outcome

    if plain[name].verdict != "open" and outcome.verdict != "open":
        pytest.skip(f"n/a: not possible here even unconfined ({plain[name].answer.value})")

    assert outcome.verdict == "closed" or name in ACCEPTED[level], outcome


def test_most_rows_prove_something(plain: dict[str, Outcome]) -> None:
    proven = [name for name, outcome in plain.items() if outcome.verdict == "open"]

    assert len(proven) > len(ROWS) * 0.85, sorted(set(ROWS) - set(proven))


def test_only_rows_are_accepted() -> None:
    assert {name for names in ACCEPTED.values() for name in names} <= set(ROWS)


def test_the_table_in_the_documents_has_these_rows() -> None:
    rows = re.findall(r"^\| `([\w-]+)` \| (.+?) \|", DOCUMENT.read_text(), re.MULTILINE)

    assert rows == [(row.name, row.tries) for row in ROWS.values()], "run `make escape`"
