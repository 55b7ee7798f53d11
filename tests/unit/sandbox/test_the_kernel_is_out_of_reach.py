"""What a guest at STRONG cannot ask of the kernel: other processes, networks, channels, itself.

Each row runs confined, where it must fail with one of its errnos, then unconfined, where it must
work: else it proves nothing on this machine and is skipped as n/a.
"""

import ctypes
import fcntl
import mmap
import os
import platform
import resource
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from functools import partial

import pytest

from simulator.sandbox import kernel
from simulator.sandbox.kernel import system_call
from simulator.sandbox.profile import Operation

Probe = Callable[[dict[str, str]], object]
ROWS: list[tuple[str, Probe, tuple[str, ...]]] = []


def denied(sentence: str, *errnos: str) -> Callable[[Probe], Probe]:
    def register(probe: Probe) -> Probe:
        ROWS.append((sentence, probe, errnos or ("EPERM",)))

        return probe

    return register


def sibling(scene: dict[str, str]) -> int:
    return int(scene["sibling_pid"])


def buffer(size: int = 256) -> "ctypes.Array[ctypes.c_char]":
    return ctypes.create_string_buffer(size)


def connect(family: int, kind: int, address: object) -> None:
    with socket.socket(family, kind) as client:
        client.connect(address)  # type: ignore[arg-type]  # whatever the family takes


def bind(family: int, kind: int, address: object, protocol: int = 0) -> None:
    with socket.socket(family, kind, protocol) as server:
        server.bind(address)  # type: ignore[arg-type]  # whatever the family takes


def to_tcp(send: Callable[[socket.socket, tuple[str, int]], object]) -> None:
    """Send to a listener of this very process; a guest fails at making the first socket."""
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        send(client, server.getsockname())


PROCESSES: tuple[tuple[str, Probe], ...] = (
    ("signal a sibling", lambda s: os.kill(sibling(s), signal.SIGURG)),
    ("ask whether the parent lives", lambda _: os.kill(os.getppid(), 0)),
    ("signal its process group", lambda _: os.kill(0, 0)),
    ("signal everybody", lambda _: os.kill(-1, 0)),
    ("signal a sibling's thread", lambda s: system_call("tgkill", sibling(s), sibling(s), 0)),
    ("signal any thread", lambda s: system_call("tkill", sibling(s), 0)),
    (
        "queue a signal with a payload to a sibling",
        lambda s: system_call(
            "rt_sigqueueinfo",
            sibling(s),
            signal.SIGURG,
            struct.pack("=iii", signal.SIGURG, 0, -1) + bytes(116),
        ),
    ),
    ("get a handle of a sibling", lambda s: os.pidfd_open(sibling(s))),
    ("trace a sibling", lambda s: system_call("ptrace", 0x4206, sibling(s), 0, 0)),
    ("be traced", lambda _: system_call("ptrace", 0, 0, 0, 0)),
    ("compare with a sibling", lambda s: system_call("kcmp", os.getpid(), sibling(s), 1, 0, 0)),
    ("read a sibling's group", lambda s: os.getpgid(sibling(s))),
    ("read a sibling's session", lambda s: os.getsid(sibling(s))),
    ("read a sibling's policy", lambda s: os.sched_getscheduler(sibling(s))),
    ("read a sibling's niceness", lambda s: os.getpriority(os.PRIO_PROCESS, sibling(s))),
    ("set a sibling's niceness", lambda s: os.setpriority(os.PRIO_PROCESS, sibling(s), 1)),
    ("read a sibling's processors", lambda s: os.sched_getaffinity(sibling(s))),
    (
        "set a sibling's processors",
        lambda s: os.sched_setaffinity(sibling(s), os.sched_getaffinity(0)),
    ),
    ("read a sibling's limits", lambda s: resource.prlimit(sibling(s), resource.RLIMIT_NOFILE)),
    (
        "read a sibling's capabilities",
        lambda s: system_call(
            "capget",
            struct.pack("=Ii", 0x20080522, sibling(s)),
            buffer(24),
        ),
    ),
    ("set a sibling's I/O priority", lambda s: system_call("ioprio_set", 1, sibling(s), 0x4004)),
    (
        "set a sibling's policy",
        lambda s: os.sched_setscheduler(sibling(s), os.SCHED_BATCH, os.sched_param(0)),
    ),
    ("set its limits", lambda _: system_call("setrlimit", 7, struct.pack("=QQ", 64, 64))),
    (
        "set its limits by prlimit",
        lambda _: resource.prlimit(0, resource.RLIMIT_NOFILE, (64, 64)),
    ),
    ("run a program in its place", lambda _: os.execv("/bin/true", ["true"])),
    ("spawn a process", lambda _: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)),
    ("run a subprocess", lambda _: subprocess.run(["/bin/true"], check=True)),
    ("start a session of its own", lambda _: os.setsid()),
)

CHANNELS: tuple[tuple[str, Probe], ...] = (
    (
        "connect to the host's socket by path",
        lambda s: connect(socket.AF_UNIX, socket.SOCK_STREAM, s["host_socket"]),
    ),
    (
        "connect to the host's abstract socket",
        lambda s: connect(socket.AF_UNIX, socket.SOCK_STREAM, s["abstract"]),
    ),
    (
        "bind an abstract name",
        lambda s: bind(socket.AF_UNIX, socket.SOCK_STREAM, s["abstract"] + "2"),
    ),
    (
        "bind an abstract datagram name",
        lambda s: bind(socket.AF_UNIX, socket.SOCK_DGRAM, s["abstract"] + "2"),
    ),
    ("make a pair of datagram sockets", lambda _: _close(socket.socketpair(type=2))),
    ("make a pair of packet sockets", lambda _: _close(socket.socketpair(type=5))),
    ("connect by TCP", lambda _: to_tcp(lambda client, address: client.connect(address))),
    (
        "connect by TCP Fast Open",
        lambda _: to_tcp(lambda client, where: client.sendto(b"x", 0x20000000, where)),
    ),
    ("bind a TCP port", lambda _: bind(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))),
    ("connect by UDP", lambda _: connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 9))),
    ("use netlink (route)", lambda _: bind(socket.AF_NETLINK, socket.SOCK_RAW, (0, 0))),
    ("use netlink (user)", lambda _: bind(socket.AF_NETLINK, socket.SOCK_RAW, (0, 0), 2)),
    ("make a vsock", lambda _: socket.socket(40, socket.SOCK_STREAM)),
    ("make a crypto socket", lambda _: socket.socket(38, socket.SOCK_SEQPACKET)),
    ("make SysV shared memory", lambda _: system_call("shmctl", _shm(), 0, None)),
    ("make a SysV queue", lambda _: system_call("msgctl", system_call("msgget", 0, 0o600), 0, 0)),
    (
        "make a SysV semaphore",
        lambda _: system_call(
            "semctl",
            system_call("semget", 0, 1, 0o600),
            0,
            0,
            0,
        ),
    ),
    ("make and remove a POSIX queue", lambda s: _queue(s, "mq_open")),
    ("remove a POSIX queue", lambda s: _queue(s, "mq_unlink")),
    ("use the user's keyring", lambda _: system_call("keyctl", 0, -4, 1)),
    (
        "add a key",
        lambda _: system_call("add_key", b"user\0", b"sandbox-probe\0", b"x", 1, -1),
    ),
    ("make a memfd", lambda _: os.close(os.memfd_create("probe"))),
    ("make a secret memfd", lambda _: os.close(system_call("memfd_secret", 0))),
)

KERNEL: tuple[tuple[str, Probe], ...] = (
    ("make a user namespace", lambda _: system_call("unshare", 0x10000000)),
    ("make a mount namespace", lambda _: system_call("unshare", 0x00020000)),
    ("mount", lambda s: _mount(s["own"])),
    ("change the root", lambda s: os.chroot(s["own"])),
    ("use io_uring", lambda _: os.close(system_call("io_uring_setup", 1, buffer(120)))),
    ("use userfaultfd", lambda _: os.close(system_call("userfaultfd", 1))),
    (
        "make a bpf map",
        lambda _: os.close(
            system_call("bpf", 0, struct.pack("=IIII", 2, 4, 4, 1) + bytes(112), 128),
        ),
    ),
    (
        "count events",
        lambda _: os.close(
            system_call(
                "perf_event_open",
                struct.pack("=II", 1, 112) + bytes(104),
                0,
                -1,
                -1,
                0,
            ),
        ),
    ),
    ("switch off address randomisation", lambda _: system_call("personality", 0x0040000)),
    ("read its personality", lambda _: system_call("personality", 0xFFFFFFFF)),
    (
        "make a filter of its own",
        lambda _: kernel.seccomp_install(
            struct.pack("=HBBI", 6, 0, 0, 0x7FFF0000),
        ),
    ),
    ("make a Landlock ruleset", lambda _: os.close(kernel.landlock_create_ruleset(1, 0, 0))),
    ("ask for free memory", lambda _: system_call("sysinfo", buffer())),
    ("ask what is resident", lambda _: _mincore()),
    ("make an asynchronous I/O context", lambda _: system_call("io_setup", 1, buffer(8))),
    ("write back everything", lambda _: system_call("sync")),
    ("keep memory resident", lambda _: system_call("mlockall", 1)),
    ("change its uid", lambda _: os.setuid(os.getuid())),
    ("set the clock", lambda _: system_call("clock_settime", 0, struct.pack("=qq", -1, 0))),
    ("read the kernel's log", lambda _: system_call("syslog", 10, None, 0)),
    ("make a POSIX timer", lambda _: system_call("timer_create", 1, None, buffer(4))),
    ("move bytes by splice", lambda _: _splice()),
    ("make a watch queue", lambda _: os.pipe2(os.O_EXCL)),
    ("send itself SIGIO", lambda _: fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())),
    ("make a larger pipe", lambda _: fcntl.fcntl(os.pipe()[0], 1031, 8192)),
    ("set a socket option", lambda _: socket.socketpair()[0].setsockopt(1, 7, 4096)),
    ("get a handle of a socket's peer", lambda _: socket.socketpair()[0].getsockopt(1, 77)),
)

for _sentence, _probe in (*PROCESSES, *CHANNELS, *KERNEL):
    denied(_sentence)(_probe)


def _close(pair: tuple[socket.socket, socket.socket]) -> None:
    for end in pair:
        end.close()


def _shm() -> int:
    return system_call("shmget", 0, 4096, 0o600)


def _mount(folder: str) -> None:
    system_call("unshare", 0x00020000)
    where = os.fsencode(folder) + b"\0"
    # MS_REC | MS_PRIVATE: what the control mounts must not reach the machine's own namespace.
    system_call("mount", None, b"/\0", None, 0x4000 | 0x40000, None)
    system_call("mount", b"tmpfs\0", where, b"tmpfs\0", 0, None)


def _queue(scene: dict[str, str], first: str) -> None:
    name = f"{os.path.basename(scene['root'])}\0".encode()

    if first == "mq_open":
        os.close(system_call("mq_open", name, os.O_CREAT | os.O_RDWR, 0o600, None))
        system_call("mq_unlink", name)
    else:
        try:
            system_call("mq_unlink", name)
        except FileNotFoundError:
            return


def _mincore() -> None:
    with mmap.mmap(-1, 4096) as memory:
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        system_call("mincore", address, 4096, buffer(1))


def _splice() -> None:
    source, target = os.pipe(), os.pipe()
    os.write(source[1], b"x")
    system_call("splice", source[0], None, target[1], None, 1, 0)


def _reap(pid: int) -> None:
    if pid == 0:
        os._exit(0)

    os.waitpid(pid, 0)


@denied("fork")
def _(_: dict[str, str]) -> None:
    _reap(os.fork())


@denied("make a process by clone")
def _(_: dict[str, str]) -> None:
    _reap(system_call("clone", signal.SIGCHLD, 0, 0, 0, 0))


@denied("make a process by clone3", "ENOSYS")
def _(_: dict[str, str]) -> None:
    _reap(system_call("clone3", struct.pack("=11Q", *(0,) * 4, signal.SIGCHLD, *(0,) * 6), 88))


@denied("read a sibling's memory")
def _(scene: dict[str, str]) -> None:
    # After a fork the sibling has this object at the same address.
    text = buffer(16)
    vector = struct.pack("=QQ", ctypes.addressof(text), 8)
    system_call("process_vm_readv", sibling(scene), vector, 1, vector, 1, 0)


@denied("write a sibling's memory")
def _(scene: dict[str, str]) -> None:
    vector = struct.pack("=QQ", ctypes.addressof(buffer(16)), 0)
    system_call("process_vm_writev", sibling(scene), vector, 1, vector, 1, 0)


@denied("read a sibling's processor time", "EINVAL")
def _(scene: dict[str, str]) -> None:
    time.clock_gettime((~sibling(scene) << 3) | 2)


@denied("drive a descriptor by an unlisted ioctl", "ENOTTY")
def _(scene: dict[str, str]) -> None:
    with open(os.path.join(scene["own"], "file"), "rb") as file:
        fcntl.ioctl(file, 0x5460, bytes(8))  # FIOQSIZE


@denied("send to an address through a socket of a pair")
def _(scene: dict[str, str]) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        name = os.path.join(scene["root"], "datagrams")
        receiver.bind(name)

        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"x", name)


@denied("wake who waits on a shared mapping")
def _(_: dict[str, str]) -> None:
    with mmap.mmap(-1, 4096) as memory:
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        system_call("futex", address, 1, 1, None, None, 0)


@denied("speak i386 (32-bit system calls)", "SIGSYS")
def _(_: dict[str, str]) -> None:
    if platform.machine() != "x86_64":
        raise OSError(38, "this machine has no i386")

    with mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC) as code:
        code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # getpid by int 0x80
        address = ctypes.addressof(ctypes.c_char.from_buffer(code))
        ctypes.CFUNCTYPE(ctypes.c_int)(address)()


@denied("speak x32", "ENOSYS")
def _(_: dict[str, str]) -> None:
    if ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(0x40000000 + 39)) == -1:
        raise OSError(ctypes.get_errno(), "x32")


@pytest.mark.enforces
@pytest.mark.parametrize(
    ("probe", "errnos"),
    [pytest.param(probe, errnos, id=sentence) for sentence, probe, errnos in ROWS],
)
def test_a_guest_cannot(
    probe: Probe,
    errnos: tuple[str, ...],
    scene: dict[str, str],
    confined: Callable[[Callable[[], object]], str],
    free: Callable[[Callable[[], object]], str],
) -> None:
    outcome = confined(partial(probe, scene))
    assert outcome.partition("\n")[0] in errnos, outcome

    control = free(partial(probe, scene))

    if control:
        pytest.skip(f"n/a: not possible here even unconfined ({control.partition(chr(10))[0]})")


@pytest.mark.enforces
def test_a_guest_cannot_push_characters_into_an_inherited_terminal(
    plan: tuple[Operation, ...],
    template: bytes,
    run: Callable[..., str],
) -> None:
    master, terminal = os.openpty()

    def push() -> None:
        fcntl.ioctl(terminal, 0x5412, b"x")  # TIOCSTI

    # The terminal's descriptor is not among the first five.
    keeping_descriptors = tuple(step for step in plan if step.step != "close_descriptors")
    outcome = run(push, keeping_descriptors, template)
    control = run(push)
    os.close(master)
    os.close(terminal)

    assert outcome.partition("\n")[0] == "ENOTTY", outcome

    if control:
        pytest.skip(f"n/a: not possible here even unconfined ({control.partition(chr(10))[0]})")


@pytest.mark.enforces
def test_a_guest_may_signal_itself(confined: Callable[[Callable[[], object]], str]) -> None:
    def signal_itself() -> None:
        seen: list[int] = []
        signal.signal(signal.SIGUSR1, lambda number, _: seen.append(number))
        os.kill(os.getpid(), signal.SIGUSR1)
        signal.raise_signal(signal.SIGUSR1)
        assert seen == [signal.SIGUSR1, signal.SIGUSR1]

    assert confined(signal_itself) == ""
