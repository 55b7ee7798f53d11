"""Carries out a plan in the freshly forked child, one step after the other.

The child must have one thread: Landlock and seccomp bind the calling thread and those it starts.
Everything is imported before the fork, for after ``landlock_restrict`` nothing can be relied upon
to be readable, and a first import costs a millisecond.
"""

import errno
import fcntl
import os
import resource
import stat
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from simulator.sandbox import kernel, mounts
from simulator.sandbox.filter import compile_filter, for_pid
from simulator.sandbox.notification import install_listening
from simulator.sandbox.profile import NO_LINKS
from simulator.xpc.errors import StepFailed

__all__ = ("LANDLOCK_ABI_MIN", "Sealing", "apply")

LANDLOCK_ABI_MIN: Final = 3
"""Before ABI 3 (Linux 6.2) ``truncate()`` empties any file; before 2 renames across folders fail.

What later ones add for networks, devices and signals, seccomp denies anyway.
"""

# Source: include/uapi/linux/landlock.h and landlock(7); one bit each, in the order of the header.
_EXECUTE: Final = 1 << 0
_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_DIR: Final = 1 << 3
_REMOVE_DIR: Final = 1 << 4
_REMOVE_FILE: Final = 1 << 5
_MAKE_DIR: Final = 1 << 7
_MAKE_REG: Final = 1 << 8
_MAKE_SYM: Final = 1 << 12
_REFER: Final = 1 << 13
_TRUNCATE: Final = 1 << 14

# All that is handled is denied unless granted. MAKE_CHAR, _SOCK, _FIFO and _BLOCK are never
# granted, nor is EXECUTE: dlopen does not need it.
_HANDLED_ABI_3: Final = (1 << 15) - 1
_HANDLED_ABI_5: Final = (1 << 16) - 1  # IOCTL_DEV
_BIND_AND_CONNECT_TCP: Final = 0b11  # ABI 4
_ABSTRACT_SOCKETS_AND_SIGNALS: Final = 0b11  # ABI 6

_READ: Final = _READ_FILE | _READ_DIR
_WRITE: Final = (
    _READ
    | _WRITE_FILE
    | _REMOVE_DIR
    | _REMOVE_FILE
    | _MAKE_DIR
    | _MAKE_REG
    | _MAKE_SYM
    | _REFER
    | _TRUNCATE
)
# A right that only makes sense for folders is EINVAL in a rule for a file.
_OF_FILES: Final = _READ_FILE | _WRITE_FILE | _TRUNCATE

_DESCRIPTOR_MAX: Final = 0xFFFFFFFF
_RULESET_FD_MIN: Final = 64
_AT_FDCWD: Final = -100

_Argument = str | int


class _Child:
    """The steps, and what one of them leaves for a later one."""

    __slots__ = ("_denials", "_ruleset", "_template", "listener")

    def __init__(self, template: bytes, denials: str) -> None:
        self._ruleset = -1
        self._template = template
        self._denials = denials
        self.listener = -1

    def landlock_ruleset(self) -> None:
        abi = kernel.landlock_abi()

        if abi < LANDLOCK_ABI_MIN:
            raise OSError(errno.ENOSYS, "Landlock is missing or too old")

        ruleset = kernel.landlock_create_ruleset(
            _HANDLED_ABI_5 if abi >= 5 else _HANDLED_ABI_3,
            _BIND_AND_CONNECT_TCP if abi >= 4 else 0,
            _ABSTRACT_SOCKETS_AND_SIGNALS if abi >= 6 else 0,
        )
        # Out of the way of a guest's own descriptors, which come to 0 to 4 later.
        self._ruleset = fcntl.fcntl(ruleset, fcntl.F_DUPFD_CLOEXEC, _RULESET_FD_MIN)
        os.close(ruleset)

    def landlock_read(self, path: _Argument, links: _Argument = "") -> None:
        # What lies in a container may have become a link, and rights would go where it leads.
        self._allow(str(path), _READ, may_be_missing=True, links=links != NO_LINKS)

    def landlock_write(self, path: _Argument) -> None:
        self._allow(str(path), _WRITE, may_be_missing=False, links=False)

    def landlock_list(self, path: _Argument) -> None:
        self._allow(str(path), _READ_DIR, may_be_missing=False, links=False)

    def landlock_device(self, path: _Argument, access: _Argument) -> None:
        self._allow(str(path), _OF_FILES if access == "rw" else _READ, may_be_missing=True)

    def _allow(self, path: str, rights: int, *, may_be_missing: bool, links: bool = True) -> None:
        resolve = 0 if links else kernel.RESOLVE_NO_SYMLINKS

        try:
            descriptor = kernel.openat2(_AT_FDCWD, path, os.O_PATH, 0, resolve)
        except FileNotFoundError:
            if may_be_missing:
                return

            raise

        try:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                rights &= _OF_FILES

            kernel.landlock_add_path(self._ruleset, descriptor, rights)
        finally:
            os.close(descriptor)

    def landlock_restrict(self) -> None:
        kernel.landlock_restrict_self(self._ruleset)
        os.close(self._ruleset)

    def parent_death_signal(self, signal_number: _Argument, parent: _Argument) -> None:
        kernel.set_parent_death_signal(int(signal_number))

        # The parent may have died between the fork and the line above; nobody would tell us.
        if os.getppid() != parent:
            raise ProcessLookupError(errno.ESRCH, "the parent is gone")

    def limit(self, name: _Argument, value: _Argument) -> None:
        kind: int = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(kind)[1]
        wanted = int(value) if hard == resource.RLIM_INFINITY else min(int(value), hard)
        resource.setrlimit(kind, (wanted, wanted))

    def close_descriptors(self, first: _Argument) -> None:
        kernel.close_range(int(first), _DESCRIPTOR_MAX)

    def seccomp(self, denials: _Argument = "silent") -> None:
        mode = str(denials)
        template = self._template if mode == self._denials else compile_filter(mode)

        if mode != "silent":
            try:
                self.listener = install_listening(for_pid(template, os.getpid()))
                return
            except OSError as problem:
                # gVisor, or a filter further out that has the one listener: the same denials,
                # but nobody is told. The host sees that no listener came, and says so.
                if problem.errno not in {errno.EINVAL, errno.EBUSY}:
                    raise

            template = compile_filter()

        kernel.seccomp_install(for_pid(template, os.getpid()))


class Sealing:
    """Carries plans out in this process, which is to become a guest; its parts may come one by one.

    Args:
        template: From ``filter.compile_filter``.
        denials: What that was compiled for; for another the plan's own is compiled here.
    """

    def __init__(self, template: bytes, *, denials: str = "silent") -> None:
        self._child = child = _Child(template, denials)
        self._steps: dict[str, Callable[..., None]] = {
            **mounts.STEPS,
            "disable_huge_pages": kernel.disable_huge_pages,
            "landlock_ruleset": child.landlock_ruleset,
            "landlock_read": child.landlock_read,
            "landlock_write": child.landlock_write,
            "landlock_list": child.landlock_list,
            "landlock_device": child.landlock_device,
            "parent_death_signal": child.parent_death_signal,
            "no_new_privileges": kernel.set_no_new_privileges,
            "landlock_restrict": child.landlock_restrict,
            "close_descriptors": child.close_descriptors,
            "limit": child.limit,
            "drop_capabilities": kernel.drop_capabilities,
            "seccomp": child.seccomp,
        }

    @property
    def listener(self) -> int:
        """The filter's listener, for the host; -1 when nobody is to be told, or can be."""
        return self._child.listener

    def carry_out(self, plan: Iterable[tuple[str, Sequence[_Argument]]]) -> None:
        """Do the steps of a plan.

        Args:
            plan: From ``profile.operations``; may have come through a codec as lists.

        Raises:
            StepFailed: The step (with the path it was about, if any) and its errno. What was done
                before stays done: the only thing left for this process is to report and exit.
        """
        for step, arguments in plan:
            name = " ".join((step, *(word for word in arguments[:1] if isinstance(word, str))))

            # A step that is not known, or not with these arguments, must never be passed over: it
            # would have been a restriction.
            try:
                self._steps[step](*arguments)
            except OSError as error:
                raise StepFailed(name, error.errno or errno.EIO) from error
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise StepFailed(name, errno.EINVAL) from error


def apply(
    plan: Iterable[tuple[str, Sequence[_Argument]]], template: bytes, *, denials: str = "silent"
) -> int:
    """Carry out a whole plan; afterwards the calling process is a confined guest for good.

    Args:
        plan: As for :meth:`Sealing.carry_out`.
        template: From ``filter.compile_filter``.
        denials: What that was compiled for.

    Returns:
        The filter's listener, see :attr:`Sealing.listener`.

    Raises:
        StepFailed: As for :meth:`Sealing.carry_out`.
    """
    sealing = Sealing(template, denials=denials)
    sealing.carry_out(plan)

    return sealing.listener
