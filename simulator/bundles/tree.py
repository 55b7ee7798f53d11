"""Which files may lie in a bundle, how many, and how large.

A bundle comes from anywhere, and the host walks it: a link could lead the walk out of it, a device
or a FIFO could hang it, a million files could fill the disk.
"""

import os
import stat
from typing import Final

from simulator.xpc.errors import BundleError

__all__ = ("ENTRIES_MAX", "FOLDERS_DEEP_MAX", "SIZE_MAX", "Budget", "check_tree", "printable")

ENTRIES_MAX: Final = 10_000
"""How many files and folders a bundle may have."""

SIZE_MAX: Final = 256 << 20
"""How many bytes the files of a bundle may have together."""

FOLDERS_DEEP_MAX: Final = 32
"""How deep folders may lie in one another; each level of a copy holds two descriptors."""

_KINDS = {
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFSOCK: "a socket",
}


def printable(name: str) -> str:
    """Return a file's name so that it can be shown and sent, whatever bytes it has."""
    return name.encode("utf-8", "backslashreplace").decode()


class Budget:
    """Counts what a bundle holds, and refuses what passes a limit or may not be there.

    Args:
        name: What errors call the bundle.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._entries = 0
        self._size = 0

    def take_entry(self, file: str, mode: int) -> None:
        """Count a file, a folder or a link.

        Args:
            file: Its path, as errors name it.
            mode: ``st_mode``, of the entry itself and not of what it points to.

        Raises:
            BundleError: It is of another kind, its name is not UTF-8, it lies too deep, or it is
                one too many.
        """
        self._entries += 1

        if self._entries > ENTRIES_MAX:
            problem = f"it holds more than {ENTRIES_MAX} files and folders, which is the limit"

            raise BundleError(self._name, "", problem)

        if printable(file) != file:
            raise BundleError(printable(file), "", "its name is not UTF-8; every name should be")

        if file.count("/") - self._name.count("/") > FOLDERS_DEEP_MAX:
            raise BundleError(file, "", f"it lies deeper than {FOLDERS_DEEP_MAX} folders")

        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
            kind = _KINDS.get(stat.S_IFMT(mode), "something else")

            raise BundleError(file, "", f"it is {kind}; a bundle holds files and folders only")

    def take_bytes(self, count: int) -> None:
        """Count bytes of a file.

        Raises:
            BundleError: The bundle is larger than ``SIZE_MAX``.
        """
        self._size += count

        if self._size > SIZE_MAX:
            problem = f"its files have more than {SIZE_MAX >> 20} MiB together, which is the limit"

            raise BundleError(self._name, "", problem)


def check_tree(root: str, *, name: str) -> None:
    """Look at every file of a bundle, following none.

    Args:
        root: The bundle's folder.
        name: What errors call it.

    Raises:
        BundleError: A link leads out of the bundle or nowhere, or :class:`Budget` refuses a file.
    """
    budget = Budget(name)
    inside = os.path.realpath(root)
    waiting = [(root, name)]

    while waiting:
        folder, label = waiting.pop()

        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)

            for entry in entries:
                file = f"{label}/{entry.name}"
                facts = entry.stat(follow_symlinks=False)
                budget.take_entry(file, facts.st_mode)

                if entry.is_symlink():
                    _check_link(entry.path, inside=inside, file=file)
                elif stat.S_ISDIR(facts.st_mode):
                    waiting.append((entry.path, file))
                else:
                    budget.take_bytes(facts.st_size)
        except OSError as error:
            raise BundleError(label, "", f"it cannot be read: {error.strerror}") from error


def _check_link(path: str, *, inside: str, file: str) -> None:
    target = os.readlink(path)
    real = os.path.realpath(path)

    if os.path.isabs(target) or os.path.commonpath((inside, real)) != inside:
        problem = (
            f"it is a symbolic link that leads out of the bundle, to {printable(target)}; "
            "copy the file into the bundle"
        )

        raise BundleError(file, "", problem)

    if not os.path.exists(real):
        problem = f"it is a symbolic link to {printable(target)}, which does not exist"

        raise BundleError(file, "", problem)
