"""The loop goes on while a hostile file is read and compared."""

import asyncio
import json
from pathlib import Path

from simulator.bundles.bundle import Bundle
from simulator.bundles.entitlements import parse_entitlements
from simulator.bundles.info import parse_info
from simulator.daemonkit.clock import RealClock
from simulator.daemonkit.door import Door
from simulator.daemonkit.events import EventLog
from simulator.daemonkit.rooms import Kit
from simulator.daemonkit.router import Router
from simulator.daemons.swcd.internet import Page
from simulator.daemons.swcd.service import Swcd


def _app() -> Bundle:
    rights: dict[str, object] = {
        "com.apple.developer.team-identifier": "T",
        "com.apple.developer.associated-domains": ["applinks:example.com"],
    }
    info = parse_info({"CFBundleIdentifier": "com.example.A"}, file="Info.plist", stem="A")

    return Bundle(Path("A.app"), info, parse_entitlements(rights, file="A.entitlements"))


def _kit() -> Kit:
    clock, door = RealClock(), Door(None)

    return Kit(clock, EventLog(clock), door, Router(door))


async def _turns(during: "asyncio.Task[object]") -> int:
    """Return how many turns the loop has while a task runs."""
    turns = 0

    while not during.done():
        turns += 1
        await asyncio.wait([during], timeout=0)

    return turns


async def _scenario(data: Path) -> tuple[int, str]:
    swcd = Swcd(_kit(), str(data))
    await swcd.installed(_app())
    components = [{"/": "/" + "$(lang)*" * 8 + "0"}, {"/": "/*"}]
    detail = {"appIDs": ["T.com.example.A"], "components": components}
    body = json.dumps({"applinks": {"details": [detail]}}).encode()
    await swcd.put("example.com", Page(body))
    url = "https://example.com/" + "aa" * 14_000
    task = asyncio.ensure_future(swcd.app_for(url, None))
    turns = await _turns(task)

    return turns, task.result().reason


def test_the_loop_goes_on_while_patterns_are_compared(tmp_path: Path) -> None:
    turns, reason = asyncio.run(_scenario(tmp_path))

    assert turns > 5
    assert reason.startswith("example.com: Pattern") or "LINK_STEPS_MAX" in reason


def test_sites_survive_and_a_damaged_one_answers_nothing(tmp_path: Path) -> None:
    internet = Swcd(_kit(), str(tmp_path)).internet
    internet.put("Example.com", Page(b"{}", 404))
    (file,) = (path for path in tmp_path.rglob("example.com"))

    assert internet.hosts() == ["example.com"]
    assert internet.get("example.com") == Page(b"{}", 404)

    file.write_bytes(b"damaged")

    assert internet.get("example.com") is None
    assert internet.remove("EXAMPLE.com")
    assert not internet.remove("../example.com")
