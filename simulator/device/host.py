"""``launchd_sim``: the rooms of one booted device, wired.

The one place that knows every daemon. No room has module-level state: a device is this object.
"""

import asyncio
import os
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from simulator.bundles.bundle import Bundle
from simulator.bundles.points import KEYBOARD
from simulator.daemonkit.chance import Chance
from simulator.daemonkit.clock import Clock, RealClock
from simulator.daemonkit.door import Door, Porter
from simulator.daemonkit.events import EventLog
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.page import HostPage
from simulator.daemonkit.rooms import Kit, SystemPage
from simulator.daemonkit.router import Router
from simulator.daemons.apsd.service import Apsd
from simulator.daemons.cfprefsd.service import Cfprefsd
from simulator.daemons.chronod.service import Chronod
from simulator.daemons.containermanagerd.service import Containermanagerd
from simulator.daemons.filecoordinationd.service import Filecoordinationd
from simulator.daemons.installd.service import Installd
from simulator.daemons.launchd.plan import Reach, confinement
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
from simulator.daemons.swcd.service import Swcd
from simulator.device.keyboards import Keyboards
from simulator.device.preferring import PreferredFile
from simulator.device.record import DeviceRecord
from simulator.device.suspending import Sleepers

__all__ = ("DeviceHost",)

_FILE_THREADS = 2


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

        self.lsd = Lsd(kit, data)
        self.swcd = Swcd(kit, data)
        self.containermanagerd = Containermanagerd(kit, chance, data)
        self.sandboxd = Sandboxd(kit, self.containermanagerd, str(folder))
        self.cfprefsd = Cfprefsd(
            kit, self.page, self.sandboxd, self.containermanagerd, self.lsd, system=data
        )
        self.installd = Installd(kit, chance, data, self.containermanagerd, self.lsd, self.cfprefsd)
        self.launchd = Launchd(
            kit, chance, confined, self._zygote, self.containermanagerd, self.lsd
        )
        self.notifyd = Notifyd(kit, self.page)
        self.filecoordinationd = Filecoordinationd(kit, self.containermanagerd)
        sleepers = Sleepers(self.notifyd, self.filecoordinationd)
        self.runningboardd = Runningboardd(kit, self.page, self.launchd, sleepers)
        self.pkd = Pkd(kit, self.lsd, data)
        self.springboard = Springboard(kit, self.launchd, self.pkd, self.lsd)
        self.chronod = Chronod(
            kit, self.launchd, self.lsd, lambda view: view_of(view).as_dict(), data
        )
        self.apsd = Apsd(kit, self.launchd, self.lsd, self.springboard)
        self.sanitizerd = Sanitizerd(kit, self.page, self.launchd)
        self.preferred = PreferredFile(data)
        self.keyboards = Keyboards(kit, self.lsd, self.cfprefsd, self.preferred)
        # Of their own: a large copy must not keep preferences from being loaded.
        self.file_threads = ThreadPoolExecutor(_FILE_THREADS, "files")
        self._wire()

    def _wire(self) -> None:
        """Let the rooms know each other, which only now are all there."""
        for room in (
            self.containermanagerd, self.launchd, self.notifyd, self.filecoordinationd,
        ):  # fmt: skip
            room.violations = self.sandboxd

        self.lsd.foreground = self
        self.lsd.launcher = self.installd.launcher = self.launchd
        self.lsd.links = self.installd.links = self.swcd
        self.lsd.plug_ins = self.pkd
        self.lsd.containers = self.containermanagerd
        self.installd.forget = self._forget
        self.launchd.reach = self._reach
        self.launchd.services.rooms["com.apple.notifyd"] = lambda actor, cause: (
            self.notifyd.restart(actor=actor, cause=cause)
        )

    def _reach(self, bundle: Bundle, containers: Collection[str]) -> Reach:
        """Return how far a process of a bundle gets into its containers now."""
        opened = {}

        for container in containers:
            items = self.containermanagerd.open_items(container)

            if items is not None:
                opened[container] = items

        is_keyboard = bundle.extension_point == KEYBOARD
        full_access = bundle.bundle_id in self.cfprefsd.full_access

        return Reach(is_keyboard and not full_access, opened)

    async def _forget(self, bundle_id: str) -> None:
        """Let go of what is kept about an app that is gone for good."""
        self.swcd.removed(bundle_id)
        self.lsd.forget_choices(bundle_id)
        self.chronod.app_was_removed(bundle_id)
        await self.keyboards.forget()

    async def lock(self, *, locked: bool) -> None:
        """Let the device be as before its first unlock, or unlocked.

        Preferences follow at once; who runs keeps the files that it has been granted.
        """
        await self.containermanagerd.lock(locked=locked)
        self.cfprefsd.locked = locked

    async def start(self) -> None:
        """Find what is on disk and wait for the zygote; the device is booted afterwards."""
        self._zygote.serve(self.launchd.zygote_reported, self._zygote_lost)
        self.containermanagerd.sweep()
        self.installd.load(self.containermanagerd.installed())
        self._prefer()

        for app in self.lsd.apps():
            await self.swcd.installed(app)

        await self._zygote.ready
        self.chronod.load()
        self.log.append("device", "boot", self.record.udid, actor="launchd_sim", level=self.level)

    def _prefer(self) -> None:
        """Let preferences behave as a person has set it before."""
        preferred, problem = self.preferred.load()
        self.cfprefsd.settings = preferred.settings
        self.cfprefsd.full_access = set(preferred.full_access)

        if problem:
            self.log.append("defaults", "salvage", "settings", actor="cfprefsd", reason=problem)

    def _zygote_lost(self) -> None:
        if not self.lost.done():
            self.lost.set_result("the zygote is gone, and every guest with it")

    def bring_to_front(
        self, guest: Guest, cause: int, tell: Callable[[bool], None] | None = None
    ) -> None:
        """Put an app in front, for springboard and for runningboardd; it runs from now on."""
        self.runningboardd.resume(guest, cause=cause)
        self.springboard.bring_to_front(guest, cause, tell)
        self.runningboardd.board.front = guest
        self.chronod.app_was_launched(guest.bundle, cause)

    def show_page(self, page: SystemPage, cause: int) -> None:
        """Show what an app of the system's own would; no process is in front then."""
        self.springboard.show_page(page, cause)
        self.runningboardd.board.front = None

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
        self.file_threads.shutdown(wait=False, cancel_futures=True)
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
