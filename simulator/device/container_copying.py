"""Files and folders copied out of a container and into one.

What a guest wrote is copied, never obeyed: links are not followed and not made anew, FIFOs and
devices are left out, and each is said. A file appears in its place whole: it is written beside, and
renamed. Blocks: for a thread.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from simulator.daemonkit.beneath import opened_beneath
from simulator.daemonkit.hostile import NoPlainFile, kind_of, open_folder, open_plain, opened_place
from simulator.daemonkit.limits import FILES_SKIPPED_MAX, TREE_DEPTH_MAX
from simulator.device.container_files import made, naming, parent_and_name

__all__ = ("Copied", "pulled", "pushed")

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(slots=True)
class Copied:
    """What became of a copy.

    Attributes:
        files: How many.
        size: Their bytes.
        skipped: What was left out, and why; the first ``FILES_SKIPPED_MAX``.
        skips: How many were left out in all.
    """

    files: int = 0
    size: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    skips: int = 0

    def skip(self, path: str, why: str) -> None:
        """Leave something out, and say so."""
        self.skips += 1

        if len(self.skipped) < FILES_SKIPPED_MAX:
            self.skipped.append((path, why))


def pulled(root: str, path: str, target: str, *, recursive: bool) -> Copied:
    """Copy an item of a container to ``target`` outside: a folder to lie in, or the copy's name.

    Raises:
        NoPlainFile: It is a folder and ``recursive`` was not given; or a FIFO, a device.
        OSError: It is not there or leads out.
        CommandError: The target cannot be written.
    """
    copied = Copied()
    name = os.path.basename(path.strip("/"))
    name = "." if name == ".." else name  # a name of the copy; its folder is where it was told

    with opened_beneath(root, path.strip("/") or ".", os.O_PATH) as place:
        folder, new = _place_outside(target, name)

        with naming(folder):
            outside = _opened_target(folder)

        try:
            if not stat.S_ISDIR(os.fstat(place).st_mode):
                _copy_file(place, outside, new, copied)
            elif recursive:
                _copy_folder(place, outside, new, copied, ".", 0)
            else:
                raise NoPlainFile("folder")
        finally:
            os.close(outside)

    return copied


def _opened_target(folder: str) -> int:
    if os.path.isdir(folder) and not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _place_outside(target: str, name: str) -> tuple[str, str]:
    """Return the folder that the copy goes into, and its name there."""
    if os.path.isdir(target) and name:
        return target, name

    folder, last = os.path.split(target.rstrip("/"))

    return (folder or "/", last) if last else ("/", name or "container")


def pushed(root: str, path: str, source: str, *, recursive: bool, exactly: bool = False) -> Copied:
    """Copy a file or folder from outside into a container: into a folder that exists, or as it.

    Args:
        root: The container.
        path: In it.
        source: Outside.
        recursive: Whether it may be a folder.
        exactly: Whether ``path`` is the new name and never a folder to lie in.

    Raises:
        NoPlainFile: ``path`` is a folder, and ``exactly`` was given.
        OSError: As for ``parent_and_name``.
        CommandError: The source cannot be read; or it is a folder and ``recursive`` was not given,
            a FIFO, a device.
    """
    copied = Copied()
    name = os.path.basename(source.rstrip("/"))

    try:
        with opened_beneath(root, path.strip("/") or ".", os.O_PATH) as place:
            is_folder = stat.S_ISDIR(os.fstat(place).st_mode)
    except FileNotFoundError:
        is_folder = path.endswith("/")

        if is_folder:
            made(root, path)

    if is_folder and exactly:
        raise NoPlainFile("folder")

    inside = f"{path.strip('/')}/{name}" if is_folder else path

    with naming(source):
        outside = _opened_outside(source, recursive=recursive)

    try:
        with parent_and_name(root, inside) as (folder, new):
            if not stat.S_ISDIR(os.fstat(outside).st_mode):
                _copy_file(outside, folder, new, copied)
            else:
                _copy_folder(outside, folder, new, copied, ".", 0)
    finally:
        os.close(outside)

    return copied


def _opened_outside(source: str, *, recursive: bool) -> int:
    """Open what is to be pushed, as a place; it can be read."""
    outside = os.open(source, os.O_PATH | os.O_CLOEXEC)

    try:
        _check_readable(source, kind_of(os.fstat(outside).st_mode), recursive=recursive)
    except BaseException:
        os.close(outside)
        raise

    return outside


def _check_readable(source: str, kind: str, *, recursive: bool) -> None:
    if kind != "file" and not (recursive and kind == "folder"):
        raise NoPlainFile(kind)

    if not os.access(source, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _copy_folder(
    source: int, target: int, name: str, copied: Copied, shown: str, depth: int
) -> None:
    with suppress(FileExistsError):
        os.mkdir(name, 0o755, dir_fd=target)

    with opened_place(name, target) as place:
        if kind_of(os.fstat(place).st_mode) != "folder":  # a link, or a file, that was there
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), name)

        into = open_folder(place)

    try:
        with _opened(source) as folder:
            for entry in sorted(os.listdir(folder), key=os.fsencode):
                path = entry if shown == "." else f"{shown}/{entry}"

                try:
                    with opened_place(entry, folder) as item:
                        _copy_item(item, into, entry, copied, path, depth)
                except FileNotFoundError:
                    copied.skip(path, "it was removed meanwhile")
    finally:
        os.close(into)


@contextmanager
def _opened(place: int) -> Iterator[int]:
    folder = open_folder(place)

    try:
        yield folder
    finally:
        os.close(folder)


def _copy_item(item: int, target: int, name: str, copied: Copied, path: str, depth: int) -> None:
    kind = kind_of(os.fstat(item).st_mode)

    if kind == "file":
        _copy_file(item, target, name, copied)
    elif kind != "folder":
        copied.skip(path, f"it is a {kind}")
    elif depth >= TREE_DEPTH_MAX:
        copied.skip(path, f"it lies {TREE_DEPTH_MAX} folders deep (TREE_DEPTH_MAX)")
    else:
        _copy_folder(item, target, name, copied, path, depth + 1)


def _copy_file(place: int, folder: int, name: str, copied: Copied) -> None:
    """Copy the plain file ``place`` into a folder, whole or not at all."""
    source = open_plain(place)
    temporary = f".{os.urandom(8).hex()}.new"  # not after its name, which may be of any length

    try:
        target = os.open(temporary, _CREATE, 0o600, dir_fd=folder)

        try:
            with open(source, "rb", closefd=False) as reading, open(target, "wb") as writing:
                left = os.fstat(source).st_size  # a guest may be making it longer all the while

                while left > 0 and (data := reading.read(min(left, 1 << 20))):
                    writing.write(data)
                    left -= len(data)

                writing.flush()
                os.fchmod(target, stat.S_IMODE(os.fstat(source).st_mode) & 0o777)
                size = os.fstat(target).st_size

            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)

            raise
    finally:
        os.close(source)

    copied.files += 1
    copied.size += size
