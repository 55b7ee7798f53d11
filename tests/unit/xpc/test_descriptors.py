"""Messages wait while the kernel takes no descriptors; what else fails is told."""

import errno
import os
import socket
from collections.abc import Iterator, Sequence

import pytest

from simulator.xpc.descriptors import send


class Kernel:
    """Refuses so many sends with an error, and then sends."""

    def __init__(self, refusals: int, error: int) -> None:
        self.refusals = refusals
        self.error = error
        self._send = socket.send_fds

    def __call__(
        self, channel: socket.socket, buffers: Sequence[bytes], files: tuple[int, ...]
    ) -> int:
        if self.refusals:
            self.refusals -= 1
            raise OSError(self.error, os.strerror(self.error))

        return self._send(channel, buffers, files)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    with one, other:
        yield one, other


def test_a_message_waits_until_descriptors_are_taken_again(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = Kernel(3, errno.ETOOMANYREFS)
    monkeypatch.setattr(socket, "send_fds", kernel)
    send(pair[0], b"spawned", (pair[0].fileno(),))
    message, files, _, _ = socket.recv_fds(pair[1], 100, 1)
    os.close(files[0])

    assert kernel.refusals == 0
    assert message == b"spawned"
    assert len(files) == 1


def test_what_else_fails_is_told_at_once(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "send_fds", Kernel(1, errno.EPIPE))

    with pytest.raises(BrokenPipeError):
        send(pair[0], b"spawned", ())


def test_a_kernel_that_never_takes_them_again_is_told_in_the_end(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel = Kernel(1000, errno.ETOOMANYREFS)
    monkeypatch.setattr(socket, "send_fds", kernel)

    with pytest.raises(OSError, match="splice"):
        send(pair[0], b"spawned", (), wait_s=0.03)

    assert kernel.refusals == 996
