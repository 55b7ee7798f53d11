"""The event log."""

import asyncio
import json
from pathlib import Path

from simulator.daemonkit.clock import RealClock
from simulator.daemonkit.events import EventLog


def test_events_have_ids_in_order_and_count_repetitions() -> None:
    log = EventLog(RealClock())
    log.append("post", "post", "x", actor="a/1")
    log.append("post", "post", "x", actor="a/1")
    log.append("post", "post", "x", actor="b/1")

    assert [(event.id, event.nth) for event in log.since(0)] == [(1, 1), (2, 2), (3, 1)]


def test_since_returns_what_stands_behind_a_position() -> None:
    log = EventLog(RealClock())

    for number in range(5):
        log.append("k", "o", str(number), actor="a")

    assert [event.resource for event in log.since(3)] == ["3", "4"]
    assert list(log.since(5)) == []


def test_the_file_has_a_json_line_for_each_event(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    log = EventLog(RealClock(), str(path))
    log.append("k", "o", "r", actor="a", cause=7, data=b"\xff")
    log.close()
    (line,) = path.read_text().splitlines()

    assert json.loads(line)["cause"] == 7
    assert json.loads(line)["detail"] == {"data": "b'\\xff'"}


def test_a_line_is_what_json_says(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    log = EventLog(RealClock(), str(path))
    text = 'a"\\\n\x00ü\ud800'
    log.append(
        "k", "o", 'r"\n', actor="a\\", line="x.py:1", access="w",
        text=text, yes=True, none=None, list=[1, text], big=1 << 70,
    )  # fmt: skip
    (event,) = log.since(0)
    log.close()

    (line,) = path.read_bytes().decode("utf-8").splitlines()

    assert json.loads(line) == event.as_dict()


def test_what_happens_in_a_burst_is_in_the_file_at_the_end_in_order(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    count = 20_000  # more than may wait

    async def scenario() -> None:
        log = EventLog(RealClock(), str(path))

        for number in range(count):
            log.append("k", "o", str(number % 7), actor="a")

        log.close()

    asyncio.run(scenario())
    found = [json.loads(line) for line in path.read_text().splitlines()]

    assert [event["id"] for event in found] == list(range(1, count + 1))
    assert found[-1]["nth"] == 1 + (count - 1) // 7


def test_the_file_is_written_while_nobody_asks(tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"

    async def scenario() -> list[str]:
        log = EventLog(RealClock(), str(path))
        log.append("k", "o", "r", actor="a")
        ends = asyncio.get_running_loop().time() + 10

        while not path.read_text() and asyncio.get_running_loop().time() < ends:
            pause = asyncio.Event()
            asyncio.get_running_loop().call_later(0.01, pause.set)
            await pause.wait()

        found = path.read_text().splitlines()
        log.close()

        return found

    assert len(asyncio.run(scenario())) == 1


def test_a_waiter_is_woken_by_the_next_event() -> None:
    async def scenario() -> int:
        log = EventLog(RealClock())
        waiter = asyncio.ensure_future(log.grown(0))
        asyncio.get_running_loop().call_soon(lambda: log.append("k", "o", "r", actor="a"))
        await asyncio.wait_for(waiter, 5)

        return log.position

    assert asyncio.run(scenario()) == 1


def test_who_waits_for_what_has_happened_does_not_wait() -> None:
    async def scenario() -> bool:
        log = EventLog(RealClock())
        log.append("k", "o", "r", actor="a")
        waiter = asyncio.ensure_future(log.grown(0))
        await asyncio.wait({waiter}, timeout=5)

        return waiter.done()

    assert asyncio.run(scenario())
