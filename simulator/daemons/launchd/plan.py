"""What a launch will do: the guest's profile, its operations, its environment. Pure."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from simulator.bundles.bundle import Bundle
from simulator.bundles.entitlements import Entitlements
from simulator.bundles.info import InfoPlist
from simulator.daemonkit.guest import Guest
from simulator.sandbox.profile import (
    Operation,
    Profile,
    common_operations,
    operations,
    python_trees,
)
from simulator.sandbox.root import Root, guests_root, root_operations
from simulator.xpc.programs import PROGRAMS_FOLDER, program_names

__all__ = (
    "Confinement",
    "Launched",
    "Reach",
    "confinement",
    "find_program",
    "guest_environment",
    "guest_profile",
    "launch_plan",
    "service_name",
)

_PACKAGES = Path(__file__).resolve().parents[3]


class Confinement(NamedTuple):
    """How a device confines its guests: its level, and what they all may read."""

    level: str
    root: Root

    @property
    def root_operations(self) -> tuple[tuple[str, Sequence[str | int]], ...]:
        """The plan of the guests' root, for the zygote; empty where they share the machine's."""
        return root_operations(self.root, parent=os.getpid()) if self.is_sealed else ()

    @property
    def common_operations(self) -> tuple[Operation, ...]:
        """The beginning of every guest's plan."""
        return common_operations(_common_profile(self))

    @property
    def is_sealed(self) -> bool:
        """Whether guests have a root of their own, in which containers are covered."""
        return self.level == "SEALED"


class Launched(Protocol):
    """What a profile depends on: of a process, or of one that need not be."""

    @property
    def bundle(self) -> Bundle:
        """What it runs."""

    @property
    def home(self) -> str:
        """Its data container."""

    @property
    def groups(self) -> dict[str, str]:
        """App Group id → folder."""

    @property
    def is_system(self) -> bool:
        """Whether it is a program of the system."""

    @property
    def traced(self) -> bool:
        """Whether each file that it opens is told."""


class Reach(NamedTuple):
    """How far a process gets into its own containers when it is launched; it stays so.

    Attributes:
        groups_read_only: Whether it is a keyboard without Full Access.
        opened: Container → what of it can be opened before the first unlock; one that is not
            among them can be opened as a whole.
    """

    groups_read_only: bool = False
    opened: Mapping[str, tuple[str, ...]] = {}


def guest_profile(
    guest: Launched, app: Bundle, confinement: Confinement, reach: Reach | None = None
) -> Profile:
    """Return what a guest may do.

    Args:
        guest: Its folders and groups.
        app: The app itself, or the one that contains the extension: its ``Frameworks`` are read.
        confinement: The device's.
        reach: What limits it within its containers, if anything does.
    """
    # A program of the system has no container, and its bundle lies in the simulator's own folder.
    own = () if guest.is_system else (guest.home, *guest.groups.values())
    groups_read_only, opened = reach or Reach()
    bundle_container = str(app.path.parent)
    read = [str(guest.bundle.path), str(app.frameworks)]
    write: list[str] = []

    for container in own:
        is_read_only = groups_read_only and container != guest.home
        (read if is_read_only else write).extend(opened.get(container, (container,)))

    return _common_profile(confinement)._replace(
        read=tuple(read),
        write=tuple(write),
        listed=tuple(container for container in own if container in opened),
        containers=(*own, bundle_container) if own else (),
        bundle=bundle_container if own else "",
        denials="traced" if guest.traced else "told",
    )


def _common_profile(confinement: Confinement) -> Profile:
    level, root = confinement

    return Profile(level, read=(), write=(), common=(*root.trees, *root.files), shared=root.shared)


def launch_plan(profile: Profile, zygote: int) -> list[tuple[str, Sequence[str | int]]]:
    """Return the ordered operations that seal a guest.

    Args:
        profile: What it may do.
        zygote: The pid that the guest's parent must have.
    """
    return [(step, arguments) for step, arguments in operations(profile, parent=zygote)]


def confinement(level: str, containers: str) -> Confinement:
    """Return a level, and what every guest may read: Python, the SDK and its library.

    Args:
        level: The device's sandbox level.
        containers: The device's ``Containers`` folder.
    """
    packages = (str(_PACKAGES / "simulator"), str(_PACKAGES / "shared_container"))

    return Confinement(level, guests_root((*python_trees(), *packages), containers))


def guest_environment(guest: Guest, asked: dict[str, str]) -> dict[str, str]:
    """Return a guest's environment: what iOS sets, and what ``SIMCTL_CHILD_`` asked for."""
    return {
        "CFFIXED_USER_HOME": guest.home,
        "HOME": guest.home,
        "LANG": "C.UTF-8",
        "TMPDIR": f"{guest.home}/tmp",  # noqa: S108  the container's own
        "XPC_SERVICE_NAME": service_name(guest),
        **asked,
    }


def service_name(guest: Guest) -> str:
    """Return the label under which launchd knows a process."""
    return guest.bundle_id if guest.is_system else f"UIKitApplication:{guest.bundle_id}"


def find_program(name: str) -> Bundle | None:
    """Return the built-in program of that name as something that launchd can start.

    Its executable is the module; the folder of the bundle is that of all programs.
    """
    if name not in program_names():
        return None

    info = InfoPlist(CFBundleIdentifier=name, CFBundleExecutable=name)

    return Bundle(Path(PROGRAMS_FOLDER), info, Entitlements())
