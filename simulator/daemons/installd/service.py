"""Installing and removing apps: staging, then containers, then the commit."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from simulator.bundles.assemble import assemble, remove_tree
from simulator.bundles.bundle import Bundle, read_bundle
from simulator.bundles.lint.run import remarks_of
from simulator.bundles.lint.subject import read_subject
from simulator.daemonkit.chance import Chance
from simulator.daemonkit.rooms import Containers, Kit, Launcher, Links, Preferences, Registry
from simulator.daemons.installd.state import check_install, kept_groups, moved
from simulator.xpc.errors import BundleError, CommandError

__all__ = ("Installd", "Installed")


class Installed(NamedTuple):
    """An app as it lies on the device.

    Attributes:
        app: The app.
        remarks: What the person is told, though it went well: extensions that nothing here starts,
            misspelt entitlements.
    """

    app: Bundle
    remarks: list[str]


class Installd:
    """The installer of one device.

    Args:
        kit: The device's.
        chance: Names the staging folders.
        data: The device's ``data`` folder.
        containers, registry, launcher: The rooms it works with.
    """

    def __init__(
        self,
        kit: Kit,
        chance: Chance,
        data: str,
        containers: Containers,
        registry: Registry,
        preferences: Preferences,
    ) -> None:
        self._kit = kit
        self._chance = chance
        self._staging = Path(data, "Library", "installd", "staging")
        self._containers = containers
        self._registry = registry
        self._preferences = preferences
        self.launcher: Launcher | None = None
        self.links: Links  # the device's; wired after it is made
        self.forget: Callable[[str], Awaitable[None]]  # what others keep about an app
        self._one_at_a_time = asyncio.Lock()
        self._count = 0

    def load(self, installed: list[tuple[str, str]]) -> None:
        """Register the apps that lie on disk, at boot; one that is broken is told and left out."""
        remove_tree(self._staging)

        for bundle_id, container in installed:
            try:
                name = next(entry for entry in os.listdir(container) if entry.endswith(".app"))
                self._registry.add(read_bundle(Path(container, name)))
            except (BundleError, OSError, StopIteration) as problem:
                self._kit.log.append(
                    "install", "skip", bundle_id, actor="installd", reason=str(problem)
                )

    async def install(self, path: str, cause: int = 0) -> Installed:
        """Install the ``.app`` at ``path``, or upgrade it; return it as installed.

        Raises:
            BundleError: Something in the bundle is wrong; nothing of it stays.
            CommandError: There is no such folder.
        """
        if not os.path.lexists(path):  # noqa: ASYNC240  one lstat
            raise CommandError(
                "NSPOSIXErrorDomain",
                2,
                "Simulator device failed to install the application.",
                f"lstat of {path} failed: No such file or directory",
            )

        async with self._assembled(path) as app:
            told, noted = await asyncio.to_thread(_remarks, app)
            installed = await self._take_over(app, cause)

            for sentence in (*told, *noted):
                self._kit.log.append(
                    "install", "remark", app.bundle_id, actor="installd", reason=sentence
                )

            return Installed(installed, told)

    async def look_at(self, path: str) -> Bundle:
        """Return what would be installed, as a value; nothing stays.

        Raises:
            BundleError: Something in the bundle is wrong.
        """
        async with self._assembled(path) as app:
            return app

    @asynccontextmanager
    async def _assembled(self, path: str) -> AsyncIterator[Bundle]:
        async with self._one_at_a_time:
            self._count += 1
            staging = self._staging / self._chance.uuid("staging", self._count)
            staging.mkdir(parents=True)

            try:
                yield await asyncio.to_thread(assemble, Path(path), staging)
            finally:
                await asyncio.to_thread(remove_tree, staging)

    async def _take_over(self, app: Bundle, cause: int) -> Bundle:
        replaced = check_install(app, self._registry.apps())

        if replaced is not None:
            await self._end_processes(replaced, "an upgrade is being installed")

        old = replaced.path.parent if replaced is not None else None

        try:
            target = Path(self._containers.make_app(app), app.path.name)
            os.rename(app.path, target)
            self._containers.commit()
        except OSError:
            self._containers.revert()
            raise

        if replaced is not None:
            self._registry.remove(replaced)

        if old is not None:
            await asyncio.to_thread(remove_tree, old)

        installed = moved(app, target)
        self._registry.add(installed)
        event = self._kit.log.append(
            "install",
            "upgrade" if replaced is not None else "install",
            app.bundle_id,
            actor="installd",
            cause=cause,
            extensions=[extension.bundle_id for extension in app.extensions],
        )
        await self.links.installed(installed, event)

        return installed

    async def uninstall(self, bundle_id: str, cause: int = 0) -> None:
        """Remove an app with its extensions, their data, and groups nobody else is in.

        An unknown id is no error, as with Apple's tool.
        """
        async with self._one_at_a_time:
            app = self._registry.find(bundle_id)

            if app is None or app.is_extension:
                return

            await self._end_processes(app, "its app is being removed")
            kept = kept_groups(app, self._registry.apps())
            leaving = self._leaving(app, kept)
            self._containers.forget_app(app, kept)

            try:
                self._containers.commit()
            except OSError:
                self._containers.revert()
                raise

            self._registry.remove(app)

            for container in leaving:
                self._preferences.forget(container)

            await self.forget(app.bundle_id)
            await asyncio.to_thread(self._containers.sweep)
            self._kit.log.append("install", "uninstall", bundle_id, actor="installd", cause=cause)

    def _leaving(self, app: Bundle, kept: frozenset[str]) -> set[str]:
        """Return the containers that go with an app."""
        found = set()

        for bundle in (app, *app.extensions):
            groups = self._containers.group_containers(bundle)
            found.add(self._containers.data_container(bundle))
            found.update(path for group, path in groups.items() if group not in kept)

        return found

    async def _end_processes(self, app: Bundle, reason: str) -> None:
        assert self.launcher is not None

        ids = {bundle.bundle_id for bundle in (app, *app.extensions)}

        # All that live, also those that were asked to end and may not have heard it.
        while living := [
            guest
            for guest in self.launcher.guests()
            if guest.bundle_id in ids and not guest.is_system
        ]:
            await self.launcher.terminate(living[0], reason, polite=False)


def _remarks(app: Bundle) -> tuple[list[str], list[str]]:
    """Return what is to be said of an app; to look at it takes time, and never the loop's."""
    return remarks_of(read_subject(app.path, label=app.path.name))
