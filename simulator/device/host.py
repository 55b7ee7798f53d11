"""``launchd_sim``: the rooms of one booted device, wired.

The one place that knows every daemon. No room has module-level state: a device is this object.
"""

import asyncio
import os
from pathlib import Path

from simulator.daemonkit.chance import Chance
from simulator.daemonkit.clock import Clock, RealClock
from simulator.daemonkit.door import Door, Porter
from simulator.daemonkit.events import EventLog
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.page import HostPage
from simulator.daemonkit.rooms import Kit
from simulator.daemonkit.router import Router
from simulator.daemons.apsd.service import Apsd
from simulator.daemons.cfprefsd.service import Cfprefsd
from simulator.daemons.chronod.service import Chronod
from simulator.daemons.containermanagerd.service import Containermanagerd
from simulator.daemons.filecoordinationd.service import Filecoordinationd
from simulator.daemons.installd.service import Installd
from simulator.daemons.launchd.plan import confinement
from simulator.daemons.launchd.service import Launchd
from simulator.daemons.launchd.zygote import start_zygote
from simulator.daemons.lsd.service import Lsd
from simulator.daemons.notifyd.service import Notifyd
from simulator.daemons.pkd.service import Pkd
from simulator.daemons.runningboardd.service import Runningboardd
from simulator.daemons.sandboxd.service import Sandboxd
from simulator.daemons.sanitizerd.service import Sanitizerd
from simulator.daemons.springboard.service import Springboard
from simulator.daemons.springboard.state import view_of
from simulator.device.record import DeviceRecord
from simulator.device.suspending import Sleepers

__all__ = ("DeviceHost",)


class DeviceHost:
    """One booted device.

    Args:
        record: Its ``device.plist``.
        folder: Its folder in the device set.
        level: The sandbox level that was proved to work here.
        clock: Device time.
        porter: Who decides what goes through the door, and when.
    """

    def __init__(
        self,
        record: DeviceRecord,
        folder: Path,
        level: str,
        *,
        clock: Clock | None = None,
        porter: Porter | None = None,
    ) -> None:
        # As guests will see it in a root of their own.
        self.data = data = os.path.realpath(folder / "data")
        os.makedirs(folder / "logs", exist_ok=True)
        self.record = record
        self.level = level
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        chance = Chance(record.seed)
        self.page = HostPage(record.udid)
        confined = confinement(level, os.path.join(data, "Containers"))
        os.makedirs(confined.root.containers, exist_ok=True)
        self._zygote = start_zygote(
            self.page.guest_fd,
            chance.hash_seed(),
            confined.root_operations,
            confined.common_operations,
        )
        os.close(self.page.guest_fd)
        clock = clock or RealClock()
        self.log = EventLog(clock, str(folder / "logs" / "events.ndjson"))
        self.door = Door(porter)
        kit = Kit(clock, self.log, self.door, Router(self.door))
        self.kit = kit

        self.lsd = Lsd(kit)
        self.containermanagerd = Containermanagerd(kit, chance, data)
        self.sandboxd = Sandboxd(kit, self.containermanagerd, str(folder))
        self.containermanagerd.violations = self.sandboxd
        self.cfprefsd = Cfprefsd(kit, self.page, self.sandboxd, system=data)
        self.installd = Installd(kit, chance, data, self.containermanagerd, self.lsd, self.cfprefsd)
        self.launchd = Launchd(
            kit, chance, confined, self._zygote, self.containermanagerd, self.lsd
        )
        self.notifyd = Notifyd(kit, self.page)
        self.filecoordinationd = Filecoordinationd(kit, self.containermanagerd)
        self.filecoordinationd.violations = self.sandboxd
        sleepers = Sleepers(self.notifyd, self.filecoordinationd)
        self.runningboardd = Runningboardd(kit, self.page, self.launchd, sleepers)
        self.pkd = Pkd(self.lsd)
        self.springboard = Springboard(kit, self.launchd, self.pkd, self.lsd)
        self.chronod = Chronod(kit, self.launchd, self.lsd, lambda view: view_of(view).as_dict())
        self.apsd = Apsd(kit, self.launchd, self.lsd, self.springboard)
        self.sanitizerd = Sanitizerd(kit, self.page, self.launchd)
        self.launchd.violations = self.notifyd.violations = self.sandboxd
        self.lsd.launcher = self.launchd
        self.launchd.services.rooms["com.apple.notifyd"] = lambda actor, cause: (
            self.notifyd.restart(actor=actor, cause=cause)
        )
        self.lsd.foreground = self
        self.installd.launcher = self.launchd

    async def start(self) -> None:
        """Find what is on disk and wait for the zygote; the device is booted afterwards."""
        self._zygote.serve(self.launchd.zygote_reported, self._zygote_lost)
        self.containermanagerd.sweep()
        self.installd.load(self.containermanagerd.installed())
        await self._zygote.ready
        self.log.append("device", "boot", self.record.udid, actor="launchd_sim", level=self.level)

    def _zygote_lost(self) -> None:
        if not self.lost.done():
            self.lost.set_result("the zygote is gone, and every guest with it")

    def bring_to_front(self, guest: Guest, cause: int) -> None:
        """Put an app in front, for springboard and for runningboardd; it runs from now on."""
        self.runningboardd.resume(guest, cause=cause)
        self.springboard.bring_to_front(guest, cause)
        self.runningboardd.board.front = guest
        self.chronod.app_was_launched(guest.bundle, cause)

    def press_home(self) -> None:
        """Show the home screen; the app in front goes to the background."""
        self.springboard.press_home()
        self.runningboardd.board.front = None

    async def stop(self, reason: str) -> None:
        """End every guest, fold every domain, close everything."""
        self.log.append("device", "shutdown", self.record.udid, actor="launchd_sim", reason=reason)

        if not self.lost.done():
            guests = self.launchd.guests()
            await asyncio.gather(
                *(self.launchd.terminate(guest, "shutdown", polite=False) for guest in guests)
            )

        self._zygote.close()
        await self.cfprefsd.close()
        await self.filecoordinationd.close()
        self.log.close()

    def statistics(self) -> dict[str, object]:
        """Return what every room counts."""
        return {
            "door": self.door.statistics(),
            "guests": self.launchd.statistics(),
            "notifyd": self.notifyd.statistics(),
            "filecoordinationd": self.filecoordinationd.statistics(),
            "events": self.log.position,
        }
