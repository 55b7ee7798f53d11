"""What a launch will do: the guest's profile, its operations, its environment. Pure."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from simulator.bundles.bundle import Bundle
from simulator.bundles.entitlements import Entitlements
from simulator.bundles.info import InfoPlist
from simulator.daemonkit.guest import Guest
from simulator.sandbox.profile import Profile, operations, python_trees
from simulator.sandbox.root import Root, guests_root, root_operations
from simulator.xpc.programs import PROGRAMS_FOLDER, program_names

__all__ = (
    "Confinement",
    "Launched",
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


def guest_profile(guest: Launched, app: Bundle, confinement: Confinement) -> Profile:
    """Return what a guest may do.

    Args:
        guest: Its folders and groups.
        app: The app itself, or the one that contains the extension: its ``Frameworks`` are read.
        confinement: The device's.
    """
    level, root = confinement
    # A program of the system has no container, and its bundle lies in the simulator's own folder.
    own = () if guest.is_system else (guest.home, *guest.groups.values())

    return Profile(
        level=level,
        read=(*root.trees, *root.files, str(guest.bundle.path), str(app.frameworks)),
        write=own,
        containers=(*own, str(app.path.parent)) if own else (),
        shared=(*root.shared, str(app.path.parent)) if own else root.shared,
        denials="traced" if guest.traced else "told",
    )


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
