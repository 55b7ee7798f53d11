"""Standard input is fetched when it is read, and not before."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from simulator.daemonkit.feed import Feed
from simulator.xpc.errors import Misbehaved, Misuse


def running(scenario: Callable[[Feed, list[int]], Awaitable[None]]) -> None:
    async def run() -> None:
        wanted: list[int] = []
        await scenario(Feed(wanted.append), wanted)

    asyncio.run(run())


async def _reading(feed: Feed, size: int = 10) -> "asyncio.Task[bytes]":
    task = asyncio.ensure_future(feed.read(size))
    turn = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(turn.set_result, None)
    await turn

    return task


def test_nothing_is_wanted_until_it_is_read() -> None:
    async def scenario(feed: Feed, wanted: list[int]) -> None:
        assert wanted == []
        task = await _reading(feed)
        assert wanted == [10]
        feed.give(b"some")
        assert await task == b"some"
        assert wanted == [10]

    running(scenario)


def test_the_end_stays_the_end_and_nobody_is_asked_again() -> None:
    async def scenario(feed: Feed, wanted: list[int]) -> None:
        task = await _reading(feed)
        feed.give(b"")
        assert await task == b""
        assert await feed.read(10) == b""
        assert wanted == [10]

    running(scenario)


def test_what_was_not_asked_for_is_refused() -> None:
    async def scenario(feed: Feed, _: list[int]) -> None:
        with pytest.raises(Misuse, match="not asked for"):
            feed.give(b"x")

        task = await _reading(feed, 3)

        with pytest.raises(Misuse, match="not asked for"):
            feed.give(b"four")

        feed.give(b"one")

        with pytest.raises(Misuse, match="not asked for"):
            feed.give(b"two")

        assert await task == b"one"

    running(scenario)


def test_a_client_that_cannot_read_is_an_error_and_may_be_asked_again() -> None:
    async def scenario(feed: Feed, _: list[int]) -> None:
        task = await _reading(feed)
        feed.fail("Permission denied")

        with pytest.raises(Misuse, match="Permission denied"):
            await task

        task = await _reading(feed)
        feed.give(b"now")
        assert await task == b"now"

    running(scenario)


def test_who_reads_twice_at_once_misbehaves_and_the_first_still_reads() -> None:
    async def scenario(feed: Feed, _: list[int]) -> None:
        task = await _reading(feed)

        with pytest.raises(Misbehaved, match="twice at once"):
            await feed.read(10)

        feed.end()
        assert await task == b""

    running(scenario)
