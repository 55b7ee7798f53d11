"""One door: whoever stands in it decides the order, and a lost update is found and replayed.

The device runs inside the test, so that the test can be the porter. Its guests are real processes.
"""

import asyncio
import plistlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from shared_container.codec import encode
from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest
from simulator.device.host import DeviceHost
from simulator.device.record import DeviceRecord
from simulator.xpc.frames import Frame, Kind
from simulator.xpc.page import STEP

GROUP = "group.com.example.door"

COUNTER = f"""
from simulator.sdk.foundation import UserDefaults
from simulator.sdk.uikit import Application


class Counter(Application):
    def did_finish_launching(self, options):
        self.defaults = UserDefaults(suite_name="{GROUP}")

    def open_url(self, url, options):
        count = self.defaults.integer("count")

        if "look" not in str(url):
            self.defaults.set(count + 1, "count")
"""


class Porter:
    """Lets everything through at once but the sets of guests, which wait for ``release``."""

    def __init__(self) -> None:
        self.holds = False
        self.held: list[tuple[str, Callable[[], None]]] = []
        self.passed: list[Passage] = []

    def admit(self, passage: Passage, act: Callable[[], None]) -> None:
        self.passed.append(passage)

        if self.holds and passage.direction == "in" and passage.label == "SET":
            self.held.append((passage.who, act))
        else:
            act()

    def release(self) -> None:
        _, act = self.held.pop(0)
        act()


def _app(folder: Path, name: str) -> str:
    app = folder / f"{name}.app"
    app.mkdir()
    (app / f"{name}.py").write_text(COUNTER)
    info = {
        "CFBundleIdentifier": f"com.example.{name}",
        "CFBundleURLTypes": [{"CFBundleURLSchemes": [name.lower()]}],
    }
    (app / "Info.plist").write_bytes(plistlib.dumps(info))
    rights = {"com.apple.security.application-groups": [GROUP]}
    (app / f"{name}.entitlements").write_bytes(plistlib.dumps(rights))

    return str(app)


async def _with_two_counters(
    tmp_path: Path, scenario: Callable[[DeviceHost, Porter, list[Guest]], Awaitable[None]]
) -> dict[str, object]:
    """Run a scenario on a device with the apps Ann and Bob; return the group's defaults."""
    record = DeviceRecord(
        udid="00000000-0000-4000-8000-000000000D00",
        name="door",
        device_type="x",
        runtime="y",
        seed=bytes(32),
    )
    porter = Porter()
    host = DeviceHost(record, tmp_path, "STRONG", porter=porter)

    try:
        await host.start()
        guests = []

        for name in ("Ann", "Bob"):
            app, _ = await host.installd.install(_app(tmp_path, name))
            guests.append(await host.launchd.launch(app))
            await guests[-1].launched

        host.page.set_mode(STEP, on=True)
        await asyncio.wait_for(scenario(host, porter, guests), 20)

        return await host.cfprefsd.outside.read(GROUP)
    finally:
        await host.stop("the test is over")


async def _open(host: DeviceHost, name: str) -> None:
    await host.lsd.open_url(f"{name.lower()}:", source=None, cause=0)


async def _until_held(porter: Porter, count: int) -> None:
    await _until(lambda: len(porter.held) >= count)


def _is_quiescent(guest: Guest) -> bool:
    """Say whether a guest has reported everything it was told."""
    return guest.connection is not None and guest.connection.quiescent


async def _until(condition: Callable[[], bool]) -> None:
    loop = asyncio.get_running_loop()

    while not condition():
        turn = loop.create_future()
        loop.call_later(0.001, turn.set_result, None)
        await turn


@pytest.mark.enforces
def test_two_increments_that_are_interleaved_lose_one(tmp_path: Path) -> None:
    async def scenario(host: DeviceHost, porter: Porter, _: list[Guest]) -> None:
        porter.holds = True
        await _open(host, "Ann")
        await _open(host, "Bob")
        await _until_held(porter, 2)  # both have read 0, neither has written

        porter.release()
        porter.release()
        porter.holds = False
        await host.runningboardd.until_quiescent()

    assert asyncio.run(_with_two_counters(tmp_path, scenario)) == {"count": 1}


@pytest.mark.enforces
def test_two_increments_one_after_the_other_lose_none(tmp_path: Path) -> None:
    async def scenario(host: DeviceHost, porter: Porter, _: list[Guest]) -> None:
        porter.holds = True

        for name in ("Ann", "Bob"):
            await _open(host, name)
            await _until_held(porter, 1)
            porter.release()

        porter.holds = False
        await host.runningboardd.until_quiescent()

    assert asyncio.run(_with_two_counters(tmp_path, scenario)) == {"count": 2}


@pytest.mark.enforces
def test_every_kind_of_passage_goes_through_the_door(tmp_path: Path) -> None:
    seen: list[Passage] = []

    async def scenario(host: DeviceHost, porter: Porter, guests: list[Guest]) -> None:
        await _open(host, "Ann")
        await host.runningboardd.until_quiescent()
        await host.launchd.terminate(guests[1], "enough")
        seen.extend(porter.passed)

    asyncio.run(_with_two_counters(tmp_path, scenario))
    kinds = {(passage.direction, passage.what, passage.label) for passage in seen}

    assert ("out", "spawn", "com.example.Ann") in kinds
    assert ("in", "frame", "HELLO") in kinds
    assert ("in", "frame", "YIELD") in kinds
    assert ("out", "frame", "URL") in kinds
    assert ("out", "frame", "REPLY") in kinds
    assert ("in", "exit", "0") in kinds


@pytest.mark.enforces
def test_a_device_is_not_at_rest_while_the_host_works_on_an_answer(tmp_path: Path) -> None:
    async def scenario(host: DeviceHost, porter: Porter, guests: list[Guest]) -> None:
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        host.kit.router.verb("test.answer", lambda _heard, _arguments: answer)
        call = encode(["test.answer", None])
        host.kit.router.hear(guests[0], Frame(Kind.CALL, 0, 0, 0, 0, 0, 0, call), 0)
        rest = asyncio.ensure_future(host.runningboardd.until_quiescent())
        await _until(lambda: [passage.label for passage in porter.passed].count("TICK") == 2)
        await _until(lambda: all(_is_quiescent(guest) for guest in guests))
        await asyncio.wait({rest}, timeout=0.05)  # it would be done a turn later

        assert not rest.done()

        answer.set_result(None)
        await rest

    asyncio.run(_with_two_counters(tmp_path, scenario))


@pytest.mark.enforces
def test_a_guest_whose_set_is_held_is_at_rest_because_it_waits(tmp_path: Path) -> None:
    async def scenario(host: DeviceHost, porter: Porter, guests: list[Guest]) -> None:
        porter.holds = True
        await _open(host, "Ann")
        await _until_held(porter, 1)
        connection = guests[0].connection
        assert connection is not None

        assert connection.quiescent

        porter.holds = False
        porter.release()
        await host.runningboardd.until_quiescent()

    assert asyncio.run(_with_two_counters(tmp_path, scenario)) == {"count": 1}


@pytest.mark.enforces
def test_a_read_that_compares_one_word_is_held_once_reads_are_to_be(tmp_path: Path) -> None:
    def yields(porter: Porter) -> int:
        return [passage.label for passage in porter.passed].count("YIELD")

    async def scenario(host: DeviceHost, porter: Porter, _: list[Guest]) -> None:
        host.page.set_mode(STEP, on=False)

        await _open(host, "Ann")

        for _number in range(2):  # then the copy is known to be fresh
            await host.lsd.open_url("ann:look", source=None, cause=0)
            await host.runningboardd.until_quiescent()

        assert yields(porter) == 0

        host.page.set_mode(STEP, on=True)

        for _number in range(2):
            await host.lsd.open_url("ann:look", source=None, cause=0)
            await host.runningboardd.until_quiescent()

        assert yields(porter) == 2

    assert asyncio.run(_with_two_counters(tmp_path, scenario)) == {"count": 1}
