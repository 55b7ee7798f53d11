"""A wire without a descriptor gets one: here a pipe that hides its own behind a thread."""

import os
import select
import threading

import pytest

from simulator.wires.bell import Bell, pollable
from simulator.wires.unix import pair, receiver
from simulator.xpc.frames import EVENT_SIZE, Event, pack_event, unpack_event


class Hidden:
    """Waits in a thread and keeps what came, as a wire of memory and a semaphore would."""

    def __init__(self, source: int) -> None:
        self._source = source
        self._came: list[Event] = []
        self._thread: threading.Thread | None = None

    def fileno(self) -> int | None:
        return None

    def ring(self, bell: int) -> None:
        self._thread = threading.Thread(target=self._run, args=(bell,))
        self._thread.start()

    def _run(self, bell: int) -> None:
        while data := os.read(self._source, EVENT_SIZE):
            self._came.append(unpack_event(data))
            os.eventfd_write(bell, 1)

    def receive(self) -> Event | None:
        return self._came.pop(0) if self._came else None

    def close(self) -> None:
        if self._thread is not None:
            self._thread.join()
            self._thread = None


def is_ready(wire: Bell, within_ms: int) -> bool:
    """Say whether a run loop would be woken."""
    poller = select.poll()
    descriptor = wire.fileno()
    assert descriptor is not None
    poller.register(descriptor, select.POLLIN)

    return bool(poller.poll(within_ms))


@pytest.mark.timeout(30)
def test_a_run_loop_sleeps_through_nothing_and_wakes_for_nothing_else() -> None:
    source, sink = os.pipe()
    wire = pollable(Hidden(source))
    assert isinstance(wire, Bell)
    assert not is_ready(wire, 0)
    heard: list[Event] = []
    events = [Event(1, number, 0) for number in range(1, 3001)]
    writer = threading.Thread(target=lambda: [os.write(sink, pack_event(each)) for each in events])
    writer.start()

    while len(heard) < len(events):
        assert is_ready(wire, 10_000)  # a bell that was silenced too late would not ring again

        if (event := wire.receive()) is not None:
            heard.append(event)

    assert heard == events
    assert wire.receive() is None
    assert not is_ready(wire, 0)
    writer.join()
    os.close(sink)
    wire.close()
    wire.close()
    os.close(source)


def test_a_wire_that_can_be_polled_is_left_alone() -> None:
    sender, end = pair("test")
    wire = receiver(end)

    assert pollable(wire) is wire

    wire.close()
    sender.close()
