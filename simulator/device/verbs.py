"""What a control client can ask of a booted device.

Each verb is a method whose name it carries; its parameters are the request's arguments, checked by
pydantic. Texts of errors are Apple's where Apple has one.
"""

import asyncio
from contextlib import suppress

from pydantic import ValidationError

from simulator.daemonkit.guest import Guest
from simulator.device.comparing import ComparingVerbs
from simulator.device.coordinating import CoordinationVerbs
from simulator.device.defaulting import DefaultsVerbs
from simulator.device.describing import Descriptions
from simulator.device.host import DeviceHost
from simulator.device.linking import LinkVerbs
from simulator.device.locks import LockVerbs
from simulator.device.notifying import NotifyVerbs
from simulator.device.person import described, verb
from simulator.device.plugging import PlugInVerbs
from simulator.device.sanitizing import SanitizeVerbs
from simulator.xpc.errors import CommandError, Misuse, SimulatorError, WorldError

__all__ = ("Verbs",)

_EVENTS_PER_ANSWER = 2000


class Verbs(
    DefaultsVerbs, NotifyVerbs, PlugInVerbs, LinkVerbs, ComparingVerbs, LockVerbs,
    CoordinationVerbs, SanitizeVerbs,
):  # fmt: skip
    """The verbs of one device: here the tool's, in the bases the person's and those of rooms.

    Args:
        host: The device.
    """

    def __init__(self, host: DeviceHost) -> None:
        super().__init__(host)
        self._descriptions = Descriptions()

    async def answer(self, name: str, arguments: dict[str, object]) -> object:
        """Do what was asked.

        Raises:
            SimulatorError: It could not be done; the error says why.
        """
        method = getattr(self, name, None)

        if not getattr(method, "is_verb", False):
            raise Misuse(f"a device does not know the verb {name!r}")

        assert method is not None

        try:
            result = method(**arguments)

            return await result if asyncio.iscoroutine(result) else result
        except ValidationError as problem:
            first = problem.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise Misuse(f"{name}: {place}: {first['msg']}") from problem

    # -- apps --------------------------------------------------------------------------------

    @verb
    async def install(self, path: str) -> dict[str, object]:
        """Install the app at ``path``."""
        app, remarks = await self._host.installd.install(path)

        return {
            "bundle_id": app.bundle_id,
            "extensions": [extension.bundle_id for extension in app.extensions],
            "remarks": remarks,
            "warnings": await self._host.pkd.installed(app),
        }

    @verb
    async def uninstall(self, bundle_id: str) -> None:
        """Remove an app, its data, and groups nobody else is in."""
        await self._host.installd.uninstall(bundle_id)

    @verb
    def listapps(self) -> list[object]:
        """Return every installed app with its extensions."""
        return self._descriptions.of(self._host.lsd.apps(), self._host.containermanagerd)

    @verb
    def get_app_container(self, bundle_id: str, container: str = "app") -> object:
        """Return a container's path, or all groups with theirs."""
        bundle = self._host.lsd.find(bundle_id)

        if bundle is None:
            raise _no_container(*self._did_you_mean(bundle_id))

        manager = self._host.containermanagerd
        groups = manager.group_containers(bundle)

        match container:
            case "app":
                return str(bundle.path)
            case "data":
                return manager.data_container(bundle)
            case "groups":
                return groups
            case _ if container in groups:
                return groups[container]
            case _:
                known = ", ".join(groups) or "it is in none"
                raise _no_container(
                    f"{container} is none of app, data, groups, and no App Group of {bundle_id} "
                    f"({known})"
                )

    # -- processes ---------------------------------------------------------------------------

    @verb
    async def launch(
        self,
        bundle_id: str,
        arguments: list[str] | None = None,
        environment: dict[str, str] | None = None,
        terminate_running: bool = False,  # noqa: FBT001, FBT002  a request's argument
        trace_sandbox: bool | None = None,  # noqa: FBT001  as above
        wait_s: float = 1.0,
    ) -> dict[str, object]:
        """Launch an app, or bring the running one to the front.

        Waits up to ``wait_s`` until it is ready, so that a crash at its start is told.
        """
        app = self._host.lsd.find(bundle_id)

        if app is None:
            raise _failed_to_launch(bundle_id, 4, f'The request to open "{bundle_id}" failed.')

        if app.is_extension:
            raise _failed_to_launch(
                bundle_id, 1, "it is an extension: the system starts it, for a request"
            )

        guest = self._host.launchd.running(bundle_id)

        if guest is not None and terminate_running:
            await self._host.launchd.terminate(guest, "it is being relaunched")
            guest = None

        if guest is None:
            try:
                guest = await self._host.launchd.launch(
                    app,
                    arguments=arguments or (),
                    environment=environment,
                    traced=trace_sandbox,
                )
            except WorldError as problem:
                raise _failed_to_launch(bundle_id, 1, str(problem)) from problem

        self._host.bring_to_front(guest, 0)
        await self._expect_ready(guest, wait_s)

        return described(guest)

    async def _expect_ready(self, guest: Guest, wait_s: float) -> None:
        try:
            await asyncio.wait_for(asyncio.shield(guest.launched), wait_s)
        except TimeoutError:
            return  # busy, but alive: the launch watchdog's business
        except WorldError as problem:
            lines = [str(problem), *(f"\t{line}" for line in guest.tail[-8:])]
            raise _failed_to_launch(guest.bundle_id, 1, *lines) from problem

    @verb
    async def terminate(self, bundle_id: str) -> None:
        """End the running process of an app."""
        guest = self._host.launchd.running(bundle_id)

        if guest is None:
            raise CommandError(
                "NSPOSIXErrorDomain",
                3,
                f"Simulator device failed to terminate {bundle_id}.",
                "found nothing to terminate",
                *self._did_you_mean(bundle_id),
            )

        await self._host.launchd.terminate(guest, "simctl terminate")

    @verb
    async def suspend(self, bundle_id: str) -> str:
        """Stop the running process of an app or extension, as iOS does in the background.

        Returns nothing, or why it was ended instead: it held a lock in a shared container.
        """
        return await self._host.runningboardd.suspend(self._running(bundle_id), actor="simctl")

    @verb
    def resume(self, bundle_id: str) -> None:
        """Let a suspended process run on; one that runs is left alone."""
        self._host.runningboardd.resume(self._running(bundle_id), actor="simctl")

    def _running(self, bundle_id: str) -> Guest:
        guest = self._host.launchd.running(bundle_id)

        if guest is None:
            raise CommandError(
                "NSPOSIXErrorDomain",
                3,
                f"Simulator device failed to find a process of {bundle_id}.",
                "No such process",
                *self._did_you_mean(bundle_id),
            )

        return guest

    @verb
    def kickstart(self, target: str, kill: bool = False) -> int:  # noqa: FBT001, FBT002  a request's argument
        """Start a daemon anew, as ``launchctl kickstart -k`` does; return its starts since boot."""
        return self._host.launchd.services.kickstart(target, kill=kill, actor="simctl")

    def _did_you_mean(self, bundle_id: str) -> list[str]:
        import difflib

        known = [
            bundle.bundle_id for app in self._host.lsd.apps() for bundle in (app, *app.extensions)
        ]
        close = difflib.get_close_matches(bundle_id, known, n=1)

        return [f"Did you mean {close[0]}?"] if close and close[0] != bundle_id else []

    @verb
    def ps(self) -> list[object]:
        """Return a row per process: pid, bundle id, state, why."""
        return [list(row) for row in self._host.runningboardd.rows()]

    @verb
    def trace_sandbox(self, on: bool) -> None:  # noqa: FBT001  a request's argument
        """Tell of the processes launched from now on what C code is refused, too, or stop that."""
        self._host.launchd.traced = on

    @verb
    def grants(self, bundle_id: str) -> list[str]:
        """Return what an installed app or extension may do, as sentences."""
        bundle = self._host.lsd.find(bundle_id)

        if bundle is None:
            raise Misuse(
                " ".join((f"{bundle_id} is not installed.", *self._did_you_mean(bundle_id)))
            )

        return self._host.launchd.grants(bundle)

    @verb
    async def grants_of_path(self, path: str) -> dict[str, list[str]]:
        """Return the same of a ``.app`` folder that need not be installed, and its extensions."""
        app = await self._host.installd.look_at(path)

        return {
            bundle.bundle_id: self._host.launchd.grants(bundle, app)
            for bundle in (app, *app.extensions)
        }

    @verb
    def plan(self, bundle_id: str) -> list[object]:
        """Return the operations of a launch, without doing them."""
        bundle = self._host.lsd.find(bundle_id)

        if bundle is None:
            raise Misuse(f"{bundle_id} is not installed")

        return [[step, list(arguments)] for step, arguments in self._host.launchd.plan(bundle)]

    # -- channels ----------------------------------------------------------------------------

    @verb
    def group(self, group: str) -> str:
        """Return the folder of an App Group."""
        container = self._host.containermanagerd.group_container(group)

        if container is None:
            known = ", ".join(self._host.containermanagerd.groups()) or "none"
            raise Misuse(f"no installed app is in the group {group!r} (groups: {known})")

        return container

    # -- watching ----------------------------------------------------------------------------

    @verb
    async def events(
        self,
        since: int = 0,
        wait: bool = False,  # noqa: FBT001, FBT002  a request's argument
        timeout_s: float = 60.0,
    ) -> dict[str, object]:
        """Return the events behind ``since``; with ``wait``, wait for one first."""
        log = self._host.log

        if wait:
            with suppress(TimeoutError):
                await asyncio.wait_for(log.grown(since), timeout_s)

        found = []

        for event in log.since(since):
            found.append(event.as_dict())

            if len(found) == _EVENTS_PER_ANSWER:
                break

        return {
            "events": found,
            "position": found[-1]["id"] if found else log.position,
            "time_ns": self._host.kit.clock.now_ns(),
        }

    @verb
    async def settle(self, timeout_s: float = 10.0) -> None:
        """Wait until every guest is idle with nothing unacknowledged."""
        try:
            await asyncio.wait_for(self._host.runningboardd.until_quiescent(), timeout_s)
        except TimeoutError:
            busy = [row.bundle_id for row in self._host.runningboardd.rows()]
            raise WorldError(
                f"the device did not come to rest within {timeout_s:g} s; it runs {busy}"
            ) from None

    @verb
    def info(self) -> dict[str, object]:
        """Return who the device is, and at which level it seals its guests."""
        return {
            "udid": self._host.record.udid,
            "name": self._host.record.name,
            "level": self._host.level,
            "statistics": self._host.statistics(),
        }


def _no_container(*why: str) -> CommandError:
    return CommandError(
        "NSPOSIXErrorDomain",
        2,
        "The operation couldn’t be completed. No such file or directory",
        "No such file or directory",
        *why,
    )


def _failed_to_launch(bundle_id: str, code: int, *reason: str) -> SimulatorError:
    head, *rest = reason

    return CommandError(
        "FBSOpenApplicationServiceErrorDomain",
        code,
        f"Simulator device failed to launch {bundle_id}.",
        head,
        *rest,
    )
