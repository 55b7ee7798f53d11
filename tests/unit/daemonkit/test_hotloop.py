"""The host's loop: what is hot is served at once, and everything else as asyncio does it."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable

from simulator.daemonkit.hotloop import HotLoop, cool, heat


def run(scenario: Callable[[], Awaitable[object]]) -> object:
    """Run on a loop of our kind."""

    async def main() -> object:
        async with asyncio.timeout(20):
            return await scenario()

    with asyncio.Runner(loop_factory=HotLoop) as runner:
        return runner.run(main())


class Ear:
    """A socket whose reader is hot."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.here, self.there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.here.setblocking(False)
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.loop.add_reader(self.here, self.read)
        heat(self.loop, self.here.fileno(), self.read)

    def read(self) -> None:
        data = self.here.recv(100)

        if data == b"trouble":
            raise ValueError("trouble")

        if not data:
            self.stop()

        self.heard.put_nowait(data)

    def stop(self) -> None:
        cool(self.loop, self.here.fileno())
        self.loop.remove_reader(self.here)
        self.here.close()


def test_what_is_said_is_heard_and_then_its_end() -> None:
    async def scenario() -> list[bytes]:
        ear = Ear()
        ear.there.send(b"one")
        found = [await ear.heard.get()]
        ear.there.send(b"two")
        ear.there.close()

        return [*found, await ear.heard.get(), await ear.heard.get()]

    assert run(scenario) == [b"one", b"two", b""]


def test_a_writer_of_a_hot_socket_is_served() -> None:
    async def scenario() -> bytes:
        ear = Ear()
        wrote = asyncio.Event()
        ear.loop.add_writer(ear.here, wrote.set)
        ear.there.send(b"while it can be written")
        await wrote.wait()
        ear.loop.remove_writer(ear.here)
        found = await ear.heard.get()
        ear.stop()
        ear.there.close()

        return found

    assert run(scenario) == b"while it can be written"


def test_an_exception_is_told_and_the_loop_goes_on() -> None:
    async def scenario() -> list[object]:
        ear = Ear()
        told: list[object] = []
        ear.loop.set_exception_handler(lambda _, context: told.append(str(context["exception"])))
        ear.there.send(b"trouble")
        ear.there.send(b"fine")
        told.append(await ear.heard.get())
        ear.stop()
        ear.there.close()

        return told

    assert run(scenario) == ["trouble", b"fine"]


def test_the_others_and_the_timers_have_their_turn_beside_a_flood() -> None:
    async def scenario() -> int:
        ear = Ear()
        source, sink = os.pipe()
        woken = asyncio.Event()
        rounds = 0

        def read() -> None:
            nonlocal rounds
            os.read(source, 1)
            rounds += 1
            ear.there.send(b"again")  # there is always something hot

            if rounds == 100:
                woken.set()
            else:
                ear.loop.call_later(0.0001, os.write, sink, b".")

        ear.loop.add_reader(source, read)
        ear.there.send(b"first")
        os.write(sink, b".")
        await woken.wait()
        ear.loop.remove_reader(source)
        os.close(source)
        os.close(sink)
        ear.stop()
        ear.there.close()

        return rounds

    assert run(scenario) == 100


def test_a_descriptor_that_is_used_again_is_not_hot() -> None:
    async def scenario() -> tuple[bool, bytes]:
        ear = Ear()
        number = ear.here.fileno()
        ear.stop()
        ear.there.close()
        source, sink = os.pipe()
        loop = asyncio.get_running_loop()
        found: asyncio.Queue[bytes] = asyncio.Queue()
        loop.add_reader(source, lambda: found.put_nowait(os.read(source, 10)))
        os.write(sink, b"cold")
        data = await found.get()
        loop.remove_reader(source)
        os.close(source)
        os.close(sink)

        return number in {source, sink}, data

    assert run(scenario) == (True, b"cold")


def test_another_loop_serves_it_the_long_way() -> None:
    async def scenario() -> bytes:
        ear = Ear()
        ear.there.send(b"one")
        found = await ear.heard.get()
        ear.stop()
        ear.there.close()

        return found

    assert asyncio.run(scenario()) == b"one"
