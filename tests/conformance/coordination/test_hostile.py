"""What a guest may send and put in the way: each has a defined answer."""

import os
from pathlib import Path
from typing import Any

import pytest

from simulator.daemonkit.limits import (
    COORDINATED_DEPTH_MAX,
    COORDINATED_ITEMS_MAX,
    INTENTS_MAX,
    PRESENTERS_MAX,
)
from simulator.testing.device import Device
from tests.conftest import GuestError


@pytest.mark.contract("C61")
def test_ten_thousand_items_are_waited_for_and_one_more_is_refused(
    one: Any, two: Any, three: Any, device: Device
) -> None:
    """Many in a claim, so that it does not take long; claims.py is tried with as many claims."""
    one.do("begin('a', coordinator.writing(note))")
    full, rest = divmod(COORDINATED_ITEMS_MAX, INTENTS_MAX)
    two.do(
        "def claim(count):\n"
        "    intents = [FileAccessIntent.writing(note)] * count\n"
        "    FileCoordinator().coordinate(intents, OperationQueue.main,\n"
        "                                 lambda error: heard.append(str(error)))\n"
        f"for _ in range({full}): claim({INTENTS_MAX})\n"
        f"claim({rest})",
        timeout_s=20,
    )
    two.app.wait_until(lambda: len(device.coordination.waiting) == full + 1)
    two.do("claim(1)")
    two.app.wait_until(lambda: two.do("len(heard)") == 1)

    assert "COORDINATED_ITEMS_MAX" in str(two.do("heard[0]"))

    three.do("begin('a', coordinator.writing(group / 'other'))")  # nobody else is in trouble
    one.do("end('a')")
    two.app.wait_until(lambda: two.do("len(heard)") == full + 2, timeout_s=20)

    assert two.do("list(set(heard[1:]))") == ["None"]


@pytest.mark.contract("C62")
def test_strange_names_are_items_like_others(one: Any, two: Any, folder: Path) -> None:
    names = ["('n' * 255)", r"'bad \udcff\udc80 name'", r"'new\nline'", "'. .'"]

    for name in names:
        one.do(f"begin('a', coordinator.writing(group / {name}))")
        granted = two.claim("a", f"reading(group / {name})")
        two.waits()
        one.do("end('a')")
        two.app.wait_until(granted)
        two.do("end('a')")

    one.do(r"present(group / 'bad \udcff\udc80 name')")
    two.do(r"with coordinator.writing(group / 'bad \udcff\udc80 name') as url: url.write_text('x')")

    assert b"bad \xff\x80 name" in os.listdir(os.fsencode(folder))
    assert one.calls() == ["writer", "writer is done", "did change"]


@pytest.mark.contract("C62")
@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("group / ('n' * 256)", "255 bytes at most"),
        ("group / '/'.join(['n' * 200] * 30)", "4095 bytes at most"),
        (f"group / '/'.join('d' * {COORDINATED_DEPTH_MAX})", "COORDINATED_DEPTH_MAX"),
        ("str(group) + chr(0)", "no absolute path"),
        ("'/etc/passwd'", "not in a container"),
        ("group / '..' / 'x'", "not in a container"),
    ],
)
def test_what_can_be_no_item_is_refused_with_a_sentence(path: str, sentence: str, one: Any) -> None:
    with pytest.raises(GuestError, match=sentence):
        one.do(f"begin('a', coordinator.writing({path}))")


@pytest.mark.contract("C62")
@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("begin('a', coordinator.writing(note, 3))", "at most one of WritingOptions"),
        ("begin('a', coordinator.reading(note, 16))", "made of ReadingOptions"),
        (
            f"begin('a', coordinator.accessing(*[MANY] * {INTENTS_MAX + 1}))",
            "INTENTS_MAX",
        ),
        ("present('/etc')", "not in a container"),
        (f"[present(note) for _ in range({PRESENTERS_MAX + 1})]", "PRESENTERS_MAX"),
        ("FileCoordinator.add_file_presenter(object())", "is no FilePresenter"),
    ],
)
def test_too_much_and_nonsense_are_refused_with_a_sentence(
    code: str, sentence: str, one: Any
) -> None:
    one.do("MANY = FileAccessIntent.reading(note)")

    with pytest.raises(GuestError, match=sentence):
        one.do(code, timeout_s=20)

    one.do("begin('b', coordinator.writing(note))")


@pytest.mark.contract("C63")
def test_a_link_that_leads_out_is_refused_wherever_it_is(
    one: Any, device: Device, folder: Path, tmp_path: Path
) -> None:
    (folder / "out").symlink_to(tmp_path)
    (folder / "loop").symlink_to("loop")

    for access in (
        "writing(group / 'out' / 'x')",
        "reading(group / 'out', R.RESOLVES_SYMBOLIC_LINK)",
        "reading(group / 'loop', R.RESOLVES_SYMBOLIC_LINK)",
    ):
        with pytest.raises(GuestError, match="SandboxDenied"):
            one.do(f"begin('a', coordinator.{access})")

    one.do("begin('b', coordinator.writing(group / 'out', W.FOR_DELETING))")  # the link itself
    one.do("os.unlink(group / 'out'); end('b')")

    assert tmp_path.exists()
    assert device.coordination.claims == []


@pytest.mark.contract("C63")
def test_fifos_and_folders_that_are_replaced_block_nobody(
    one: Any, two: Any, folder: Path, tmp_path: Path
) -> None:
    os.mkfifo(folder / "fifo")
    one.do("present(group / 'fifo'); (group / 'd').mkdir()")
    two.do("with coordinator.writing(group / 'fifo'): pass")

    assert one.calls() == ["writer", "writer is done", "did change"]

    one.do("FileCoordinator.remove_file_presenter(presenter); present(group / 'd' / 'a')")
    two.do("begin('a', coordinator.writing(group / 'd' / 'a'))")
    (folder / "d").rename(folder / "e")
    (folder / "d").symlink_to(tmp_path)  # what is seen there now is none of theirs
    (tmp_path / "a").write_text("secret")
    two.do("end('a')")

    assert one.calls() == ["writer", "writer is done"]


@pytest.mark.contract("C64")
@pytest.mark.parametrize(
    "call",
    [
        "['filecoordinationd.claim', [1, 2]]",
        "['filecoordinationd.claim', [0, 1, '', 0, [['/', True, 0]], '']]",
        "['filecoordinationd.claim', [1, 1, '', 0, [['/', 1, 0]], '']]",
        "['filecoordinationd.claim', [1, 1, 'p' * 1001, 0, [['/', True, 0]], '']]",
        "['filecoordinationd.cancel', 1]",
        "['filecoordinationd.moved', [0, '/']]",
        "['filecoordinationd.present', [0, '/', 0, True, '']]",
        "['filecoordinationd.present', [1, '/', 4096, True, '']]",
        "['filecoordinationd.answered', [99, '', False]]",
        "['filecoordinationd.answered', [1]]",
    ],
)
def test_who_speaks_nonsense_is_dropped(call: str, one: Any, two: Any, device: Device) -> None:
    one.tell(
        "from simulator.sdk._process import current\n"
        "from simulator.xpc.frames import Kind\n"
        "from shared_container.codec import encode\n"
        f"current().send(Kind.CALL, encode({call}))"
    )
    device.wait_until(lambda: device.events.of(kind="exit", actor=one.app.name))

    assert device.events.of(kind="misbehaved").only().actor == one.app.name

    two.do("begin('a', coordinator.writing(note))")


@pytest.mark.contract("C64")
@pytest.mark.parametrize("payload", ["b''", "b'x' * 13", "bytes([0] * 12 + [9, 0])"])
def test_who_sends_half_a_claim_is_dropped(payload: str, one: Any, device: Device) -> None:
    one.tell(f"from simulator.sdk._process import current\ncurrent().send(17, {payload}, arg=1)")
    device.wait_until(lambda: device.events.of(kind="exit", actor=one.app.name))

    assert device.events.of(kind="misbehaved").only().actor == one.app.name


@pytest.mark.contract("C64")
def test_what_is_not_there_may_be_ended_removed_and_heard(one: Any) -> None:
    one.do(
        "from simulator.sdk._process import current\n"
        "for verb, value in [('unpresent', 9), ('heard', None), "
        "('unpresent', 'x'), ('moved', [0, str(note), str(note)])]:\n"
        "    current().tell(f'filecoordinationd.{verb}', value)\n"
        "current().send(18, arg=99)"
    )
    one.do("begin('a', coordinator.writing(note))")


@pytest.mark.contract("C65")
def test_a_burst_of_a_thousand_files_is_told_once_each(one: Any, two: Any) -> None:
    one.do(
        "(group / 'd').mkdir()\n"
        "for n in range(1000): (group / 'd' / f'{n}.txt').write_text('')\n"
        "class Counts(FilePresenter):\n"
        "    def presented_subitem_did_change(self, at): heard.append(at.name)\n"
        "present(group / 'd', Counts)",
        timeout_s=20,
    )
    one.app.wait_until(lambda: all(each.watched for each in one.device.coordination.presenters))
    two.do("for n in range(1000): (group / 'd' / f'{n}.txt').write_text(str(n))", timeout_s=20)
    one.app.wait_until(lambda: one.do("len(set(heard))") == 1000, timeout_s=20)
    one.device.settle()

    # A file that stays open for four moments, as its writer lost the CPU, is told of then, too.
    assert one.do("len(heard)") <= 1010
