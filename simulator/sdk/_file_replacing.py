"""One item in another's place, in one step.

``renameat2(RENAME_EXCHANGE)`` swaps two names, files or folders with all that is in them: at no
moment is there nothing under the one that others read, and a process that is killed anywhere leaves
the old item or the new one, whole. Source: rename(2); Apple, ``replaceItemAt(_:withItemAt:)``.
"""

import errno
import os
import stat

from simulator.sandbox import kernel
from simulator.sdk._file_attributes import FileAttributeKey, protect, read_attributes
from simulator.sdk._file_copying import remove_tree

__all__ = ("replace",)

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def replace(old: str, new: str, backup: str | None, *, keep_metadata: bool) -> None:
    """Put ``new`` where ``old`` is.

    Args:
        old: What is replaced; where there is nothing, ``new`` is moved there.
        new: What takes its place.
        backup: The name under which ``old`` stays beside it, if it is to stay.
        keep_metadata: Whether the new item gets the old one's permissions and data protection.

    Raises:
        OSError: Nothing was replaced; or it was, and the old item could not be removed.
    """
    try:
        found = os.lstat(old)
    except FileNotFoundError:
        os.rename(new, old)
        return

    if keep_metadata and not stat.S_ISLNK(found.st_mode):
        _take_over(old, new, stat.S_IMODE(found.st_mode))

    try:
        kernel.system_call(
            "renameat2", _AT_FDCWD, _path(old), _AT_FDCWD, _path(new), _RENAME_EXCHANGE
        )
    except FileNotFoundError:  # somebody removed it meanwhile
        os.rename(new, old)
        return

    if backup is None:
        remove_tree(new)
    else:
        os.rename(new, os.path.join(os.path.dirname(old), os.path.basename(backup)))


def _path(path: str) -> bytes:
    return os.fsencode(path) + b"\0"


def _take_over(old: str, new: str, mode: int) -> None:
    os.chmod(new, mode)
    key = FileAttributeKey.PROTECTION_KEY
    name = read_attributes(old).get(key)

    if isinstance(name, str) and read_attributes(new).get(key) != name:
        try:
            protect(new, name)
        except OSError as problem:
            if problem.errno != errno.ENOTSUP:  # a file system that keeps no classes has none
                raise
