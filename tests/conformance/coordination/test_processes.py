"""Processes that die, are suspended, never return or never answer: nobody waits for ever."""

import os
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device
from tests.conformance.coordination.conftest import GROUP, claims_of

UNSAID = "TN2408 says that it was resolved, and not how: what it holds is nobody's business then"


def statistics_of(device: Device) -> dict[str, int]:
    shown: Any = device.ask("info")

    return dict(shown["statistics"]["filecoordinationd"])


@pytest.mark.contract("C40")
@pytest.mark.parametrize("state", ["holder", "waiter"])
def test_the_claims_of_a_dead_process_vanish(
    state: str, one: Any, two: Any, three: Any, device: Device
) -> None:
    one.do("begin('a', coordinator.writing(note))")
    two.claim("a", "writing(note)")
    two.waits()
    granted = three.claim("a", "writing(note)")
    three.waits()
    dead, other = (one, two) if state == "holder" else (two, one)
    dead.tell("os.kill(os.getpid(), 9)") if state == "holder" else dead.app.terminate()
    device.wait_until(lambda: device.events.of(kind="exit", actor=dead.app.name))
    device.wait_until(lambda: len(claims_of(device)) == 2)

    if state == "waiter":
        other.do("end('a')")
    else:
        other.app.wait_until(lambda: claims_of(device)[0]["state"] == "held")
        other.do("end('a')")

    three.app.wait_until(granted)


@pytest.mark.contract("C41", status="approximated", reason=UNSAID)
def test_a_suspended_holder_is_in_nobodys_way(one: Any, two: Any, device: Device) -> None:
    one.do("begin('a', coordinator.writing(note))")
    granted = two.claim("a", "writing(note)")
    two.waits()
    one.app.suspend()
    two.app.wait_until(granted)
    one.app.resume()
    told = device.events.of(kind="coordination", operation="overlap").only()

    assert "com.example.Two/1" in str(told.detail["reason"])


@pytest.mark.contract("C41", status="approximated", reason=UNSAID)
def test_a_folder_that_is_deleted_around_a_suspended_holder_is_told(
    one: Any, two: Any, device: Device
) -> None:
    one.do("(group / 'd').mkdir(); begin('a', coordinator.reading(group / 'd' / 'a'))")
    one.app.suspend()
    two.do("begin('a', coordinator.writing(group / 'd', W.FOR_DELETING))")
    one.app.resume()
    told = device.events.of(kind="coordination", operation="overlap").only()

    assert told.detail["to"] == one.app.name
    assert "com.example.Two/1" in str(told.detail["reason"])


@pytest.mark.contract("C41", status="approximated", reason=UNSAID)
def test_nothing_is_kept_of_a_process_that_dies_while_it_is_suspended(
    one: Any, device: Device
) -> None:
    one.do("begin('a', coordinator.writing(note)); present(note)")
    one.app.suspend()

    assert statistics_of(device)["passed_over"] == 1

    one.app.terminate()
    device.wait_until(lambda: not claims_of(device))

    assert set(statistics_of(device).values()) == {0}


@pytest.mark.contract("C41", status="approximated", reason=UNSAID)
def test_a_suspended_holder_nobody_waited_for_holds_again(
    one: Any, two: Any, device: Device
) -> None:
    one.do("begin('a', coordinator.writing(note))")
    one.app.suspend()
    one.app.resume()
    granted = two.claim("a", "writing(note)")
    two.waits()

    assert len(device.events.of(kind="coordination", operation="overlap")) == 0

    one.do("end('a')")
    two.app.wait_until(granted)


@pytest.mark.contract("C41", status="approximated", reason=UNSAID)
def test_a_device_can_do_it_as_up_to_ios_8_1(one: Any, two: Any, device: Device) -> None:
    device.coordination.be_patient(suspended_holds=True)
    one.do("begin('a', coordinator.writing(note))")
    granted = two.claim("a", "writing(note)")
    two.waits()
    one.app.suspend()
    device.settle()

    assert granted() is None

    one.app.resume()
    one.do("end('a')")
    two.app.wait_until(granted)


@pytest.mark.contract("C42", status="approximated", reason=UNSAID)
def test_a_suspended_waiter_is_granted_nothing_before_it_runs(
    one: Any, two: Any, three: Any, device: Device
) -> None:
    one.do("begin('a', coordinator.writing(note))")
    late = two.claim("a", "writing(note)")
    two.waits()
    two.app.suspend()
    granted = three.claim("a", "writing(note)")
    three.waits()
    one.do("end('a')")
    three.app.wait_until(granted)
    two.app.resume()
    device.settle()

    assert late() is None

    three.do("end('a')")
    two.app.wait_until(late)


@pytest.mark.contract("C43", status="approximated", reason=UNSAID)
@pytest.mark.parametrize("when", ["before", "while it is asked"])
def test_a_suspended_presenter_is_not_asked_and_hears_later(when: str, one: Any, two: Any) -> None:
    one.do("note.write_text('old'); present(note)")

    if when == "while it is asked":
        one.do("presenter.relinquish_presented_item_to_writer = heard.append")
        done = two.tell("with coordinator.writing(note) as url: url.write_text('new')")
        one.app.wait_until(lambda: one.do("len(heard)") == 1)
        one.app.suspend()
        two.app.wait_until(done)
    else:
        one.app.suspend()
        two.do("with coordinator.writing(note) as url: url.write_text('new')")

    one.app.resume()

    assert one.calls() == ["did change"]


@pytest.mark.contract("C44")
def test_a_presenter_that_never_answers_is_named_and_passed_over(
    one: Any, two: Any, device: Device
) -> None:
    device.coordination.be_patient(presenter_s=0.2)
    one.do("note.write_text('old'); present(note)")
    one.do("presenter.relinquish_presented_item_to_writer = heard.append")
    two.do("with coordinator.writing(note) as url: url.write_text('new')")
    late = device.events.of(kind="coordination", operation="late").only()

    assert f"the presenter of One.py:20 in com.example.One ({one.app.pid})" in str(
        late.detail["reason"]
    )
    assert "group.com.example.shared/note.txt at Two.py:20" in str(late.detail["reason"])

    two.do("with coordinator.writing(note) as url: pass")

    assert len(device.events.of(kind="coordination", operation="late")) == 1

    one.do("heard[0]()")
    two.tell("with coordinator.writing(note) as url: pass")
    one.app.wait_until(lambda: one.do("len(heard)") == 2)  # it is asked again
    one.do("heard[1]()")


@pytest.mark.contract("C45")
def test_a_presenter_on_the_main_queue_of_a_process_that_waits_is_explained(
    one: Any, device: Device
) -> None:
    device.coordination.be_patient(presenter_s=0.2)
    one.do(
        "class OnMain(Presenter):\n"
        "    presented_item_operation_queue = OperationQueue.main\n"
        "note.write_text('old'); present(note, OnMain)"
    )
    one.do("with coordinator.writing(note) as url: url.write_text('new')")
    late = device.events.of(kind="coordination", operation="late").only()

    assert "its queue is the main one, and the main thread waits here" in str(late.detail["reason"])
    assert one.calls() == ["writer", "did change", "writer is done"]


@pytest.mark.contract("C45")
def test_a_presenter_on_the_main_queue_is_asked_while_others_write(one: Any, two: Any) -> None:
    one.do(
        "class OnMain(Presenter):\n"
        "    presented_item_operation_queue = OperationQueue.main\n"
        "note.write_text('old'); present(note, OnMain)"
    )
    two.do("with coordinator.writing(note) as url: url.write_text('new')")

    assert one.calls() == ["writer", "writer is done", "did change"]


@pytest.mark.contract("C46")
def test_a_presenter_is_asked_while_its_main_thread_is_busy_or_waits(
    one: Any, two: Any, three: Any, folder: Path
) -> None:
    write = "with coordinator.writing(note) as url: url.write_text('new')"
    one.do("note.write_text('old'); present(note)")
    os.mkfifo(folder / "now")
    busy = one.tell("open(group / 'now').close()  # which waits for the other end")
    two.do(write)

    assert busy() is None

    (folder / "now").open("w").close()
    one.app.wait_until(busy)
    three.do("begin('a', coordinator.writing(group / 'x'))")
    granted = one.claim("a", "reading(group / 'x')")
    one.waits()
    two.do(write)

    assert granted() is None

    three.do("end('a')")
    one.app.wait_until(granted)


@pytest.mark.contract("C47")
def test_who_waits_long_is_written_down_with_who_is_in_the_way(
    one: Any, two: Any, device: Device
) -> None:
    device.coordination.be_patient(report_s=0.1)
    one.do("begin('a', coordinator.writing(note))")
    two.claim("a", "reading(note)")
    told = device.wait_until(lambda: device.events.of(kind="coordination", operation="held-up"))
    sentence = str(told[0].detail["reason"])

    assert f"com.example.Two ({two.app.pid}) waits" in sentence
    assert "to read group.com.example.shared/note.txt at Two.py:18" in sentence
    assert f"com.example.One ({one.app.pid}) holds write group.com.example.shared" in sentence
    assert sentence.endswith("at One.py:18")


@pytest.mark.contract("C47")
def test_of_many_items_that_are_in_the_way_the_first_few_are_named(
    one: Any, two: Any, device: Device
) -> None:
    one.do("intents = [FileAccessIntent.writing(group / f'{n}') for n in range(5)]")
    one.do("begin('a', coordinator.accessing(*intents))")
    two.claim("a", "writing(group / '4')")
    two.waits()
    waiting = next(each for each in claims_of(device) if each["state"] == "waiting")
    told = device.events.of(kind="coordination", operation="wait").only()

    for sentence in (str(waiting["waits_for"]), str(told.detail["reason"])):
        assert (
            f"com.example.One ({one.app.pid}) holds write {GROUP}/0; write {GROUP}/1;" in sentence
        )
        assert f"; write {GROUP}/2 and 2 more since " in sentence


@pytest.mark.contract("C47")
def test_a_device_can_let_waiting_fail(one: Any, two: Any, device: Device) -> None:
    device.coordination.be_patient(wait_s=0.1)
    one.do("begin('a', coordinator.writing(note))")
    line = two.app.wait_until(two.claim("a", "reading(note)"))

    assert "WaitTimedOut" in line
    assert f"com.example.One ({one.app.pid}) holds write" in line


@pytest.mark.contract("C48")
def test_a_container_of_somebody_else_is_refused_with_the_reason(
    one: Any, two: Any, device: Device, tmp_path: Path
) -> None:
    home = two.do("str(FileManager.default.home_directory)")
    line = one.app.wait_until(one.tell(f"begin('a', coordinator.reading({home!r}))"))

    assert "SandboxDenied" in line
    assert "not in a container of this process" in line
    assert device.denials.of("One").only().operation == "file-read-data"

    one.do(f"os.symlink({str(tmp_path)!r}, group / 'out')")
    line = one.app.wait_until(one.tell("begin('a', coordinator.writing(group / 'out' / 'x'))"))

    assert "leads out of the container" in line
