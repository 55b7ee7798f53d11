"""What the kernel offers to a process itself, and what a way around it could be built from."""

import ctypes
import mmap
import os
import platform
import struct

from escapes.kern import AT_FDCWD, address_of, buffer, call, create, holding, named
from escapes.rows import Scene, Unavailable, deadly, solo


@deadly
@solo("kern", "make a user namespace")
def user_namespace(scene: Scene) -> object:
    del scene

    return call("unshare", 0x10000000) == 0


@deadly
@solo("kern", "mount")
def mount(scene: Scene) -> object:
    try:
        call("unshare", 0x00020000)
        # MS_REC | MS_PRIVATE: what is mounted here must not reach the machine's own namespace.
        call("mount", None, b"/\0", None, 0x4000 | 0x40000, None)
    except OSError:
        if scene.outside["kind"] != "guest":
            raise

    return call("mount", b"tmpfs\0", named(scene.home), b"tmpfs\0", 0, None) == 0


@deadly
@solo("kern", "change its root")
def chroot(scene: Scene) -> object:
    return call("chroot", named(scene.home)) == 0


@solo("kern", "enter the host's namespaces")
def setns(scene: Scene) -> object:
    handle = call("pidfd_open", scene.host_pid, 0)
    scene.kept["handle"] = handle

    return call("setns", handle, 0x08000000) == 0  # CLONE_NEWIPC; the control's is its own


@solo("kern", "take a tree of mounts out of its place (open_tree, fsopen)")
def mount_interface(scene: Scene) -> object:
    del scene
    os.close(call("fsopen", b"tmpfs\0", 0))

    return True


@solo("kern", "copy a tree of mounts by open_tree")
def open_tree(scene: Scene) -> object:
    os.close(call("open_tree", AT_FDCWD, named(scene.home), 0))

    return True


@solo("kern", "use io_uring, which makes system calls that no filter sees")
def io_uring(scene: Scene) -> object:
    del scene
    os.close(call("io_uring_setup", 1, buffer(120)))

    return True


@solo("kern", "drive an io_uring by a descriptor of any kind")
def io_uring_enter(scene: Scene) -> object:
    del scene

    try:
        return call("io_uring_enter", 1, 0, 0, 0, None, 0) >= 0
    except OSError as problem:
        if problem.errno in {95, 9, 22}:  # EOPNOTSUPP: the kernel looked at the descriptor
            return True

        raise


@solo("kern", "make an asynchronous I/O context")
def aio(scene: Scene) -> object:
    del scene
    room = buffer(8)
    call("io_setup", 1, room)

    return call("io_destroy", struct.unpack("=Q", room.raw)[0]) == 0


@solo("kern", "handle its own page faults (userfaultfd)")
def userfaultfd(scene: Scene) -> object:
    del scene
    os.close(call("userfaultfd", 1))

    return True


@solo("kern", "make a bpf map")
def bpf(scene: Scene) -> object:
    del scene
    os.close(call("bpf", 0, struct.pack("=IIII", 2, 4, 4, 1) + bytes(112), 128))

    return True


@solo("kern", "count events of the processor or the kernel")
def perf(scene: Scene) -> object:
    del scene
    os.close(call("perf_event_open", struct.pack("=II", 1, 112) + bytes(104), 0, -1, -1, 0))

    return True


@solo("kern", "switch off the randomness of addresses")
def personality(scene: Scene) -> object:
    del scene
    old = call("personality", 0x0040000)

    return call("personality", old) >= 0


@deadly
@solo("kern", "install a filter of its own")
def seccomp(scene: Scene) -> object:
    del scene
    code = holding(struct.pack("=HBBI", 6, 0, 0, 0x7FFF0000), 8)
    call("prctl", 38, 1, 0, 0, 0)

    return call("seccomp", 1, 0, struct.pack("=H6xQ", 1, address_of(code))) == 0


@deadly
@solo("kern", "get the listener of its own filter")
def seccomp_listener(scene: Scene) -> object:
    del scene
    code = holding(struct.pack("=HBBI", 6, 0, 0, 0x7FFF0000), 8)
    call("prctl", 38, 1, 0, 0, 0)

    return call("seccomp", 1, 8, struct.pack("=H6xQ", 1, address_of(code))) >= 0


@deadly
@solo("kern", "be traced by its parent")
def trace_me(scene: Scene) -> object:
    del scene

    return call("ptrace", 0, 0, 0, 0) == 0


@solo("kern", "make a Landlock ruleset")
def landlock(scene: Scene) -> object:
    del scene
    os.close(call("landlock_create_ruleset", struct.pack("=Q", 1), 8, 0))

    return True


@deadly
@solo("kern", "speak i386: 32-bit system calls by int 0x80")
def int80(scene: Scene) -> object:
    del scene

    if platform.machine() != "x86_64":
        raise Unavailable("this machine has no i386")

    with mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC) as code:
        code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # getpid
        address = address_of(code)

        return ctypes.CFUNCTYPE(ctypes.c_int)(address)() == os.getpid()


@solo("kern", "speak x32: 64-bit system calls with bit 30 set")
def x32(scene: Scene) -> object:
    del scene

    if platform.machine() != "x86_64":
        raise Unavailable("this machine has no x32")

    library = ctypes.CDLL(None, use_errno=True)

    if library.syscall(ctypes.c_long(0x40000000 + 57)) == -1:  # fork
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    return True


@solo("kern", "call what the table of the filter does not know (numbers up to 600)")
def unknown_numbers(scene: Scene) -> object:
    """A number that the machine's kernel has and our table has not would be a hole."""
    from escapes.known import NAMES

    from simulator.sandbox.syscalls import number

    library = ctypes.CDLL(None, use_errno=True)

    if scene.outside["kind"] != "guest":  # unconfined, wild numbers with wild arguments do harm
        return library.syscall(ctypes.c_long(39)) != -1

    # uretprobe and uprobe pass every filter by the kernel's will (kernel/seccomp.c), and end who
    # calls them from anywhere but the kernel's own trampoline.
    known = {335, 336, *map(number, NAMES)}
    answered = []

    for each in range(600):
        if each not in known:
            ctypes.set_errno(0)

            if library.syscall(ctypes.c_long(each), *[ctypes.c_long(-1)] * 6) != -1 or (
                ctypes.get_errno() != 38
            ):
                answered.append(each)

    return bool(answered)


@solo("kern", "have a thread that no filter binds (a thread started after the filter)")
def unfiltered_thread(scene: Scene) -> object:
    import threading

    del scene
    found: list[object] = []

    def run() -> None:
        try:
            os.close(call("memfd_create", b"escape\0", 0))
            found.append(None)
        except OSError as problem:
            found.append(problem)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    (problem,) = found

    if isinstance(problem, OSError):
        raise problem

    return True


@solo("kern", "read the kernel's log")
def syslog(scene: Scene) -> object:
    del scene

    return call("syslog", 10, None, 0) > 0


@solo("kern", "set the machine's clock")
def set_clock(scene: Scene) -> object:
    """To what it is: unconfined root may."""
    del scene
    room = buffer(16)
    call("clock_gettime", 0, room)

    return call("clock_settime", 0, room) == 0


@solo("kern", "set the machine's name")
def set_name(scene: Scene) -> object:
    del scene
    name = os.uname().nodename.encode()

    return call("sethostname", name, len(name)) == 0


@solo("kern", "write back everything, and feel how much that was (sync)")
def sync(scene: Scene) -> object:
    return call("syncfs", create(scene.home, os.O_DIRECTORY)) == 0


@solo("kern", "clone a range of a file (FICLONE, FIDEDUPERANGE)")
def deduplicate(scene: Scene) -> object:
    held = create(scene.home + "/Documents/secret")
    request = struct.pack("=QQHHI", 0, 4096, 1, 0, 0) + struct.pack("=qQQiI", held, 0, 0, 0, 0)

    try:
        return call("ioctl", held, 0xC0189436, request) == 0
    except OSError as problem:
        if problem.errno in {22, 95}:  # EINVAL, EOPNOTSUPP: the file system looked at the files
            return True

        raise


@solo("kern", "make a pipe that tells of the kernel's keys (a watch queue)")
def watch_queue(scene: Scene) -> object:
    del scene
    room = buffer(8)
    call("pipe2", room, os.O_EXCL)

    for descriptor in struct.unpack("=ii", room.raw):
        os.close(descriptor)

    return True


@solo("kern", "look up modules' names by kcmp, quotas by quotactl")
def quota(scene: Scene) -> object:
    """ESRCH or ENOSYS of the quota subsystem is an answer; EPERM of the filter is none."""
    folder = create(scene.home, os.O_DIRECTORY)

    try:
        return call("quotactl_fd", folder, 0x80000100, 0, buffer(128)) >= 0
    except OSError as problem:
        if problem.errno in {3, 38, 22, 95}:
            raise Unavailable("this kernel keeps no quotas here") from problem

        raise
