"""What a guest may do, as a value, and the plan it turns into.

Nothing here touches the kernel: a plan can be printed (:func:`describe`, the dry run), sent to the
zygote and compared in a test. ``apply`` carries it out.
"""

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from simulator.xpc.errors import Misuse

__all__ = (
    "DEVICES",
    "FIRST_CLOSED",
    "LEVELS",
    "LIMITS",
    "NO_LINKS",
    "Operation",
    "Profile",
    "common_operations",
    "describe",
    "operations",
    "python_links",
    "python_trees",
)

LEVELS: Final = ("SEALED", "STRONG", "UNSEALED")
"""From the strongest down; each has what the next one has."""

DEVICES: Final = (("/dev/null", "rw"), ("/dev/zero", "r"), ("/dev/urandom", "r"))

LIMITS: Final = (
    # Pipes of one uid share a quota of 16384 pages, after which they shrink: a channel. 256
    # descriptors of 16 pages each do not reach it.
    ("NOFILE", 256),
    # A core may be piped to a program of the host's.
    ("CORE", 0),
    # Queued signals count per uid as well. With none, a signal arrives without its sender's name.
    ("SIGPENDING", 0),
    ("MEMLOCK", 0),
)
"""Names as in the ``resource`` module without RLIMIT_.

NPROC is left alone: it counts all processes of the uid, the host's too, and never binds root.
"""

NO_LINKS: Final = "no links"
"""An argument of ``landlock_read``: the path is refused where a link is on it."""

FIRST_CLOSED: Final = 5
"""A guest has descriptors 0 to 4: standard streams, bootstrap socket, event wire."""


class Profile(NamedTuple):
    """What one guest may do.

    Attributes:
        level: One of ``LEVELS``.
        read: Folders (all beneath) and files that may be read; missing ones are passed over.
        common: The same, of what every guest of the device may read.
        write: Folders to read, write and move things between; a missing one is an error.
        listed: Folders of which, with all beneath, names may be listed and no file opened.
        devices: Path and ``r`` or ``rw``.
        limits: Name and value, soft and hard.
        containers: At SEALED, the containers that are uncovered; all others look empty.
        shared: At SEALED, the folders that every guest reads, and that get an overlay.
        bundle: At SEALED, the bundle's container, which gets one too; "" for none.
        denials: What becomes of denied system calls, see ``policy.DENIALS``.
    """

    level: str
    read: tuple[str, ...]
    write: tuple[str, ...]
    devices: tuple[tuple[str, str], ...] = DEVICES
    limits: tuple[tuple[str, int], ...] = LIMITS
    containers: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    bundle: str = ""
    common: tuple[str, ...] = ()
    denials: str = "silent"
    listed: tuple[str, ...] = ()

    @property
    def readable(self) -> tuple[str, ...]:
        """All that may be read."""
        return (*self.common, *self.read)


class Operation(NamedTuple):
    """One step of the plan; survives any codec that knows lists, strings and integers."""

    step: str
    arguments: tuple[str | int, ...] = ()


_SENTENCES: Final = {
    "enter_namespaces": "enter user, mount, IPC and network namespaces; die with signal {} with {}",
    "root_begin": "begin a root that is empty",
    "root_tree": "show the folder {}, read-only",
    "root_file": "show a copy of the file {}",
    "root_link": "show the link {} to {}",
    "root_device": "show the device {}",
    "root_containers": "show the containers in {}, as one mount",
    "root_enter": "make that the root, and let go of the old one",
    "cover": "cover the container {}",
    "own_namespaces": "enter mount and IPC namespaces of its own",
    "uncover": "uncover the container {}",
    "overlay": "put a read-only overlay of its own over {}",
    "disable_huge_pages": "keep transparent huge pages off",
    "landlock_ruleset": "begin a Landlock ruleset that handles every right the kernel knows",
    "landlock_read": "allow reading {}",
    "landlock_write": "allow reading and writing {}",
    "landlock_list": "allow listing the names in {}",
    "landlock_device": "allow the device {} ({})",
    "parent_death_signal": "die with signal {} when process {} ends, and check that it lives",
    "no_new_privileges": "give up gaining privileges",
    "landlock_restrict": "enforce the Landlock ruleset",
    "close_descriptors": "close all descriptors from {} up",
    "limit": "limit {} to {}",
    "drop_capabilities": "drop all capabilities",
    "seccomp": "install the system call filter for the own pid",
}


def common_operations(profile: Profile) -> tuple[Operation, ...]:
    """Return the beginning of the plan, which is the same for every guest of a device.

    So it can be carried out before anybody knows who will be launched next.
    """
    plan = [Operation("disable_huge_pages")]

    if profile.level == "SEALED":
        plan += [
            Operation("own_namespaces"),
            *(Operation("overlay", (path,)) for path in profile.shared),
        ]

    if profile.level != "UNSEALED":
        plan += [
            Operation("landlock_ruleset"),
            *(Operation("landlock_read", (path,)) for path in profile.common),
            *(Operation("landlock_device", device) for device in profile.devices),
        ]

    return tuple(plan)


def operations(profile: Profile, *, parent: int | None = None) -> tuple[Operation, ...]:
    """Return the ordered plan; its beginning is :func:`common_operations`.

    The order matters. The view comes first: Landlock would forbid mounting, and its rules hold for
    what is seen when they are made. Paths are opened while everything is still allowed. The parent
    death signal comes after any change of uid, which clears it, and before seccomp, which forbids
    it. Landlock and seccomp need no_new_privs. seccomp is last, since most other steps are denied
    by it.

    Args:
        profile: What the guest may do.
        parent: The process that will fork the guest; the calling one if not given.

    Raises:
        Misuse: An unknown level, or a path that is not absolute or would open everything.
    """
    _check(profile)
    plan = [*common_operations(profile)]

    if profile.level == "SEALED":
        plan += [
            *(Operation("uncover", (path,)) for path in profile.containers),
            *(Operation("overlay", (path,)) for path in (profile.bundle,) if path),
        ]

    has_landlock = profile.level != "UNSEALED"

    if has_landlock:
        plan += [
            *(Operation("landlock_read", _named(path, profile)) for path in profile.read),
            *(Operation("landlock_write", (path,)) for path in profile.write),
            *(Operation("landlock_list", (path,)) for path in profile.listed),
        ]

    parent_pid = os.getpid() if parent is None else parent
    plan += [
        Operation("parent_death_signal", (int(signal.SIGKILL), parent_pid)),
        Operation("no_new_privileges"),
    ]

    if has_landlock:
        plan.append(Operation("landlock_restrict"))

    plan += [
        Operation("close_descriptors", (FIRST_CLOSED,)),
        *(Operation("limit", limit) for limit in profile.limits),
        Operation("drop_capabilities"),
        Operation("seccomp", () if profile.denials == "silent" else (profile.denials,)),
    ]

    return tuple(plan)


def _named(path: str, profile: Profile) -> tuple[str, ...]:
    """Return a path, marked where guests may have put a link into it."""
    is_inside = any(f"{path}/".startswith(f"{container}/") for container in profile.containers)

    return (path, NO_LINKS) if is_inside else (path,)


def describe(plan: Iterable[tuple[str, Sequence[str | int]]]) -> list[str]:
    """Return one readable line per operation; also of a plan that came through a codec."""
    return [_SENTENCES.get(step, step).format(*arguments) for step, arguments in plan]


def _check(profile: Profile) -> None:
    if profile.level not in LEVELS:
        raise Misuse(f"the level '{profile.level}' does not exist; there are {', '.join(LEVELS)}")

    paths = (
        *(*profile.readable, *profile.write, *profile.listed),
        *(*profile.containers, *profile.shared),
    )

    for path in paths:
        if not path.startswith("/") or os.path.normpath(path) in {"/", "//"}:
            raise Misuse(f"'{path}' in a profile must be an absolute path, and not the root")


def python_trees() -> tuple[str, ...]:
    """Return what the running interpreter opens after it has started, as real paths.

    The standard library and its extension modules, the shared libraries these load, and what the
    C library, ssl, zoneinfo and mimetypes read. Never a prefix as a whole: ``/usr``, ``/opt`` or a
    home directory holds other things, and a guest that can read the home directory is not in a
    sandbox. A virtual environment's packages are not included: guests do not use them; what is
    installed into the interpreter's own site-packages lies inside its standard library and is.
    """
    paths = _python_paths()

    return _outermost({os.path.realpath(path) for path in paths if os.path.exists(path)})


def python_links() -> tuple[tuple[str, str], ...]:
    """Return the names under which Python and the loader know these paths, and the real ones.

    ``/lib`` is a link to ``usr/lib`` on most systems, ``/etc/localtime`` one into ``zoneinfo``; a
    root of its own must have them, too.
    """
    links = {path: os.path.realpath(path) for path in _python_paths() if os.path.exists(path)}

    return tuple(sorted((path, real) for path, real in links.items() if path != real))


def _python_paths() -> list[str]:
    module = sys.modules.get("_ctypes")
    extensions = getattr(module, "__file__", None) or os.__file__
    candidates = [os.path.dirname(os.__file__), os.path.dirname(extensions)]

    # pyenv, conda or /opt have libraries of their own in lib; a prefix that *is* a home directory
    # has who knows what there.
    if os.path.realpath(sys.base_prefix) != _home():
        candidates += [os.path.join(sys.base_prefix, name) for name in ("lib", sys.platlibdir)]

    candidates += [
        "/usr/lib",
        "/usr/lib64",
        "/lib",
        "/lib64",
        "/etc/ld.so.cache",
        "/etc/localtime",
        "/etc/mime.types",
        "/usr/share/zoneinfo",
        "/usr/share/locale",
        # Not all of /etc/ssl: as root it would give the guest the machine's private keys.
        "/etc/ssl/certs",
        "/etc/ssl/openssl.cnf",
        "/etc/pki/tls/certs",
        "/etc/pki/tls/openssl.cnf",
        "/etc/pki/ca-trust/extracted",
        "/usr/share/ca-certificates",
    ]

    return candidates


def _home() -> str:
    return os.path.realpath(os.path.expanduser("~"))


def _outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths without those that lie beneath another, nor those that hold a home."""
    kept: list[str] = []

    for path in sorted(paths):
        is_too_wide = f"{_home()}/".startswith(f"{path.rstrip('/')}/")

        if not is_too_wide and not any(path.startswith(f"{outer}/") for outer in kept):
            kept.append(path)

    return tuple(kept)
