"""What a launch will do: the guest's profile, its operations, its environment. Pure."""

from collections.abc import Sequence
from pathlib import Path

from simulator.bundles.bundle import Bundle
from simulator.bundles.entitlements import Entitlements
from simulator.bundles.info import InfoPlist
from simulator.daemonkit.guest import Guest
from simulator.sandbox.profile import Profile, operations, python_trees
from simulator.xpc.programs import PROGRAMS_FOLDER, program_names

__all__ = ("find_program", "guest_environment", "launch_plan", "service_name", "shared_trees")

_PACKAGES = Path(__file__).resolve().parents[3]


def launch_plan(
    guest: Guest, app: Bundle, level: str, zygote: int, trees: Sequence[str]
) -> list[tuple[str, Sequence[str | int]]]:
    """Return the ordered operations that seal a guest.

    Args:
        guest: Its folders and groups.
        app: The app itself, or the one that contains the extension: its ``Frameworks`` are read.
        level: The device's sandbox level.
        zygote: The pid that the guest's parent must have.
        trees: What every guest may read, see :func:`shared_trees`.
    """
    profile = Profile(
        level=level,
        read=(*trees, str(guest.bundle.path), str(app.frameworks)),
        write=() if guest.is_system else (guest.home, *guest.groups.values()),
    )

    return [(step, arguments) for step, arguments in operations(profile, parent=zygote)]


def shared_trees() -> tuple[str, ...]:
    """Return what every guest may read: Python, the SDK and its library."""
    return (
        *python_trees(),
        str(_PACKAGES / "simulator"),
        str(_PACKAGES / "shared_container"),
    )


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
