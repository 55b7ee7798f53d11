"""One connection to a control socket: a request, its answer."""

import socket
from pathlib import Path
from typing import Self

from shared_container.codec import decode
from simulator.xpc.errors import DeviceGone, SimulatorBug, from_wire
from simulator.xpc.stream import LENGTH_SIZE, body_length, pack_message

__all__ = ("Client",)

_ANSWER_BYTES_MAX = 256 << 20


class Client:
    """A connection that asks and waits.

    Args:
        path: The control socket.
        what: Who is behind it, for errors.

    Raises:
        DeviceGone: Nobody listens there.
    """

    def __init__(self, path: Path, what: str) -> None:
        self._what = what
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)

        try:
            self._socket.connect(str(path))
        except OSError as problem:
            self._socket.close()
            raise DeviceGone(f"{what} is not running ({problem.strerror})") from problem

    def ask(self, verb: str, **arguments: object) -> object:
        """Ask, and return the answer.

        Raises:
            SimulatorError: The other side's error, as it raised it.
            DeviceGone: It went away before it answered.
        """
        __tracebackhide__ = True  # a test's failure shows the test's line, not this
        self.say(verb, **arguments)

        return self.hear(verb)

    def say(self, verb: str, **arguments: object) -> None:
        """Say something that is not answered.

        Raises:
            DeviceGone: The other side has gone.
        """
        __tracebackhide__ = True

        try:
            self._socket.sendall(pack_message([verb, arguments]))
        except OSError as problem:
            raise DeviceGone(f"{self._what} went away during {verb!r}") from problem

    def hear(self, verb: str) -> object:
        """Wait for the next message of the other side, to ``verb``, and return its value.

        Raises:
            SimulatorError: The other side's error, as it raised it.
            DeviceGone: It went away.
        """
        __tracebackhide__ = True

        try:
            head = self._receive(LENGTH_SIZE)
            answer = decode(self._receive(body_length(head, _ANSWER_BYTES_MAX)))
        except OSError as problem:
            raise DeviceGone(f"{self._what} went away during {verb!r}") from problem

        match answer:
            case ["ok", value]:
                return value
            case ["error", parts]:
                raise from_wire(parts)
            case _:
                raise SimulatorBug(f"an answer that is none: {answer!r:.200}")

    def _receive(self, count: int) -> bytes:
        data = bytearray()

        while len(data) < count:
            part = self._socket.recv(min(count - len(data), 1 << 20))

            if not part:
                raise ConnectionResetError

            data += part

        return bytes(data)

    def fileno(self) -> int:
        """Return the socket's descriptor, to wait until there is something to hear."""
        return self._socket.fileno()

    def wait_for_end(self) -> None:
        """Wait until the other side hangs up."""
        while self._socket.recv(1 << 16):
            pass

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
