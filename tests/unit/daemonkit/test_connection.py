"""What may come with a guest's first frame, and what never."""

import asyncio
import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.daemonkit.connection import Connection
from simulator.sandbox import probing
from simulator.wires import unix
from simulator.xpc.descriptors import receive
from simulator.xpc.errors import Misbehaved
from simulator.xpc.frames import FRAME_BYTES_MAX, Frame, Kind, pack, unpack


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def heard(files: list[int], then: Callable[[Connection], object]) -> list[int]:
    """Let a first frame come with ``files``; do ``then`` to the connection; return the kinds."""
    kinds: list[int] = []

    async def run() -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sender, wire = unix.pair("test")
        came = asyncio.get_running_loop().create_future()

        def hear(frame: Frame, _cause: int) -> None:
            kinds.append(frame.kind)

            if not came.done():
                came.set_result(None)

        connection = Connection(ours, sender, hear, lambda _: None)
        connection.start()

        with theirs:
            frame = pack(Frame(Kind.HELLO, 0, 0, 1, 1, 0, 0, b""))
            socket.send_fds(theirs, [frame], files)
            await came

            try:
                then(connection)
            finally:
                connection.close()

                for descriptor in wire.descriptors:
                    os.close(descriptor)

    asyncio.run(run())

    return kinds


def test_a_first_frame_may_come_alone() -> None:
    def take(connection: Connection) -> None:
        assert connection.take_listener() == -1

    assert heard([], take) == [Kind.HELLO]


@pytest.mark.parametrize("count", [1, 2, 16])
def test_what_is_no_listener_is_refused_and_closed(count: int, tmp_path: Path) -> None:
    file = os.open(tmp_path, os.O_RDONLY)
    before = descriptors()

    with pytest.raises(Misbehaved, match="at most one descriptor, the listener"):
        heard([file] * count, Connection.take_listener)

    assert descriptors() == before
    os.close(file)


def test_what_nobody_takes_is_closed(tmp_path: Path) -> None:
    file = os.open(tmp_path, os.O_RDONLY)
    before = descriptors()
    heard([file], lambda _: None)

    assert descriptors() == before
    os.close(file)


def test_a_reply_with_a_descriptor_waits_while_the_kernel_takes_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = []
    really = socket.send_fds

    def send_fds(channel: socket.socket, buffers: list[bytes], files: tuple[int, ...]) -> int:
        tries.append(files)

        if len(tries) < 4:
            raise OSError(errno.ETOOMANYREFS, os.strerror(errno.ETOOMANYREFS))

        return really(channel, buffers, files)

    async def run() -> list[int]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sender, wire = unix.pair("test")
        connection = Connection(ours, sender, lambda *_: None, lambda _: None)
        file = os.open(os.devnull, os.O_RDONLY)

        with theirs:
            connection.send(Kind.REPLY, files=[file])
            connection.send(Kind.TICK)  # in its turn, behind the one that waits
            os.close(file)
            theirs.setblocking(False)
            loop = asyncio.get_running_loop()
            kinds = []

            for _ in range(2):
                came = loop.create_future()
                loop.add_reader(theirs, came.set_result, None)
                await came
                loop.remove_reader(theirs)
                data, files = receive(theirs, FRAME_BYTES_MAX, 4)
                kinds.append(unpack(data).kind)

                for each in files:
                    os.close(each)

            connection.close()

            for descriptor in wire.descriptors:
                os.close(descriptor)

        return kinds

    before = descriptors()
    monkeypatch.setattr(socket, "send_fds", send_fds)

    assert asyncio.run(run()) == [Kind.REPLY, Kind.TICK]
    assert len(tries) == 4
    assert descriptors() == before


def test_denials_can_be_told_here_or_it_is_said_why_not() -> None:
    works, how = probing.denials_are_told()

    assert how.startswith("a denied call waited" if works else "a seccomp listener is refused")
