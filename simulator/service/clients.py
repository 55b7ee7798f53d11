"""The connected clients of the service: their requests in, their answers out."""

import selectors
import socket
from contextlib import suppress

from simulator.daemonkit.limits import CONTROL_BYTES_MAX
from simulator.service.client import ServiceClient
from simulator.service.verbs import ServiceVerbs
from simulator.xpc.errors import Misbehaved, SimulatorBug, SimulatorError, from_os_error
from simulator.xpc.stream import LENGTH_SIZE, body_length, parse_request

__all__ = ("Clients",)


class Clients:
    """Who is connected.

    Args:
        selector: The service's; its data are functions to call.
        verbs: What can be asked.
    """

    def __init__(self, selector: selectors.BaseSelector, verbs: ServiceVerbs) -> None:
        self._selector = selector
        self._verbs = verbs
        self._clients: dict[int, ServiceClient] = {}

    @property
    def descriptors(self) -> list[int]:
        """The descriptors of all clients, which a forked host must not keep."""
        return list(self._clients)

    def accept(self, listener: socket.socket) -> None:
        """Take a new client."""
        with suppress(BlockingIOError):
            end, _ = listener.accept()
            end.setblocking(False)
            client = ServiceClient(end)
            self._clients[end.fileno()] = client
            self._selector.register(end, selectors.EVENT_READ, lambda: self._hear(client))

    def _hear(self, client: ServiceClient) -> None:
        try:
            data = client.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""

        if not data:
            self._hang_up(client)
            return

        client.data += data

        try:
            while (body := self._next_body(client)) is not None:
                self._obey(client, body)
        except Misbehaved:
            self._hang_up(client)

    def _next_body(self, client: ServiceClient) -> bytes | None:
        if len(client.data) < LENGTH_SIZE:
            return None

        end = LENGTH_SIZE + body_length(bytes(client.data[:LENGTH_SIZE]), CONTROL_BYTES_MAX)

        if len(client.data) < end:
            return None

        body = bytes(client.data[LENGTH_SIZE:end])
        del client.data[:end]

        return body

    def _obey(self, client: ServiceClient, body: bytes) -> None:
        try:
            self._verbs.answer(client, *parse_request(body))
        except SimulatorError as problem:
            client.answer(problem)
        except OSError as problem:
            client.answer(from_os_error(problem))
        except Exception as problem:  # noqa: BLE001  told to whoever asked, whatever it is
            client.answer(SimulatorBug(f"{type(problem).__name__}: {problem}"))

    def _hang_up(self, client: ServiceClient) -> None:
        descriptor = client.socket.fileno()
        self._selector.unregister(descriptor)
        del self._clients[descriptor]
        client.socket.close()
