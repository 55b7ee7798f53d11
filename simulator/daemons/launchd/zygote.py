"""The host's end of the zygote: starting it, asking it to fork, hearing what became of guests."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final, cast

from shared_container.codec import decode, encode
from simulator.sandbox.root import cover_operations
from simulator.xpc.descriptors import receive, send
from simulator.xpc.errors import StepFailed
from simulator.xpc.frames import FRAME_BYTES_MAX
from simulator.xpc.title import TITLE_ROOM

__all__ = ("Zygote", "start_zygote")

_ROOT = Path(__file__).resolve().parents[3]  # the folder that holds ``simulator``
_MAIN = _ROOT / "simulator" / "zygote" / "main.py"
_PATIENCE_S: Final = 0.2  # with a kernel that takes no descriptors; the loop stands still
_OPERATION_BYTES: Final = 64  # more than the codec adds to an operation's path


class Zygote:
    """One zygote process.

    Args:
        process: The child.
        channel: The socket to it.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", channel: socket.socket) -> None:
        self.pid = process.pid
        self._process = process
        self._channel = channel
        self._changes: dict[int, asyncio.Future[None]] = {}
        self._numbers = count(1)
        self._covered: set[str] = set()
        self._covering: dict[int, list[str]] = {}  # the number of a change → what it covers
        self._loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = self._loop.create_future()
        self._reported: Callable[[str, list[object], list[int]], None] = lambda *_: None
        self._lost: Callable[[], None] = lambda: None
        self._loop.add_reader(channel, self._readable)

    def serve(
        self, reported: Callable[[str, list[object], list[int]], None], lost: Callable[[], None]
    ) -> None:
        """Tell ``reported`` what the zygote says, and ``lost`` when it is gone."""
        self._reported = reported
        self._lost = lost

    def spawn(
        self,
        number: int,
        title: str,
        level: str,
        operations: Sequence[tuple[str, Sequence[str | int]]],
        files: Sequence[int],
    ) -> None:
        """Ask for a guest with the descriptors bootstrap, wire, stdout, stderr.

        The operations are those of its plan that come behind the common ones.
        """
        self._order("spawn", number, [title, level, _packed(operations)], files)

    async def cover(self, containers: Iterable[str]) -> None:
        """Cover those of the containers that are not covered yet, for guests to uncover their own.

        Raises:
            StepFailed: The kernel refused.
        """
        wanted = set(containers)
        self._covered &= wanted  # what is gone took its cover with it
        asked = {path for batch in self._covering.values() for path in batch}

        for batch in _batches(sorted(wanted - self._covered - asked)):
            number = next(self._numbers)
            self._changes[number] = self._loop.create_future()
            self._covering[number] = batch
            self._order("change", number, _packed(cover_operations(batch)))

        # Those too that another launch has asked for: nobody starts before the last is covered.
        if self._changes:
            await asyncio.gather(*self._changes.values())

    def _order(
        self, what: str, number: int, order: list[object], files: Sequence[int] = ()
    ) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        # The order goes past the zygote, to be read by the fork alone: it names folders.
        with ours, theirs:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, FRAME_BYTES_MAX * 4)
            send(ours, encode(order), tuple(files), _PATIENCE_S)
            send(self._channel, encode([what, number]), (theirs.fileno(),), _PATIENCE_S)

    def _readable(self) -> None:
        try:
            data, files = receive(self._channel, FRAME_BYTES_MAX, 4, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return
        except ConnectionError:
            data, files = b"", []

        if not data:
            self._loop.remove_reader(self._channel)

            for awaited in (self.ready, *self._changes.values()):
                if not awaited.done():
                    awaited.set_exception(ConnectionResetError("the zygote died"))

            self._lost()
            return

        message = decode(data)
        assert isinstance(message, list)

        if message[0] == "ready":
            _settle(self.ready, message[1], message[2])
        elif message[0] == "changed":
            self._was_covered(cast("int", message[1]), message[2])
        else:
            self._reported(str(message[0]), message[1:], files)

    def _was_covered(self, number: int, failed: object) -> None:
        """Hear of a change; what was not covered is asked for again at the next launch."""
        batch = self._covering.pop(number)

        if not failed:
            self._covered.update(batch)

        _settle(self._changes.pop(number), "cover", failed)

    def close(self) -> None:
        """End the zygote, and with it every guest it has left."""
        with suppress(ValueError, OSError):
            self._loop.remove_reader(self._channel)

        self._channel.close()
        self._process.kill()
        self._process.wait()


def _packed(operations: Iterable[tuple[str, Sequence[str | int]]]) -> list[object]:
    return [[step, list(arguments)] for step, arguments in operations]


def _batches(paths: Sequence[str]) -> Iterator[list[str]]:
    """Split paths so that each batch fits into one order."""
    batch: list[str] = []
    size = 0

    for path in paths:
        size += len(os.fsencode(path)) + _OPERATION_BYTES

        if size > FRAME_BYTES_MAX and batch:
            yield batch
            batch, size = [], 0

        batch.append(path)

    if batch:
        yield batch


def _settle(awaited: "asyncio.Future[None]", step: object, number: object) -> None:
    if awaited.done():
        return

    if number:
        awaited.set_exception(StepFailed(str(step), cast("int", number)))
    else:
        awaited.set_result(None)


def start_zygote(
    page: int,
    hash_seed: int,
    root: Iterable[tuple[str, Sequence[str | int]]],
    common: Iterable[tuple[str, Sequence[str | int]]],
) -> Zygote:
    """Start the zygote of this device.

    Args:
        page: The page's read-only descriptor; stays the caller's.
        hash_seed: The guests' ``PYTHONHASHSEED``; nothing else is in their environment.
        root: The operations that build the guests' root; none where they share the machine's.
        common: The operations that every guest's plan begins with.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)

    with theirs:
        process = subprocess.Popen(
            [
                sys.executable,
                *("-s", "-S", "-P", str(_MAIN), str(_ROOT), str(os.getpid())),
                *(str(theirs.fileno()), str(page), TITLE_ROOM),
            ],
            stdin=subprocess.DEVNULL,
            env={"PYTHONHASHSEED": str(hash_seed)},
            pass_fds=(theirs.fileno(), page),
        )

    ours.send(encode(["root", _packed(root), _packed(common)]))

    return Zygote(process, ours)
