"""Denied system calls, in Apple's words: which operation that is, and on what."""

import os
import signal
import socket
from collections.abc import Callable
from typing import Final, NamedTuple

from simulator.sandbox import policy, syscalls
from simulator.sandbox.notification import read_text

__all__ = ("AT_FDCWD", "NAMES", "Asked", "Caller", "signed", "understood")

AT_FDCWD: Final = -100

NAMES: Final[dict[int, str]] = {
    number: name
    for name in (*policy.TOLD, *policy.TRACED)
    if (number := syscalls.number(name)) is not None
}
"""The system calls that the kernel asks about, by number."""


class Asked(NamedTuple):
    """What a guest asked for: Apple's operation, on what, and ``r``, ``w`` or nothing."""

    operation: str
    resource: str = ""
    access: str = ""


class Caller:
    """A thread that waits for its answer, and what can be read of it.

    Args:
        thread: Its number.
    """

    def __init__(self, thread: int) -> None:
        self.thread = thread

    def text(self, address: int) -> str:
        """Return a C string of the guest.

        Raises:
            OSError: EFAULT, ENAMETOOLONG; see ``sandbox.notification.read_text``.
        """
        return read_text(self.thread, address)

    def path(self, folder: int, address: int) -> str:
        """Return a path as an absolute one, by name.

        Args:
            folder: The descriptor that a relative one begins at, or AT_FDCWD.
            address: Where its text lies.

        Raises:
            OSError: As :meth:`text`; ENOENT where it is empty, EBADF for a wrong descriptor.
        """
        text = self.text(address)

        if text.startswith("/"):
            return text

        if not text:
            raise FileNotFoundError(2, os.strerror(2))

        return os.path.join(self.place(folder), text)

    def place(self, descriptor: int) -> str:
        """Return the name of what a descriptor means, of the working folder for AT_FDCWD.

        Raises:
            OSError: EBADF.
        """
        name = "cwd" if descriptor == AT_FDCWD else f"fd/{descriptor}"

        try:
            return os.readlink(f"/proc/{self.thread}/{name}")
        except FileNotFoundError:
            raise OSError(9, os.strerror(9)) from None


def signed(argument: int) -> int:
    """Return an argument of the C type int: the lower half, with its sign."""
    low = argument & 0xFFFFFFFF

    return low - (1 << 32) if low >> 31 else low


_Arguments = tuple[int, ...]
_Reading = Callable[[Caller, _Arguments], Asked]


def _enum(kind: type, prefix: str, value: int) -> str:
    try:
        name: str = kind(value).name
    except ValueError:
        return f"{prefix}{value}"

    return name


def _socket(_: Caller, arguments: _Arguments) -> Asked:
    family = signed(arguments[0])
    kind = arguments[1] & 0xF  # without SOCK_CLOEXEC and SOCK_NONBLOCK
    shown = f"{_enum(socket.AddressFamily, 'AF_', family)} {_enum(socket.SocketKind, '', kind)}"
    usual = {socket.AF_INET, socket.AF_INET6, socket.AF_UNIX}

    return Asked("network-outbound" if family in usual else "system-socket", shown)


def _signal(caller: Caller, arguments: _Arguments) -> Asked:
    target, number = signed(arguments[0]), signed(arguments[1])
    del caller

    return Asked("signal", f"{_enum(signal.Signals, '', number)} to {target}")


def _path(operation: str, access: str, address: int, folder: int | None = None) -> _Reading:
    def read(caller: Caller, arguments: _Arguments) -> Asked:
        begin = AT_FDCWD if folder is None else signed(arguments[folder])

        return Asked(operation, caller.path(begin, arguments[address]), access)

    return read


def _file(operation: str, access: str) -> _Reading:
    def read(caller: Caller, arguments: _Arguments) -> Asked:
        place = caller.place(signed(arguments[0]))

        return Asked(operation, place.partition(":[")[0], access)  # pipe:[4711]

    return read


def _either(operation: str, access: str, address: int) -> _Reading:
    """Return the reading of a call whose path may be NULL: then the descriptor is meant."""
    by_path, by_file = _path(operation, access, address, 0), _file(operation, access)

    return lambda caller, arguments: (by_path if arguments[address] else by_file)(caller, arguments)


def _plain(operation: str, resource: str = "") -> _Reading:
    return lambda *_: Asked(operation, resource)


def _of_process(operation: str) -> _Reading:
    return lambda _, arguments: Asked(operation, f"pid {signed(arguments[0])}")


_READINGS: Final[dict[str, _Reading]] = {
    **dict.fromkeys(("fork", "vfork", "clone"), _plain("process-fork")),
    "execve": _path("process-exec", "", 0),
    "execveat": _path("process-exec", "", 1, 0),
    "ptrace": lambda _, arguments: Asked("mach-priv-task-port", f"pid {signed(arguments[1])}"),
    **dict.fromkeys(("process_vm_readv", "process_vm_writev"), _of_process("mach-priv-task-port")),
    "kcmp": _of_process("process-info-pidinfo"),
    "pidfd_getfd": _plain("mach-priv-task-port"),
    "pidfd_send_signal": _plain("signal"),
    **dict.fromkeys(("kill", "tkill", "rt_sigqueueinfo"), _signal),
    **dict.fromkeys(
        ("tgkill", "rt_tgsigqueueinfo"),
        lambda caller, arguments: _signal(caller, (arguments[0], arguments[2])),
    ),
    **dict.fromkeys(("socket", "socketpair"), _socket),
    **dict.fromkeys(("connect", "sendto"), _plain("network-outbound")),
    "bind": _plain("network-bind"),
    **dict.fromkeys(("listen", "accept", "accept4"), _plain("network-inbound")),
    **dict.fromkeys(("shmget", "shmat", "shmctl"), _plain("ipc-sysv-shm")),
    **dict.fromkeys(("msgget", "msgsnd", "msgrcv", "msgctl"), _plain("ipc-sysv-msg")),
    **dict.fromkeys(("semget", "semop", "semctl", "semtimedop"), _plain("ipc-sysv-sem")),
    "chmod": _path("file-write-mode", "w", 0),
    "fchmod": _file("file-write-mode", "w"),
    **dict.fromkeys(("fchmodat", "fchmodat2"), _path("file-write-mode", "w", 1, 0)),
    **dict.fromkeys(("utime", "utimes"), _path("file-write-times", "w", 0)),
    **dict.fromkeys(("futimesat", "utimensat"), _either("file-write-times", "w", 1)),
    "statfs": _path("file-read-metadata", "r", 0),
    "fstatfs": _file("file-read-metadata", "r"),
    **dict.fromkeys(("chown", "lchown"), _path("file-write-owner", "w", 0)),
    "fchown": _file("file-write-owner", "w"),
    "fchownat": _path("file-write-owner", "w", 1, 0),
    "mknod": _path("file-mknod", "w", 0),
    "mknodat": _path("file-mknod", "w", 1, 0),
    "name_to_handle_at": _path("file-read-metadata", "r", 1, 0),
    **dict.fromkeys(("mount", "pivot_root", "move_mount", "fsmount"), _plain("file-mount")),
    "umount2": _path("file-unmount", "", 0),
    "chroot": _path("file-chroot", "", 0),
    **dict.fromkeys(("clock_settime", "settimeofday"), _plain("system-set-time")),
    "acct": _plain("system-acct"),
    "reboot": _plain("system-reboot"),
}


def understood(name: str, caller: Caller, arguments: _Arguments) -> Asked:
    """Return a denied system call in Apple's words.

    What cannot be read is left empty: the guest may have pointed anywhere.
    """
    reading = _READINGS.get(name, _plain("syscall-unix", name))

    try:
        return reading(caller, arguments)
    except OSError:
        return _blind(name)


def _blind(name: str) -> Asked:
    class _Nobody(Caller):
        def path(self, folder: int, address: int) -> str:  # noqa: ARG002
            return ""

        def place(self, descriptor: int) -> str:  # noqa: ARG002
            return ""

    return _READINGS[name](_Nobody(0), (0,) * 6)
