"""Files replaced whole: write beside, fsync, rename; and files read without trusting their folder.

A reader sees the old file or the new one, after any crash. The functions that end in ``_at`` work
beneath a directory descriptor and follow no link: the host uses them in folders that a guest can
write to.
"""

import contextlib
import errno
import os
import stat

__all__ = (
    "ASIDE_MAX",
    "Identity",
    "identity_at",
    "identity_of",
    "keep_aside_at",
    "read_at",
    "replace_and_open_at",
    "write_all",
    "write_atomically",
)

#: How many broken files of one name are kept; what comes later is deleted.
ASIDE_MAX = 9

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: a guest may have put a FIFO there, and opening one waits for its writer.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CHUNK = 1 << 20
_NAME_BYTES_MAX = 255  # NAME_MAX of Linux's file systems


def write_atomically(path: str, data: bytes | str) -> None:
    """Replace the file at ``path`` by one that holds ``data`` (a string is written as UTF-8).

    The permission bits of an existing file are kept; a new one has 0o644 less the umask. A link at
    ``path`` is replaced, not followed. Several writers may race: one of them wins, whole.

    Raises:
        OSError: Nothing has changed, and no temporary file is left.
    """
    folder, name = os.path.split(path)
    dir_fd = os.open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    try:
        mode = _mode_of(dir_fd, name)
        temporary = _random_name(name)
        fd = os.open(temporary, _CREATE, 0o644 if mode is None else 0o600, dir_fd=dir_fd)
        content = data.encode() if isinstance(data, str) else data
        os.close(_fill_and_rename(fd, dir_fd, (temporary, name), content, mode=mode))
    finally:
        os.close(dir_fd)


def replace_and_open_at(
    dir_fd: int, name: str, data: bytes, mode: int = 0o600, *, sync: bool = True
) -> int:
    """Replace the file ``name`` in the folder ``dir_fd``, and return a descriptor of the new one.

    The descriptor can be read and written, and is of the very file that was made here, whatever
    has been put in its place since. One writer per name: the temporary file has a fixed name, so
    that what a killed writer left is cleared by the next.

    Args:
        dir_fd: A folder opened with ``O_DIRECTORY``.
        name: A file name without a slash.
        data: The whole content.
        mode: The permission bits, whatever the umask.
        sync: Whether to wait until file and folder are on the disk. Without it the file survives
            the death of any process, but not that of the machine.

    Raises:
        OSError: Something could not be written; no temporary file is left.
    """
    temporary = f".{name}.new"

    try:
        fd = os.open(temporary, _CREATE, mode, dir_fd=dir_fd)
    except FileExistsError:
        try:
            os.unlink(temporary, dir_fd=dir_fd)
        except OSError:  # a guest made a folder of that name: get out of its way
            temporary = _random_name(name)

        fd = os.open(temporary, _CREATE, mode, dir_fd=dir_fd)

    return _fill_and_rename(fd, dir_fd, (temporary, name), data, mode=mode, sync=sync)


def _fill_and_rename(
    fd: int,
    dir_fd: int,
    names: tuple[str, str],
    data: bytes,
    *,
    mode: int | None,
    sync: bool = True,
) -> int:
    temporary, name = names

    try:
        if mode is not None:
            os.fchmod(fd, mode)

        write_all(fd, data, 0)

        if sync:
            os.fsync(fd)

        os.rename(temporary, name, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)

        if sync:
            os.fsync(dir_fd)
    except BaseException:
        os.close(fd)

        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=dir_fd)

        raise

    return fd


def write_all(fd: int, data: bytes, offset: int) -> None:
    """Write ``data`` at ``offset``, all of it; a nearly full disk takes a part and then refuses.

    Raises:
        OSError: An unknown part of it is written.
    """
    written = os.pwrite(fd, data, offset)

    while written < len(data):
        written += os.pwrite(fd, data[written : written + _CHUNK], offset + written)


def read_at(dir_fd: int, name: str, bytes_max: int) -> tuple[bytes, os.stat_result]:
    """Return the first ``bytes_max`` bytes of the file ``name``, and what fstat said of it.

    Never blocks and follows no link.

    Raises:
        FileNotFoundError: There is nothing of that name.
        ValueError: It is a link, a folder, a FIFO …; the text says that it is no regular file.
        OSError: It cannot be opened or read.
    """
    try:
        fd = os.open(name, _READ, dir_fd=dir_fd)
    except OSError as problem:
        if problem.errno in (errno.ELOOP, errno.ENXIO):  # a link; a socket
            raise ValueError("it is no regular file") from problem

        raise

    try:
        status = os.fstat(fd)

        if not stat.S_ISREG(status.st_mode):
            raise ValueError("it is no regular file")

        data = bytearray()

        while len(data) < bytes_max:
            piece = os.read(fd, min(_CHUNK, bytes_max - len(data)))

            if not piece:
                break

            data += piece
    finally:
        os.close(fd)

    return bytes(data), status


def keep_aside_at(dir_fd: int, name: str, *, stay: bool = False) -> str | None:
    """Keep a broken file as ``<name>.corrupt``, ``<name>.corrupt-2`` …, and return that name.

    When ``ASIDE_MAX`` of them are there already, it is deleted instead, and ``None`` returned.

    Args:
        dir_fd: The folder.
        name: The file's name in it. It may be a link or a FIFO; it is not followed.
        stay: Give the file a second name, and leave the first for the caller to replace. For
            files which hold something that must not be nowhere for a moment.

    Raises:
        OSError: It could neither be kept nor deleted.
    """
    for number in range(1, ASIDE_MAX + 1):
        aside = f"{name}.corrupt" if number == 1 else f"{name}.corrupt-{number}"

        if stay:
            try:
                os.link(name, aside, src_dir_fd=dir_fd, dst_dir_fd=dir_fd, follow_symlinks=False)
            except FileExistsError:
                continue

            return aside

        try:
            os.stat(aside, dir_fd=dir_fd, follow_symlinks=False)
        except FileNotFoundError:
            os.rename(name, aside, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
            return aside

    if not stay:
        os.unlink(name, dir_fd=dir_fd)

    return None


#: Which file it is, and which state of it: device, inode, size, time of the last write in ns.
Identity = tuple[int, int, int, int]


def identity_of(status: os.stat_result) -> Identity:
    """Return what tells a file from one that was put in its place, and from itself changed."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def identity_at(dir_fd: int, name: str) -> Identity | None:
    """Return the identity of a file in the folder ``dir_fd``, None when there is none.

    Raises:
        OSError: The folder refuses.
    """
    try:
        return identity_of(os.stat(name, dir_fd=dir_fd, follow_symlinks=False))
    except FileNotFoundError:
        return None


def _mode_of(dir_fd: int, name: str) -> int | None:
    try:
        status = os.stat(name, dir_fd=dir_fd, follow_symlinks=False)
    except FileNotFoundError:
        return None

    return stat.S_IMODE(status.st_mode) if stat.S_ISREG(status.st_mode) else None


def _random_name(name: str) -> str:
    end = f".{os.urandom(8).hex()}.new"
    room = _NAME_BYTES_MAX - len(end) - 1  # a name may have so many bytes itself

    return f".{os.fsdecode(os.fsencode(name)[:room])}{end}"
