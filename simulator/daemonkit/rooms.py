"""What daemons promise each other.

Daemons never import each other. What one needs of another stands here as a protocol; the device
puts the real one in when it is wired.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from simulator.bundles.bundle import Bundle
from simulator.daemonkit.clock import Clock
from simulator.daemonkit.door import Door
from simulator.daemonkit.events import EventLog
from simulator.daemonkit.guest import Exit, Guest
from simulator.daemonkit.router import Router

__all__ = (
    "Banners",
    "Containers",
    "Foreground",
    "Item",
    "Kit",
    "Launcher",
    "Links",
    "Notifications",
    "Offer",
    "Owned",
    "Owner",
    "PlugIns",
    "Preferences",
    "Registry",
    "SystemPage",
    "ViewReader",
    "Violations",
)


class Kit(NamedTuple):
    """What every daemon gets: where it speaks, listens, writes down and reads the time."""

    clock: Clock
    log: EventLog
    door: Door
    router: Router


class Owner(NamedTuple):
    """Whose container a path lies in.

    Attributes:
        kind: ``app``, ``data`` or ``group``.
        identifier: A bundle id, or an App Group's.
    """

    kind: str
    identifier: str


class Containers(Protocol):
    """containermanagerd: folders of apps, extensions and groups."""

    def owner_of(self, path: str) -> Owner | None:
        """Return whose container a path lies in by name, or None."""

    def own_file(
        self,
        guest: Guest,
        path: str,
        *,
        links: bool = True,
        root_too: bool = False,
        changes: bool = True,
    ) -> AbstractContextManager[int]:
        """Open a file beneath a guest's own folders, for nothing but its place (O_PATH)."""

    def own_descriptor(
        self,
        guest: Guest,
        thread: int,
        number: int,
        *,
        root_too: bool = False,
        changes: bool = True,
    ) -> AbstractContextManager[int]:
        """Open what a guest's descriptor means, if it lies in its own folders."""

    def data_container(self, bundle: Bundle) -> str:
        """Return the data container of an installed app or extension."""

    def group_containers(self, bundle: Bundle) -> dict[str, str]:
        """Return group id → folder for the groups of the bundle's entitlements."""

    def group_container(self, group: str) -> str | None:
        """Return the folder of a group, or None when no app has it."""

    def groups(self) -> list[str]:
        """Return the ids of all groups, sorted."""

    def every_container(self) -> list[str]:
        """Return the folder of every container there is."""

    def make_app(self, app: Bundle) -> str:
        """Make the containers of an app and its extensions; return the new bundle container."""

    def forget_app(self, app: Bundle, kept_groups: frozenset[str]) -> None:
        """Remove the containers of an app, and of its groups that are not kept."""

    def commit(self) -> None:
        """Write the index down: from here on the change survives a kill."""

    def revert(self) -> None:
        """Forget what was not committed, and remove its folders."""

    def sweep(self) -> None:
        """Remove folders that belong to nobody."""


class Registry(Protocol):
    """lsd: which bundles are installed."""

    def find(self, bundle_id: str) -> Bundle | None:
        """Return the app or extension of that id."""

    def app_of(self, bundle_id: str) -> Bundle | None:
        """Return the app of that id, or the app that contains the extension of that id."""

    def apps(self) -> Sequence[Bundle]:
        """Return the installed apps, in the order of their ids."""

    def add(self, app: Bundle) -> None:
        """Register an app and its extensions."""

    def remove(self, app: Bundle) -> None:
        """Forget an app and its extensions."""


class Launcher(Protocol):
    """launchd: processes."""

    async def launch(
        self,
        bundle: Bundle,
        *,
        cause: int = 0,
        options: dict[str, object] | None = None,
        arguments: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        traced: bool | None = None,
    ) -> Guest:
        """Start a process and return it once it is sealed and has its GO."""

    def running(self, bundle_id: str) -> Guest | None:
        """Return the living process of a bundle, the youngest."""

    def guests(self) -> Sequence[Guest]:
        """Return all living processes, in the order of their launch."""

    async def terminate(self, guest: Guest, reason: str, *, polite: bool = True) -> Exit:
        """End a process and wait until it is gone."""


class Notifications(Protocol):
    """Daemons that tell processes things, and tell a suspended one nothing."""

    def suspend(self, guest: Guest) -> None:
        """Hold what a process is told: it has been stopped."""

    def resume(self, guest: Guest, cause: int) -> None:
        """Tell a process what it has missed: it runs again."""


class SystemPage(NamedTuple):
    """What an app of the system's own shows; it has no process here.

    Attributes:
        bundle_id: Of the app, for example ``com.apple.mobilesafari``.
        name: As people call it.
        url: What it was opened with.
    """

    bundle_id: str
    name: str
    url: str


class Foreground(Protocol):
    """springboard: who is in front."""

    def bring_to_front(
        self, guest: Guest, cause: int, tell: Callable[[bool], None] | None = None
    ) -> None:
        """Put an app's process in front.

        With ``tell`` it is the caller who tells it, and is told whether it was not in front.
        """

    def show_page(self, page: SystemPage, cause: int) -> None:
        """Show what an app of the system's own would."""


class Owned(NamedTuple):
    """The app that a web URL belongs to, or None, and why."""

    app: Bundle | None
    reason: str


class Links(Protocol):
    """swcd: which app a web page belongs to."""

    async def installed(self, app: Bundle, cause: int = 0) -> None:
        """Take an app in, and fetch what its sites say."""

    def removed(self, bundle_id: str) -> None:
        """Forget an app."""

    async def app_for(self, url: str, source: Bundle | None) -> Owned:
        """Return the app that a web URL opens, or None, and why."""


class Banners(Protocol):
    """springboard: notifications."""

    def show_notification(
        self, bundle_id: str, text: dict[str, str], badge: int | None, cause: int
    ) -> None:
        """Show a notification; ``text`` has title, subtitle, body, changed_by and note."""


class ViewReader(Protocol):
    """springboard: a view as a guest describes it, as plain values."""

    def __call__(self, content: object) -> dict[str, object]:
        """Return the view; Misbehaved when it is none."""


class Violations(Protocol):
    """sandboxd: what the sandbox refused."""

    def listen(self, guest: Guest, listener: int) -> None:
        """Answer what the kernel asks about a guest; -1 where it cannot ask."""

    def refused(
        self,
        guest: Guest,
        operation: str,
        resource: str,
        *,
        cause: int = 0,
        access: str = "",
        reason: str = "",
    ) -> None:
        """Write a denial down, in Apple's words and with what would have allowed it."""


class Preferences(Protocol):
    """cfprefsd: preference domains."""

    def forget(self, container: str) -> None:
        """Let go of the domains of a container that was removed."""


class Item(NamedTuple):
    """One thing that is shared.

    Attributes:
        types: Uniform type identifiers it can be had as, most faithful first.
        name: A file name, or nothing.
        data: Its bytes.
    """

    types: tuple[str, ...]
    name: str
    data: bytes


class Offer(NamedTuple):
    """Whether an extension is offered for some items, and why."""

    bundle: Bundle
    offered: bool
    reason: str


class PlugIns(Protocol):
    """pkd: which extensions there are for what."""

    async def offers(self, point: str, items: Sequence[Item]) -> list[Offer]:
        """Judge every installed extension of a point, in the order of their ids."""

    async def why_offered(
        self, extension: str, items: Sequence[Sequence[Sequence[str]]], host_bundle: str
    ) -> dict[str, object]:
        """Return why an extension is or is not offered; ``reason`` is the clause that decided."""

    def conformance(self, types: Sequence[str]) -> list[str]:
        """Return every type that one of ``types`` conforms to, sorted."""

    def types_of_file(self, name: str) -> list[str]:
        """Return every type that a file of that name conforms to, sorted."""
