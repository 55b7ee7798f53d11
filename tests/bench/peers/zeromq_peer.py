"""ZeroMQ: publishers and subscribers over ipc, joined by its own proxy of XSUB and XPUB."""

from pathlib import Path

import zmq

from tests.bench.peers.link import Link

_READY = b"\0ready"


class ZeroMQLink(Link):
    """A PUB and a SUB socket, both connected to the proxy."""

    def __init__(self, folder: str, names: tuple[str, ...], ordinal: int) -> None:
        context = zmq.Context.instance()
        self._out = context.socket(zmq.PUB)
        self._in = context.socket(zmq.SUB)

        for each in (self._out, self._in):  # nothing is dropped: a flood is to be counted
            each.set_hwm(0)

        self._out.connect(f"ipc://{Path(folder) / 'posts'}")
        self._in.connect(f"ipc://{Path(folder) / 'heard'}")

        for name in names:
            self._in.subscribe(name)

        # A subscription takes effect some time later, and is not answered: ask until it has.
        mine = _READY + bytes([ordinal])
        self._in.subscribe(mine)
        self._out.send(mine)

        while not self._in.poll(10):
            self._out.send(mine)

        self._in.unsubscribe(mine)

    def post(self, name: str) -> None:
        self._out.send(name.encode())

    def wait(self) -> str:
        while (data := self._in.recv()).startswith(_READY):
            pass

        return str(data.decode())


def serve(folder: str, members: int) -> None:
    """Run the proxy until it is ended."""
    del members
    context = zmq.Context.instance()
    posts, heard = context.socket(zmq.XSUB), context.socket(zmq.XPUB)

    for each in (posts, heard):
        each.set_hwm(0)

    posts.bind(f"ipc://{Path(folder) / 'posts'}")
    heard.bind(f"ipc://{Path(folder) / 'heard'}")
    print("ready", flush=True)
    zmq.proxy(posts, heard)
