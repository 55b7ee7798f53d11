"""Presenters: what each option asks of whom before, and tells whom after."""

from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device

WRITES = {
    "0": ["writer", "writer is done", "did change"],
    "W.FOR_MERGING": ["writer", "save", "writer is done", "did change"],
    "W.FOR_DELETING": ["writer", "delete", "writer is done", "did change"],
    "W.FOR_REPLACING": ["writer", "delete", "writer is done", "did change"],
    "W.FOR_MOVING": ["writer", "writer is done", "did change"],
    "W.CONTENT_INDEPENDENT_METADATA_ONLY": ["writer", "writer is done", "did change"],
}
READS = {
    "0": ["reader", "save", "reader is done"],
    "R.RESOLVES_SYMBOLIC_LINK": ["reader", "save", "reader is done"],
    "R.WITHOUT_CHANGES": ["reader", "reader is done"],
    "R.IMMEDIATELY_AVAILABLE_METADATA_ONLY": ["reader", "reader is done"],
    "R.FOR_UPLOADING": ["reader", "save", "reader is done"],
}


@pytest.mark.contract("D82")
@pytest.mark.parametrize(
    "options",
    [
        pytest.param(options, marks=pytest.mark.contract(f"C{number}"))
        for number, options in enumerate(WRITES, 20)
    ],
)
def test_what_a_write_asks_and_tells(options: str, one: Any, two: Any) -> None:
    one.do("note.write_text('old'); present(note)")
    two.do(f"with coordinator.writing(note, {options}) as url: url.write_text('new')")

    assert one.calls() == WRITES[options]


@pytest.mark.contract("D82")
@pytest.mark.parametrize(
    "options",
    [
        pytest.param(options, marks=pytest.mark.contract(f"C{number}"))
        for number, options in enumerate(READS, 26)
    ],
)
def test_what_a_read_asks(options: str, one: Any, two: Any) -> None:
    one.do("note.write_text('old'); present(note, saves='unsaved')")
    read = two.do(f"with coordinator.reading(note, {options}) as url: text = url.read_text()\n")
    del read
    saved = "save" in READS[options]

    assert two.do("text") == ("unsaved" if saved else "old")
    assert one.calls() == READS[options]


@pytest.mark.contract("D82")
@pytest.mark.contract("C31")
def test_a_coordinator_never_calls_its_own_presenter(one: Any) -> None:
    one.do("note.write_text('old'); present(note); other = Presenter(note)")
    one.do("FileCoordinator.add_file_presenter(other)")
    one.do("with FileCoordinator(presenter).writing(note) as url: url.write_text('new')")

    assert one.calls() == []
    assert one.do("other.calls") == ["writer", "writer is done", "did change"]


@pytest.mark.contract("D82")
@pytest.mark.contract("C32")
def test_a_presenter_that_saves_while_somebody_reads_does_not_deadlock(
    one: Any, two: Any, three: Any
) -> None:
    """Not even when somebody else waits for the file in between."""
    one.do("note.write_text('old'); present(note, saves='saved')")
    three.do("begin('a', coordinator.reading(note, R.WITHOUT_CHANGES))")
    reads = two.tell("with coordinator.writing(note, W.FOR_MERGING) as url: text = url.read_text()")
    two.waits()
    three.do("end('a')")
    two.app.wait_until(reads)

    assert two.do("text") == "saved"


@pytest.mark.contract("C33")
def test_changes_without_coordination_are_told_and_asked_of_nobody(
    one: Any, device: Device, folder: Path
) -> None:
    one.do("note.write_text('old'); present(note)")
    watching(device)
    (folder / "note.txt").write_text("new")
    device.wait_until(lambda: one.calls() == ["did change"])


def watching(device: Device) -> None:
    """Wait until what is presented is watched."""
    device.settle()
