"""States of processes, suspending them, and waiting until all are at rest."""

import asyncio
import signal

from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest, GuestState
from simulator.daemonkit.page import HostPage
from simulator.daemonkit.rooms import Kit, Launcher, Notifications
from simulator.daemonkit.router import Heard
from simulator.daemons.runningboardd.locking import (
    DEAD10CC,
    SharedLock,
    dead10cc,
    shared_locks,
)
from simulator.daemons.runningboardd.state import Board, Row
from simulator.xpc.errors import Misuse
from simulator.xpc.frames import Kind
from simulator.xpc.page import REPORTS

__all__ = ("Runningboardd",)


class Runningboardd:
    """The board's shell.

    Args:
        kit: The device's.
        page: Where guests see whether reports are wanted.
        launcher: Who runs.
        notifications: Who holds what a suspended process is told.
    """

    def __init__(
        self, kit: Kit, page: HostPage, launcher: Launcher, notifications: Notifications
    ) -> None:
        self._kit = kit
        self._notifications = notifications
        self._page = page
        self._launcher = launcher
        self._waiting = 0
        self._waiters: list[asyncio.Future[None]] = []
        self.board = Board()
        kit.router.on(Kind.IDLE, self._idle)
        kit.router.rested = self._wake
        kit.router.on_exit(self._gone)

    def rows(self) -> list[Row]:
        """Return a row for each living process."""
        return self.board.rows(self._launcher.guests())

    def _idle(self, heard: Heard) -> None:
        guest = heard.guest

        if not guest.launched.done():
            guest.launched.set_result(None)
            self._kit.log.append("launch", "launched", guest.bundle_id, actor=guest.name)

        self._wake()

    def _gone(self, guest: Guest) -> None:
        if self.board.front is guest:
            self.board.front = None

        self._wake()

    # -- suspension --------------------------------------------------------------------------

    async def suspend(self, guest: Guest, *, actor: str = "runningboardd") -> str:
        """Stop a process, and return when it has stopped.

        Nothing is sent to it until it is resumed: notifications are held, once per name. First
        the process is stopped, then whoever tells it things is told, as RunningBoard does it. One
        that holds a lock in a shared container is ended instead, with 0xdead10cc: whoever waited
        for the lock would wait for as long as it is suspended. Returns why, or nothing.

        Raises:
            Misuse: It does not run.
        """
        if guest.state is GuestState.LAUNCHING or not guest.alive:
            raise Misuse(f"{guest.bundle_id} does not run")

        if not guest.suspended:
            guest.suspended = True
            self._kit.log.append("process", "suspend", guest.bundle_id, actor=actor, to=guest.name)
            guest.signal(signal.SIGSTOP)
            self._notifications.suspend(guest)

        while guest.suspended and guest.state is GuestState.RUNNING:
            await self._changed()

        return await self._end_if_locking(guest)

    async def _end_if_locking(self, guest: Guest) -> str:
        """End a suspended process that holds a lock which others may wait for; return why."""
        held: list[SharedLock] = []

        if _stays(guest):
            held = await asyncio.to_thread(shared_locks, guest.pid, guest.groups)

        # It may have been resumed or ended while its locks were looked for.
        if not held or not _stays(guest):
            return ""

        sentence = dead10cc(held)
        self._kit.log.append(
            "process",
            "terminate",
            guest.bundle_id,
            actor="runningboardd",
            to=guest.name,
            code=DEAD10CC,
            reason=sentence,
            locks=[[each.group, each.path, each.words] for each in held],
        )
        await self._launcher.terminate(guest, sentence, polite=False)

        return sentence

    def resume(self, guest: Guest, *, actor: str = "runningboardd", cause: int = 0) -> None:
        """Let a suspended process run on; one that runs is left alone."""
        if not guest.suspended:
            return

        guest.suspended = False
        event = self._kit.log.append(
            "process", "resume", guest.bundle_id, actor=actor, cause=cause, to=guest.name
        )
        guest.signal(signal.SIGCONT)

        if guest.state is GuestState.STOPPED:
            guest.state = GuestState.RUNNING  # it is, before its zygote says so: not at rest

        self._notifications.resume(guest, event)

    async def _changed(self) -> None:
        """Wait until something has changed that may matter to who waits."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    # -- rest --------------------------------------------------------------------------------

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []

        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until_quiescent(self) -> None:
        """Wait until every guest is idle with nothing unacknowledged, and nothing is in flight.

        A page wakes nobody, so each guest gets a TICK once reports are asked for.
        """
        self._waiting += 1
        self._page.set_mode(REPORTS, on=True)

        try:
            self._tick()

            while not self._at_rest():
                await self._changed()
        finally:
            self._waiting -= 1

            if not self._waiting:
                self._page.set_mode(REPORTS, on=False)

    def _tick(self) -> None:
        for guest in self._launcher.guests():
            connection = guest.connection

            if guest.state is GuestState.RUNNING and connection is not None:
                self._kit.door.admit(
                    Passage("out", "frame", guest.name, "TICK"),
                    lambda connection=connection: connection.send(Kind.TICK),  # type: ignore[misc]
                )

    def _at_rest(self) -> bool:
        return not self._kit.door.in_flight and all(
            guest.state is GuestState.STOPPED
            or (guest.connection is not None and guest.connection.quiescent)
            for guest in self._launcher.guests()
        )


def _stays(guest: Guest) -> bool:
    """Return whether a guest is suspended and nobody ends it."""
    return guest.suspended and guest.alive and not guest.asked_to_end
