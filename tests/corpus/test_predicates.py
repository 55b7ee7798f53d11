"""Activation rules of real apps: each is read, and by hand what some of them say.

They are named by their number in the corpus and by a digest, so that a table is never read beside
another predicate than the one it was written for.
"""

import hashlib
import os
import re
from pathlib import Path

import pytest

from simulator.daemons.pkd.activation import read_rule
from simulator.daemons.pkd.shared import Shared

_ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("SIMULATOR_CORPUS", _ROOT.parent / "shared" / "corpus"))
PREDICATES = CORPUS / "predicates.txt"

pytestmark = pytest.mark.skipif(
    not PREDICATES.is_file(),
    reason=f"no corpus of real predicates at {CORPUS} (SIMULATOR_CORPUS says where it is)",
)


def _read() -> dict[int, str]:
    if not PREDICATES.is_file():
        return {}

    found = {}

    for block in re.split(r"^### ", PREDICATES.read_text(), flags=re.MULTILINE)[1:]:
        number, *lines = block.split("\n")
        found[int(number)] = "\n".join(line for line in lines if not line.startswith("# "))

    return found


TEXTS = _read()

PDF, JPEG, MOVIE = ["com.adobe.pdf"], ["public.jpeg"], ["public.mpeg-4"]
TEXT, URL, FILE = ["public.plain-text"], ["public.url"], ["public.file-url"]
AUDIO, DATA, OWN, NONE = ["public.mp3"], ["public.data"], ["com.example.own"], list[str]()
PDF_FILE = ["com.adobe.pdf", "public.file-url"]
DOCX = ["org.openxmlformats.wordprocessingml.document"]
EPUB, VCARD = ["org.idpf.epub-container"], ["public.vcard"]
LOGIN = ["org.appextension.find-login-action"]

# Number → (digest, items of which it is true, items of which it is false).
# Items are extension items, these attachments, these types.
TABLES: dict[int, tuple[str, list[object], list[object]]] = {
    1: (
        "54475f713b52",
        [[[AUDIO]], [[MOVIE]], [[AUDIO, JPEG]], [[["public.opml"]]], [[AUDIO], [JPEG]]],
        [[[AUDIO, MOVIE]], [[JPEG]], [[AUDIO], [AUDIO]], [], [[]]],
    ),
    3: ("ed6d5a1d748f", [[], [[]], [[OWN]], [[JPEG] * 50]], []),
    4: (
        "7e7437076216",
        [[[JPEG]], [[URL]], [[PDF]], [[FILE]], [[OWN, PDF]], [[OWN], [JPEG]]],
        [[[OWN]], [[TEXT]], [[MOVIE, AUDIO]], []],
    ),
    5: (
        "7c6b236eadd4",
        [[[JPEG, MOVIE, TEXT]], [[["com.apple.pkpass"]]], [[OWN], [JPEG]], [[]]],
        [[[JPEG, OWN]], [[OWN]], [[NONE]], []],
    ),
    6: (
        "50332244f97e",
        [[[URL]], [[URL, TEXT]], [[JPEG]], [[]], [[URL, TEXT, URL], [JPEG]]],
        [[[URL, TEXT, URL]], [[URL], [TEXT]], []],
    ),
    8: (
        "0fa6200146b8",
        [[[DATA]], [[JPEG, PDF, URL]], [[]], [[OWN], [JPEG]]],
        [[[OWN]], [[JPEG, OWN]], []],
    ),
    12: (
        "f0e679aa1469",
        [[[URL]], [[LOGIN]], [[URL, TEXT, LOGIN]], [[]], [[URL], [JPEG]]],
        [[[URL, JPEG]], [[URL], [TEXT]], [[JPEG]], []],
    ),
    17: (
        "5894ae0edd80",
        [[[FILE]], [[DOCX]], [[JPEG] * 10], [[OWN, PDF]], [[["public.rtf"]]]],
        [[[JPEG] * 11], [[OWN]], [[TEXT]], [], [[]]],
    ),
    19: (
        "53073166c020",
        [[[URL]], [[EPUB]], [[OWN, TEXT]], [[OWN], [PDF]]],
        [[[OWN]], [[JPEG]], [NONE], []],
    ),
    20: (
        "fc2d9f20e0b8",
        [[[DATA]], [[JPEG, TEXT], [URL]]],
        [[], [[]], [[JPEG], []], [[JPEG], [OWN]], [[OWN]]],
    ),
    21: (
        "bbab53b80c07",
        [[[URL]], [[TEXT]], [[JPEG, FILE]], [[JPEG], [URL]]],
        [[[JPEG]], [[OWN]], []],
    ),
    22: (
        "5b3393d2a95e",
        [[[JPEG]], [[JPEG] * 9], [[]], [[JPEG], [TEXT]]],
        [[[JPEG] * 10], [[JPEG, TEXT]], [[JPEG], [JPEG]], []],
    ),
    23: (
        "ac7d85bb275e",
        [[[PDF]], [[PDF_FILE]]],
        [[[PDF, PDF]], [[JPEG]], [[PDF], [PDF]], [], [[]]],
    ),
    25: ("25cffdd3b999", [[[DATA]], [[["public.folder"]]], [[]]], [[[OWN]], [[DATA], [DATA]], []]),
    28: ("80f855a7f48e", [[[AUDIO]], [[URL]], [[OWN, FILE]]], [[[JPEG]], [[TEXT]], []]),
    29: (
        "f0313cdd1687",
        [[[URL]], [[VCARD]], [[["com.apple.mapkit.map-item"]]], [[PDF_FILE]]],
        [[[TEXT]], [[JPEG]], []],
    ),
    30: (
        "3e4c743b400b",
        [],
        [[[URL]], [[TEXT]], [], [[URL, JPEG]]],
    ),  # attachments have no URL to look into
    31: (
        "e5484b7fba40",
        [[[JPEG]], [[DOCX]], [[URL, TEXT]], [[JPEG, DOCX], [URL]], [[JPEG] * 10]],
        [[[FILE]], [[PDF]], [[JPEG] * 11], [[JPEG], []], [[JPEG, PDF]], []],
    ),
    33: ("f5e5c4c550f8", [], [[], [[]], [[JPEG]], [[OWN]]]),
}


def _digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


@pytest.mark.parametrize("number", sorted(TEXTS))
def test_a_real_predicate_is_read(number: int) -> None:
    rule = read_rule(TEXTS[number])

    assert [line for line in rule.remarks if "is no predicate" in line] == []
    assert rule.judge(Shared([[JPEG]])).reason


@pytest.mark.parametrize("number", sorted(TABLES))
def test_a_real_predicate_says_what_its_table_says(number: int) -> None:
    digest, true, false = TABLES[number]
    rule = read_rule(TEXTS[number])
    said = {
        wanted: [rule.judge(Shared(items)).offered for items in rows]  # type: ignore[arg-type]
        for wanted, rows in ((True, true), (False, false))
    }

    assert _digest(TEXTS[number]) == digest
    assert said == {True: [True] * len(true), False: [False] * len(false)}


def test_there_are_tables_for_most_of_them() -> None:
    assert len([number for number in TABLES if number in TEXTS]) >= 12
