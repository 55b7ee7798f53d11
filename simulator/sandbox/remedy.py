"""What to do about a layer of the sandbox that does not hold here: the second half of the doctor.

What was tried, and how it ended, is ``witness``'s; why it ends so is known of a few kinds of
machines. Sources: Docker's default seccomp profile and moby#42441; Ubuntu's notes on unprivileged
user namespaces; user_namespaces(7); gvisor#13439; the release notes of WSL.
"""

import os
from collections.abc import Iterable
from typing import Final, NamedTuple

__all__ = ("Surroundings", "look_around", "remedies")

_OF_ROOT_OF_ITS_OWN: Final = frozenset({"namespaces", "root", "covers", "overlay"})


class Surroundings(NamedTuple):
    """What kind of machine this is, as far as it shows.

    Attributes:
        kernel: Its release.
        is_root: Whether this user is root.
        container: ``docker``, ``podman`` or "".
        is_wsl, is_gvisor: Whether the kernel is Microsoft's for Linux on Windows, or gVisor's.
        namespaces_max: ``user.max_user_namespaces``; -1 if unknown.
        apparmor_restricts: Whether AppArmor keeps user namespaces from ordinary programs.
        seccomp: The mode of this process: 2 where a filter is already in force.
    """

    kernel: str
    is_root: bool
    container: str = ""
    is_wsl: bool = False
    is_gvisor: bool = False
    namespaces_max: int = -1
    apparmor_restricts: bool = False
    seccomp: int = 0


def look_around() -> Surroundings:
    """Return what this machine shows of itself."""
    release = os.uname().release
    container = ""

    if os.path.exists("/.dockerenv"):
        container = "docker"
    elif os.path.exists("/run/.containerenv"):
        container = "podman"

    return Surroundings(
        release,
        os.getuid() == 0,
        container,
        is_wsl="microsoft" in release.lower(),
        is_gvisor="gvisor" in _read("/proc/version").lower() or release == "4.4.0",
        namespaces_max=_number(_read("/proc/sys/user/max_user_namespaces"), -1),
        apparmor_restricts=_number(
            _read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"), 0
        )
        == 1,
        seccomp=_number(_status("Seccomp"), 0),
    )


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(4096)
    except OSError:
        return ""


def _status(name: str) -> str:
    for line in _read("/proc/self/status").splitlines():
        if line.startswith(f"{name}:"):
            return line.partition(":")[2]

    return ""


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.strip().isdigit() else otherwise


def remedies(failed: Iterable[str], here: Surroundings) -> list[str]:
    """Return what to do, one sentence each; empty when nothing failed.

    Args:
        failed: The layers that do not hold, as the witnesses name them.
        here: From :func:`look_around`.
    """
    layers = set(failed)
    advice: list[str] = []

    if layers & _OF_ROOT_OF_ITS_OWN:
        advice.append(_namespaces(here))

    if "landlock" in layers:
        advice.append(_landlock(here))

    if "seccomp" in layers:
        advice.append(
            "seccomp filters need CONFIG_SECCOMP_FILTER, on x86-64 or arm64; without them nothing "
            "can be confined here"
        )

    if "notification" in layers and "seccomp" not in layers:
        advice.append(
            "denied system calls are denied, but not told: gVisor has no seccomp user "
            "notification, and another supervisor's listener leaves no room for ours"
        )

    return advice


def _namespaces(here: Surroundings) -> str:
    if here.container:
        return (
            f"{here.container}: the default profile denies namespaces. STRONG holds without them; "
            f"for SEALED: {here.container} run --security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined --security-opt systempaths=unconfined"
        )

    if here.is_gvisor:
        return "gVisor: user namespaces depend on its configuration; expect no more than STRONG"

    if here.apparmor_restricts and not here.is_root:
        return (
            "AppArmor keeps user namespaces from ordinary users (Ubuntu 23.10 and newer, GitHub's "
            "runners): sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        )

    if here.namespaces_max == 0:
        return "user namespaces are switched off: sudo sysctl -w user.max_user_namespaces=10000"

    if here.seccomp:
        return (
            "a seccomp filter is already in force for this process, and probably denies unshare "
            "and mount: start the service outside it, or be content with STRONG"
        )

    return (
        "SEALED needs user, mount, IPC and network namespaces (CONFIG_USER_NS) and overlayfs in "
        "them (Linux 5.11 or newer, modprobe overlay)"
    )


def _landlock(here: Surroundings) -> str:
    if here.is_gvisor:
        return "gVisor has no Landlock: guests cannot be kept from each other's files in it"

    if here.is_wsl:
        return "WSL: 'wsl --update' brings a kernel with Landlock (6.6 or newer)"

    return (
        f"Landlock of ABI 3 or newer is missing in this kernel ({here.kernel}): Linux 6.2 or newer "
        "with landlock in CONFIG_LSM, or 'lsm=landlock,...' on the kernel's command line"
    )
