"""The process that has a wire's guest end: ``reader.py KIND NAME DESCRIPTOR …``.

It waits as a guest's run loop does: on the wire's descriptor, or on the bell of one without. Each
line of its standard input is an order, answered by one line of JSON.
"""

import errno
import json
import os
import select
import sys

from simulator.wires import GuestEnd, Receiver, TornEvent
from simulator.wires.bell import pollable
from simulator.wires.kinds import wire
from simulator.xpc.frames import Event


class Reader:
    """Carries out orders."""

    def __init__(self, receiver: Receiver, descriptors: tuple[int, ...]) -> None:
        self._receiver = pollable(receiver)
        self._descriptors = descriptors
        self._poller = select.poll()
        polled = self._receiver.fileno()
        assert polled is not None
        self._poller.register(polled, select.POLLIN)

    def _next(self) -> object:
        try:
            event = self._receiver.receive()
        except ConnectionError:
            return "gone"
        except TornEvent:
            return "torn"

        return None if event is None else list(event)

    def take(self, count: int) -> list[object]:
        """Return the next ``count`` things, waiting for each."""
        found: list[object] = []

        while len(found) < count:
            one = self._next()

            if one is None:
                self._poller.poll()
            else:
                found.append(one)

        return found

    def drain(self, _: int) -> list[object]:
        """Return what is there, without waiting."""
        found = []

        while (one := self._next()) is not None:
            found.append(one)

            if one == "gone":
                break

        return found

    def ready(self, within_ms: int) -> bool:
        """Say whether a run loop would be woken."""
        return bool(self._poller.poll(within_ms))

    def scribble(self, _: int) -> list[str]:
        """Write into the own end what one must not; return what became of it."""
        found = []

        for descriptor in self._descriptors:
            try:
                os.write(descriptor, bytes(len(Event._fields)))
                found.append("written")
            except OSError as problem:
                found.append(errno.errorcode[problem.errno or 0])

        return found

    def close(self, times: int) -> str:
        """Close the end; then say what receiving says."""
        for _ in range(times):
            self._receiver.close()

        return str(self._next())


def main() -> None:
    """Answer until standard input ends."""
    kind, name, *numbers = sys.argv[1:]
    descriptors = tuple(int(number) for number in numbers)
    reader = Reader(wire(kind).receiver(GuestEnd(descriptors, name)), descriptors)
    orders = {
        "take": reader.take,
        "drain": reader.drain,
        "ready": reader.ready,
        "scribble": reader.scribble,
        "close": reader.close,
    }
    sys.stdout.write('"here"\n')
    sys.stdout.flush()

    for line in sys.stdin:
        what, number = json.loads(line)
        sys.stdout.write(json.dumps(orders[what](number)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
