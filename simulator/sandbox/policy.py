"""Which system calls a guest may make, and with which arguments: the table behind the filter.

Four answers. *Allowed*; *denied* with EPERM, as iOS does; *unsupported* with EOPNOTSUPP, which
``shutil`` takes for a file system without extended attributes; and ENOSYS for all that is not
named here. That last one is chosen for ``clone3`` (its flags lie behind a pointer that a filter
cannot follow; with ENOSYS the C library falls back to ``clone``, with EPERM threads would fail,
moby#42681), for ``openat2`` and the newer futex calls (the same), and fits whatever a later kernel
adds. A guest is never killed for what it asks, only for speaking a foreign architecture's tongue.

Where somebody listens, the denials that say something about a guest (``TOLD``) are not answered by
the filter: the kernel asks the host, which answers EPERM and tells in Apple's words. ``MEDIATED``
are those that the host may do for the guest instead, beneath its own folders. Under
``--trace-sandbox`` the host is asked for each file opened, too (``TRACED``), and lets it go on.

Here is what one guest could otherwise reach of another one that runs under the same uid; file
contents are Landlock's business. chmod, chown, utime and the extended attributes are denied since
Landlock does not govern them.
"""

import errno
from typing import Final, NamedTuple

__all__ = (
    "ALLOWED",
    "ASK_HOST",
    "CHECKED",
    "DENIALS",
    "DENIED",
    "HANDOVER",
    "MEDIATED",
    "OWN_PID",
    "TOLD",
    "TRACED",
    "UNSUPPORTED",
    "Case",
    "Rule",
    "Test",
)

DENIALS: Final = ("silent", "told", "traced")
"""What becomes of a denial: an errno; the host is asked; so it is for each file opened as well."""

ASK_HOST: Final = -1
"""Stands where an errno would: the kernel asks whoever listens to the filter."""

OWN_PID: Final = 0x7E3B5DC9
"""Stands for the guest's own pid until ``filter.for_pid`` puts that in; above any real pid."""

_WORD: Final = 0xFFFFFFFF


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


class Test(NamedTuple):
    """True if the masked lower (or upper) 32 bits of an argument are one of the values.

    The lower half is enough where the kernel's parameter is an int: it never looks at the rest.
    """

    argument: int
    values: tuple[int, ...]
    mask: int = _WORD
    high: bool = False


class Case(NamedTuple):
    """If all tests are true, this is the answer: 0 allows, anything else is the errno."""

    tests: tuple[Test, ...]
    answer: int = 0


class Rule(NamedTuple):
    """The first case that applies decides; otherwise the errno."""

    cases: tuple[Case, ...]
    otherwise: int = errno.EPERM


def _when(*tests: Test, otherwise: int = errno.EPERM) -> Rule:
    return Rule((Case(tests),), otherwise)


def _is_null(argument: int) -> tuple[Test, Test]:
    return Test(argument, (0,)), Test(argument, (0,), high=True)


ALLOWED: Final = _names(
    """
    read write readv writev pread64 pwrite64 preadv pwritev lseek close close_range dup dup2 dup3
    open openat creat access faccessat faccessat2 stat lstat fstat newfstatat statx readlink
    readlinkat getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename
    renameat link linkat symlink symlinkat truncate ftruncate fallocate fsync fdatasync
    sync_file_range flock umask sendfile copy_file_range

    mmap munmap mremap mprotect msync brk mseal

    poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait
    epoll_pwait2 eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime signalfd signalfd4
    pipe recvfrom recvmsg shutdown getsockname getpeername

    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend
    sigaltstack pause alarm getitimer setitimer restart_syscall

    exit exit_group wait4 waitid set_tid_address set_robust_list rseq membarrier sched_yield
    sched_get_priority_max sched_get_priority_min

    time gettimeofday nanosleep times getrusage getcpu getrandom uname getrlimit

    getpid gettid getppid getpgrp getuid geteuid getgid getegid getresuid getresgid getgroups
    """,
)
"""What Python, its threads, asyncio, SQLite and ssl need, and what reaches nobody else.

Locks on files that a guest may read stay (SQLite lives by them). Paths may be looked up: stat,
readlink and chdir are not Landlock's, and the names of other containers cannot be guessed.
"""

DENIED: Final = _names(
    """
    fork vfork execve execveat ptrace process_vm_readv process_vm_writev kcmp process_madvise
    process_mrelease pidfd_open pidfd_getfd pidfd_send_signal tkill get_robust_list

    connect bind listen accept accept4 setsockopt sendmsg sendmmsg recvmmsg

    shmget shmat shmctl shmdt msgget msgsnd msgrcv msgctl semget semop semctl semtimedop mq_open
    mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr add_key request_key keyctl
    memfd_create memfd_secret inotify_init inotify_init1 inotify_add_watch inotify_rm_watch
    fanotify_init fanotify_mark lookup_dcookie

    chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat
    statfs fstatfs ustat sysfs statmount listmount name_to_handle_at open_by_handle_at
    quotactl quotactl_fd sync syncfs readahead splice tee vmsplice mincore cachestat
    remap_file_pages mlock mlock2 mlockall munlock munlockall pkey_alloc pkey_free pkey_mprotect

    mount umount2 pivot_root chroot mount_setattr move_mount open_tree open_tree_attr fsopen
    fsconfig fsmount fspick unshare setns listns

    setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups setpgid setsid
    capget capset personality seccomp landlock_create_ruleset landlock_add_rule
    landlock_restrict_self lsm_get_self_attr lsm_set_self_attr lsm_list_modules

    setrlimit ioprio_set ioprio_get sched_setattr mbind migrate_pages move_pages
    set_mempolicy get_mempolicy set_mempolicy_home_node timer_create timer_settime timer_gettime
    timer_getoverrun timer_delete sysinfo syslog acct

    io_setup io_submit io_cancel io_destroy io_getevents io_pgetevents io_uring_setup
    io_uring_enter io_uring_register bpf perf_event_open userfaultfd modify_ldt arch_prctl
    set_thread_area get_thread_area map_shadow_stack iopl ioperm uselib vhangup

    clock_settime clock_adjtime adjtimex settimeofday sethostname setdomainname reboot swapon
    swapoff kexec_load kexec_file_load init_module finit_module delete_module create_module
    """,
)

UNSUPPORTED: Final = _names(
    """
    getxattr lgetxattr fgetxattr setxattr lsetxattr fsetxattr listxattr llistxattr flistxattr
    removexattr lremovexattr fremovexattr getxattrat setxattrat listxattrat removexattrat
    file_getattr file_setattr
    """,
)

MEDIATED: Final = _names(
    "chmod fchmod fchmodat fchmodat2 utime utimes futimesat utimensat statfs fstatfs"
)
"""Done by the host if the file is the guest's own; else denied like the others."""

TOLD: Final = (
    *MEDIATED,
    *_names(
        """
        fork vfork clone execve execveat ptrace process_vm_readv process_vm_writev kcmp
        pidfd_getfd pidfd_send_signal kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo

        socket socketpair connect bind listen accept accept4 sendto

        shmget shmat shmctl msgget msgsnd msgrcv msgctl semget semop semctl semtimedop mq_open
        mq_unlink add_key request_key keyctl memfd_create memfd_secret inotify_init inotify_init1
        inotify_add_watch fanotify_init fanotify_mark

        chown fchown lchown fchownat mknod mknodat name_to_handle_at open_by_handle_at

        mount umount2 pivot_root chroot mount_setattr move_mount open_tree fsopen fsmount unshare
        setns bpf perf_event_open io_uring_setup userfaultfd personality syslog acct clock_settime
        settimeofday sethostname reboot init_module finit_module kexec_load
        """,
    ),
)
"""Denials that are told. The rest (limits, scheduling, what libraries merely try) has its errno."""

_SECCOMP_SET_MODE_FILTER: Final = 1

HANDOVER: Final[dict[str, Rule | int]] = {
    "sendmsg": 0,
    "seccomp": _when(Test(0, (_SECCOMP_SET_MODE_FILTER,)), Test(1, (0,))),
}
"""What the filter of a guest that is listened to must allow until its listener is handed over.

A second filter takes it back before any code of the guest's runs. Descriptors in flight are counted
per user: a guest that sent some to itself could be felt by others, and keep the host from sending.
"""

TRACED: Final = _names("open openat creat")

# Source of the constants: the uapi headers of Linux, named where it is not plain.
_CLONE_THREAD: Final = 0x00010000
# CLONE_NEW{NS,CGROUP,UTS,IPC,USER,PID,NET}, and _PIDFD, _PTRACE: none of them makes a thread.
_CLONE_UNWANTED: Final = 0x7E020000 | 0x00001000 | 0x00002000
_FICLONE: Final = 0x40049409
_IOCTLS: Final = (
    0x541B,  # FIONREAD
    0x5451,  # FIOCLEX
    0x5450,  # FIONCLEX
    0x5421,  # FIONBIO
    0x5401,  # TCGETS
    0x5413,  # TIOCGWINSZ
)
# F_DUPFD, _GETFD, _SETFD, _GETFL, _GETLK, _SETLK, _SETLKW, _OFD_GETLK, _OFD_SETLK, _OFD_SETLKW,
# _DUPFD_CLOEXEC, _GETPIPE_SZ, _GET_SEALS. Not: F_SETOWN (signals), F_NOTIFY (dnotify), F_SETLEASE,
# F_SETPIPE_SZ (a quota that all of one uid share), F_ADD_SEALS.
_FCNTLS: Final = (0, 1, 2, 3, 5, 6, 7, 36, 37, 38, 1030, 1032, 1034)
_F_SETFL: Final = 4
_O_ASYNC: Final = 0x2000
# NORMAL to DONTNEED, FREE, DONTFORK, DOFORK, HUGEPAGE, NOHUGEPAGE, DONTDUMP, DODUMP, WIPEONFORK,
# KEEPONFORK, GUARD_INSTALL, GUARD_REMOVE (thread stacks of newer C libraries). Not: MERGEABLE,
# COLD, PAGEOUT, which let one see what others have in memory; REMOVE, which digs into files.
_MADVISE: Final = (0, 1, 2, 3, 4, 8, 10, 11, 14, 15, 16, 17, 18, 19, 102, 103)
# PR_SET_NAME, PR_SET_VMA (the C library names its mappings), and the harmless PR_GET_: PDEATHSIG,
# DUMPABLE, KEEPCAPS, TIMING, NAME, SECCOMP, CAPBSET_READ, SECUREBITS, TIMERSLACK,
# CHILD_SUBREAPER, NO_NEW_PRIVS, TID_ADDRESS, THP_DISABLE.
_PRCTLS: Final = (15, 0x53564D41, 2, 3, 7, 13, 16, 21, 23, 27, 30, 37, 39, 40, 42)
# SO_TYPE, SO_ERROR, SO_SNDBUF, SO_RCVBUF, SO_ACCEPTCONN, SO_PROTOCOL, SO_DOMAIN. Not
# SO_PEERPIDFD, which would be a handle on the host.
_SOL_SOCKET: Final = 1
_SOCKET_OPTIONS: Final = (3, 4, 7, 8, 30, 38, 39)
_AF_UNIX: Final = 1
_SOCK_STREAM: Final = 1
_SOCK_FLAGS: Final = 0x80000 | 0x800  # SOCK_CLOEXEC, SOCK_NONBLOCK
_PIPE_FLAGS: Final = 0x80000 | 0x800 | 0x4000  # O_CLOEXEC, O_NONBLOCK, O_DIRECT; no watch queue
_FUTEX_PRIVATE: Final = 128
_FUTEX_WAITS: Final = (0, 9)  # FUTEX_WAIT, FUTEX_WAIT_BITSET
_FUTEX_COMMAND: Final = 0x7F
_S_IFMT: Final = 0o170000
_S_IFREG: Final = 0o100000

_OWN: Final = (0, OWN_PID)
_first_is_self: Final = _when(Test(0, _OWN))
_second_is_self: Final = _when(Test(0, (0,)), Test(1, _OWN))
_to_self: Final = _when(Test(0, (OWN_PID,)))

CHECKED: Final[dict[str, Rule]] = {
    # A new thread, never a new process.
    "clone": _when(Test(0, (_CLONE_THREAD,), mask=_CLONE_THREAD | _CLONE_UNWANTED)),
    # A pid of 0 or below would mean a group, -1 everybody.
    "kill": _to_self,
    "tgkill": _to_self,
    "rt_sigqueueinfo": _to_self,
    "rt_tgsigqueueinfo": _to_self,
    # Asking whether another pid exists, or how it is scheduled, is a channel; setting is worse.
    "getpgid": _first_is_self,
    "getsid": _first_is_self,
    "getpriority": _second_is_self,
    "setpriority": _second_is_self,
    "sched_getaffinity": _first_is_self,
    "sched_setaffinity": _first_is_self,
    "sched_getparam": _first_is_self,
    "sched_setparam": _first_is_self,
    "sched_getscheduler": _first_is_self,
    "sched_setscheduler": _first_is_self,
    "sched_getattr": _first_is_self,
    "sched_rr_get_interval": _first_is_self,
    "prlimit64": _when(Test(0, _OWN), *_is_null(2)),
    # A negative clock is some process's CPU time, unless bit 2 says: of a thread, and those the
    # kernel gives to threads of the same process only (posix-cpu-timers.c, pid_for_clock).
    **dict.fromkeys(
        ("clock_gettime", "clock_getres", "clock_nanosleep"),
        _when(Test(0, (0, 4, 0x80000004), mask=0x80000004), otherwise=errno.EINVAL),
    ),
    "prctl": _when(Test(0, _PRCTLS)),
    # RENAME_NOREPLACE, RENAME_EXCHANGE. Not _WHITEOUT: that leaves a device behind.
    "renameat2": _when(Test(4, (0, 1, 2)), otherwise=errno.EINVAL),
    "ioctl": Rule(
        (
            Case((Test(1, _IOCTLS),)),
            # pathlib's copy goes on to the next way of copying for this errno, not for ENOTTY.
            Case((Test(1, (_FICLONE,)),), errno.EOPNOTSUPP),
        ),
        errno.ENOTTY,
    ),
    "fcntl": Rule(
        (
            Case((Test(1, _FCNTLS),)),
            Case((Test(1, (_F_SETFL,)), Test(2, (0,), mask=_O_ASYNC))),
        ),
    ),
    # A datagram socket, even one of a pair, can be pointed at any socket with a path.
    "socketpair": _when(
        Test(0, (_AF_UNIX,)),
        Test(1, (_SOCK_STREAM,), mask=_WORD & ~_SOCK_FLAGS),
    ),
    # The C library asks a name service daemon first, whoever looks a user up: no word about that.
    "socket": Rule(
        (Case((Test(0, (_AF_UNIX,)), Test(1, (_SOCK_STREAM | _SOCK_FLAGS,))), errno.EPERM),),
    ),
    "sendto": _when(*_is_null(4)),
    "getsockopt": _when(Test(1, (_SOL_SOCKET,)), Test(2, _SOCKET_OPTIONS)),
    "pipe2": _when(Test(1, (0,), mask=_WORD & ~_PIPE_FLAGS)),
    # Waking on a shared mapping tells how many wait there. Joining a thread is a shared wait.
    "futex": Rule(
        (
            Case((Test(1, (_FUTEX_PRIVATE,), mask=_FUTEX_PRIVATE),)),
            Case((Test(1, _FUTEX_WAITS, mask=_FUTEX_COMMAND),)),
        ),
    ),
    "madvise": _when(Test(2, _MADVISE), otherwise=errno.EINVAL),
    # Not POSIX_FADV_DONTNEED (4): it empties the cache that others read from.
    "fadvise64": _when(Test(3, (0, 1, 2, 3, 5))),
    # RWF_NOWAIT tells what is in the page cache.
    "preadv2": _when(Test(5, (0,)), otherwise=errno.EOPNOTSUPP),
    "pwritev2": _when(Test(5, (0,)), otherwise=errno.EOPNOTSUPP),
    # Plain files only; where Landlock is missing it would not stop a FIFO.
    "mknod": _when(Test(1, (0, _S_IFREG), mask=_S_IFMT)),
    "mknodat": _when(Test(2, (0, _S_IFREG), mask=_S_IFMT)),
}
