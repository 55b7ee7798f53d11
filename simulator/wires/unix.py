"""The wire made of a Unix ``SOCK_SEQPACKET`` socket pair: the default.

A guest that stops reading fills its socket; the kernel then answers EAGAIN and the host pends. A
peer that closed with unread data answers ECONNRESET instead of an end of file: the same thing. The
host's end is shut for reading, so that what a guest writes into its own is refused by the kernel
and takes no memory (unix(7), shutdown(2)).
"""

import socket

from simulator.wires import GuestEnd, TornEvent
from simulator.xpc.frames import EVENT_SIZE, Event, pack_event, unpack_event

__all__ = ("UnixReceiver", "UnixSender", "pair", "receiver")


class UnixSender:
    """The host's end of a socket pair."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        end.setblocking(False)
        end.shutdown(socket.SHUT_RD)

    def send(self, event: Event) -> bool:
        """Send an event; False when the socket is full, ConnectionError when the guest is gone."""
        try:
            self._socket.send(pack_event(event))
        except BlockingIOError:
            return False
        except OSError as problem:
            raise _gone(problem) from problem

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

    def ring(self, bell: int) -> None:
        """Do nothing: there is a descriptor to poll."""

    def receive(self) -> Event | None:
        """Return the next event, or None; ConnectionError when the host is gone."""
        try:
            data = self._socket.recv(EVENT_SIZE + 1)  # one more, to see what is too long
        except BlockingIOError:
            return None
        except OSError as problem:
            raise _gone(problem) from problem

        if len(data) == EVENT_SIZE:
            return unpack_event(data)

        if not data:
            raise ConnectionResetError("the wire was closed")

        raise TornEvent(f"{len(data)} bytes or more; an event has {EVENT_SIZE}")

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def _gone(problem: OSError) -> ConnectionError:
    """Return what a wire says whose other end is gone, or that was closed here."""
    if isinstance(problem, ConnectionError):
        return problem

    return ConnectionAbortedError("the wire was closed here")


def pair(label: str) -> tuple[UnixSender, GuestEnd]:
    """Return the host's end and the guest's; a socket pair has no name, so no ``label``."""
    del label
    host, guest = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    return UnixSender(host), GuestEnd((guest.detach(),))


def receiver(end: GuestEnd) -> UnixReceiver:
    """Return the receiver of an end that has arrived."""
    return UnixReceiver(*end.descriptors)
