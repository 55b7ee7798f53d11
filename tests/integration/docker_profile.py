"""Runs a program as Docker's default seccomp profile would: ``docker_profile.py program ...``.

What it denies to a container without added capabilities, as its documentation lists it, by a filter
that is in force before the program starts.
"""

import errno
import os
import struct
import sys

from simulator.sandbox import kernel, syscalls

DENIED = """
acct add_key bpf clock_adjtime clock_settime create_module delete_module finit_module get_mempolicy
init_module io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind
mount mount_setattr move_mount move_pages fsopen fsconfig fsmount fspick open_tree nfsservctl
open_by_handle_at perf_event_open personality pivot_root quotactl reboot request_key set_mempolicy
setns settimeofday swapoff swapon sysfs _sysctl umount2 unshare uselib userfaultfd ustat
"""

_LOAD, _JUMP_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NEW_NAMESPACES = 0x7E020000


def program() -> bytes:
    """Return the filter."""
    code: list[tuple[int, int, int, int]] = [(_LOAD, 0, 0, 0)]

    for name in DENIED.split():
        number = syscalls.number(name)

        if number is not None:
            code += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | errno.EPERM)]

    clone, clone3 = syscalls.number("clone"), syscalls.number("clone3")
    assert clone is not None
    assert clone3 is not None
    code += [
        (_JUMP_EQUAL, 0, 1, clone3),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        (_JUMP_EQUAL, 0, 3, clone),
        (_LOAD, 0, 0, 16),
        (_JUMP_SET, 0, 1, _NEW_NAMESPACES),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]

    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def main() -> None:
    """Put the filter in force and become the program."""
    kernel.set_no_new_privileges()
    kernel.seccomp_install(program())
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
