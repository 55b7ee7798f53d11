"""Every domain of the device by its name: for programs of the system, and for a person.

An app finds its own domains and those of its groups. A program of the system is in no sandbox of an
app: to it a domain is where its owner has it. A group's id means the group's container, the bundle
id of an app or an extension that one's, NSGlobalDomain the device's, and any other name a domain of
the device, in which no app looks. A path means a plist in a container, or of the device.

Who may ask is decided by what the host knows of the process, never by what it says.
"""

import asyncio
import errno
import os
from collections.abc import Iterable

from shared_container.journal import HEADER_BYTES
from shared_container.layout import (
    PREFERENCES_FOLDER,
    check_domain_name,
    journal_name,
    preferences_name,
)
from shared_container.plist import encode_plist
from simulator.daemonkit.beneath import opened_beneath, relative_to
from simulator.daemonkit.rooms import Containers, Kit, Registry
from simulator.daemonkit.router import Heard
from simulator.daemons.cfprefsd.opened import OpenDomains
from simulator.daemons.cfprefsd.state import GLOBAL_DOMAIN, GLOBAL_FILE, Location
from simulator.xpc.errors import Misbehaved, Misuse, SandboxDenied

__all__ = ("SystemDomains",)

_EMPTY_BYTES = len(encode_plist({}))
_SUFFIX = ".plist"
_JOURNAL = ".plist.journal"


class SystemDomains:
    """The domains of one device, by name.

    Args:
        kit: The device's.
        containers: Whose folders are where.
        registry: Which bundles are installed.
        domains: Those that are open.
        system: The folder of what belongs to the device and no app.

    Attributes:
        hidden: Whether nothing can be read: before the first unlock.
    """

    def __init__(
        self,
        kit: Kit,
        containers: Containers,
        registry: Registry,
        domains: OpenDomains,
        system: str,
    ) -> None:
        self._containers = containers
        self._registry = registry
        self._domains = domains
        self._system = system
        self.hidden = False
        kit.router.verb("cfprefsd.app", self._app)
        kit.router.verb("cfprefsd.contents", self._contents)
        kit.router.verb("cfprefsd.domains", self._names)
        kit.router.verb("cfprefsd.places", self._places)

    # -- where a domain is -------------------------------------------------------------------

    def locate(self, name: str) -> Location:
        """Say where a domain lies.

        Raises:
            Misuse: It is nowhere: a group of no installed app, a path to nothing of the device.
        """
        if name == GLOBAL_DOMAIN:
            return Location(self._system, GLOBAL_FILE, shared=True)

        if name.startswith("/"):
            return self._locate_path(name)

        try:
            check_domain_name(name)
        except ValueError as problem:
            raise Misuse(str(problem)) from problem

        found = self._locate_owned(name)

        if found is None and name.startswith("group."):
            raise Misuse(f"no installed app is in the App Group {name}")

        return found or Location(self._system, name)

    def locate_owned(self, name: str) -> Location:
        """Say where a domain of an App Group, an app or an extension lies, or NSGlobalDomain.

        Raises:
            Misuse: It is none of these.
        """
        found = self.locate(name) if name == GLOBAL_DOMAIN else self._locate_owned(name)

        if found is None:
            raise Misuse(f"{name} is no App Group and no bundle id of this device")

        return found

    def _locate_owned(self, name: str) -> Location | None:
        group = self._containers.group_container(name)

        if group is not None:
            return Location(group, name, shared=True)

        bundle = self._registry.find(name)

        return None if bundle is None else Location(self._containers.data_container(bundle), name)

    def _locate_path(self, path: str) -> Location:
        folder, name = os.path.split(os.path.normpath(path))
        name = name.removesuffix(_SUFFIX)

        for root in (*self._roots(), self._system):
            if relative_to(root, folder) == PREFERENCES_FOLDER:
                if root == self._system and name == GLOBAL_FILE:
                    return self.locate(GLOBAL_DOMAIN)

                owner = self._containers.owner_of(folder)
                shared = owner is not None and (owner.kind, owner.identifier) == ("group", name)

                return Location(root, name, shared=shared)

        raise Misuse(
            f"{path} is no plist of this device: in {PREFERENCES_FOLDER} of a container, or of the "
            "device's data folder"
        )

    def _roots(self) -> Iterable[str]:
        """Return every container that has preferences."""
        for container in self._containers.every_container():
            owner = self._containers.owner_of(container)

            if owner is not None and owner.kind != "app":
                yield container

    # -- what programs ask -------------------------------------------------------------------

    def _app(self, heard: Heard, name: object) -> str | None:
        """Return the bundle id of an app by its id, its name or its folder's."""
        _check_access(heard)

        for app in self._registry.apps():
            if name in {app.bundle_id, app.name, app.path.stem, app.path.name}:
                return app.bundle_id

        return None

    async def _contents(self, heard: Heard, name: object) -> dict[str, object]:
        """Return the values of a domain, for who looks through many and keeps none."""
        _check_access(heard)

        if not isinstance(name, str):
            raise Misbehaved("a domain name that is no string")

        domain = await self._domains.get(self.locate(name))
        values = {} if self.hidden else domain.store.values
        self._domains.let_go(domain)

        return values

    async def _names(self, heard: Heard, _: object) -> list[str]:
        """Return the names of the domains that hold something."""
        _check_access(heard)
        bundles = [each for app in self._registry.apps() for each in (app, *app.extensions)]
        owned = [*self._containers.groups(), *(each.bundle_id for each in bundles)]
        places = [(name, self.locate(name)) for name in (*owned, GLOBAL_DOMAIN)]
        found = await asyncio.to_thread(self._holding, places)
        names = {(place.container, place.domain): name for name, place in places}

        for domain in self._domains:  # what is open may be in no file yet, or no longer
            container, name = domain.key
            name = names.get(domain.key, name if container == self._system else "")

            if name:
                (found.add if domain.store.values else found.discard)(name)

        return sorted(found)

    def _holding(self, places: list[tuple[str, Location]]) -> set[str]:
        """Return the names whose domains have a file with something in it, and the device's own."""
        found = {name for name, place in places if _holds(place.container, place.domain)}
        folder = os.path.join(self._system, PREFERENCES_FOLDER)
        others = {name for name, _ in places}

        for entry in os.listdir(folder) if os.path.isdir(folder) else ():
            name = _domain_of(entry)

            if name and name not in others and _holds(self._system, name):
                found.add(name)

        return found

    async def _places(self, heard: Heard, name: object) -> list[str]:
        """Return the path of every plist of a name, without its suffix."""
        _check_access(heard)

        if not isinstance(name, str):
            raise Misbehaved("a domain name that is no string")

        place = self.locate(name)
        roots = {place.container: None, **dict.fromkeys(self._roots()), self._system: None}
        found = await asyncio.to_thread(
            lambda: [root for root in roots if _holds(root, place.domain)]
        )
        # What was set just now may be in no file yet.
        found = [*dict.fromkeys([place.container, *found])]

        return [f"{root}/{PREFERENCES_FOLDER}/{place.domain}" for root in found]


def _domain_of(entry: str) -> str:
    """Return the domain that a file of the device's preferences belongs to, or nothing."""
    name = entry.removesuffix(_SUFFIX) if entry.endswith(_SUFFIX) else ""

    if entry.startswith(".") and entry.endswith(_JOURNAL):
        name = entry[1:].removesuffix(_JOURNAL)

    return "" if name.startswith(".") else name


def _holds(container: str, domain: str) -> bool:
    """Say whether a domain has a plist that is not empty, or a journal."""
    try:
        names = (preferences_name(domain), journal_name(domain))
    except ValueError:
        return False

    for name, least in zip(names, (_EMPTY_BYTES, HEADER_BYTES), strict=True):
        try:
            path = f"{PREFERENCES_FOLDER}/{name}"

            with opened_beneath(container, path, os.O_PATH, links=False) as file:
                if os.fstat(file).st_size > least:
                    return True
        except OSError as problem:
            if problem.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EXDEV}:
                raise

    return False


def _check_access(heard: Heard) -> None:
    if not heard.guest.is_system:
        raise SandboxDenied(
            "user-preference-read", "every domain of the device", "for programs of the system"
        )
