"""Whole trees: copied, compared, removed. Links are never followed."""

import os
import stat

__all__ = ("copy_tree", "equal_trees", "remove_tree")

_CHUNK = 1 << 20


def remove_tree(path: str) -> None:
    """Remove a file, a link, or a folder with all that is in it.

    Raises:
        OSError: Something could not be removed; what came before it is gone.
    """
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path)
    else:
        os.unlink(path)


def copy_tree(source: str, target: str) -> None:
    """Copy an item with permissions and times to where there is nothing.

    Raises:
        OSError: Something could not be read or written; what was made of the copy is removed.
    """
    try:
        _copy(source, target)
    except OSError:
        if os.path.lexists(target):
            remove_tree(target)

        raise


def _copy(source: str, target: str) -> None:
    found = os.lstat(source)

    if stat.S_ISLNK(found.st_mode):
        os.symlink(os.readlink(source), target)
        return

    if stat.S_ISDIR(found.st_mode):
        names = sorted(os.listdir(source), key=os.fsencode)
        os.mkdir(target)

        for name in names:
            _copy(os.path.join(source, name), os.path.join(target, name))
    else:
        _copy_bytes(source, target)

    os.chmod(target, stat.S_IMODE(found.st_mode))
    os.utime(target, ns=(found.st_atime_ns, found.st_mtime_ns))


def _copy_bytes(source: str, target: str) -> None:
    with open(source, "rb") as reading, open(target, "xb") as writing:
        while piece := reading.read(_CHUNK):
            writing.write(piece)


def equal_trees(one: str, other: str) -> bool:
    """Return whether two items are of one kind and hold the same bytes, names or destination.

    Raises:
        OSError: One of them is missing or cannot be read.
    """
    first, second = os.lstat(one), os.lstat(other)

    if stat.S_IFMT(first.st_mode) != stat.S_IFMT(second.st_mode):
        return False

    if stat.S_ISLNK(first.st_mode):
        return os.readlink(one) == os.readlink(other)

    if stat.S_ISDIR(first.st_mode):
        names = sorted(os.listdir(one))

        return names == sorted(os.listdir(other)) and all(
            equal_trees(os.path.join(one, name), os.path.join(other, name)) for name in names
        )

    return first.st_size == second.st_size and _equal_bytes(one, other)


def _equal_bytes(one: str, other: str) -> bool:
    with open(one, "rb") as first, open(other, "rb") as second:
        while True:
            piece = first.read(_CHUNK)

            if piece != second.read(_CHUNK):
                return False

            if not piece:
                return True
