"""The wires that must conform, and the process at the other end of each."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from simulator.wires import Sender
from simulator.wires.kinds import wire
from simulator.wires.unix import UnixSender
from simulator.xpc.frames import Event

_FULL_AT_LAST = 1_000_000


class Case(NamedTuple):
    """A kind of wire under test.

    Attributes:
        kind: Its name.
        forge: Puts bytes that are no event on the wire, past its sender.
        notices: Whether each end learns from the wire that the other is gone; a wire in memory
            does not, and the exit report tells.
    """

    kind: str
    forge: Callable[[Sender, bytes], None]
    notices: bool = True


def _forge_unix(sender: Sender, data: bytes) -> None:
    assert isinstance(sender, UnixSender)
    sender._socket.send(data)


CASES = (Case("unix", _forge_unix),)  # a new wire is a line here


class Reader:
    """The process that has the guest's end."""

    def __init__(self, kind: str, descriptors: tuple[int, ...], name: str) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-P", str(Path(__file__).with_name("reader.py")), kind, name),
                *(str(descriptor) for descriptor in descriptors),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=descriptors,
        )
        assert self.answer() == "here"

    def order(self, what: str, number: int = 0) -> None:
        """Let it do something, without waiting for the answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([what, number]) + "\n")
        self.process.stdin.flush()

    def answer(self) -> object:
        """Return its next answer."""
        assert self.process.stdout is not None

        return json.loads(self.process.stdout.readline())

    def do(self, what: str, number: int = 0) -> object:
        """Let it do something and return the answer."""
        self.order(what, number)

        return self.answer()

    def take(self, count: int) -> list[object]:
        """Return the next ``count`` events, which it waits for."""
        found = cast("list[object]", self.do("take", count))

        return [Event(*each) if isinstance(each, list) else each for each in found]

    def drain(self) -> list[object]:
        """Return the events that are there."""
        found = cast("list[object]", self.do("drain"))

        return [Event(*each) if isinstance(each, list) else each for each in found]

    def stop(self) -> None:
        """Stop the process, and return when it is stopped."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOWAIT)

    def go_on(self) -> None:
        """Let a stopped process run."""
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, and return when it is gone."""
        self.process.kill()
        self.process.communicate()


class Joined(NamedTuple):
    """A wire whose guest end is in another process."""

    case: Case
    sender: Sender
    reader: Reader

    def fill(self, first: int = 1) -> list[Event]:
        """Send until there is no room; return what was sent."""
        sent: list[Event] = []

        while self.sender.send(event := Event(7, first + len(sent), 0)):
            sent.append(event)
            assert len(sent) < _FULL_AT_LAST, "this wire is never full: nothing bounds it"

        return sent


@pytest.fixture
def cases() -> tuple[Case, ...]:
    """All of them."""
    return CASES


@pytest.fixture(params=CASES, ids=lambda case: case.kind)
def case(request: pytest.FixtureRequest) -> Case:
    """Each kind in turn."""
    return cast("Case", request.param)


@pytest.fixture
def join(case: Case) -> Iterator[Callable[[], Joined]]:
    """``join()`` makes a wire with a process at its other end."""
    made: list[Joined] = []

    def make() -> Joined:
        sender, end = wire(case.kind).pair(f"test-{os.getpid()}-{len(made)}")
        reader = Reader(case.kind, end.descriptors, end.name)

        for descriptor in end.descriptors:
            os.close(descriptor)

        made.append(Joined(case, sender, reader))

        return made[-1]

    yield make

    for joined in made:
        joined.sender.close()

        with suppress(ProcessLookupError):
            joined.reader.kill()


@pytest.fixture
def joined(join: Callable[[], Joined]) -> Joined:
    """A wire with a process at its other end."""
    return join()
