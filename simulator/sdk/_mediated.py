"""chmod and utime of own files, done by containermanagerd.

Linux lets a process change the mode and the times of any file of its user that it can name, so the
sandbox denies these calls to every guest: they would reach siblings. Apps use them daily all the
same (``shutil.copytree``, zip archives), so the host does them beneath the guest's own folders.
"""

import os
import stat
from time import time_ns

from simulator.sdk._process import current
from simulator.xpc.errors import StepFailed

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import NoReturn

    Path = str | bytes | int | os.PathLike[str] | os.PathLike[bytes]

__all__ = ("chmod", "fchmod", "install", "utime")


def _absolute(path: "Path", dir_fd: int | None) -> str:
    if isinstance(path, int):
        return os.readlink(f"/proc/self/fd/{path}")

    name = os.fsdecode(path)

    if dir_fd is not None and not os.path.isabs(name):
        name = os.path.join(os.readlink(f"/proc/self/fd/{dir_fd}"), name)

    return os.path.abspath(name)


def _fail(problem: StepFailed, path: "Path") -> "NoReturn":
    raise OSError(problem.number, os.strerror(problem.number), path) from None


def chmod(
    path: "Path", mode: int, *, dir_fd: int | None = None, follow_symlinks: bool = True
) -> None:
    """Change the mode of a file of this guest; as ``os.chmod``."""
    arguments = [_absolute(path, dir_fd), stat.S_IMODE(mode), follow_symlinks]

    try:
        current().call("containermanagerd.chmod", arguments)
    except StepFailed as problem:
        _fail(problem, path)


def fchmod(fd: int, mode: int) -> None:
    """Change the mode of an open file of this guest; as ``os.fchmod``."""
    chmod(fd, mode)


def utime(
    path: "Path",
    times: tuple[float, float] | None = None,
    *,
    ns: tuple[int, int] | None = None,
    dir_fd: int | None = None,
    follow_symlinks: bool = True,
) -> None:
    """Change access and modification time of a file of this guest; as ``os.utime``."""
    if times is not None and ns is not None:
        raise ValueError("utime: you may specify either 'times' or 'ns' but not both")

    if ns is None:
        now = time_ns()
        ns = (now, now) if times is None else (int(times[0] * 1e9), int(times[1] * 1e9))

    arguments = [_absolute(path, dir_fd), *ns, follow_symlinks]

    try:
        current().call("containermanagerd.utime", arguments)
    except StepFailed as problem:
        _fail(problem, path)


def install() -> None:
    """Put the mediated functions in ``os``, where shutil, pathlib and zipfile look for them."""
    for name, function in (("chmod", chmod), ("fchmod", fchmod), ("utime", utime)):
        setattr(os, name, function)

    for supported in (os.supports_follow_symlinks, os.supports_dir_fd, os.supports_fd):
        supported.update({chmod, utime})
