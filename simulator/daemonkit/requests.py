"""One request to an extension's process, from its launch to its outcome.

Every extension point goes this way: the system starts a process for a request, sends it, hears one
answer, and ends the process. The daemons differ in what they ask and what an answer means.
"""

import asyncio
import os
from collections.abc import Sequence
from typing import NamedTuple

from shared_container.codec import encode
from simulator.bundles.bundle import Bundle
from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.memory import sealed_memfd
from simulator.daemonkit.rooms import Kit, Launcher
from simulator.xpc.errors import Misbehaved, Misuse
from simulator.xpc.frames import PAYLOAD_BYTES_MAX, Kind

__all__ = ("Answer", "Requests")


class Answer(NamedTuple):
    """What became of a request.

    Attributes:
        how: ``answered``, ``ended`` (the process ended first) or ``late``.
        value: What the extension answered.
        detail: A sentence, where there was no answer.
    """

    how: str
    value: object = None
    detail: str = ""


class Requests:
    """The open requests of one daemon.

    Args:
        kit: The device's.
        launcher: Starts the processes.
    """

    def __init__(self, kit: Kit, launcher: Launcher) -> None:
        self._kit = kit
        self._launcher = launcher
        self._open: dict[int, tuple[Guest, asyncio.Future[Answer]]] = {}
        self._last = 0
        self._ends: set[asyncio.Task[object]] = set()
        kit.router.on_exit(self._gone)

    def begin(self, guest: Guest) -> int:
        """Open a request for a process that runs, and return its number."""
        self._last += 1
        self._open[self._last] = (guest, asyncio.get_running_loop().create_future())

        return self._last

    async def run(
        self,
        bundle: Bundle,
        content: dict[str, object],
        *,
        timeout_s: float,
        cause: int,
        files: Sequence[bytes] = (),
        expire_s: float = 0.0,
    ) -> tuple[Guest, Answer]:
        """Start a process for a request, wait for its answer, and end it.

        Args:
            bundle: The extension.
            content: What it is asked; its ``id`` is added.
            timeout_s: When to give up.
            cause: The log id of what led to it.
            files: Large things that go along as sealed memory.
            expire_s: When to say EXPIRE, 0 for never.
        """
        guest = await self._launcher.launch(bundle, cause=cause)
        number = self.begin(guest)
        future = self._open[number][1]
        clock = self._kit.clock
        late = Answer("late", detail=f"it did not answer within {timeout_s:g} s")
        over = "its request is over"
        timers = [clock.call_later(timeout_s, lambda: self._settle(number, late))]

        if expire_s:
            timers.append(clock.call_later(expire_s, lambda: self._expire(guest, cause)))

        try:
            self.send(guest, {"id": number, **content}, cause, files)

            answer = await future
            over = "its request timed out" if answer is late else over

            return guest, answer
        finally:
            for timer in timers:
                timer.cancel()

            self._open.pop(number, None)
            self.end(guest, over)

    def send(
        self, guest: Guest, content: dict[str, object], cause: int, files: Sequence[bytes] = ()
    ) -> None:
        """Send a REQUEST frame.

        Raises:
            Misuse: It needs more than a frame.
        """
        payload = encode(content)

        if len(payload) > PAYLOAD_BYTES_MAX:
            raise Misuse(
                f"a request of {len(payload)} bytes besides its files; one carries "
                f"{PAYLOAD_BYTES_MAX} (PAYLOAD_BYTES_MAX)"
            )

        descriptors: list[int] = []
        connection = guest.connection
        assert connection is not None

        try:
            descriptors += [sealed_memfd("item", data) for data in files]
            self._kit.door.admit(
                Passage("out", "frame", guest.name, "REQUEST"),
                lambda: connection.send(
                    Kind.REQUEST, payload, cause=cause, files=tuple(descriptors)
                ),
            )
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def answer(self, guest: Guest, number: object, value: object) -> None:
        """Take an extension's answer.

        Raises:
            Misbehaved: The request is not open for this guest.
        """
        found = self._open.get(number) if isinstance(number, int) else None

        if found is None or found[0] is not guest:
            raise Misbehaved(f"it answers the request {number!r}, which is not open for it")

        assert isinstance(number, int)
        self._settle(number, Answer("answered", value))
        del self._open[number]

    def _settle(self, number: int, answer: Answer) -> None:
        found = self._open.get(number)

        if found is not None and not found[1].done():
            found[1].set_result(answer)

    def _expire(self, guest: Guest, cause: int) -> None:
        connection = guest.connection

        if connection is not None:
            self._kit.door.admit(
                Passage("out", "frame", guest.name, "EXPIRE"),
                lambda: connection.send(Kind.EXPIRE, cause=cause),
            )

    def end(self, guest: Guest, reason: str) -> None:
        """End a process without waiting for it."""
        task: asyncio.Task[object] = asyncio.ensure_future(self._launcher.terminate(guest, reason))
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)

    def _gone(self, guest: Guest) -> None:
        reason = guest.exit.reason if guest.exit else ""

        for number, (owner, _) in list(self._open.items()):
            if owner is guest:
                self._settle(number, Answer("ended", detail=reason))
                del self._open[number]
