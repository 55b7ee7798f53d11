"""Who a process is, as the host knows it.

Identity is never claimed by a message: it is the socket that the host made for that process, and
this record behind it.
"""

import asyncio
import os
import signal
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from simulator.bundles.bundle import Bundle
from simulator.sandbox.profile import Profile

if TYPE_CHECKING:
    from simulator.daemonkit.connection import Connection

__all__ = ("Crash", "Exit", "Guest", "GuestState")


class GuestState(StrEnum):
    """Where a process is in its life."""

    LAUNCHING = "launching"  # from spawn request to HELLO
    RUNNING = "running"
    STOPPED = "stopped"  # SIGSTOP: suspended by runningboardd, or by anybody
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Crash:
    """What a guest said of what ended it; ``kind`` is empty where no exception did."""

    kind: str
    text: str
    file: str
    line: int

    def __str__(self) -> str:
        place = f" ({self.file}:{self.line})" if self.file else ""
        kind = f"{self.kind}: " if self.kind else ""

        return f"{kind}{self.text}{place}"


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended.

    Attributes:
        status: The exit status, or the negative number of the signal.
        reason: A sentence.
    """

    status: int
    reason: str


def _future() -> asyncio.Future[None]:
    """Return a future whose failure may pass unseen."""
    future = asyncio.get_running_loop().create_future()
    future.add_done_callback(lambda done: done.cancelled() or done.exception())

    return future


def _exit_future() -> asyncio.Future[Exit]:
    return asyncio.get_running_loop().create_future()


@dataclass(eq=False, slots=True)
class Guest:
    """One process: of an app, of an extension, or of a built-in program.

    Attributes:
        bundle: What it runs.
        ordinal: The how-manieth process of this bundle on this boot, from 1.
        home: Its data container.
        groups: App Group id → folder, as entitled.
        is_system: Whether it is a built-in program, and no bundle that somebody installed: it may
            do what launchctl does.
        pid: 0 until the zygote has forked.
        pidfd: The one handle it is signalled by; -1 when it has none.
        ready: Done when it said HELLO, or failed to.
        ended: Done when it is gone and everything it said was read.
        launched: Done when its first idle report came: it is ready for work.
        asked_to_end: Why the host ends it, if it does.
        profile: What it may do, once it is being launched.
        traced: Whether each file that it opens is told to sandboxd.
        suspended: Whether runningboardd has stopped it.
        name: The name in the event log: bundle id and ordinal.
    """

    bundle: Bundle
    ordinal: int
    home: str
    groups: dict[str, str]
    is_system: bool = False
    pid: int = 0
    pidfd: int = -1
    state: GuestState = GuestState.LAUNCHING
    connection: "Connection | None" = None
    crash: Crash | None = None
    exit: Exit | None = None
    asked_to_end: str = ""
    profile: Profile | None = None
    traced: bool = False
    suspended: bool = False
    name: str = field(init=False)
    tail: list[str] = field(default_factory=list)
    ready: asyncio.Future[None] = field(default_factory=_future)
    launched: asyncio.Future[None] = field(default_factory=_future)
    ended: asyncio.Future[Exit] = field(default_factory=_exit_future)

    def __post_init__(self) -> None:
        self.name = f"{self.bundle.bundle_id}/{self.ordinal}"

    @property
    def bundle_id(self) -> str:
        """The bundle id."""
        return self.bundle.bundle_id

    @property
    def alive(self) -> bool:
        """Whether the process has not been reaped."""
        return self.state is not GuestState.GONE

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal to exactly this process; False when it is gone."""
        if self.pidfd < 0:
            return False

        try:
            signal.pidfd_send_signal(self.pidfd, number)
        except ProcessLookupError:  # dead, and its exit report is on its way
            return False

        return True

    def close(self) -> None:
        """Give the pidfd back."""
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1
