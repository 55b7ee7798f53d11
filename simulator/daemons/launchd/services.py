"""The services that ``launchctl`` sees: the device's daemons, its apps and its programs. Pure.

On a phone each daemon is a process. Here each is a room of the one host, so all have its pid; the
labels are a phone's.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from simulator.daemonkit.guest import Guest
from simulator.daemons.launchd.plan import service_name

__all__ = ("Service", "services")

_DAEMONS: Final = (
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


def services(host: int, guests: Iterable[Guest]) -> list[Service]:
    """Return what runs: the daemons by their labels, then the guests in the order of their launch.

    Args:
        host: The host's pid.
        guests: The living processes.
    """
    found = [Service(host, label, "LaunchDaemon") for label in _DAEMONS]

    for guest in guests:
        kind = "Submitted" if guest.is_system else "Application"
        found.append(Service(guest.pid, f"{service_name(guest)}[{guest.ordinal}]", kind))

    return found
