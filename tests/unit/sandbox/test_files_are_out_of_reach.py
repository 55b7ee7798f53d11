"""What a guest at STRONG cannot do to files that are not its own.

Each row runs confined, where it must fail with one of its errnos, then unconfined, where it must
work: else it proves nothing on this machine and is skipped as n/a.
"""

import ctypes
import fcntl
import os
import socket
import sqlite3
from collections.abc import Callable
from functools import partial

import pytest

from simulator.sandbox.kernel import system_call

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2

Probe = Callable[[dict[str, str]], object]
ROWS: list[tuple[str, Probe, tuple[str, ...]]] = []


def denied(sentence: str, *errnos: str) -> Callable[[Probe], Probe]:
    def register(probe: Probe) -> Probe:
        ROWS.append((sentence, probe, errnos))

        return probe

    return register


def path(scene: dict[str, str], place: str, name: str = "file") -> str:
    return os.path.join(scene[place], name)


def read(name: str) -> None:
    with open(name, "rb") as file:
        file.read()


def write(name: str, content: bytes = b"x") -> None:
    with open(name, "ab") as file:
        file.write(content)


for _sentence, _errno, _probe in (
    ("read a sibling's file", "EACCES", lambda scene: read(path(scene, "sibling"))),
    ("write a sibling's file", "EACCES", lambda scene: write(path(scene, "sibling"))),
    ("create a file at a sibling's", "EACCES", lambda scene: write(path(scene, "sibling", "new"))),
    ("list a sibling's folder", "EACCES", lambda scene: os.listdir(scene["sibling"])),
    ("list the folder of all containers", "EACCES", lambda scene: os.listdir(scene["root"])),
    ("truncate a sibling's file", "EACCES", lambda scene: os.truncate(path(scene, "sibling"), 0)),
    ("truncate a shared file", "EACCES", lambda scene: os.truncate(path(scene, "shared"), 0)),
    ("write a shared file", "EACCES", lambda scene: write(path(scene, "shared"))),
    ("unlink a sibling's file", "EACCES", lambda scene: os.unlink(path(scene, "sibling"))),
    ("unlink a shared file", "EACCES", lambda scene: os.unlink(path(scene, "shared"))),
    ("make a folder at a sibling's", "EACCES", lambda scene: os.mkdir(path(scene, "sibling", "d"))),
    ("make a symlink at a sibling's", "EACCES", lambda s: os.symlink("a", path(s, "sibling", "l"))),
    ("chmod a sibling's file", "EPERM", lambda scene: os.chmod(path(scene, "sibling"), 0o600)),
    ("chmod a shared folder", "EPERM", lambda scene: os.chmod(scene["shared"], 0o700)),
    ("chown a sibling's file", "EPERM", lambda s: os.chown(path(s, "sibling"), -1, os.getgid())),
    ("lchown a sibling's file", "EPERM", lambda s: os.lchown(path(s, "sibling"), -1, os.getgid())),
    ("set a sibling's times", "EPERM", lambda scene: os.utime(path(scene, "sibling"), (1, 1))),
    ("set a shared file's times", "EPERM", lambda scene: os.utime(path(scene, "shared"), (1, 1))),
    (
        "set a sibling's extended attribute",
        "ENOTSUP",
        lambda scene: os.setxattr(path(scene, "sibling"), "user.a", b"b"),
    ),
    ("list a sibling's attributes", "ENOTSUP", lambda scene: os.listxattr(path(scene, "sibling"))),
    ("make a FIFO in the group folder", "EPERM", lambda s: os.mkfifo(path(s, "group", "fifo"))),
    ("make a FIFO at a sibling's", "EPERM", lambda s: os.mkfifo(path(s, "sibling", "fifo"))),
    ("ask for free blocks", "EPERM", lambda scene: os.statvfs(scene["own"])),
    ("list /proc", "EACCES", lambda _: os.listdir("/proc")),
    ("read /proc/sys", "EACCES", lambda _: read("/proc/sys/kernel/hostname")),
    ("write /proc/self/oom_score_adj", "EACCES", lambda _: write("/proc/self/oom_score_adj", b"0")),
    ("open a new terminal", "EACCES", lambda _: os.open("/dev/ptmx", os.O_RDWR)),
    ("list the root", "EACCES", lambda _: os.listdir("/")),
    ("read the list of users", "EACCES", lambda _: read("/etc/passwd")),
):
    denied(_sentence, _errno, "EOPNOTSUPP")(_probe)


@denied("write to /tmp", "EACCES")
def _(scene: dict[str, str]) -> None:
    name = f"/tmp/{os.path.basename(scene['root'])}-probe"
    write(name)
    os.unlink(name)


@denied("write to /dev/shm", "EACCES")
def _(scene: dict[str, str]) -> None:
    name = f"/dev/shm/{os.path.basename(scene['root'])}-probe"
    write(name)
    os.unlink(name)


@denied("hard link a sibling's file into the own folder", "EACCES", "EXDEV")
def _(scene: dict[str, str]) -> None:
    os.link(path(scene, "sibling"), path(scene, "own", "stolen"))
    read(path(scene, "own", "stolen"))


@denied("hard link a shared file into the own folder and write it", "EACCES", "EXDEV")
def _(scene: dict[str, str]) -> None:
    os.link(path(scene, "shared"), path(scene, "own", "stolen"))
    write(path(scene, "own", "stolen"))


@denied("reach a sibling's file through an own symlink", "EACCES")
def _(scene: dict[str, str]) -> None:
    link = path(scene, "own", f"link-{os.getpid()}")
    os.symlink(path(scene, "sibling"), link)
    read(link)


@denied("rename a sibling's file into the own folder", "EACCES", "EXDEV")
def _(scene: dict[str, str]) -> None:
    os.rename(path(scene, "sibling"), path(scene, "own", "stolen"))


@denied("rename an own file to a sibling's folder", "EACCES", "EXDEV")
def _(scene: dict[str, str]) -> None:
    os.rename(path(scene, "own"), path(scene, "sibling", "gift"))


@denied("exchange an own file with a sibling's", "EACCES", "EXDEV")
def _(scene: dict[str, str]) -> None:
    ours, theirs = (os.fsencode(path(scene, place)) + b"\0" for place in ("own", "sibling"))
    system_call("renameat2", _AT_FDCWD, ours, _AT_FDCWD, theirs, _RENAME_EXCHANGE)


@denied("open a sibling's file by O_PATH and again by /proc/self/fd", "EACCES")
def _(scene: dict[str, str]) -> None:
    descriptor = os.open(path(scene, "sibling"), os.O_PATH)
    read(f"/proc/self/fd/{descriptor}")


@denied("get a handle of a sibling's file", "EPERM")
def _(scene: dict[str, str]) -> None:
    handle = ctypes.create_string_buffer(b"\x80\0\0\0", 256)
    mount = ctypes.create_string_buffer(8)
    name = os.fsencode(path(scene, "sibling")) + b"\0"
    system_call("name_to_handle_at", _AT_FDCWD, name, handle, mount, 0)


@denied("set times and mode of a shared file by its descriptor", "EPERM")
def _(scene: dict[str, str]) -> None:
    with open(path(scene, "shared"), "rb") as file:
        os.utime(file.fileno(), (1, 1))


@denied("change the mode of a shared file by its descriptor", "EPERM")
def _(scene: dict[str, str]) -> None:
    with open(path(scene, "shared"), "rb") as file:
        os.fchmod(file.fileno(), 0o600)


@denied("take a lease on a shared file", "EPERM")
def _(scene: dict[str, str]) -> None:
    with open(path(scene, "shared"), "rb") as file:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)


@denied("be notified of a shared folder (dnotify)", "EPERM")
def _(scene: dict[str, str]) -> None:
    fcntl.fcntl(os.open(scene["shared"], os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS)


@denied("watch a sibling's folder (inotify)", "EPERM")
def _(scene: dict[str, str]) -> None:
    queue = system_call("inotify_init1", 0)
    system_call("inotify_add_watch", queue, os.fsencode(scene["sibling"]) + b"\0", 0xFFF)


@denied("watch a sibling's folder (fanotify)", "EPERM")
def _(scene: dict[str, str]) -> None:
    queue = system_call("fanotify_init", 0x200, 0)  # FAN_REPORT_FID
    name = os.fsencode(scene["sibling"]) + b"\0"
    system_call("fanotify_mark", queue, 1, 0x20, _AT_FDCWD, name)


@denied("probe the page cache of a shared file (RWF_NOWAIT)", "ENOTSUP", "EOPNOTSUPP")
def _(scene: dict[str, str]) -> None:
    with open(path(scene, "shared"), "rb") as file:
        os.preadv(file.fileno(), [bytearray(4)], 0, os.RWF_NOWAIT)


@denied("probe the page cache of a shared file (cachestat)", "EPERM")
def _(scene: dict[str, str]) -> None:
    with open(path(scene, "shared"), "rb") as file:
        system_call("cachestat", file.fileno(), bytes(16), ctypes.create_string_buffer(40), 0)


@denied("drop a shared file from the page cache", "EPERM")
def _(scene: dict[str, str]) -> None:
    with open(path(scene, "shared"), "rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@denied("bind a socket in the group folder", "EPERM")
def _(scene: dict[str, str]) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path(scene, "group", "socket"))


@denied("open a sibling's database", "OperationalError")
def _(scene: dict[str, str]) -> None:
    with sqlite3.connect(path(scene, "sibling", "db")) as connection:
        connection.execute("CREATE TABLE t (a)")

    connection.close()


def open_proc(name: str, scene: dict[str, str]) -> None:
    os.close(os.open(f"/proc/{scene['sibling_pid']}/{name}", os.O_RDONLY))


for _name in ("mem", "environ", "maps", "status"):
    denied(f"open /proc/<sibling>/{_name}", "EACCES", "EPERM")(partial(open_proc, _name))


@denied("learn a name from /proc/<sibling>/cwd", "EACCES", "EPERM")
def _(scene: dict[str, str]) -> None:
    os.readlink(f"/proc/{scene['sibling_pid']}/cwd")


@denied("list what a sibling has open", "EACCES", "EPERM")
def _(scene: dict[str, str]) -> None:
    os.listdir(f"/proc/{scene['sibling_pid']}/fd")


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


def test_nothing_of_that_touched_the_sibling(
    scene: dict[str, str],
    confined: Callable[[Callable[[], object]], str],
) -> None:
    def everything() -> None:
        for _, probe, _ in ROWS:
            with pytest.raises((OSError, sqlite3.OperationalError)):
                probe(scene)

    outcome = confined(everything)

    with open(path(scene, "sibling"), encoding="utf-8") as file:
        content = file.read()

    assert outcome == ""
    assert content == "content"
    assert sorted(os.listdir(scene["sibling"])) == ["file", "link"]
