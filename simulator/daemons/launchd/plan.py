"""What a launch will do: the guest's profile, its operations, its environment. Pure."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from simulator.bundles.bundle import Bundle
from simulator.sandbox.profile import Profile, operations, python_trees

__all__ = ("Launched", "guest_environment", "guest_profile", "launch_plan", "shared_trees")

_PACKAGES = Path(__file__).resolve().parents[3]


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
    def traced(self) -> bool:
        """Whether each file that it opens is told."""


def guest_profile(guest: Launched, app: Bundle, level: str, trees: Sequence[str]) -> Profile:
    """Return what a guest may do.

    Args:
        guest: Its folders and groups.
        app: The app itself, or the one that contains the extension: its ``Frameworks`` are read.
        level: The device's sandbox level.
        trees: What every guest may read, see :func:`shared_trees`.
    """
    return Profile(
        level=level,
        read=(*trees, str(guest.bundle.path), str(app.frameworks)),
        write=(guest.home, *guest.groups.values()),
        denials="traced" if guest.traced else "told",
    )


def launch_plan(profile: Profile, zygote: int) -> list[tuple[str, Sequence[str | int]]]:
    """Return the ordered operations that seal a guest.

    Args:
        profile: What it may do.
        zygote: The pid that the guest's parent must have.
    """
    return [(step, arguments) for step, arguments in operations(profile, parent=zygote)]


def shared_trees() -> tuple[str, ...]:
    """Return what every guest may read: Python, the SDK and its library."""
    return (
        *python_trees(),
        str(_PACKAGES / "simulator"),
        str(_PACKAGES / "shared_container"),
    )


def guest_environment(home: str, bundle_id: str, asked: dict[str, str]) -> dict[str, str]:
    """Return a guest's environment: what iOS sets, and what ``SIMCTL_CHILD_`` asked for."""
    return {
        "CFFIXED_USER_HOME": home,
        "HOME": home,
        "LANG": "C.UTF-8",
        "TMPDIR": f"{home}/tmp",  # noqa: S108  the container's own
        "XPC_SERVICE_NAME": f"UIKitApplication:{bundle_id}",
        **asked,
    }
