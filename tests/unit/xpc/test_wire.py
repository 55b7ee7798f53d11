"""The Unix wire: in order, never blocking, and gone is gone."""

import pytest

from simulator.wires import unix
from simulator.xpc.frames import Event


def _drain(receiver: unix.UnixReceiver) -> list[Event]:
    found = []

    while (event := receiver.receive()) is not None:
        found.append(event)

    return found


def test_events_arrive_in_order() -> None:
    sender, guest = unix.pair()
    receiver = unix.UnixReceiver(guest.detach())
    events = [Event(7, sequence, 0) for sequence in range(1, 11)]

    sent = [sender.send(event) for event in events]

    assert all(sent)
    assert _drain(receiver) == events
    sender.close()
    receiver.close()


def test_a_full_wire_refuses_without_blocking_and_takes_more_when_it_was_read() -> None:
    sender, guest = unix.pair()
    receiver = unix.UnixReceiver(guest.detach())
    sent = 0

    while sender.send(Event(1, sent + 1, 0)):
        sent += 1

    assert sent > 0
    assert len(_drain(receiver)) == sent
    assert sender.send(Event(1, sent + 1, 0))
    sender.close()
    receiver.close()


def test_the_sender_learns_that_the_guest_is_gone() -> None:
    sender, guest = unix.pair()
    guest.close()

    with pytest.raises(ConnectionError):
        sender.send(Event(1, 1, 0))

    sender.close()


def test_the_receiver_learns_that_the_host_is_gone() -> None:
    sender, guest = unix.pair()
    receiver = unix.UnixReceiver(guest.detach())
    sender.close()

    with pytest.raises(ConnectionError):
        receiver.receive()

    receiver.close()
