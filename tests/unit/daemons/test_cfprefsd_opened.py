"""Domains that are open as long as somebody has them."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from shared_container.codec import encode
from simulator.daemonkit.clock import RealClock
from simulator.daemonkit.door import Door
from simulator.daemonkit.events import EventLog
from simulator.daemonkit.page import HostPage
from simulator.daemonkit.rooms import Kit
from simulator.daemonkit.router import Router
from simulator.daemons.cfprefsd.following import Follower
from simulator.daemons.cfprefsd.news import News
from simulator.daemons.cfprefsd.opened import OpenDomains
from simulator.daemons.cfprefsd.state import Location
from simulator.xpc.errors import Misuse

Scenario = Callable[[OpenDomains, Location, Kit], Awaitable[None]]


@pytest.fixture
def running(tmp_path: Path) -> Callable[[Scenario], None]:
    """``running(scenario)`` plays it with the domains of a device."""

    async def play(scenario: Scenario) -> None:
        clock, door = RealClock(), Door(None)
        kit = Kit(clock, EventLog(clock), door, Router(door))
        page = HostPage(f"test-{os.getpid()}")
        news = News(kit, page.words)
        domains = OpenDomains(kit, page, str(tmp_path), news, lambda _: None)

        try:
            await scenario(domains, Location(str(tmp_path), "domain"), kit)
        finally:
            await domains.close()

    return lambda scenario: asyncio.run(play(scenario))


def test_who_waits_for_a_domain_that_another_closes_again_gets_it_open(
    running: Callable[[Scenario], None],
) -> None:
    async def scenario(domains: OpenDomains, location: Location, _: Kit) -> None:
        async def read() -> None:
            domains.let_go(await domains.get(location))

        async def keep() -> bool:
            domain = await domains.get(location)
            domain.set(None, "key", 1, encode(1))

            return domain.closed

        outcomes = await asyncio.gather(read(), keep(), read())

        assert outcomes[1] is False
        assert (await domains.get(location)).store.values == {"key": 1}

    running(scenario)


def test_a_domain_that_somebody_follows_stays_open(running: Callable[[Scenario], None]) -> None:
    async def scenario(domains: OpenDomains, location: Location, kit: Kit) -> None:
        domain = await domains.get(location)
        follower = Follower(kit.log, {})
        domain.followers.add(follower)
        domains.let_go(domain)

        assert await domains.get(location) is domain

        domains.forget(location.container)

        assert domain.closed
        assert await follower.taken() == ([], 0, "domain is gone with its container")

    running(scenario)


def test_a_device_that_shuts_down_opens_nothing(running: Callable[[Scenario], None]) -> None:
    async def scenario(domains: OpenDomains, location: Location, _: Kit) -> None:
        domain = await domains.get(location)
        domain.set(None, "key", 1, encode(1))
        await domains.close()

        with pytest.raises(Misuse, match="the device shuts down"):
            await domains.get(location)

    running(scenario)
