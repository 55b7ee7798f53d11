"""The services that ``launchctl`` sees: the device's daemons, its apps and its programs.

On a phone each daemon is a process. Here each is a room of the one host, so all have its pid; the
labels are a phone's. Programs of the system may ask for them; apps and extensions may not.
"""

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from simulator.daemonkit.rooms import Kit
from simulator.daemonkit.router import Heard
from simulator.daemons.launchd.plan import service_name
from simulator.daemons.launchd.state import Supervisor
from simulator.xpc.errors import Misbehaved, Misuse, SandboxDenied

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Service", "Services")

_DAEMONS: Final = (
    "com.apple.FileCoordination",
    "com.apple.SpringBoard",
    "com.apple.apsd",
    "com.apple.cfprefsd.xpc.daemon",
    "com.apple.chronod",
    "com.apple.containermanagerd",
    "com.apple.lsd",
    "com.apple.mobile.installd",
    "com.apple.notifyd",
    "com.apple.pluginkit.pkd",
    "com.apple.runningboardd",
    "com.apple.swcd",
)


class Service(NamedTuple):
    """One service that runs.

    Attributes:
        pid: Its process.
        label: Its name.
        kind: ``LaunchDaemon``, ``Application`` or ``Submitted``, as ``launchctl print`` says.
    """

    pid: int
    label: str
    kind: str


class Services:
    """What launchd runs, by label.

    Args:
        kit: The device's.
        supervisor: Who lives.

    Attributes:
        rooms: Label → what starts that daemon anew; it gets who asks and the cause.
    """

    def __init__(self, kit: Kit, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self.rooms: dict[str, Callable[[str, int], int]] = {}
        kit.router.verb("launchd.kickstart", self._kickstart)
        kit.router.verb("launchd.services", self._services)

    def running(self) -> list[Service]:
        """Return what runs: the daemons by their labels, then the guests in launch order."""
        found = [Service(os.getpid(), label, "LaunchDaemon") for label in _DAEMONS]

        for guest in self._supervisor.guests():
            kind = "Submitted" if guest.is_system else "Application"
            found.append(Service(guest.pid, f"{service_name(guest)}[{guest.ordinal}]", kind))

        return found

    def kickstart(self, target: str, *, kill: bool, actor: str, cause: int = 0) -> int:
        """Start a daemon that is dead, or with ``kill`` one that runs too.

        Args:
            target: The service target, ``system/com.apple.notifyd``.
            kill: End it first; without it a daemon that runs is left alone, as all do here.
            actor: Who asks.
            cause: The log id of what led to it.

        Returns:
            How often the daemon was started since boot, 0 when it was left alone.

        Raises:
            Misuse: No such service, or one that cannot be started alone.
        """
        domain, _, label = target.partition("/")

        if domain != "system" or label not in {*_DAEMONS, *self.rooms}:
            raise Misuse(f'Could not find service "{label or target}" in domain for system')

        if not kill:
            return 0

        room = self.rooms.get(label)

        if room is None:
            known = ", ".join(sorted(self.rooms))
            raise Misuse(f"{label} cannot be restarted alone ({known} can)")

        return room(actor, cause)

    def _kickstart(self, heard: Heard, arguments: object) -> object:
        match arguments:
            case [str(target), bool(kill)]:
                _check_access(heard)
            case _:
                raise Misbehaved("a kickstart of the wrong shape")

        return self.kickstart(target, kill=kill, actor=heard.guest.name, cause=heard.cause)

    def _services(self, heard: Heard, _arguments: object) -> object:
        _check_access(heard)

        return [list(service) for service in self.running()]


def _check_access(heard: Heard) -> None:
    if not heard.guest.is_system:
        raise SandboxDenied("mach-lookup", "com.apple.launchd", "for programs of the system")
