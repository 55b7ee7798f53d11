"""A bare relay: what a message costs through a third process, and nothing besides.

The hub reads from whoever is ready (``selectors``) and sends on: what the lead says to everybody
else, what another says to the lead. No name is looked up and nothing is written down. Sizes are
ours: a post is a header of 32 bytes and the name, what is delivered has 24 bytes.
"""

import selectors
import socket
from pathlib import Path

from tests.bench.peers.link import END, PING, PONG, RATE, SHOT, Link

_NAMES = (PING, PONG, SHOT, RATE, END)
_DELIVERED = 24
_POST_MAX = 64 * 1024
_BUFFER = 1 << 20


def _address(folder: str) -> str:
    return str(Path(folder) / "relay")


class RelayLink(Link):
    """A ``SOCK_SEQPACKET`` socket and a selector, as a guest has them."""

    def __init__(self, folder: str, names: tuple[str, ...], ordinal: int) -> None:
        del names
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        self._socket.connect(_address(folder))
        self._socket.send(bytes([ordinal]))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._socket, selectors.EVENT_READ)

    def post(self, name: str) -> None:
        self._socket.send(bytes([_NAMES.index(name)]) + bytes(31) + name.encode())

    def wait(self) -> str:
        self._selector.select()
        data = self._socket.recv(_DELIVERED)

        if not data:
            raise ConnectionResetError

        return _NAMES[data[0]]


def serve(folder: str, members: int) -> None:
    """Be the hub of ``members`` processes until the first of them goes."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(_address(folder))
    listener.listen(members)
    ends: dict[int, socket.socket] = {}
    print("ready", flush=True)

    for _ in range(members):
        end, _ = listener.accept()
        ends[end.recv(1)[0]] = end

    lead = [ends[0]]
    others = [end for ordinal, end in ends.items() if ordinal]
    selector = selectors.DefaultSelector()

    for end in ends.values():
        selector.register(end, selectors.EVENT_READ, others if end is ends[0] else lead)

    while True:
        for key, _ in selector.select():
            assert isinstance(key.fileobj, socket.socket)
            data = key.fileobj.recv(_POST_MAX)

            if not data:
                return

            for end in key.data:
                end.send(data[:_DELIVERED])
