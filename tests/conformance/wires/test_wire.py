"""What every wire must do, whatever it is made of. The guest's end is in a process of its own.

Nothing here measures time: a host that were blocked would run into the limit of the test.
"""

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator.wires.kinds import KINDS, wire
from simulator.xpc.frames import EVENT_SIZE, Event

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.wires.conftest import Case, Joined

U32, U64 = (1 << 32) - 1, (1 << 64) - 1
NAMED = (Path("/dev/shm"), Path("/dev/mqueue"))


def own_descriptors() -> int:
    """Return how many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))


def named_objects() -> set[str]:
    """Return what of this process has a name in shared memory and in message queues."""
    places = [place for place in NAMED if place.is_dir()]

    return {str(path) for place in places for path in place.glob(f"*test-{os.getpid()}*")}


def test_every_kind_is_tried(cases: "tuple[Case, ...]") -> None:
    assert [case.kind for case in cases] == list(KINDS)


def test_a_kind_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match=f"carrier-pigeon.*{KINDS[0]}"):
        wire("carrier-pigeon")


def test_events_arrive_in_order(joined: "Joined") -> None:
    events = [Event(1 + number % 3, number, number // 2) for number in range(1, 1001)]
    joined.reader.order("take", len(events))

    for event in events:  # the other process reads at its own pace: what had no room is sent again
        while not joined.sender.send(event):
            os.sched_yield()

    assert joined.reader.answer() == [list(event) for event in events]
    assert joined.reader.drain() == []


def test_an_event_arrives_whole(joined: "Joined") -> None:
    events = [Event(0, 0, 0), Event(U32, U64, U64), Event(1 << 31, 1 << 63, 1 << 32)]

    for event in events:
        assert joined.sender.send(event)

    assert joined.reader.take(len(events)) == events


def test_the_reader_is_woken_when_there_is_something_and_only_then(joined: "Joined") -> None:
    assert joined.reader.do("ready", 0) is False

    joined.sender.send(Event(1, 1, 0))

    assert joined.reader.do("ready", 10_000) is True
    assert joined.reader.take(1) == [Event(1, 1, 0)]


def test_nothing_is_lost_while_there_is_room(joined: "Joined") -> None:
    sent = joined.fill()

    assert sent
    assert joined.reader.drain() == sent


def test_what_had_no_room_is_refused_whole_and_can_be_sent_again(joined: "Joined") -> None:
    first = joined.fill()
    refused = Event(9, len(first) + 1, 0)
    assert joined.sender.send(refused) is False
    assert joined.reader.drain() == first

    assert joined.sender.send(refused) is True

    assert joined.reader.take(1) == [refused]


def test_a_wire_that_was_full_a_hundred_times_is_as_good_as_new(joined: "Joined") -> None:
    rooms = []

    for _ in range(100):
        sent = joined.fill()
        assert joined.reader.drain() == sent
        rooms.append(len(sent))

    assert min(rooms[1:]) >= rooms[0]


def test_a_stopped_reader_blocks_nobody_and_misses_nothing_that_had_room(
    join: "Callable[[], Joined]",
) -> None:
    stuck, healthy = join(), join()
    stuck.reader.stop()

    sent = stuck.fill()
    assert healthy.sender.send(Event(1, 1, 0))
    assert healthy.reader.take(1) == [Event(1, 1, 0)]

    stuck.reader.go_on()
    assert stuck.reader.take(len(sent)) == sent


def test_a_dead_reader_is_noticed_and_never_blocks(joined: "Joined") -> None:
    joined.sender.send(Event(1, 1, 0))  # unread: some kernels say so in another way
    joined.reader.kill()

    if joined.case.notices:
        with pytest.raises(ConnectionError):
            joined.fill()
    else:
        joined.fill()


def test_a_reader_that_gave_its_end_back_is_as_good_as_dead(joined: "Joined") -> None:
    assert joined.reader.do("close", 2) == "gone"

    if joined.case.notices:
        with pytest.raises(ConnectionError):
            joined.fill()
    else:
        joined.fill()


def test_the_reader_gets_everything_before_it_learns_that_the_host_is_gone(
    joined: "Joined",
) -> None:
    sent = joined.fill()
    joined.sender.close()

    assert joined.reader.drain() == [*sent, "gone"][: None if joined.case.notices else -1]


def test_a_closed_sender_is_gone(joined: "Joined") -> None:
    joined.sender.close()
    joined.sender.close()

    with pytest.raises(ConnectionError):
        joined.sender.send(Event(1, 1, 0))


@pytest.mark.parametrize("size", [1, EVENT_SIZE - 1, EVENT_SIZE + 1, 2 * EVENT_SIZE])
def test_a_torn_or_forged_event_is_told_apart_and_what_follows_is_heard(
    joined: "Joined", size: int
) -> None:
    joined.case.forge(joined.sender, bytes(size))
    joined.sender.send(Event(1, 1, 0))

    assert joined.reader.take(2) == ["torn", Event(1, 1, 0)]


def test_what_a_guest_writes_into_its_own_end_reaches_nobody(joined: "Joined") -> None:
    said = joined.reader.do("scribble")

    joined.sender.send(Event(1, 1, 0))

    assert "written" not in str(said)
    assert joined.reader.take(1) == [Event(1, 1, 0)]


def test_nothing_is_left_of_a_wire(case: "Case") -> None:
    gc.collect()
    before = own_descriptors()

    for number in range(100):
        sender, end = wire(case.kind).pair(f"test-{os.getpid()}-{number}")
        receiver = wire(case.kind).receiver(end)
        assert sender.send(Event(1, 1, 0))
        assert receiver.receive() == Event(1, 1, 0)

        for _ in range(2):
            sender.close()
            receiver.close()

    assert own_descriptors() == before
    assert named_objects() == set()
