"""A file that is opened with an app: where it lies, and its copy in ``Documents/Inbox``.

Blocks on files: not for the loop. Source: Apple, ``application(_:open:options:)`` and
``openInPlace``.
"""

import errno
import os
import stat
from urllib.parse import quote, unquote, urlsplit

from simulator.daemonkit.beneath import folder_beneath
from simulator.daemonkit.limits import INBOX_FILE_BYTES_MAX
from simulator.xpc.errors import CommandError, Misuse

__all__ = ("copy_to_inbox", "file_url", "path_of")

_NAMES_TRIED = 1000


def path_of(url: str) -> str:
    """Return the path of a ``file:`` URL.

    Raises:
        Misuse: It names a host, or no absolute path.
    """
    try:
        parts = urlsplit(url)
    except ValueError as problem:
        raise Misuse(f"not a URL: {problem}: {url!r:.200}") from None

    path = unquote(parts.path, errors="surrogateescape")

    if parts.netloc not in {"", "localhost"} or not path.startswith("/") or "\0" in path:
        raise Misuse(f"a file URL is file:///path, on no host: {url!r:.200}")

    return os.path.normpath(path)


def file_url(path: str) -> str:
    """Return the ``file:`` URL of an absolute path."""
    return f"file://{quote(os.fsencode(path))}"


def copy_to_inbox(path: str, container: str) -> str:
    """Copy a file into ``Documents/Inbox`` of a data container; return the copy's path.

    A name that is taken gets a number, as on a phone: ``Note-1.txt``.

    Raises:
        CommandError: There is no such file, in Apple's words.
        Misuse: It is no regular file, or too large.
    """
    try:
        source = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as problem:
        raise _refusal(path, problem) from None

    try:
        found = os.fstat(source)

        if not stat.S_ISREG(found.st_mode):
            raise Misuse(f"{path} is no regular file")

        if found.st_size > INBOX_FILE_BYTES_MAX:
            raise Misuse(f"{path} has {found.st_size} bytes (INBOX_FILE_BYTES_MAX)")

        with folder_beneath(container, "Documents", "Inbox") as inbox:
            name, copy = _create(inbox, os.path.basename(path))

            with open(copy, "wb") as target:
                _copy(source, target.fileno(), found.st_size)
    except OSError as problem:  # no room, or no name of that length
        raise _refusal(path, problem) from None
    finally:
        os.close(source)

    return os.path.join(container, "Documents", "Inbox", name)


def _refusal(path: str, problem: OSError) -> CommandError:
    number = problem.errno or errno.EIO

    return CommandError(
        "NSPOSIXErrorDomain",
        number,
        "Simulator device failed to open URL.",
        f"{path}: {os.strerror(number)}",
    )


def _copy(source: int, target: int, size: int) -> None:
    """Copy so many bytes and no more: whose file it is may be making it longer all the while."""
    while size > 0 and (sent := os.sendfile(target, source, None, size)):
        size -= sent


def _create(folder: int, name: str) -> tuple[str, int]:
    stem, suffix = os.path.splitext(name)

    for number in range(_NAMES_TRIED):
        free = f"{stem}-{number}{suffix}" if number else name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

        try:
            return free, os.open(free, flags, 0o644, dir_fd=folder)
        except FileExistsError:
            continue

    raise Misuse(f"Documents/Inbox has {_NAMES_TRIED} files called {name} already")
