"""The steps that change what a process can see: its namespaces, its root, its mounts.

At SEALED the zygote enters namespaces once and builds the guests' root there, and each guest adds
a view of its own to it. ``root`` plans the former, ``profile`` the latter, ``apply`` carries both
out.

Two things make it tight where a mere root is not:

* **Covers.** All containers of a device lie in one mount, for ``rename`` between two mounts fails
  (EXDEV), and on a phone an app renames files from its own container into the group. So everybody
  would see everybody's. Therefore the zygote covers each container with an empty folder, and a
  guest removes, in a namespace of its own, those that lie on its own. The mount is shared and each
  guest's copy of it a slave: a cover that is laid later appears in running guests too, and what a
  guest removes is removed for nobody else. Source: mount_namespaces(7).
* **Overlays.** Locks, leases and access times belong to an inode, and all guests read the same
  Python. A read-only overlay gives each its own inodes over the same pages. Source: measured, and
  the lock patch of overlayfs.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from simulator.sandbox import kernel

__all__ = ("COPIES", "STEPS")

COPIES: Final = "/.files"
"""Where the guests' root keeps the single files that it has copies of."""

_VOID: Final = "/.void"  # empty; covers containers, and is the second layer an overlay needs
_STAGE: Final = "/proc"  # any folder that exists everywhere, and that nothing is bound from
_FILE_BYTES_MAX: Final = 16 << 20

_Argument = str | int
_HARMLESS: Final = kernel.MS_NOSUID | kernel.MS_NODEV


def _enter_namespaces(signal_number: _Argument, parent: _Argument) -> None:
    """Enter user, mount, IPC and network namespaces, as the same user."""
    user, group = os.getuid(), os.getgid()
    kernel.unshare(
        kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWNET
    )
    # A user without privileges may map nobody but itself, and only after giving up setgroups.
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/gid_map", f"{group} {group} 1")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    kernel.set_dumpable()
    # The new credentials have cleared it.
    kernel.set_parent_death_signal(int(signal_number))

    if os.getppid() != parent:
        raise ProcessLookupError(f"the parent {parent} is gone")

    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_SLAVE)


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)

    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _root_begin() -> None:
    kernel.mount("guests", _STAGE, "tmpfs", _HARMLESS | kernel.MS_NOATIME, "mode=755,size=64m")

    for folder in (_VOID, COPIES):
        os.mkdir(_STAGE + folder, 0o555)


def _root_tree(path: _Argument) -> None:
    target = f"{_STAGE}{path}"
    os.makedirs(target, exist_ok=True)
    kernel.mount(str(path), target, None, kernel.MS_BIND | kernel.MS_REC)
    kernel.mount(
        None, target, None, kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | _HARMLESS
    )


def _root_file(path: _Argument) -> None:
    """Copy a file: an overlay takes folders only, and a bound file would be everybody's inode."""
    copy = f"{_STAGE}{COPIES}{path}"
    os.makedirs(os.path.dirname(copy), exist_ok=True)

    with open(str(path), "rb") as source, open(copy, "wb") as target:
        target.write(source.read(_FILE_BYTES_MAX))

    _root_link(path, f"{COPIES}{path}")


def _root_link(path: _Argument, target: _Argument) -> None:
    """Make a symbolic link, unless its place exists or lies behind another link.

    A link of the stage is absolute: before the pivot it would lead to the real root's folders.
    """
    place = _STAGE

    for part in str(path).split("/")[1:]:
        place = f"{place}/{part}"

        if os.path.islink(place):
            return

    if not os.path.lexists(place):
        os.makedirs(os.path.dirname(place), exist_ok=True)
        os.symlink(str(target), place)


def _root_device(path: _Argument) -> None:
    target = f"{_STAGE}{path}"
    os.makedirs(os.path.dirname(target), exist_ok=True)
    os.close(os.open(target, os.O_CREAT | os.O_CLOEXEC, 0o444))
    kernel.mount(str(path), target, None, kernel.MS_BIND)


def _root_containers(path: _Argument) -> None:
    target = f"{_STAGE}{path}"
    os.makedirs(target, exist_ok=True)
    kernel.mount(str(path), target, None, kernel.MS_BIND | kernel.MS_REC)
    kernel.mount(None, target, None, kernel.MS_SHARED)


def _root_enter() -> None:
    os.chdir(_STAGE)
    kernel.pivot_root()
    kernel.mount(None, "/", None, kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | _HARMLESS)


def _own_namespaces() -> None:
    # Not a network namespace of its own: it would take 0.5 ms, and the same again to take apart,
    # and who cannot make a socket has no use for the one that all guests of the device share.
    kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC)
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_SLAVE)


def _cover(path: _Argument) -> None:
    with suppress(FileNotFoundError):  # it was removed meanwhile: there is nothing to hide
        kernel.mount(_VOID, str(path), None, kernel.MS_BIND)


def _uncover(path: _Argument) -> None:
    """Take all covers away: a batch that failed half-way was laid again as a whole."""
    kernel.unmount(str(path), kernel.MNT_DETACH)

    with suppress(OSError):  # EINVAL: nothing is mounted there any more
        while True:
            kernel.unmount(str(path), kernel.MNT_DETACH)


def _overlay(path: _Argument) -> None:
    # As "." the path needs no escaping of colons and commas. Without an upper layer two lower
    # ones are the least.
    os.chdir(path)
    kernel.mount(
        "overlay",
        str(path),
        "overlay",
        _HARMLESS | kernel.MS_RDONLY | kernel.MS_NOATIME,
        f"lowerdir=.:{_VOID}",
    )
    os.chdir("/")


STEPS: Final[dict[str, Callable[..., None]]] = {
    "enter_namespaces": _enter_namespaces,
    "root_begin": _root_begin,
    "root_tree": _root_tree,
    "root_file": _root_file,
    "root_link": _root_link,
    "root_device": _root_device,
    "root_containers": _root_containers,
    "root_enter": _root_enter,
    "own_namespaces": _own_namespaces,
    "cover": _cover,
    "uncover": _uncover,
    "overlay": _overlay,
}
"""By the names that plans use."""
