"""Readers together, a writer alone, in the order in which they came."""

import os
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device
from tests.conformance.coordination.conftest import claims_of


@pytest.mark.contract("D82")
@pytest.mark.contract("C1")
def test_two_readers_overlap(one: Any, two: Any) -> None:
    one.do("begin('a', coordinator.reading(note))")
    two.do("begin('a', coordinator.reading(note))")


@pytest.mark.contract("D82")
@pytest.mark.contract("C2")
@pytest.mark.parametrize("first", ["reading", "writing"])
def test_a_writer_waits_for_everybody(first: str, one: Any, two: Any, device: Device) -> None:
    one.do(f"begin('a', coordinator.{first}(note))")
    granted = two.claim("a", "writing(note)")
    two.waits()

    assert granted() is None

    one.do("end('a')")

    assert "note.txt" in str(two.app.wait_until(granted))

    release = device.events.of(kind="coordination", operation="release").only()
    grant = device.events.of(kind="coordination", operation="grant")[-1]

    assert grant.cause == release.id
    assert (grant.resource, grant.access) == ("group.com.example.shared/note.txt", "w")


@pytest.mark.contract("D82")
@pytest.mark.contract("C3")
def test_a_reader_waits_for_a_writer(one: Any, two: Any) -> None:
    one.do("begin('a', coordinator.writing(note))")
    granted = two.claim("a", "reading(note)")
    two.waits()

    assert granted() is None

    one.do("end('a')")
    two.app.wait_until(granted)


@pytest.mark.contract("C4")
def test_a_writer_that_waits_is_not_starved_by_readers(one: Any, two: Any, three: Any) -> None:
    one.do("begin('a', coordinator.reading(note))")
    writes = two.claim("a", "writing(note)")
    two.waits()
    reads = three.claim("a", "reading(note)")
    three.waits()
    one.do("end('a')")
    two.app.wait_until(writes)

    assert reads() is None

    two.do("end('a')")
    three.app.wait_until(reads)


@pytest.mark.contract("C5")
def test_a_coordinator_never_blocks_itself_however_many_wait(one: Any, two: Any) -> None:
    one.do("begin('a', coordinator.writing(note))")
    two.claim("a", "writing(note)")
    two.waits()
    one.do("begin('b', coordinator.reading(note))")
    one.do("begin('c', coordinator.writing(note, W.FOR_DELETING))")


@pytest.mark.contract("C6")
def test_one_purpose_never_waits_for_itself_in_another_process(one: Any, two: Any) -> None:
    for each in (one, two):
        each.do("coordinator = FileCoordinator(purpose_identifier='com.example.merge')")
        each.do("begin('a', coordinator.writing(note))")


@pytest.mark.contract("C7")
def test_a_package_is_one_item(one: Any, two: Any) -> None:
    one.do(
        "(group / 'Doc.rtfd').mkdir(); begin('a', coordinator.writing(group / 'Doc.rtfd' / 'TXT'))"
    )
    granted = two.claim("a", "reading(group / 'Doc.rtfd' / 'image.png')")
    two.waits()
    one.do("end('a')")
    two.app.wait_until(granted)


@pytest.mark.contract("C8")
@pytest.mark.parametrize("order", ["folder first", "child first"])
def test_a_folder_and_what_is_in_it_do_not_block_each_other(order: str, one: Any, two: Any) -> None:
    one.do("(group / 'notes').mkdir()")
    paths = ["group / 'notes'", "group / 'notes' / 'a.txt'"]

    if order == "child first":
        paths.reverse()

    one.do(f"begin('a', coordinator.writing({paths[0]}))")
    two.do(f"begin('a', coordinator.writing({paths[1]}, W.FOR_MERGING))")


@pytest.mark.contract("C9")
@pytest.mark.parametrize("option", ["FOR_DELETING", "FOR_MOVING", "FOR_REPLACING"])
@pytest.mark.parametrize("child", ["reading", "writing"])
def test_to_delete_move_or_replace_a_folder_waits_for_what_is_in_it(
    option: str, child: str, one: Any, two: Any
) -> None:
    one.do("(group / 'notes' / 'old').mkdir(parents=True)")
    one.do(f"begin('a', coordinator.{child}(group / 'notes' / 'old' / 'a.txt'))")
    granted = two.claim("a", f"writing(group / 'notes', W.{option})")
    two.waits()
    one.do("end('a')")
    two.app.wait_until(granted)
    waits = one.claim("b", f"{child}(group / 'notes' / 'old' / 'a.txt')")
    one.waits()

    assert waits() is None

    two.do("end('a')")
    one.app.wait_until(waits)


@pytest.mark.contract("C10")
def test_two_items_are_claimed_at_once_or_not_at_all(one: Any, two: Any, three: Any) -> None:
    one.do("begin('a', coordinator.writing(note))")
    granted = two.tell(
        "coordinator.coordinate_writing_items(group / 'x', W.FOR_MOVING, note, W.FOR_REPLACING, "
        "lambda a, b: heard.append([a.name, b.name]))"
    )
    two.waits()
    behind = three.claim("a", "reading(group / 'x')")
    three.waits()
    one.do("end('a')")
    two.app.wait_until(granted)
    three.app.wait_until(behind)

    assert two.do("heard") == [["x", "note.txt"]]


@pytest.mark.contract("C10")
def test_one_item_to_read_and_one_to_write(one: Any) -> None:
    one.do(
        "coordinator.coordinate_reading_and_writing_items(group / 'x', 0, note, 0, "
        "lambda a, b: heard.append([a.name, b.name]))"
    )
    one.do("coordinator.coordinate_reading_item(note, 0, lambda url: heard.append(url.name))")
    one.do("coordinator.coordinate_writing_item(note, 0, lambda url: heard.append(url.name))")

    assert one.do("heard") == [["x", "note.txt"], "note.txt", "note.txt"]


@pytest.mark.contract("C11")
@pytest.mark.parametrize("queue", ["OperationQueue.main", "OperationQueue()"])
def test_several_intents_are_waited_for_without_blocking(queue: str, one: Any, two: Any) -> None:
    one.do("begin('a', coordinator.writing(note))")
    two.do(
        "intents = [FileAccessIntent.reading(group / 'x'), FileAccessIntent.writing(note)]\n"
        f"coordinator.coordinate(intents, {queue}, lambda error: heard.append(error))"
    )
    two.waits()

    assert two.do("heard") == []

    one.do("end('a')")
    two.app.wait_until(lambda: two.do("heard") == [None])
    two.device.settle()

    assert two.do("[each.url.name for each in intents]") == ["x", "note.txt"]
    assert claims_of(two.device) == []


@pytest.mark.contract("C12")
def test_prepared_items_are_held_until_the_completion_handler_is_called(one: Any, two: Any) -> None:
    one.do("coordinator.prepare([group / 'x'], 0, [note], 0, heard.append)")
    one.do("begin('a', coordinator.writing(note))")
    one.do("end('a')")
    granted = two.claim("a", "reading(note)")
    two.waits()

    assert granted() is None

    one.do("heard.pop()()")
    two.app.wait_until(granted)


@pytest.mark.contract("C13")
def test_what_is_cancelled_ends_with_an_error_and_no_accessor_is_called(
    one: Any, two: Any, three: Any, folder: Path
) -> None:
    os.mkfifo(folder / "now")
    one.do("begin('a', coordinator.writing(note))")
    two.do(
        "def cancel():\n"
        "    open(group / 'now').close()  # which waits for the other end\n"
        "    coordinator.cancel()\n"
        "threading.Thread(target=cancel).start()"
    )
    told = two.tell("coordinator.coordinate_writing_item(note, 0, heard.append)")
    two.waits()
    (folder / "now").open("w").close()
    line = two.app.wait_until(told)

    assert "UserCancelledError" in line
    assert two.do("heard") == []

    one.do("end('a')")
    three.do("begin('a', coordinator.writing(note))")


@pytest.mark.contract("C14")
def test_who_waits_for_an_item_that_is_moved_gets_it_where_it_is(one: Any, two: Any) -> None:
    one.do(
        "note.write_text('x'); begin('a', coordinator.accessing("
        "FileAccessIntent.writing(note, W.FOR_MOVING), "
        "FileAccessIntent.writing(group / 'moved.txt', W.FOR_REPLACING)))"
    )
    granted = two.claim("a", "reading(note)")
    two.waits()
    one.do("os.rename(note, group / 'moved.txt')")
    one.do("coordinator.item_did_move(note, group / 'moved.txt'); end('a')")

    assert "moved.txt" in two.app.wait_until(granted)


@pytest.mark.contract("C15")
def test_who_replaces_an_item_is_not_sent_after_it(one: Any, two: Any) -> None:
    one.do("note.write_text('x'); begin('a', coordinator.writing(note, W.FOR_MOVING))")
    granted = two.claim("a", "writing(note, W.FOR_REPLACING)")
    two.waits()
    one.do("os.rename(note, group / 'moved.txt')")
    one.do("coordinator.item_did_move(note, group / 'moved.txt'); end('a')")

    assert "note.txt" in two.app.wait_until(granted)


@pytest.mark.contract("C16")
def test_a_link_is_an_item_of_its_own_unless_it_is_resolved(one: Any, two: Any) -> None:
    one.do("note.write_text('x'); os.symlink('note.txt', group / 'link')")
    one.do("begin('a', coordinator.writing(note))")

    assert "link" in str(two.do("begin('a', coordinator.reading(group / 'link'))"))

    granted = two.claim("b", "reading(group / 'link', R.RESOLVES_SYMBOLIC_LINK)")
    two.waits()
    one.do("end('a')")

    assert "note.txt" in two.app.wait_until(granted)


@pytest.mark.contract("C17")
def test_an_upload_is_a_copy_that_holds_nothing(one: Any, two: Any) -> None:
    one.do("note.write_text('old'); copy = begin('a', coordinator.reading(note, R.FOR_UPLOADING))")
    two.do("begin('a', coordinator.writing(note)); note.write_text('new')")

    assert one.do("Path(copy).read_text()") == "old"
    assert one.do("[end('a'), Path(copy).exists()]") == [None, False]


@pytest.mark.contract("C17")
def test_a_folder_is_uploaded_as_a_zip(one: Any, folder: Path) -> None:
    one.do("import zipfile; (group / 'd' / 'e').mkdir(parents=True)")
    one.do("(group / 'd' / 'e' / 'a.txt').write_text('x')")
    os.mkfifo(folder / "d" / "fifo")
    one.do("copy = begin('a', coordinator.reading(group / 'd', R.FOR_UPLOADING))")

    assert one.do("[Path(copy).name, zipfile.ZipFile(copy).namelist()]") == [
        "d.zip",
        ["d/e/a.txt"],
    ]
