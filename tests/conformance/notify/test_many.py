"""Many names, many registrations, many processes, many posts: nothing is lost, nobody waits."""

import os
from pathlib import Path
from typing import Any

import pytest

from simulator.daemonkit.limits import REGISTRATIONS_MAX
from simulator.testing.device import Device

pytestmark = pytest.mark.slow


def notifyd(device: Device) -> dict[str, int]:
    """Return what notifyd counts."""
    found: dict[str, int] = device.ask("info")["statistics"]["notifyd"]  # type: ignore[index]

    return found


def test_ten_thousand_names_in_a_process(one: Any, two: Any, device: Device) -> None:
    one.do("for n in range(10_000): hear(f'n{n}', n + 1)", timeout_s=30)
    two.do("for n in range(10_000): notify_post(f'n{n}')", timeout_s=30)
    device.settle()

    assert one.do("heard == sorted(heard) and len(heard) == 10_000") is True

    one.do("for token in range(50_000): notify_cancel(token)", timeout_s=30)
    device.settle()

    assert notifyd(device)["names"] == 0


def test_a_thousand_registrations_of_each_kind(one: Any, two: Any) -> None:
    one.do("tokens = [(hear, plain, watch)[n % 3](f'n{n % 100}') for n in range(3000)]")
    one.do("for token in tokens: notify_check(token)", timeout_s=30)
    two.do("for n in range(100): notify_post(f'n{n}')")

    one.shell.device.settle()

    assert one.do("len(heard)") == 1000
    assert one.do("sum(notify_check(t)[1] for t in tokens[2::3])", timeout_s=10) == 1000


def test_four_posters_and_four_receivers_lose_nothing(process: Any, device: Device) -> None:
    receivers = [process(f"Receiver{n}") for n in range(4)]
    posters = [process(f"Poster{n}") for n in range(4)]
    posts = 2500

    for receiver in receivers:
        receiver.do("count = [0, 0, 0, 0]\ndef add(n): count[n] += 1")
        receiver.do("for n in range(4): notify_register_dispatch(f'n{n}', lambda t, n=n: add(n))")

    answers = [
        poster.shell.tell(f"for _ in range({posts}): notify_post('n{n}')")
        for n, poster in enumerate(posters)
    ]

    for poster, answer in zip(posters, answers, strict=True):
        poster.app.wait_until(answer, timeout_s=30)

    device.settle()
    pended = {
        (event.detail["to"], event.resource)
        for event in device.events.of(kind="notify", operation="pend")
    }

    for receiver in receivers:
        counts = receiver.do("count")

        for n, count in enumerate(counts):
            if (receiver.app.name, f"n{n}") in pended:  # its wire was full for a while
                assert 0 < count <= posts
            else:
                assert count == posts


def test_a_guest_with_too_many_names_is_told_and_others_are_not_concerned(
    one: Any, two: Any, device: Device
) -> None:
    body = f"""
from simulator.sdk._process import current
from simulator.xpc.frames import Flag, Kind
process = current()
for n in range({REGISTRATIONS_MAX + 50}):
    process.send(Kind.REGISTER, b'%d' % n, arg=1000 + n, flags=Flag.SILENT)
"""
    one.do(body, timeout_s=30)

    assert one.do("notify_register_check('one more')") == [1_000_000, -1]
    assert notifyd(device)["names"] == REGISTRATIONS_MAX

    refused = device.events.of(kind="notify", operation="refuse", actor="com.example.One")

    assert len(refused) == 51
    assert "REGISTRATIONS_MAX" in refused[-1].reason

    two.do("hear('n', 'two'); notify_post('n')")

    assert two.heard() == ["two"]

    one.app.terminate()

    assert notifyd(device)["names"] == 1


def test_a_hundred_thousand_registrations(one: Any, device: Device) -> None:
    one.do("for _ in range(100_000): notify_register_dispatch('n', heard.append)", timeout_s=30)
    one.do("notify_post('n')")
    device.settle()

    assert one.do("len(heard)") == 100_000
    assert notifyd(device) == {**notifyd(device), "names": 1, "registrations": 1}


def test_a_flood_is_told_and_holds_up_nobody(process: Any, device: Device) -> None:
    flooder, other = process("Flooder"), process("Other")
    answer = flooder.shell.tell("for _ in range(60_000): notify_post('flood')")
    other.do("hear('n', 'n'); notify_post('n')")
    other.app.wait_until(lambda: other.do("heard == ['n']"))
    flooder.app.wait_until(answer, timeout_s=30)
    device.settle()

    # A host that has a processor to itself may keep up with one of them; not with every one.
    for _ in range(20):
        if device.events.of(kind="process", operation="flood"):
            break

        flooder.shell.do("for _ in range(60_000): notify_post('flood')")
        device.settle()

    assert "FLOOD_TURNS_MAX" in device.events.of(kind="process", operation="flood")[0].reason
    assert len(device.events.of(kind="process", operation="flood", actor="com.example.Other")) == 0


def test_nothing_is_left_after_many_processes(process: Any, device: Device) -> None:
    host = _host(device)
    last = process("Last")
    before = len(os.listdir(f"/proc/{host}/fd"))

    for _ in range(5):
        guest = process("Guest")
        guest.do("[hear(f'n{n}') for n in range(50)]; [watch(f'w{n}') for n in range(50)]")
        guest.app.suspend()
        last.do("for n in range(50): notify_post(f'n{n}')")
        guest.app.terminate()

    assert notifyd(device)["names"] == 0
    assert notifyd(device)["words"] == 1023
    assert len(os.listdir(f"/proc/{host}/fd")) == before


def _host(device: Device) -> int:
    import socket
    import struct

    device.ask("ps")
    assert device._client is not None
    found = device._client._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    pid = int(struct.unpack("iii", found)[0])

    assert Path(f"/proc/{pid}/fd").is_dir()

    return pid
