"""The wire made of a Unix ``SOCK_SEQPACKET`` socket pair: the default.

A guest that stops reading fills its socket; the kernel then answers EAGAIN and the host pends. A
peer that closed with unread data answers ECONNRESET instead of an end of file: the same thing.
"""

import socket

from simulator.xpc.frames import EVENT_SIZE, Event, pack_event, unpack_event

__all__ = ("UnixReceiver", "UnixSender", "pair")


class UnixSender:
    """The host's end of a socket pair."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        end.setblocking(False)

    def send(self, event: Event) -> bool:
        """Send an event; False when the socket is full, ConnectionError when the guest is gone."""
        try:
            self._socket.send(pack_event(event))
        except BlockingIOError:
            return False

        return True

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class UnixReceiver:
    """The guest's end, given by its descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.setblocking(False)

    def fileno(self) -> int | None:
        """Return the descriptor to poll."""
        return self._socket.fileno()

    def receive(self) -> Event | None:
        """Return the next event, or None; ConnectionError when the host is gone."""
        try:
            data = self._socket.recv(EVENT_SIZE)
        except BlockingIOError:
            return None

        if len(data) != EVENT_SIZE:
            raise ConnectionResetError("the wire was closed")

        return unpack_event(data)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def pair() -> tuple[UnixSender, socket.socket]:
    """Return the host's end and the guest's socket, to be handed over and closed here."""
    host, guest = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    return UnixSender(host), guest
