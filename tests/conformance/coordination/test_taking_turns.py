"""Readers together, a writer alone, in the order in which they came."""

from typing import Any

import pytest

from simulator.testing.device import Device


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
