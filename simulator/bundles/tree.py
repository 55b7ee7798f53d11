"""Which files may lie in a bundle, how many, and how large.

A bundle comes from anywhere, and the host walks it: a link could lead the walk out of it, a device
or a FIFO could hang it, a million files could fill the disk.
"""

import os
import re
import stat
from typing import Final

from simulator.xpc.errors import BundleError

__all__ = (
    "ENTRIES_MAX",
    "FOLDERS_DEEP_MAX",
    "SIZE_MAX",
    "Budget",
    "check_name",
    "check_tree",
    "name_problem",
    "printable",
)

ENTRIES_MAX: Final = 10_000
"""How many files and folders a bundle may have."""

SIZE_MAX: Final = 256 << 20
"""How many bytes the files of a bundle may have together."""

FOLDERS_DEEP_MAX: Final = 32
"""How deep folders may lie in one another; each level of a copy holds two descriptors."""

# Control characters, line ends, what turns the direction of all text around, and (as surrogates)
# bytes that are not UTF-8. The marks U+200E and U+200F stay: names in Arabic and Hebrew have them.
_NOT_IN_NAMES = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

_KINDS = {
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFSOCK: "a socket",
}


def printable(name: str) -> str:
    """Return a file's name so that it can be shown and sent, whatever bytes it has."""
    return _NOT_IN_NAMES.sub(lambda found: found[0].encode("unicode_escape").decode(), name)


def name_problem(name: str) -> str | None:
    """Return what a name has that may be in none, as the end of a sentence, or None."""
    found = _NOT_IN_NAMES.search(name)

    if found is None:
        return None

    if found[0] >= "\ud800":
        return "is not UTF-8; every name should be"

    return f"holds the control character {found[0]!r}; every name should be text that can be shown"


def check_name(file: str) -> None:
    """Refuse a file or folder whose name would move a terminal's cursor, or is not UTF-8.

    Args:
        file: Its name, or its path as errors name it.

    Raises:
        BundleError: It has such a name; the error's own text is printable.
    """
    problem = name_problem(file)

    if problem is not None:
        raise BundleError(printable(file), "", f"its name {problem}")


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
            BundleError: It is of another kind, :func:`check_name` refuses its name, it lies too
                deep, or it is one too many.
        """
        self._entries += 1

        if self._entries > ENTRIES_MAX:
            problem = f"it holds more than {ENTRIES_MAX} files and folders, which is the limit"

            raise BundleError(self._name, "", problem)

        check_name(file)

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
