"""One connected control client of the service."""

import socket
from contextlib import suppress

from simulator.xpc.errors import SimulatorError
from simulator.xpc.stream import pack_error, pack_ok

__all__ = ("ServiceClient",)

_ANSWER_S = 1.0  # a client that does not read for so long is let go


class ServiceClient:
    """One connected client; its requests are answered in order."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end
        self.data = bytearray()

    def answer(self, result: object) -> None:
        """Send an answer or an error; a client that has gone, or does not read, is let go."""
        message = pack_error(result) if isinstance(result, SimulatorError) else pack_ok(result)

        with suppress(OSError):
            self.socket.settimeout(_ANSWER_S)
            self.socket.sendall(message)

        self.socket.setblocking(False)
