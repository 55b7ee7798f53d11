"""How processes are scheduled and limited, and making new ones."""

import os
import signal
import struct

from escapes.kern import buffer, call, named
from escapes.rows import Channel, Scene, deadly, solo, steps

_NOFILE = 7


@solo("prio", "see its sibling's group, session and policy")
def existence(scene: Scene) -> object:
    words = ("getpgid", "getsid", "sched_getscheduler")

    return all(call(name, scene.sibling_pid) >= 0 for name in words)


@steps("prio", "signal by its sibling's niceness")
class Niceness(Channel):
    @staticmethod
    def act(scene: Scene) -> object:
        return call("setpriority", 0, scene.sibling_pid, 3)

    @staticmethod
    def observe(scene: Scene) -> object:
        del scene

        return call("getpriority", 0, 0)


@solo("prio", "read its sibling's niceness")
def get_niceness(scene: Scene) -> object:
    return call("getpriority", 0, scene.sibling_pid) >= 0


@solo("prio", "choose its sibling's processors")
def affinity(scene: Scene) -> object:
    room = buffer(128)
    size = call("sched_getaffinity", scene.sibling_pid, 128, room)

    return call("sched_setaffinity", scene.sibling_pid, size, room) == 0


@solo("prio", "read its sibling's limits")
def limits(scene: Scene) -> object:
    return call("prlimit64", scene.sibling_pid, _NOFILE, None, buffer(16)) == 0


@solo("prio", "set its sibling's limits")
def set_limits(scene: Scene) -> object:
    room = buffer(16)
    call("prlimit64", scene.sibling_pid, _NOFILE, None, room)

    return call("prlimit64", scene.sibling_pid, _NOFILE, room, None) == 0


@solo("prio", "set the host's limits")
def set_limits_host(scene: Scene) -> object:
    room = buffer(16)
    call("prlimit64", scene.host_pid, _NOFILE, None, room)

    return call("prlimit64", scene.host_pid, _NOFILE, room, None) == 0


@solo("prio", "set its sibling's I/O priority")
def io_priority(scene: Scene) -> object:
    return call("ioprio_set", 1, scene.sibling_pid, 0x4004) == 0


@solo("prio", "set its sibling's scheduling policy")
def policy(scene: Scene) -> object:
    done = call("sched_setscheduler", scene.sibling_pid, 3, struct.pack("=i", 0)) == 0
    call("sched_setscheduler", scene.sibling_pid, 0, struct.pack("=i", 0))

    return done


@solo("prio", "raise its own limits")
def own_limits(scene: Scene) -> object:
    del scene
    room = buffer(16)
    call("prlimit64", 0, _NOFILE, None, room)

    return call("setrlimit", _NOFILE, room) == 0


@solo("prio", "read its sibling's processor time by a clock of that process")
def processor_clock(scene: Scene) -> object:
    clock = (~scene.sibling_pid << 3) | 2

    return call("clock_gettime", clock, buffer(16)) == 0


@solo("prio", "read its sibling's capabilities")
def capabilities(scene: Scene) -> object:
    header = struct.pack("=Ii", 0x20080522, scene.sibling_pid)

    return call("capget", header, buffer(24)) == 0


@solo("prio", "outlive the host: give up dying with its parent")
def death_signal(scene: Scene) -> object:
    del scene

    return call("prctl", 1, 0, 0, 0, 0) == 0


@solo("prio", "make itself readable to others of its user (PR_SET_DUMPABLE)")
def dumpable(scene: Scene) -> object:
    del scene

    return call("prctl", 4, 1, 0, 0, 0) == 0


@solo("prio", "share a core-scheduling cookie with its sibling")
def core_scheduling(scene: Scene) -> object:
    return call("prctl", 62, 1, scene.sibling_pid, 0, 0) == 0


@solo("prio", "move the fields of its own memory map (PR_SET_MM)")
def memory_map(scene: Scene) -> object:
    del scene
    size = buffer(4)

    return call("prctl", 35, 15, size, 0, 0) == 0  # PR_SET_MM_MAP_SIZE: only asks


def _reap(pid: int) -> object:
    if pid == 0:
        os._exit(0)

    os.waitpid(pid, 0)

    return True


@solo("exec", "fork")
def fork(scene: Scene) -> object:
    del scene

    return _reap(call("fork"))


@solo("exec", "make a process by clone")
def clone(scene: Scene) -> object:
    del scene

    return _reap(call("clone", signal.SIGCHLD, 0, 0, 0, 0))


@solo("exec", "make a process by clone that is a thread in no more than its flags (CLONE_FILES)")
def clone_shared(scene: Scene) -> object:
    del scene

    return _reap(call("clone", 0x400 | 0x200 | signal.SIGCHLD, 0, 0, 0, 0))


@solo("exec", "make a process by clone in a namespace of its own")
def clone_namespace(scene: Scene) -> object:
    del scene

    return _reap(call("clone", 0x10000000 | signal.SIGCHLD, 0, 0, 0, 0))


@solo("exec", "make a process by clone3")
def clone3(scene: Scene) -> object:
    del scene

    return _reap(call("clone3", struct.pack("=11Q", 0, 0, 0, 0, signal.SIGCHLD, *(0,) * 6), 88))


@solo("exec", "make a process by vfork")
def posix_spawn(scene: Scene) -> object:
    """By the C library, which shares memory until the exec."""
    import ctypes

    del scene
    library = ctypes.CDLL(None)
    pid = ctypes.c_int(0)
    words = (ctypes.c_char_p * 2)(b"true", None)
    failed = library.posix_spawn(ctypes.byref(pid), b"/bin/true", None, None, words, None)

    if failed:
        raise OSError(failed, os.strerror(failed))

    os.waitpid(pid.value, 0)

    return True


@deadly
@solo("exec", "run a program in its place")
def execve(scene: Scene) -> object:
    """The control becomes /bin/true, which ends: that it ended is the proof."""
    import ctypes

    del scene
    words = (ctypes.c_char_p * 2)(b"true", None)
    call("execve", b"/bin/true\0", words, None)  # type: ignore[arg-type]

    return False


@deadly
@solo("exec", "run a program from a descriptor")
def execveat(scene: Scene) -> object:
    import ctypes

    del scene
    held = os.open("/bin/true", os.O_RDONLY)
    words = (ctypes.c_char_p * 2)(b"true", None)
    call("execveat", held, b"\0", words, None, 0x1000)  # type: ignore[arg-type]

    return False


@solo("exec", "start a session of its own")
def session(scene: Scene) -> object:
    del scene

    return call("setsid") > 0


@solo("exec", "change its user")
def user(scene: Scene) -> object:
    del scene

    return call("setuid", os.getuid()) == 0


@solo("exec", "make a file of its own run as its owner (set-user-id)")
def set_id(scene: Scene) -> object:
    path = scene.home + "/Documents/own-program"

    with open(path, "wb") as file:
        file.write(b"#!/bin/sh\n")

    call("fchmodat", -100, named(path), 0o4755)

    return bool(os.stat(path).st_mode & 0o4000)


@solo("exec", "give a file of its own capabilities")
def file_capabilities(scene: Scene) -> object:
    path = scene.home + "/Documents/own-capable"

    with open(path, "wb") as file:
        file.write(b"#!/bin/sh\n")

    value = struct.pack("=IIIII", 0x02000000, 1, 0, 0, 0)

    return call("setxattr", named(path), b"security.capability\0", value, 20, 0) == 0
