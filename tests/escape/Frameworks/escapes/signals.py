"""Signals, and other ways to reach into a process."""

import ctypes
import os
import signal
import struct
from typing import Any

from escapes.kern import buffer, call, create, holding, read, read_file
from escapes.rows import Scene, solo, steps


class _Heard:
    """The sibling counts a signal that the attacker sends."""

    @staticmethod
    def arm(scene: Scene) -> object:
        seen: list[int] = []
        signal.signal(signal.SIGUSR2, lambda number, _: seen.append(number))
        scene.kept["seen"] = seen

        return os.getpid()

    @staticmethod
    def heard(scene: Scene) -> object:
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)

        return bool(scene.kept["seen"])


def _signalled(tries: str, name: str, send: Any) -> None:
    def b_arm(scene: Scene) -> object:
        return _Heard.arm(scene)

    def a_send(scene: Scene) -> object:
        send(scene.sibling_pid)

        return True

    def b_heard(scene: Scene) -> object:
        return _Heard.heard(scene)

    functions = {each.__name__: staticmethod(each) for each in (b_arm, a_send, b_heard)}
    steps("signal", tries)(type(name, (), functions))


def _queued(pid: int) -> None:
    information = struct.pack("=iii", signal.SIGUSR2, 0, -1) + bytes(116)
    call("rt_sigqueueinfo", pid, signal.SIGUSR2, information)


def _by_handle(pid: int) -> None:
    handle = call("pidfd_open", pid, 0)
    call("pidfd_send_signal", handle, signal.SIGUSR2, None, 0)
    os.close(handle)


def _by_owner(pid: int) -> None:
    ours, theirs = os.pipe()
    call("fcntl", ours, 10, int(signal.SIGUSR2))  # F_SETSIG
    call("fcntl", ours, 8, pid)  # F_SETOWN
    call("fcntl", ours, 4, 0o20000)  # F_SETFL, O_ASYNC
    os.write(theirs, b"x")
    os.close(ours)
    os.close(theirs)


_signalled("signal its sibling", "Kill", lambda pid: call("kill", pid, signal.SIGUSR2))
_signalled("signal its sibling's thread", "Tgkill", lambda p: call("tgkill", p, p, signal.SIGUSR2))
_signalled("signal any thread", "Tkill", lambda pid: call("tkill", pid, signal.SIGUSR2))
_signalled("queue a signal to its sibling, with a payload", "Queue", _queued)
_signalled("signal its sibling through a handle of it", "Handle", _by_handle)
_signalled("have the kernel signal its sibling for it (SIGIO)", "Owner", _by_owner)


@solo("signal", "signal the host")
def host(scene: Scene) -> object:
    return call("kill", scene.host_pid, 0) == 0


@solo("signal", "signal the zygote")
def zygote(scene: Scene) -> object:
    return call("kill", scene.zygote_pid, 0) == 0


@solo("signal", "signal the service")
def service(scene: Scene) -> object:
    return call("kill", scene.service_pid, 0) == 0


@solo("signal", "signal its process group")
def group(scene: Scene) -> object:
    del scene

    return call("kill", 0, 0) == 0


@solo("signal", "signal everybody")
def everybody(scene: Scene) -> object:
    del scene

    return call("kill", -1, 0) == 0


@solo("proc", "trace its sibling")
def ptrace(scene: Scene) -> object:
    call("ptrace", 0x4206, scene.sibling_pid, 0, 0)
    call("ptrace", 0x4207, scene.sibling_pid, 0, 0)  # interrupt, to be able to let go of it
    os.waitpid(scene.sibling_pid, 0x40000000)

    return call("ptrace", 17, scene.sibling_pid, 0, 0) == 0


@solo("proc", "read its sibling's memory")
def vm_read(scene: Scene) -> object:
    mine = buffer(16)
    vector = struct.pack("=QQ", ctypes.addressof(mine), 8)
    remote = struct.pack("=QQ", _mapped(scene), 8)

    return call("process_vm_readv", scene.sibling_pid, vector, 1, remote, 1, 0) == 8


@solo("proc", "write its sibling's memory")
def vm_write(scene: Scene) -> object:
    vector = struct.pack("=QQ", ctypes.addressof(buffer(16)), 0)

    return call("process_vm_writev", scene.sibling_pid, vector, 1, vector, 1, 0) == 0


def _mapped(scene: Scene) -> int:
    """Return an address that the sibling has mapped, for the control; a guest's own is as good."""
    if scene.outside["kind"] == "guest":
        return ctypes.addressof(buffer(16))

    return int(read_file(f"/proc/{scene.sibling_pid}/maps").split(b"-")[0], 16)


@solo("proc", "take a descriptor out of its sibling")
def getfd(scene: Scene) -> object:
    handle = call("pidfd_open", scene.sibling_pid, 0)
    os.close(call("pidfd_getfd", handle, 1, 0))
    os.close(handle)

    return True


@solo("proc", "take a descriptor out of the host")
def getfd_host(scene: Scene) -> object:
    handle = call("pidfd_open", scene.host_pid, 0)
    os.close(call("pidfd_getfd", handle, 1, 0))
    os.close(handle)

    return True


def _in_proc(name: str, tries: str, path: str, whose: str = "sibling_pid") -> None:
    def look(scene: Scene) -> object:
        return len(read_file(f"/proc/{getattr(scene, whose)}/{path}")) > 0

    look.__name__ = name
    solo("proc", tries)(look)


def _read_memory(scene: Scene) -> object:
    memory = create(f"/proc/{scene.sibling_pid}/mem")
    os.close(memory)

    return True


_read_memory.__name__ = "mem"
solo("proc", "open its sibling's memory as a file")(_read_memory)
_in_proc("environ", "read its sibling's environment", "environ")
_in_proc("cmdline", "read its sibling's title", "cmdline")
_in_proc("comm", "read its sibling's thread name", "comm")
_in_proc("maps", "read what its sibling has mapped", "maps")
_in_proc("status", "read its sibling's status", "status")
_in_proc("environ_host", "read the host's environment", "environ", "host_pid")
_in_proc("maps_zygote", "read what the zygote has mapped", "maps", "zygote_pid")
_in_proc("cmdline_host", "read the host's title", "cmdline", "host_pid")


def _link(scene: Scene, path: str) -> bytes:
    room = buffer(4096)
    length = call("readlinkat", -100, f"/proc/{scene.sibling_pid}/{path}\0".encode(), room, 4096)

    return room.raw[:length]


@solo("proc", "see what its sibling has open")
def fd(scene: Scene) -> object:
    return len(_link(scene, "fd/0")) > 0


@solo("proc", "learn its sibling's container from /proc/<sibling>/cwd")
def cwd(scene: Scene) -> object:
    return len(_link(scene, "cwd")) > 0


@solo("proc", "go through /proc/<sibling>/cwd into its container")
def cwd_traversal(scene: Scene) -> object:
    return read_file(f"/proc/{scene.sibling_pid}/cwd/Documents/secret") == b"secret"


@solo("proc", "go through /proc/<sibling>/root")
def root_traversal(scene: Scene) -> object:
    folder = f"/proc/{scene.sibling_pid}/root"

    return len(read_file(f"{folder}/etc/passwd")) > 0


@solo("proc", "see that a process exists by stat of /proc/<pid>")
def exists(scene: Scene) -> object:
    call("newfstatat", -100, f"/proc/{scene.host_pid}\0".encode(), buffer(), 0)

    return True


@solo("proc", "see how many descriptors its sibling has, by the size of /proc/<sibling>/fd")
def fd_count(scene: Scene) -> object:
    call("newfstatat", -100, f"/proc/{scene.sibling_pid}/fd\0".encode(), buffer(), 0)

    return True


@solo("proc", "list /proc")
def listing(scene: Scene) -> object:
    del scene
    folder = create("/proc", os.O_DIRECTORY)

    return call("getdents64", folder, buffer(4096), 4096) > 0


@solo("proc", "read a setting of the kernel from /proc/sys")
def sysctl(scene: Scene) -> object:
    del scene

    return len(read_file("/proc/sys/kernel/hostname")) > 0


@solo("proc", "read the machine's mounts from /proc/self/mountinfo")
def mountinfo(scene: Scene) -> object:
    del scene

    return len(read_file("/proc/self/mountinfo")) > 0


@solo("proc", "make itself the last to be killed for memory")
def oom_score(scene: Scene) -> object:
    del scene
    setting = create("/proc/self/oom_score_adj", os.O_RDWR)

    now = read(setting)

    return call("write", setting, now, len(now)) == len(now)


@solo("proc", "compare its descriptors with its sibling's")
def kcmp(scene: Scene) -> object:
    return call("kcmp", os.getpid(), scene.sibling_pid, 1, 0, 0) >= 0


@solo("proc", "get a handle of the process at the other end of its socket")
def peer_handle(scene: Scene) -> object:
    del scene
    room = buffer(4)
    call("getsockopt", 4, 1, 77, room, struct.pack("=I", 4))
    os.close(struct.unpack("=i", room.raw)[0])

    return True


@solo("proc", "learn who is at the other end of its socket (SO_PEERCRED)")
def peer_credentials(scene: Scene) -> object:
    del scene
    room = buffer(12)

    return call("getsockopt", 4, 1, 17, room, struct.pack("=I", 12)) == 0


@solo("proc", "forge another process's number in a message (SCM_CREDENTIALS)")
def forged_credentials(scene: Scene) -> object:
    """Root may; who may not hears EPERM from the kernel, which closes it as well."""
    room = buffer(8)
    call("socketpair", 1, 1, 0, room)
    ours, theirs = struct.unpack("=ii", room.raw)
    scene.kept["ours"], scene.kept["theirs"] = ours, theirs
    call("setsockopt", theirs, 1, 16, struct.pack("=i", 1), 4)
    control = holding(
        struct.pack("=Qiiiiixxxx", 28, 1, 2, scene.host_pid, os.getuid(), os.getgid()),
        32,
    )
    data = buffer(1)
    vector = holding(struct.pack("=QQ", ctypes.addressof(data), 1), 16)
    header = struct.pack(
        "=QQQQQQQ", 0, 0, ctypes.addressof(vector), 1, ctypes.addressof(control), 32, 0
    )

    return call("sendmsg", ours, header, 0) == 1
