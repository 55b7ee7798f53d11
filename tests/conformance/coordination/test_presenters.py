"""Presenters: what each option asks of whom before, and tells whom after."""

import os
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device
from tests.conftest import GuestError

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

MOVES_D = (
    "with coordinator.accessing(FileAccessIntent.writing(group / 'd', W.FOR_MOVING), "
    "FileAccessIntent.writing(group / 'e', W.FOR_REPLACING)) as (old, new):\n"
    "    os.rename(old, new)\n"
    "    coordinator.item_did_move(old, new)"
)


def cell(number: int, options: str) -> pytest.MarkDecorator:
    """Return the marker of a cell of the option matrix."""
    if "METADATA" in options:
        reason = "Apple does not say whom it asks: nobody is asked to save"

        return pytest.mark.contract(f"C{number}", status="approximated", reason=reason)

    return pytest.mark.contract(f"C{number}")


@pytest.mark.contract("D82")
@pytest.mark.parametrize(
    "options",
    [
        pytest.param(options, marks=cell(number, options))
        for number, options in enumerate(WRITES, 20)
    ],
)
def test_what_a_write_asks_and_tells(options: str, one: Any, two: Any) -> None:
    one.do("note.write_text('old'); present(note)")
    two.do(f"with coordinator.writing(note, {options}) as url: url.write_text('new')")

    assert one.calls() == WRITES[options]


@pytest.mark.contract("D82")
def test_what_is_asked_and_told_comes_in_order_whichever_thread_reads_it(
    one: Any, two: Any
) -> None:
    one.do("note.write_text('old'); present(note)")
    two.do("for _ in range(40):\n    with coordinator.writing(note) as url: url.write_text('new')")
    calls = one.calls()

    # What is told may be told once for several writes; what is asked, is asked and given back.
    assert [each for each in calls if each != "did change"] == ["writer", "writer is done"] * 40
    assert calls[-1] == "did change"


@pytest.mark.contract("D82")
@pytest.mark.parametrize(
    "options",
    [
        pytest.param(options, marks=cell(number, options))
        for number, options in enumerate(READS, 26)
    ],
)
def test_what_a_read_asks(options: str, one: Any, two: Any) -> None:
    one.do("note.write_text('old'); present(note, saves='unsaved')")
    two.do(f"with coordinator.reading(note, {options}) as url: text = url.read_text()\n")
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


class Told:
    """What a presenter was told so far, asked for again and again."""

    def __init__(self, process: Any) -> None:
        self._process = process
        self.calls: list[str] = []

    def has(self, *calls: str) -> None:
        """Wait until it was told these, in this order, and nothing else."""

        def told() -> bool:
            self.calls += self._process.calls()
            return len(self.calls) >= len(calls)

        self._process.device.wait_until(told)
        calls_so_far = self.calls + self._process.calls()

        assert calls_so_far == list(calls)

        self.calls.clear()


@pytest.mark.contract("C33")
def test_changes_without_coordination_are_told_and_asked_of_nobody(
    one: Any, device: Device, folder: Path
) -> None:
    one.do("note.write_text('old'); present(note)")
    watched(device)
    (folder / "note.txt").write_text("newer")
    told = Told(one)
    told.has("did change")
    os.replace(folder / "note.txt", folder / "moved.txt")
    told.has("did move to moved.txt")
    watched(device)
    (folder / "moved.txt").write_text("newest of all")
    told.has("did change")
    (folder / "moved.txt").unlink()
    told.has("did change")


@pytest.mark.contract("C34")
def test_what_changes_in_a_presented_folder_is_told_by_its_name(
    one: Any, device: Device, folder: Path
) -> None:
    one.do("(group / 'd' / 'e').mkdir(parents=True); present(group / 'd')")
    watched(device)
    told = Told(one)
    (folder / "d" / "e" / "a.txt").write_text("x")
    told.has("did appear a.txt")
    (folder / "d" / "e" / "a.txt").write_text("other")
    told.has("did change a.txt")
    (folder / "d" / "e" / "a.txt").rename(folder / "d" / "b.txt")
    told.has("did move a.txt to b.txt")
    (folder / "d" / "b.txt").unlink()
    told.has("did change b.txt")


@pytest.mark.contract("C34")
def test_an_atomic_replacement_is_one_change(one: Any, device: Device, folder: Path) -> None:
    one.do("note.write_text('old'); present(note)")
    watched(device)
    (folder / ".new").write_text("replaced")
    os.replace(folder / ".new", folder / "note.txt")
    Told(one).has("did change")


@pytest.mark.contract("C34")
def test_a_replacement_from_outside_a_presented_folder_is_a_change(
    one: Any, device: Device, folder: Path
) -> None:
    one.do("(group / 'd' / 'e').mkdir(parents=True); (group / 'd' / 'e' / 'a').write_text('old')")
    one.do("present(group / 'd')")
    watched(device)
    told = Told(one)
    (folder / "new").write_text("replaced")
    os.replace(folder / "new", folder / "d" / "e" / "a")
    told.has("did change a")
    (folder / "new").write_text("another")
    os.replace(folder / "new", folder / "d" / "e" / "b")
    told.has("did appear b")


@pytest.mark.contract("C35")
def test_a_presenter_hears_nothing_of_what_its_own_coordinator_writes(
    one: Any, device: Device, folder: Path
) -> None:
    one.do("(group / 'd').mkdir(); present(group / 'd')")
    watched(device)
    one.do(
        "with FileCoordinator(presenter).writing(group / 'd') as url:\n"
        "    for n in range(50): (url / f'{n}.txt').write_text(str(n))"
    )
    (folder / "d" / "other.txt").write_text("x")
    Told(one).has("did appear other.txt")


@pytest.mark.contract("C36")
def test_an_error_of_a_presenter_stops_a_deletion(one: Any, two: Any) -> None:
    one.do(
        "class No(Presenter):\n"
        "    def accommodate_presented_item_deletion(self, completion_handler):\n"
        "        completion_handler(RuntimeError('still needed'))\n"
        "note.write_text('old'); present(note, No)"
    )
    with pytest.raises(GuestError, match=r"CocoaError.*still needed"):
        two.do("coordinator.coordinate_writing_item(note, W.FOR_DELETING, os.unlink)")

    assert one.do("note.read_text()") == "old"
    assert one.calls() == ["writer", "writer is done"]


@pytest.mark.contract("C37")
@pytest.mark.parametrize("option", ["FOR_DELETING", "FOR_REPLACING"])
def test_presenters_in_and_above_a_folder_accommodate_its_deletion(
    option: str, one: Any, two: Any, three: Any
) -> None:
    one.do("(group / 'd').mkdir(); (group / 'd' / 'a').write_text('x'); present(group / 'd' / 'a')")
    two.do("present(group)")
    three.do(
        f"with coordinator.writing(group / 'd', W.{option}) as url:\n"
        "    os.unlink(url / 'a'); os.rmdir(url)"
    )

    assert one.calls()[:2] == ["writer", "delete"]
    assert two.calls()[:1] == ["delete d"]


@pytest.mark.contract("C38")
def test_moving_a_folder_tells_those_in_it_to_let_go_and_where_they_are(
    one: Any, two: Any, three: Any
) -> None:
    one.do("(group / 'd').mkdir(); (group / 'd' / 'a').write_text('x'); present(group / 'd' / 'a')")
    two.do("present(group)")
    three.do(MOVES_D)

    assert one.calls() == ["writer", "did move to a", "writer is done"]
    assert str(one.do("str(presenter.presented_item_url)")).endswith("/e/a")
    assert "did move d to e" in two.calls()

    three.do("with coordinator.writing(group / 'e' / 'a') as url: url.write_text('y')")

    assert one.calls() == ["writer", "writer is done", "did change"]


@pytest.mark.contract("C38")
def test_who_presents_a_file_in_a_moved_folder_hears_of_what_happens_where_it_is_now(
    one: Any, two: Any, device: Device, folder: Path
) -> None:
    one.do("(group / 'd').mkdir(); (group / 'd' / 'a').write_text('x'); present(group / 'd' / 'a')")
    watched(device)
    two.do(MOVES_D)
    told = Told(one)
    told.has("writer", "did move to a", "writer is done")
    watched(device)
    (folder / "e" / "a").write_text("newer")
    told.has("did change")


@pytest.mark.contract("C38")
def test_who_moves_what_it_presents_hears_of_what_others_do_where_it_is_now(
    one: Any, device: Device, folder: Path
) -> None:
    one.do("(group / 'd').mkdir(); (group / 'd' / 'a').write_text('x'); present(group / 'd')")
    watched(device)
    one.do(f"coordinator = FileCoordinator(presenter)\n{MOVES_D}")
    watched(device)
    (folder / "e" / "a").write_text("newer")
    told = Told(one)
    told.has("did change a")
    (folder / "e" / "b").write_text("new")
    told.has("did appear b")


@pytest.mark.contract("C38")
def test_moving_a_plain_file_asks_nobody_else(one: Any, two: Any) -> None:
    one.do("note.write_text('x'); (group / 'other').write_text('x'); present(group / 'other')")
    two.do("with coordinator.writing(note, W.FOR_MOVING): pass")

    assert one.calls() == []


@pytest.mark.contract("C39")
def test_a_coordinated_write_in_a_presented_folder_is_told_by_its_name(one: Any, two: Any) -> None:
    one.do("(group / 'd').mkdir(); present(group / 'd')")
    two.do("with coordinator.writing(group / 'd' / 'a') as url: url.write_text('x')")

    assert one.calls() == ["did appear a"]

    two.do("with coordinator.writing(group / 'd' / 'a') as url: url.write_text('xy')")

    assert one.calls() == ["did change a"]


def package(one: Any, two: Any, device: Device) -> None:
    """Make ``doc``, a package that one presents; ``other`` presents the folder around it."""
    one.do("doc = group / 'Doc.rtfd'; doc.mkdir(); (doc / 'TXT').write_text('old'); present(doc)")
    one.do("other = Presenter(group); FileCoordinator.add_file_presenter(other)")
    two.do("doc = group / 'Doc.rtfd'")
    watched(device)


@pytest.mark.contract("C39")
@pytest.mark.parametrize("claimed", ["doc", "doc / 'TXT'"])
def test_a_coordinated_write_in_a_package_is_told_when_it_is_over(
    claimed: str, one: Any, two: Any, device: Device, folder: Path
) -> None:
    """What comes of a change outside shows that everything before it has been looked at."""
    package(one, two, device)
    two.do(f"begin('a', coordinator.writing({claimed})); (doc / 'TXT').write_text('new')")
    told = Told(one)
    told.has("writer")
    (folder / "aside").write_text("x")
    one.app.wait_until(lambda: one.do("other.calls[-1:] == ['did appear aside']"))
    told.has()
    two.do("end('a')")
    told.has("writer is done", "did change")
    (folder / "aside").write_text("xy")
    one.app.wait_until(lambda: one.do("other.calls[-1:] == ['did change aside']"))
    told.has()


@pytest.mark.contract("C39")
@pytest.mark.parametrize("claimed", ["doc", "doc / 'TXT'"])
def test_a_coordinated_write_in_a_package_is_told_once_however_late_it_is_seen(
    claimed: str, one: Any, two: Any, device: Device, folder: Path
) -> None:
    package(one, two, device)
    two.do(
        f"with coordinator.writing({claimed}):\n"
        "    (doc / 'TXT').write_text('new'); (doc / 'image').write_text('new')"
    )
    told = Told(one)
    told.has("writer", "writer is done", "did change")
    (folder / "aside").write_text("x")
    one.app.wait_until(lambda: one.do("other.calls[-1:] == ['did appear aside']"))
    told.has()
    (folder / "Doc.rtfd" / "TXT").write_text("changed by nobody who says so")
    told.has("did change")


def watched(device: Device) -> None:
    """Wait until what is presented is watched."""

    def is_watched() -> bool:
        shown: Any = device.ask("coordination")
        return all(each["watched"] for each in shown["presenters"])

    device.wait_until(is_watched)
