"""The forked hosts of booted devices."""

import os
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from simulator.device.process import be_launchd_sim
from simulator.device.record import DeviceRecord
from simulator.service.client import ServiceClient

__all__ = ("Child", "fork_host")


@dataclass(slots=True)
class Child:
    """One ``launchd_sim``.

    Attributes:
        udid: Of its device.
        level: The sandbox level of its guests.
        pid, pidfd: The process.
        ready: The pipe on which it says that it is booted; -1 once it has.
        waiting: Who waits for it to be booted.
        ending: Who waits for it to be gone.
    """

    udid: str
    level: str
    pid: int
    pidfd: int
    ready: int
    waiting: list[ServiceClient] = field(default_factory=list)
    ending: list[ServiceClient] = field(default_factory=list)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal; gone is no error."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, number)

    def close(self) -> None:
        """Give its descriptors back."""
        for descriptor in (self.pidfd, self.ready):
            if descriptor >= 0:
                os.close(descriptor)

        self.pidfd = self.ready = -1


def fork_host(
    record: DeviceRecord, folder: Path, socket: Path, level: str, inherited: list[int]
) -> Child:
    """Fork the host of a device from this warm process.

    Args:
        record: The device; this and the next three as for :func:`be_launchd_sim`.
        folder: Its folder.
        socket: Where its control socket goes.
        level: The sandbox level.
        inherited: Descriptors of the service that the child must not keep: with a client's
            socket in it, that client would never see its end.
    """
    read, write = os.pipe2(os.O_CLOEXEC)
    parent = os.getpid()
    pid = os.fork()

    if pid == 0:
        for descriptor in (*inherited, read):
            os.close(descriptor)

        be_launchd_sim(
            record=record, folder=folder, socket=socket, level=level, ready=write, parent=parent
        )

    os.close(write)

    return Child(record.udid, level, pid, os.pidfd_open(pid), read)
