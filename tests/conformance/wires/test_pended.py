"""What has no room waits, once per token, and is sent when the guest says that it has caught up."""

from typing import TYPE_CHECKING, cast

import pytest

from simulator.daemonkit.eventwire import EventWire
from simulator.xpc.errors import Misbehaved

if TYPE_CHECKING:
    from simulator.xpc.frames import Event
    from tests.conformance.wires.conftest import Joined

TOKEN, OTHER, CANCELLED = 7, 8, 9
CAUSE = 100


class Host:
    """The host's end, with what it said on the bootstrap socket."""

    def __init__(self, joined: "Joined") -> None:
        self.reader = joined.reader
        self.full: list[int] = []
        self.wire = EventWire(joined.sender, self.full.append)

    def fill(self) -> int:
        """Fire one token until an event is pended; return how many were sent."""
        while not self.full:
            self.wire.fire(TOKEN, CAUSE, 0)

        return self.wire.sent

    def fire_again(self) -> None:
        """Do what is done at DRAINED."""
        for token, cause in self.wire.drained().items():
            self.wire.fire(token, cause, 0)


@pytest.fixture
def host(joined: "Joined") -> Host:
    """A host whose guest reads in a process of its own."""
    return Host(joined)


def test_full_is_said_once_with_the_cause(host: Host) -> None:
    host.fill()

    for _ in range(100):
        host.wire.fire(OTHER, CAUSE + 1, 0)

    assert host.full == [CAUSE]


def test_what_was_pended_is_sent_once_per_token_in_the_order_of_the_first_miss(
    host: Host,
) -> None:
    sent = host.fill()

    for token in (OTHER, TOKEN, CANCELLED, OTHER):
        host.wire.fire(token, CAUSE, 0)

    assert host.wire.pended == 3
    assert [cast("Event", each).token for each in host.reader.drain()] == [TOKEN] * sent

    host.fire_again()

    again = [cast("Event", each) for each in host.reader.take(3)]
    assert [event.token for event in again] == [TOKEN, OTHER, CANCELLED]
    assert host.wire.pended == 0


def test_sequences_have_no_gap_however_often_the_wire_was_full(host: Host) -> None:
    heard: list[object] = []

    for _ in range(5):
        host.fill()
        heard += host.reader.drain()
        host.full.clear()
        host.fire_again()

    heard += host.reader.drain()

    assert [cast("Event", event).sequence for event in heard] == list(range(1, host.wire.sent + 1))


def test_a_cancelled_token_is_not_sent_again(host: Host) -> None:
    host.fill()
    host.wire.fire(CANCELLED, CAUSE, 0)
    host.wire.forget(CANCELLED)
    host.reader.drain()

    host.fire_again()

    assert [cast("Event", each).token for each in host.reader.drain()] == [TOKEN]


def test_nothing_is_sent_past_what_waits(host: Host) -> None:
    """Room that came back before DRAINED must not let a later post overtake an earlier one."""
    host.fill()
    host.wire.fire(OTHER, CAUSE, 0)
    host.reader.drain()

    host.wire.fire(CANCELLED, CAUSE, 0)
    assert host.reader.drain() == []

    host.fire_again()
    tokens = [cast("Event", each).token for each in host.reader.take(3)]
    assert tokens == [TOKEN, OTHER, CANCELLED]


def test_more_than_fits_again_is_pended_again(host: Host) -> None:
    room = host.fill()
    tokens = range(1000, 1000 + 3 * room)

    for token in tokens:
        host.wire.fire(token, CAUSE, 0)

    heard = [cast("Event", each).token for each in host.reader.drain()][room:]

    while host.wire.pended:
        host.fire_again()
        heard += [cast("Event", each).token for each in host.reader.drain()]

    assert heard == [TOKEN, *tokens]
    assert len(host.full) >= 3


def test_drained_without_full_is_nonsense(host: Host) -> None:
    host.wire.fire(TOKEN, CAUSE, 0)

    with pytest.raises(Misbehaved, match="never full"):
        host.wire.drained()


def test_a_dead_guest_is_no_error_of_the_host(host: Host) -> None:
    host.reader.kill()

    for _ in range(10):
        host.wire.fire(TOKEN, CAUSE, 0)

    assert host.wire.sent == 0
    assert host.full == []
    host.wire.close()
    host.wire.close()
