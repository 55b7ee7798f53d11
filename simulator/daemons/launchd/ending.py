"""The end of a process: what it still said is read, then it is written down, then told."""

import asyncio
import signal

from simulator.daemonkit.console import Console
from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Exit, Guest, GuestState
from simulator.daemonkit.limits import TERMINATE_GRACE_S
from simulator.daemonkit.output import Output
from simulator.daemonkit.rooms import Kit
from simulator.daemons.launchd.state import Supervisor, exit_of
from simulator.xpc.errors import WorldError
from simulator.xpc.frames import Kind

__all__ = ("Endings",)

_TAIL_LINES = 30  # of each guest, for the one who looks for a failure's cause


class Endings:
    """How processes end, and what they print until then.

    Args:
        kit: The device's.
        supervisor: Who lives.
    """

    def __init__(self, kit: Kit, supervisor: Supervisor) -> None:
        self._kit = kit
        self._supervisor = supervisor
        self._outputs: dict[Guest, list[Output | Console]] = {}

    def listen(
        self, guest: Guest, stdout: int, stderr: int, console: Console | None = None
    ) -> None:
        """Read a guest's pipes into the event log, or a program's into its console.

        The descriptors are closed here.
        """
        if console is not None:
            console.attach(1, stdout)
            console.attach(2, stderr)
            self._outputs[guest] = [console]
            return

        self._outputs[guest] = [
            Output(stdout, lambda line: self._printed(guest, "stdout", line)),
            Output(stderr, lambda line: self._printed(guest, "stderr", line)),
        ]

    def _printed(self, guest: Guest, stream: str, line: str) -> None:
        guest.tail.append(line)
        del guest.tail[:-_TAIL_LINES]
        self._kit.log.append("output", stream, line, actor=guest.name)

    def fail_launch(self, guest: Guest, problem: Exception) -> None:
        """Tell whoever waits for a launch that it will not be."""
        for future in (guest.ready, guest.launched):
            if not future.done():
                future.set_exception(problem)

    def bury(self, guest: Guest, status: int) -> None:
        """Read what the guest still said, then write its end down and tell everybody.

        Whoever waits for its end hears of it, whatever goes wrong on the way.
        """
        guest.exit = exit_of(status, crash=guest.crash, asked_to_end=guest.asked_to_end)

        try:
            self._hear_the_last(guest)
            guest.exit = exit_of(status, crash=guest.crash, asked_to_end=guest.asked_to_end)
            guest.state = GuestState.GONE
            self._supervisor.remove(guest)
            self._write_down(guest, guest.exit)
            self._kit.router.gone(guest)
        finally:
            guest.state = GuestState.GONE
            self._supervisor.remove(guest)

            if guest.connection is not None:
                guest.connection.close()

            guest.close()
            self.fail_launch(guest, WorldError(f"{guest.bundle_id} {guest.exit.reason}"))

            if not guest.ended.done():
                guest.ended.set_result(guest.exit)

    def _hear_the_last(self, guest: Guest) -> None:
        """Read socket and pipes to their end: an exit report overtakes the last frames."""
        if guest.connection is not None:
            guest.connection.read_to_end()

        for output in self._outputs.pop(guest, []):
            output.finish()

    def _write_down(self, guest: Guest, end: Exit) -> None:
        crash = guest.crash
        self._kit.log.append(
            "exit",
            "exit",
            guest.bundle_id,
            actor=guest.name,
            line=f"{crash.file}:{crash.line}" if crash is not None and crash.file else "",
            status=end.status,
            reason=end.reason,
        )

    def drop(self, guest: Guest, sentence: str) -> None:
        """End a guest that spoke nonsense, with the sentence that says what it was."""
        if not guest.alive or guest.asked_to_end:
            return

        guest.asked_to_end = f"it misbehaved: {sentence}"
        self._kit.log.append("misbehaved", "drop", sentence, actor=guest.name)
        guest.signal(signal.SIGKILL)

        if guest.connection is not None:
            guest.connection.close()  # what it says behind the nonsense is not heard

    async def terminate(self, guest: Guest, reason: str, *, polite: bool = True) -> Exit:
        """End a process and wait until it is gone.

        Args:
            guest: Whom.
            reason: Why, for the log.
            polite: Say TERM first and kill only after ``TERMINATE_GRACE_S``.
        """
        if not guest.alive:
            return await guest.ended

        guest.asked_to_end = guest.asked_to_end or reason

        if not polite or guest.connection is None or guest.state is not GuestState.RUNNING:
            guest.signal(signal.SIGKILL)
            return await asyncio.shield(guest.ended)

        connection = guest.connection
        self._kit.door.admit(
            Passage("out", "frame", guest.name, "TERM"), lambda: connection.send(Kind.TERM)
        )

        def kill() -> None:
            guest.signal(signal.SIGKILL)

        grace = self._kit.clock.call_later(TERMINATE_GRACE_S, kill)

        try:
            return await asyncio.shield(guest.ended)
        finally:
            grace.cancel()
