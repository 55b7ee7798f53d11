"""The kernel's door, by ctypes: Landlock, seccomp, capabilities, prctl, close_range, openat2.

Every function raises OSError with the kernel's errno. Everything goes through ``syscall(2)``, for
the C library has wrappers for some only, and its variadic ones differ between architectures.
``ctypes.CDLL(None)``, never ``find_library``, which starts ldconfig.
"""

import ctypes
import errno
import os
import struct
from typing import Final

from simulator.sandbox import syscalls

__all__ = (
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWUSER",
    "MNT_DETACH",
    "MS_BIND",
    "MS_NOATIME",
    "MS_NODEV",
    "MS_NOSUID",
    "MS_RDONLY",
    "MS_REC",
    "MS_REMOUNT",
    "MS_SHARED",
    "MS_SLAVE",
    "RESOLVE_BENEATH",
    "RESOLVE_NO_MAGICLINKS",
    "RESOLVE_NO_SYMLINKS",
    "SECCOMP_FILTER_FLAG_NEW_LISTENER",
    "capabilities",
    "close_range",
    "disable_huge_pages",
    "drop_capabilities",
    "empty_bounding_set",
    "landlock_abi",
    "landlock_add_path",
    "landlock_create_ruleset",
    "landlock_restrict_self",
    "mount",
    "openat2",
    "pivot_root",
    "seccomp_install",
    "set_child_subreaper",
    "set_dumpable",
    "set_no_new_privileges",
    "set_parent_death_signal",
    "system_call",
    "unmount",
    "unshare",
)

# Source: include/uapi/linux/openat2.h
RESOLVE_NO_MAGICLINKS: Final = 0x02
RESOLVE_NO_SYMLINKS: Final = 0x04
RESOLVE_BENEATH: Final = 0x08

# Source: include/uapi/linux/sched.h
CLONE_NEWNS: Final = 0x00020000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWNET: Final = 0x40000000

# Source: include/uapi/linux/mount.h and umount(2)
MS_RDONLY: Final = 1 << 0
MS_NOSUID: Final = 1 << 1
MS_NODEV: Final = 1 << 2
MS_REMOUNT: Final = 1 << 5
MS_NOATIME: Final = 1 << 10
MS_BIND: Final = 1 << 12
MS_REC: Final = 1 << 14
MS_SLAVE: Final = 1 << 19
MS_SHARED: Final = 1 << 20
MNT_DETACH: Final = 2

SECCOMP_FILTER_FLAG_NEW_LISTENER: Final = 1 << 3

# Source: include/uapi/linux/prctl.h
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_CAPBSET_READ: Final = 23
_PR_CAPBSET_DROP: Final = 24
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_THP_DISABLE: Final = 41
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4

_CAPABILITY_VERSION_3: Final = 0x20080522
_CAP_SETPCAP: Final = 8
_LANDLOCK_CREATE_RULESET_VERSION: Final = 1
_LANDLOCK_RULE_PATH_BENEATH: Final = 1
_SECCOMP_SET_MODE_FILTER: Final = 1
_BPF_INSTRUCTION_BYTES: Final = 8

_libc = ctypes.CDLL(None, use_errno=True)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long

_Word = int | bytes | ctypes.Array[ctypes.c_char] | None


def system_call(name: str, *arguments: _Word) -> int:
    """Make a system call and return its result.

    Integers are passed as 64 bits: a plain ctypes int would leave the upper half undefined, which
    the seccomp filter's comparisons of whole arguments would then meet.

    Raises:
        OSError: With the kernel's errno, or ENOSYS if this machine has no such call.
    """
    number = syscalls.number(name)

    if number is None:
        raise OSError(errno.ENOSYS, f"{name}: {os.strerror(errno.ENOSYS)}")

    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    result: int = _syscall(ctypes.c_long(number), *words)

    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")

    return result


def landlock_abi() -> int:
    """Return Landlock's ABI, 0 if the kernel has none or has it switched off.

    Source: landlock_create_ruleset(2). It says what the kernel knows, not that it works: for that
    see ``witness``.
    """
    try:
        return system_call("landlock_create_ruleset", None, 0, _LANDLOCK_CREATE_RULESET_VERSION)
    except OSError:
        return 0


def landlock_create_ruleset(files: int, network: int, scopes: int) -> int:
    """Return the descriptor (close-on-exec) of an empty ruleset that handles these rights.

    The structure grew: 8 bytes in ABI 1, 16 from ABI 4, 24 from ABI 6. An older kernel answers
    E2BIG to a longer one, therefore its unused end is left off.
    """
    attributes = struct.pack("=QQQ", files, network, scopes)
    size = 24 if scopes else 16 if network else 8

    return system_call("landlock_create_ruleset", attributes, size, 0)


def landlock_add_path(ruleset: int, descriptor: int, rights: int) -> None:
    """Grant rights on a file, or on everything beneath a folder, opened with O_PATH."""
    # The structure is packed: 12 bytes, not 16.
    rule = struct.pack("=Qi", rights, descriptor)
    system_call("landlock_add_rule", ruleset, _LANDLOCK_RULE_PATH_BENEATH, rule, 0)


def landlock_restrict_self(ruleset: int) -> None:
    """Bind the calling *thread* for good, and all it starts later.

    A thread that runs already stays free (before ABI 8), therefore only a process with one thread
    may call this.
    """
    system_call("landlock_restrict_self", ruleset, 0)


def set_no_new_privileges() -> None:
    """Give up set-uid programs for good; without it seccomp and Landlock need CAP_SYS_ADMIN."""
    system_call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def set_parent_death_signal(signal_number: int) -> None:
    """Ask for a signal when the *thread* that forked this process ends.

    A change of uid clears it again, and the parent may be gone already: check it afterwards.
    """
    system_call("prctl", _PR_SET_PDEATHSIG, signal_number, 0, 0, 0)


def set_child_subreaper() -> None:
    """Become the parent of orphaned descendants, so that none can escape being reaped."""
    system_call("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def set_dumpable() -> None:
    """Let processes of the same user look at this one again.

    Entering a user namespace gives capabilities, and the kernel takes that for a set-uid program.
    """
    system_call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)


def disable_huge_pages() -> None:
    """Keep this process free of transparent huge pages.

    One touched byte would otherwise count as 2 MB towards the guest's memory limit.
    """
    system_call("prctl", _PR_SET_THP_DISABLE, 1, 0, 0, 0)


def seccomp_install(program: bytes, flags: int = 0) -> int:
    """Install a filter on the calling thread; 0, or the listener's descriptor if asked for one."""
    code = ctypes.create_string_buffer(program, len(program))
    instructions = len(program) // _BPF_INSTRUCTION_BYTES
    # struct sock_fprog: a short, padding, a pointer.
    header = struct.pack("=H6xQ", instructions, ctypes.addressof(code))

    return system_call("seccomp", _SECCOMP_SET_MODE_FILTER, flags, header)


def capabilities() -> tuple[int, int, int]:
    """Return the effective, permitted and inheritable sets of this process as 64-bit masks."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    data = ctypes.create_string_buffer(24)
    system_call("capget", header, data)
    low_effective, low_permitted, low_inheritable, high_effective, high_permitted, high_inh = (
        struct.unpack("=6I", data.raw)
    )

    return (
        low_effective | high_effective << 32,
        low_permitted | high_permitted << 32,
        low_inheritable | high_inh << 32,
    )


def drop_capabilities() -> None:
    """Empty all capability sets: ambient, bounding (where that is allowed) and the other three.

    Root without capabilities is a user like any other who happens to own root's files: mode 0444
    then binds it too.
    """
    system_call("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)

    empty_bounding_set()
    system_call("capset", struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), bytes(24))


def empty_bounding_set() -> None:
    """Empty the set that limits what an exec may gain; forks inherit that.

    Dropping from it takes CAP_SETPCAP; who lacks it cannot gain anything either, because of
    no_new_privs. 41 calls take 0.3 ms, so the zygote does it, once, and its forks find it done.
    """
    is_empty = not system_call("prctl", _PR_CAPBSET_READ, 0, 0, 0, 0)

    if is_empty or not capabilities()[0] >> _CAP_SETPCAP & 1:
        return

    # Downwards: the lowest one, which is looked at above, is the last to go.
    for capability in range(_capability_last(), -1, -1):
        system_call("prctl", _PR_CAPBSET_DROP, capability, 0, 0, 0)


def _capability_last() -> int:
    """Return the highest capability that this kernel knows."""
    for capability in range(63, 0, -1):
        try:
            system_call("prctl", _PR_CAPBSET_READ, capability, 0, 0, 0)
        except OSError:  # EINVAL: it does not know it
            continue

        return capability

    return 0


def close_range(first: int, last: int) -> None:
    """Close the descriptors from first to last, both included.

    ``os.closerange`` closes one by one on old kernels and hides what went wrong.
    """
    system_call("close_range", first, last, 0)


def openat2(dir_fd: int, path: str, flags: int, mode: int, resolve: int) -> int:
    """Open a path under a restriction on how it may be walked; always close-on-exec.

    For the host, that must not be led out of a guest's folder by the guest's symbolic links.
    Source: openat2(2). RESOLVE_BENEATH answers EXDEV to an escape, RESOLVE_NO_SYMLINKS ELOOP.
    """
    how = struct.pack("=QQQ", flags | os.O_CLOEXEC, mode, resolve)

    return system_call("openat2", dir_fd, os.fsencode(path) + b"\0", how, len(how))


def unshare(flags: int) -> None:
    """Put this process into new namespaces; with CLONE_NEWUSER it must have one thread."""
    system_call("unshare", flags)


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """Add a mount, bind or remount one, or say how it propagates (mount(2))."""
    system_call(
        "mount",
        os.fsencode(source) + b"\0" if source else None,
        os.fsencode(target) + b"\0",
        kind.encode() + b"\0" if kind else None,
        flags,
        os.fsencode(data) + b"\0" if data else None,
    )


def unmount(target: str, flags: int = 0) -> None:
    """Unmount what is mounted last on ``target``; EINVAL when nothing is."""
    system_call("umount2", os.fsencode(target) + b"\0", flags)


def pivot_root() -> None:
    """Make the current folder, a mount point, the root, and let go of the old root.

    Source: pivot_root(2), "pivot_root(".", ".")": the old root is mounted over the new one, and
    detached from there.
    """
    system_call("pivot_root", b".\0", b".\0")
    unmount(".", MNT_DETACH)
    os.chdir("/")
