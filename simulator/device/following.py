"""A followed domain at the other end of a control connection: each change is sent as it happens.

A connection that asked for ``defaults_follow`` serves this until the client hangs up.
"""

import asyncio
from contextlib import suppress

from pydantic import BaseModel, ConfigDict, ValidationError

from simulator.daemons.cfprefsd.following import Follower
from simulator.device.host import DeviceHost
from simulator.xpc.errors import Misuse
from simulator.xpc.stream import pack_ok

__all__ = ("Following",)


class _Asked(BaseModel):
    """The arguments of ``defaults_follow``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    domain: str


class Following:
    """The domains of one device that somebody follows.

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
        """Serve a connection until the client hangs up, or the domain is gone.

        Raises:
            SimulatorError: There is no such domain; nothing was sent.
        """
        try:
            asked = _Asked.model_validate(arguments)
        except ValidationError as problem:
            raise Misuse(f"defaults_follow: {problem.errors()[0]['msg']}") from problem

        async with self._host.cfprefsd.outside.followed(asked.domain) as (follower, keys):
            writer.write(pack_ok({"domain": asked.domain, "keys": keys}))
            telling = asyncio.ensure_future(_tell(follower, writer))
            leaving = asyncio.ensure_future(reader.read(1))

            try:
                await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (telling, leaving):
                    task.cancel()

                await asyncio.gather(telling, leaving, return_exceptions=True)


async def _tell(follower: Follower, writer: asyncio.StreamWriter) -> None:
    ended = ""

    with suppress(ConnectionError):
        while not ended:
            rows, lost, ended = await follower.taken()

            if lost:
                writer.write(pack_ok(["lost", lost]))

            if rows:
                writer.write(pack_ok(["changes", list(rows)]))

            if ended:
                writer.write(pack_ok(["ended", ended]))

            await writer.drain()
