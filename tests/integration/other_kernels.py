"""Runs a program as it would run on another kernel: ``other_kernels.py KIND program ...``.

By a filter that is in force before the program starts, and that answers what such a kernel, or such
a container, would answer:

* ``docker``: its default seccomp profile, as its documentation lists it, without added capabilities
* ``no-landlock``: a kernel that has none, or has it switched off
* ``no-namespaces``: unprivileged user namespaces are forbidden
* ``no-listener``: no user notification, as in gVisor
* ``no-seccomp``: no filters
"""

import errno
import os
import struct
import sys

from simulator.sandbox import kernel, syscalls

_DOCKER = """
acct add_key bpf clock_adjtime clock_settime create_module delete_module finit_module get_mempolicy
init_module io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind
mount mount_setattr move_mount move_pages fsopen fsconfig fsmount fspick open_tree nfsservctl
open_by_handle_at perf_event_open personality pivot_root quotactl reboot request_key set_mempolicy
setns settimeofday swapoff swapon sysfs _sysctl umount2 unshare uselib userfaultfd ustat
"""

_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_FIRST, _SECOND = 16, 24  # where the arguments lie
_NEW_NAMESPACES = 0x7E020000
_NEW_LISTENER = 8

_Code = list[tuple[int, int, int, int]]


def _answer(number: int) -> _Code:
    return [(_RETURN, 0, 0, _ERRNO | number)]


def _always(names: str, number: int) -> _Code:
    """Return what answers these calls with an errno."""
    numbers = [found for name in names.split() if (found := syscalls.number(name)) is not None]

    return [step for call in numbers for step in [(_JUMP_EQUAL, 0, 1, call), *_answer(number)]]


def _if_bits(name: str, argument: int, bits: int, number: int) -> _Code:
    """Return what answers a call with an errno if an argument has any of these bits; the last."""
    call = syscalls.number(name)
    assert call is not None

    return [
        (_JUMP_EQUAL, 0, 3, call),
        (_LOAD, 0, 0, argument),
        (_JUMP_SET, 0, 1, bits),
        *_answer(number),
    ]


KINDS = {
    "docker": _always(_DOCKER, errno.EPERM)
    + _always("clone3", errno.ENOSYS)
    + _if_bits("clone", _FIRST, _NEW_NAMESPACES, errno.EPERM),
    "no-landlock": _always(
        "landlock_create_ruleset landlock_add_rule landlock_restrict_self", errno.ENOSYS
    ),
    "no-namespaces": _always("unshare", errno.EPERM),
    "no-listener": _if_bits("seccomp", _SECOND, _NEW_LISTENER, errno.EINVAL),
    "no-seccomp": _always("seccomp", errno.EINVAL),
}


def main() -> None:
    """Put the filter in force and become the program."""
    code = [(_LOAD, 0, 0, 0), *KINDS[sys.argv[1]], (_RETURN, 0, 0, _ALLOW)]
    kernel.set_no_new_privileges()
    kernel.seccomp_install(b"".join(struct.pack("=HBBI", *step) for step in code))
    os.execv(sys.argv[2], sys.argv[2:])


if __name__ == "__main__":
    main()
