"""A built-in program at the other end of a control connection: output there, signals here.

A connection that asked for ``spawn`` serves the program until its end: what it prints is sent as it
comes, and a client that hangs up ends it. That is how a shell has its programs.
"""

import asyncio
import signal

from pydantic import BaseModel, ConfigDict, ValidationError

from simulator.daemonkit.console import Console
from simulator.daemonkit.feed import Feed
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import CONTROL_BYTES_MAX
from simulator.daemons.launchd.plan import find_program
from simulator.device.host import DeviceHost
from simulator.device.person import described
from simulator.xpc.errors import CommandError, Misuse, SimulatorError
from simulator.xpc.stream import LENGTH_SIZE, body_length, pack_ok, parse_request

__all__ = ("Spawning",)

_FORWARDED = frozenset(
    (
        signal.SIGHUP,
        signal.SIGINT,
        signal.SIGQUIT,
        signal.SIGTERM,
        signal.SIGUSR1,
        signal.SIGUSR2,
        signal.SIGCONT,
        signal.SIGTSTP,
        signal.SIGWINCH,
    )
)


class _Asked(BaseModel):
    """The arguments of ``spawn``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    program: str
    arguments: list[str]
    environment: dict[str, str]
    stopped: bool


class Spawning:
    """Programs of one device, each with the connection that asked for it.

    Args:
        host: The device.
    """

    def __init__(self, host: DeviceHost) -> None:
        self._host = host

    async def serve(
        self,
        arguments: dict[str, object],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Start a program and serve its connection until its end, or the client's.

        Raises:
            SimulatorError: It cannot be started, and nothing was.
        """
        try:
            asked = _Asked.model_validate(arguments)
        except ValidationError as problem:
            first = problem.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise Misuse(f"spawn: {place}: {first['msg']}") from problem

        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def want(size: int) -> None:  # behind the answer, however fast the program asks
            begun.add_done_callback(lambda _: writer.write(pack_ok(["wants", size])))

        feed = Feed(want)
        console = Console(feed)
        guest = await self._begin(asked, console)
        listening = asyncio.ensure_future(_obey(guest, reader, feed))

        try:
            writer.write(pack_ok(described(guest)))
            begun.set_result(None)
            await self._tell(guest, console, writer)
        except ConnectionError:
            pass  # the client is gone: the program goes too
        finally:
            listening.cancel()
            await self._host.launchd.terminate(guest, "simctl has gone", polite=False)

    async def _begin(self, asked: _Asked, console: Console) -> Guest:
        found = find_program(asked.program)

        if found is None:
            raise CommandError(
                "NSPOSIXErrorDomain",
                2,
                "The operation couldn’t be completed. No such file or directory",
                "No such file or directory",
            )

        return await self._host.launchd.spawn(
            found,
            console,
            home=self._host.data,
            arguments=asked.arguments,
            environment=asked.environment,
            stopped=asked.stopped,
        )

    async def _tell(self, guest: Guest, console: Console, writer: asyncio.StreamWriter) -> None:
        """Send what is printed while it is taken, then how the program ended."""
        while printed := await console.taken():
            for stream, data in printed:
                writer.write(pack_ok(["printed", stream, data]))

            await writer.drain()

        end = await asyncio.shield(guest.ended)
        writer.write(pack_ok(["ended", end.status, end.reason]))
        await writer.drain()


async def _obey(guest: Guest, reader: asyncio.StreamReader, feed: Feed) -> None:
    """Pass signals and input on; when the client hangs up or speaks nonsense, end the program."""
    try:
        while True:
            length = body_length(await reader.readexactly(LENGTH_SIZE), CONTROL_BYTES_MAX)

            match parse_request(await reader.readexactly(length)):
                case ("signal", {"number": int(number)}) if number in _FORWARDED:
                    guest.signal(signal.Signals(number))
                case ("input", {"data": bytes(data)}):
                    feed.give(data)
                case ("input", {"problem": str(problem)}):
                    feed.fail(problem)
                case _:
                    break
    except (asyncio.IncompleteReadError, ConnectionError, SimulatorError):
        pass

    guest.asked_to_end = guest.asked_to_end or "simctl has gone"
    guest.signal(signal.SIGKILL)
