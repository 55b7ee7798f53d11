"""What a person does with files in containers: listing, reading, making, moving, removing.

Guests can change any of it meanwhile, so nothing is reached by a path twice: a name is opened
beneath the container, following no link out, and what was opened is worked on. Everything here
blocks, and is called on threads of its own.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from shared_container.layout import METADATA_FILE
from simulator.bundles.assemble import remove_tree
from simulator.daemonkit.beneath import opened_beneath
from simulator.daemonkit.hostile import NoPlainFile, kind_of, open_folder, open_plain, opened_place
from simulator.daemonkit.limits import FILE_PIECE_BYTES, FILES_PER_ANSWER_MAX
from simulator.xpc.errors import CommandError

__all__ = (
    "Entry",
    "Piece",
    "listed",
    "made",
    "moved",
    "naming",
    "parent_and_name",
    "read_piece",
    "refusal",
    "removed",
)


_TIME_MAX: Final = (1 << 63) - 1  # ns: a file system may keep times that no message can


class Entry(NamedTuple):
    """One item of a listing.

    Attributes:
        name: Its name, bytes that are no UTF-8 as surrogates.
        kind: ``file``, ``folder``, ``link``, ``FIFO``, ``socket`` or ``device``.
        size: In bytes.
        modified_ns: Since 1970.
        mode: The permission bits.
        target: Where a link leads, as it says.
    """

    name: str
    kind: str
    size: int
    modified_ns: int
    mode: int
    target: str = ""


class Piece(NamedTuple):
    """A piece of a file.

    Attributes:
        data: Empty at the end.
        offset: Where it begins.
        size: Of the whole file now.
        identity: Device and inode: whether the next piece is of the same file.
    """

    data: bytes
    offset: int
    size: int
    identity: tuple[int, int]


def refusal(problem: OSError | NoPlainFile, path: str) -> CommandError:
    """Return what is said of a refusal, in the frame of Apple's tool."""
    if isinstance(problem, NoPlainFile):
        number = errno.EISDIR if problem.kind == "folder" else errno.EINVAL
        reason = f"{path} is a {problem.kind}, and no file"
    elif problem.errno in {errno.EXDEV, errno.ELOOP}:
        number = errno.EPERM
        how = "" if ".." in path.split("/") else "through a link "
        reason = f"{path} leads {how}out of the container"
    else:
        number = problem.errno or errno.EIO
        reason = f"{path}: {os.strerror(number)}"

    return CommandError(
        "NSPOSIXErrorDomain",
        number,
        f"The operation couldn’t be completed. {os.strerror(number)}",
        reason,
    )


@contextmanager
def naming(path: str) -> Iterator[None]:
    """Let a refusal name this path, where a deed has two.

    Raises:
        CommandError: For an OSError or NoPlainFile inside.
    """
    try:
        yield
    except (OSError, NoPlainFile) as problem:
        raise refusal(problem, path) from problem


@contextmanager
def parent_and_name(root: str, path: str) -> Iterator[tuple[int, str]]:
    """Open the folder that ``path`` lies in, beneath ``root``; yield it and the last name.

    Links on the way may be followed where they stay inside; the last name is not looked at.

    Raises:
        OSError: EXDEV: it leads out; EPERM: it is the container itself, or the system's file in it.
    """
    folder, name = os.path.split(path.strip("/"))

    if name in {"", ".", ".."} or (name == METADATA_FILE and not folder):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    with opened_beneath(root, folder or ".", os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        yield descriptor, name


def listed(root: str, path: str, after: str) -> list[Entry]:
    """Return what lies in a folder, or the one file that ``path`` is, sorted by name.

    Args:
        root: The container.
        path: In it.
        after: Only names behind this one: at most ``FILES_PER_ANSWER_MAX`` come at once.

    Raises:
        OSError: It is not there, or leads out.
    """
    with opened_beneath(root, path.strip("/") or ".", os.O_PATH) as place:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            return [_entry(os.path.basename(path.rstrip("/")), place)] if not after else []

        folder = open_folder(place)

        try:
            names = sorted(os.listdir(folder), key=os.fsencode)
            begin = os.fsencode(after)
            wanted = [name for name in names if os.fsencode(name) > begin] if after else names
            entries = []

            for name in wanted[:FILES_PER_ANSWER_MAX]:
                try:
                    with opened_place(name, folder) as item:
                        entries.append(_entry(name, item))
                except FileNotFoundError:  # removed meanwhile
                    continue

            return entries
        finally:
            os.close(folder)


def _entry(name: str, place: int) -> Entry:
    found = os.fstat(place)
    kind = kind_of(found.st_mode)
    target = os.readlink("", dir_fd=place) if kind == "link" else ""

    modified_ns = max(-_TIME_MAX, min(found.st_mtime_ns, _TIME_MAX))

    return Entry(name, kind, found.st_size, modified_ns, stat.S_IMODE(found.st_mode), target)


def read_piece(root: str, path: str, offset: int) -> Piece:
    """Return up to ``FILE_PIECE_BYTES`` of a file; a negative offset counts from its end.

    Raises:
        NoPlainFile: It is a folder, a FIFO, a device.
        OSError: It is not there, or leads out.
    """
    with opened_beneath(root, path.strip("/") or ".", os.O_PATH) as place:
        descriptor = open_plain(place)

        try:
            found = os.fstat(descriptor)
            begin = max(0, found.st_size + offset) if offset < 0 else offset
            data = os.pread(descriptor, FILE_PIECE_BYTES, begin)

            return Piece(data, begin, found.st_size, (found.st_dev, found.st_ino))
        finally:
            os.close(descriptor)


def made(root: str, path: str) -> None:
    """Make a folder and what is missing above it; one that exists is no error.

    Raises:
        OSError: As for :func:`parent_and_name`; EEXIST: there is a file; ELOOP: a link, which is
            not followed here.
    """
    with opened_beneath(root, ".", os.O_RDONLY | os.O_DIRECTORY) as descriptor:
        folder = os.dup(descriptor)

    try:
        for name in path.strip("/").split("/"):
            if name == "..":
                raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

            with suppress(FileExistsError):
                os.mkdir(name or ".", 0o755, dir_fd=folder)

            with opened_place(name or ".", folder) as place:
                kind = kind_of(os.fstat(place).st_mode)

                if kind != "folder":
                    number = errno.ELOOP if kind == "link" else errno.EEXIST
                    raise OSError(number, os.strerror(number))

                inner = open_folder(place)

            os.close(folder)
            folder = inner
    finally:
        os.close(folder)


def moved(root: str, source: str, target: str) -> None:
    """Give an item another name or place in its container; into a folder that exists, beneath it.

    Raises:
        OSError: As for :func:`parent_and_name`.
        CommandError: The same of the target, or something is there.
    """
    with ExitStack() as stack:
        folder, name = stack.enter_context(parent_and_name(root, source))
        stack.enter_context(opened_place(name, folder))

        with naming(target):
            inside = f"{target.strip('/')}/{name}" if _is_folder(root, target) else target

        with naming(inside):
            other, new = stack.enter_context(parent_and_name(root, inside))

            with suppress(FileNotFoundError), opened_place(new, other):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))

        os.rename(name, new, src_dir_fd=folder, dst_dir_fd=other)


def _is_folder(root: str, path: str) -> bool:
    try:
        with opened_beneath(root, path.strip("/") or ".", os.O_PATH) as place:
            return stat.S_ISDIR(os.fstat(place).st_mode)
    except FileNotFoundError:
        return False


def removed(root: str, path: str, bin_folder: str, *, recursive: bool) -> None:
    """Remove an item; a link itself, not what it leads to.

    A folder goes in one step to a place that no guest sees, and is taken apart there.

    Args:
        root: The container.
        path: In it.
        bin_folder: A folder of the host's own on the same disk; made if it is missing.
        recursive: Whether a folder may be removed.

    Raises:
        NoPlainFile: It is a folder, and ``recursive`` was not given.
        OSError: As for :func:`parent_and_name`.
    """
    with parent_and_name(root, path) as (folder, name):
        with opened_place(name, folder) as place:
            is_folder = stat.S_ISDIR(os.fstat(place).st_mode)

        if not is_folder:
            os.unlink(name, dir_fd=folder)
            return

        if not recursive:
            raise NoPlainFile("folder")

        os.makedirs(bin_folder, mode=0o700, exist_ok=True)
        away = Path(bin_folder, os.urandom(16).hex())
        os.rename(name, away, src_dir_fd=folder)

        if away.is_symlink() or not away.is_dir():  # it was replaced by a file at the last moment
            away.unlink()
        else:
            remove_tree(away)
