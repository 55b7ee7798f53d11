"""The control socket of a booted device: a Unix stream socket for the same user."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

from simulator.daemonkit.limits import CONTROL_BYTES_MAX
from simulator.device.following import Following
from simulator.device.spawning import Spawning
from simulator.device.verbs import Verbs
from simulator.xpc.errors import SimulatorBug, SimulatorError, from_os_error
from simulator.xpc.stream import LENGTH_SIZE, body_length, pack_error, pack_ok, parse_request

__all__ = ("ControlServer",)


class ControlServer:
    """Answers control clients; each connection's requests in order, connections side by side.

    Args:
        path: Where the socket lies; its folder is private to the user.
        verbs: What can be asked.
        spawning, following: What takes a connection over.
    """

    def __init__(self, path: Path, verbs: Verbs, spawning: Spawning, following: Following) -> None:
        self._path = path
        self._verbs = verbs
        self._takers = {"spawn": spawning.serve, "defaults_follow": following.serve}
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to listen; a socket that a dead host left is replaced."""
        with suppress(FileNotFoundError):
            self._path.unlink()

        self._server = await asyncio.start_unix_server(self._serve, self._path)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)

        try:
            while True:
                length = body_length(await reader.readexactly(LENGTH_SIZE), CONTROL_BYTES_MAX)
                body = await reader.readexactly(length)

                if await self._taken_over(body, reader, writer):
                    break

                writer.write(await self._answer(body))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, SimulatorError):
            pass  # it hung up, or spoke nonsense
        except asyncio.CancelledError:
            pass  # the device shuts down
        finally:
            self._clients.discard(task)
            writer.close()

    async def _taken_over(
        self, body: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Serve what takes a connection to its end, if it is asked for; a refusal is answered."""
        verb, arguments = parse_request(body)
        serve = self._takers.get(verb)

        if serve is None:
            return False

        try:
            await serve(arguments, reader, writer)
        except SimulatorError as problem:
            writer.write(pack_error(problem))
            await writer.drain()

        return True

    async def _answer(self, body: bytes) -> bytes:
        try:
            return pack_ok(await self._verbs.answer(*parse_request(body)))
        except SimulatorError as problem:
            return pack_error(problem)
        except OSError as problem:
            return pack_error(from_os_error(problem))
        except Exception as problem:  # noqa: BLE001  told to whoever asked, whatever it is
            import traceback

            with suppress(OSError):  # the log may lie on a full disk
                traceback.print_exc()

            return pack_error(SimulatorBug(f"{type(problem).__name__}: {problem}"))

    async def stop(self) -> None:
        """Stop listening and hang up."""
        if self._server is not None:
            self._server.close()

        for task in list(self._clients):
            task.cancel()

        if self._clients:
            await asyncio.gather(*self._clients, return_exceptions=True)

        with suppress(FileNotFoundError):
            os.unlink(self._path)
