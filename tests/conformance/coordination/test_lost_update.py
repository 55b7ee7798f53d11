"""The lost update between an app and its extension, and its cure."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.conformance.coordination.conftest import Process

COUNT = """
def count(path):
    path.write_text(str(int(path.read_text()) + 1))

def up(times):
    for _ in range(times):
        coordinator.coordinate_writing_item(note, 0, count)
"""


@pytest.mark.contract("C2")
def test_four_processes_that_count_with_coordination_lose_nothing(process: Any) -> None:
    counters: list[Process] = [process(f"Counter{number}") for number in range(4)]
    counters[0].do("note.write_text('0')")
    answers = []

    for counter in counters:
        counter.do(COUNT)
        answers.append(counter.tell("up(25)"))

    for counter, answer in zip(counters, answers, strict=True):
        counter.app.wait_until(answer, timeout_s=20)

    assert counters[0].do("note.read_text()") == "100"
    assert counters[0].device.coordination.claims == []
    assert repr(counters[0].device.coordination) == "<Coordination: []>"
