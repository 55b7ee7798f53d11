"""The environment, read in one place.

``SIMULATOR_DEVICE_SET``      the folder of the device set, instead of the default
``SIMULATOR_ALLOW_UNSEALED``  ``1`` lets a device boot whose guests the kernel does not confine
``SIMULATOR_MUST_ENFORCE``    ``1`` makes a missing sandbox level an error in tests, as CI wants
``XDG_DATA_HOME``             where the default device set lies
``XDG_RUNTIME_DIR``           where the sockets lie
"""

import os
import stat
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from simulator.xpc.errors import Misuse

__all__ = (
    "allow_unsealed",
    "child_environment",
    "default_set",
    "device_socket",
    "lock_file",
    "make_runtime_folder",
    "must_enforce",
    "runtime_folder",
    "service_environment",
    "service_socket",
)

_NAME = "extension-simulator"
_SOCKET_PATH_MAX = 107  # sun_path of unix(7), less the final NUL
_LONGEST_NAME = 36 + len(".sock")  # a udid


def default_set() -> Path:
    """Return the device set to use when ``--set`` is not given."""
    named = os.environ.get("SIMULATOR_DEVICE_SET")

    if named:
        return Path(named).absolute()

    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")

    return Path(data) / _NAME / "Devices"


def allow_unsealed() -> bool:
    """Return whether a device may boot below STRONG."""
    return os.environ.get("SIMULATOR_ALLOW_UNSEALED") == "1"


def must_enforce() -> bool:
    """Return whether a missing sandbox level is an error instead of a skip."""
    return os.environ.get("SIMULATOR_MUST_ENFORCE") == "1"


def child_environment() -> dict[str, str]:
    """Return ``X=v`` for every ``SIMCTL_CHILD_X=v``: what a launched app is to get."""
    prefix = "SIMCTL_CHILD_"

    return {
        name.removeprefix(prefix): value
        for name, value in os.environ.items()
        if name.startswith(prefix) and name != prefix
    }


def service_environment(package: Path) -> dict[str, str]:
    """Return the environment for a service: this one, less what is meant for children.

    Args:
        package: The folder that holds ``simulator``: a plain checkout is importable only from it.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("SIMCTL_CHILD_")
    }
    known = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = f"{package}{os.pathsep}{known}" if known else str(package)

    return environment


def runtime_folder(device_set: Path) -> Path:
    """Return the folder of a set's sockets; it exists only while a service runs.

    A socket's path has 107 bytes at most, and a set may lie anywhere: so the sockets have short
    names of their own, in the runtime directory, under a hash of the set's path.

    Raises:
        Misuse: Somebody else made the folder, to be found there.
    """
    digest = sha256(os.fsencode(os.path.realpath(device_set))).hexdigest()[:12]
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    room = _SOCKET_PATH_MAX - len(f"/{_NAME}/{digest}/") - _LONGEST_NAME

    if not base or len(os.fsencode(base)) > room or not os.access(base, os.W_OK):
        folder = Path(f"/tmp/{_NAME}-{os.getuid()}", digest)  # noqa: S108  whose it is is checked
    else:
        folder = Path(base, _NAME, digest)

    for path in (folder.parent, folder):
        _check_ours(path)

    return folder


def _check_ours(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return

    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise Misuse(
            f"{path} is not a private folder of this user; remove it, or set XDG_RUNTIME_DIR"
        )


def make_runtime_folder(device_set: Path) -> Path:
    """Make and return the folder of a set's sockets: for the service.

    Raises:
        Misuse: Somebody else has it.
    """
    folder = runtime_folder(device_set)

    for _ in range(100):
        folder.parent.mkdir(mode=0o700, exist_ok=True)

        with suppress(FileNotFoundError):  # the last other service took the one above with it
            folder.mkdir(mode=0o700, exist_ok=True)
            break

    return runtime_folder(device_set)


def service_socket(device_set: Path) -> Path:
    """Return the path of the service's control socket."""
    return runtime_folder(device_set) / "service.sock"


def device_socket(device_set: Path, udid: str) -> Path:
    """Return the path of a booted device's control socket."""
    return runtime_folder(device_set) / f"{udid}.sock"


def lock_file(device_set: Path) -> Path:
    """Return the file whose lock says that a service owns the set."""
    return device_set / ".service.lock"


assert sys.platform == "linux", "extension-simulator runs on Linux"
