"""Real association files, and what Apple's swcutil says; they are no part of this project."""

import csv
import json
import os
from pathlib import Path

import pytest

from simulator.daemons.swcd.association import parse_association
from simulator.daemons.swcd.matching import judge
from simulator.daemons.swcd.rules import link_of

_ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("SIMULATOR_CORPUS", _ROOT.parent / "shared" / "corpus"))
FILES = CORPUS / "aasa"
APP = "ABCDE12345.com.example.app"

pytestmark = pytest.mark.skipif(
    not FILES.is_dir(),
    reason=f"no corpus of association files at {CORPUS} (SIMULATOR_CORPUS says where it is)",
)


def _rows(name: str) -> list[dict[str, str]]:
    path = FILES / "oracle" / name

    if not path.is_file():
        return []

    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _how(association: bytes, url: str) -> str:
    return judge(parse_association(association), link_of(url), {APP}).how


@pytest.mark.parametrize("path", sorted(FILES.rglob("*.json")), ids=lambda path: path.stem)
def test_a_real_file_is_read(path: Path) -> None:
    found = parse_association(path.read_bytes())

    assert found.entries
    assert all(entry.app_ids and entry.rules for entry in found.entries)
    assert all("since iOS 13 the paths are ignored" in note for note in found.notes)


def test_the_tables_are_there() -> None:
    assert len(_rows("swcutil-match.tsv")) >= 37
    assert len(_rows("swcutil-verify.tsv")) >= 5


def test_every_component_matches_as_swcutil_says() -> None:
    differing = []

    for row in _rows("swcutil-match.tsv"):
        detail = {"appIDs": [APP], "components": [json.loads(row["component_json"])]}
        association = json.dumps({"applinks": {"details": [detail]}}).encode()

        if _how(association, row["url"]) != row["swcutil_result"]:
            differing.append(row)

    assert differing == []


def test_every_file_is_verified_as_swcutil_does() -> None:
    differing = [
        row
        for row in _rows("swcutil-verify.tsv")
        if _how(row["aasa_json"].encode(), row["url"]) != row["swcutil_result"]
    ]

    assert differing == []
