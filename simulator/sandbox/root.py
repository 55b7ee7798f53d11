"""The guests' root: what a SEALED device's guests can see at all, planned. Nothing is mounted here.

A file system of its own that holds Python, the SDK, three devices and the device's ``Containers``,
each at the path it has outside: so that a file has one name for guests, host, logs and denials.
"""

import os
import signal
from collections.abc import Iterable
from typing import NamedTuple

from simulator.sandbox.mounts import COPIES
from simulator.sandbox.profile import DEVICES, Operation, python_links

__all__ = ("Root", "cover_operations", "guests_root", "root_operations")


class Root(NamedTuple):
    """What the zygote builds once per device.

    Attributes:
        trees: Folders, bound read-only.
        files: Single files, copied.
        links: Symbolic links and where they lead, so that Python's own paths work.
        containers: The device's ``Containers``, the one thing that can be written to; "" for none.
    """

    trees: tuple[str, ...]
    files: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    containers: str

    @property
    def shared(self) -> tuple[str, ...]:
        """What all guests read, and each needs inodes of its own for."""
        return (*self.trees, COPIES)


def guests_root(read: Iterable[str], containers: str) -> Root:
    """Return the root for guests that all read these folders and files.

    Args:
        read: Real paths; what is missing is left out.
        containers: The device's ``Containers`` folder.
    """
    trees: list[str] = []
    files: list[str] = []

    for path in read:
        if os.path.isdir(path):
            trees.append(path)
        elif os.path.isfile(path):
            files.append(path)

    return Root(tuple(trees), tuple(files), python_links(), containers)


def root_operations(root: Root, *, parent: int) -> tuple[Operation, ...]:
    """Return the ordered plan of building it, for the zygote.

    Args:
        root: What to build.
        parent: The process that must be the zygote's parent, and whose death ends it.
    """
    return (
        Operation("enter_namespaces", (int(signal.SIGKILL), parent)),
        Operation("root_begin"),
        *(Operation("root_tree", (path,)) for path in root.trees),
        *(Operation("root_file", (path,)) for path in root.files),
        *(Operation("root_device", (path,)) for path, _ in DEVICES),
        *(Operation("root_containers", (path,)) for path in (root.containers,) if path),
        *(Operation("root_link", link) for link in root.links),
        Operation("root_enter"),
    )


def cover_operations(containers: Iterable[str]) -> tuple[Operation, ...]:
    """Return the plan of covering containers, so that only their owners see them."""
    return tuple(Operation("cover", (path,)) for path in containers)
