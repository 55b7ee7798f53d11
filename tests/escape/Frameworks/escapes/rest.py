"""Doors that no list names: rows that fit nowhere else."""

import ctypes
import os
import struct

from escapes.kern import AT_FDCWD, buffer, call, create, holding, named, write_file
from escapes.rows import Channel, Scene, solo, steps

_STREAM = 1


def _pair() -> tuple[int, int]:
    room = buffer(8)
    call("socketpair", 1, _STREAM | 0x80000, 0, room)
    first, second = struct.unpack("=ii", room.raw)

    return first, second


def _send_descriptors(sender: int, descriptors: list[int]) -> int:
    """Send descriptors along with one byte."""
    packed = struct.pack(f"={len(descriptors)}i", *descriptors)
    control = holding(struct.pack("=Qii", 16 + len(packed), 1, 1) + packed, 24 + len(packed))
    data = buffer(1)
    vector = holding(struct.pack("=QQ", ctypes.addressof(data), 1), 16)
    header = struct.pack(
        "=QQQQQQQ",
        *(0, 0, ctypes.addressof(vector), 1, ctypes.addressof(control), len(control), 0),
    )

    return call("sendmsg", sender, header, 0x40)


@solo("rest", "send a descriptor through a socket")
def send_descriptor(scene: Scene) -> object:
    first, second = _pair()
    scene.kept["first"], scene.kept["second"] = first, second

    return _send_descriptors(first, [0]) == 1


@steps("side", "signal by the count of descriptors in flight, which all of one user share")
class DescriptorsInFlight(Channel):
    @staticmethod
    def act(scene: Scene) -> object:
        first, second = _pair()
        scene.kept["first"], scene.kept["second"] = first, second
        sent = 0

        for _ in range(10_000):
            try:
                sent += _send_descriptors(first, [0] * 250)
            except OSError:
                break

        return sent

    @staticmethod
    def observe(scene: Scene) -> object:
        del scene
        first, second = _pair()

        try:
            return _send_descriptors(first, [0])
        except OSError as problem:
            if problem.errno == 109:  # ETOOMANYREFS
                return "full"

            raise
        finally:
            os.close(first)
            os.close(second)


@steps("side", "signal by the counter of inode numbers of pipes and sockets")
class InodeCounter(Channel):
    @staticmethod
    def _one() -> int:
        from escapes.kern import Stat

        reading, writing = os.pipe()
        room = buffer()
        call("fstat", reading, room)
        os.close(reading)
        os.close(writing)

        return int(Stat(room.raw).inode)

    last = 0

    @staticmethod
    def act(scene: Scene) -> object:
        del scene

        for _ in range(60_000):
            InodeCounter._one()

        return None

    @staticmethod
    def observe(scene: Scene) -> object:
        del scene
        now = max(InodeCounter._one() for _ in range(4000))
        before, InodeCounter.last = InodeCounter.last, now

        return bool(before) and now - before > 30_000


@steps("shm", "see in the host's page that its sibling sets a preference of its own")
class PageWords(Channel):
    @staticmethod
    def act(scene: Scene) -> object:
        if scene.outside["kind"] != "guest":
            with open(scene.outside["page"], "r+b") as file:
                file.seek(8000)
                file.write(b"x")

            return None

        from simulator.sdk.foundation import UserDefaults

        for number in range(5):
            UserDefaults.standard.set(number, "sign")

        UserDefaults.standard.synchronize()

        return None

    @staticmethod
    def observe(scene: Scene) -> object:
        if scene.outside["kind"] != "guest":
            with open(scene.outside["page"], "rb") as file:
                return file.read().hex()

        from simulator.sdk._process import current

        page = current().page

        return [sum(page.domains), sum(page.own)]


@solo("rest", "make an overlay's whiteout, a device, by rename (RENAME_WHITEOUT)")
def whiteout(scene: Scene) -> object:
    source, target = (f"{scene.home}/Documents/{name}" for name in ("covered", "moved"))
    write_file(source)
    call("renameat2", AT_FDCWD, named(source), AT_FDCWD, named(target), 4)
    room = buffer()
    call("newfstatat", AT_FDCWD, named(source), room, 0x100)

    return struct.unpack_from("=I", room.raw, 24)[0] & 0o170000 == 0o020000


def _renamed(path: str) -> object:
    elsewhere = named(path + "-moved")
    call("renameat2", AT_FDCWD, named(path), AT_FDCWD, elsewhere, 0)

    return call("renameat2", AT_FDCWD, elsewhere, AT_FDCWD, named(path), 0) == 0


@solo("rest", "rename its own container's folder")
def rename_container(scene: Scene) -> object:
    return _renamed(scene.home)


@solo("rest", "rename the group's folder")
def rename_group(scene: Scene) -> object:
    return _renamed(scene.group)


@solo("rest", "put a symbolic link in the place of the group's folder")
def replace_group(scene: Scene) -> object:
    link = scene.group + "-link"
    call("symlinkat", b"/etc\0", AT_FDCWD, named(link))

    return call("unlinkat", AT_FDCWD, named(link), 0) == 0


@solo("rest", "exchange the group's folder with one of its own")
def exchange_group(scene: Scene) -> object:
    own = scene.home + "/Documents/impostor"
    call("mkdirat", AT_FDCWD, named(own), 0o700)
    words = (AT_FDCWD, named(own), AT_FDCWD, named(scene.group), 2)
    call("renameat2", *words)

    return call("renameat2", *words) == 0


@solo("rest", "open a file of the sibling through the group: '<group>/../<sibling>'")
def through_group(scene: Scene) -> object:
    up = os.path.relpath(scene.sibling, scene.group)
    held = create(f"{scene.group}/{up}/Documents/secret")

    return os.read(held, 6) == b"secret"


@solo(
    "rest", "reach a sibling by a name that goes through the device's folder with dots and slashes"
)
def odd_paths(scene: Scene) -> object:
    path = scene.sibling.replace("/", "//./") + "//Documents/./secret"

    return os.read(create(path), 6) == b"secret"


@solo("rest", "map memory that stays resident (MAP_LOCKED)")
def locked_mapping(scene: Scene) -> object:
    del scene
    at = call("mmap", 0, 16 << 20, 3, 0x22 | 0x2000, -1, 0)  # PRIVATE, ANONYMOUS, LOCKED

    return call("munmap", at, 16 << 20) == 0


@solo("rest", "dump core into a program of the machine's")
def core_limit(scene: Scene) -> object:
    del scene
    room = buffer(16)
    call("prlimit64", 0, 4, None, room)
    soft, hard = struct.unpack("=QQ", room.raw)
    call("prlimit64", 0, 4, struct.pack("=QQ", hard, hard), None)
    call("prlimit64", 0, 4, struct.pack("=QQ", soft, hard), None)

    return hard > 0


@solo("rest", "open another device: /dev/kmsg, /dev/fuse, /dev/mem, /dev/full, /dev/random")
def devices(scene: Scene) -> object:
    del scene
    last: OSError | None = None

    for path in ("/dev/kmsg", "/dev/fuse", "/dev/mem", "/dev/full", "/dev/random"):
        try:
            os.close(create(path, os.O_RDWR | os.O_NONBLOCK))
        except OSError as problem:
            last = problem
        else:
            return True

    assert last is not None

    raise last


@solo("rest", "open the service's and the device's sockets as files")
def socket_files(scene: Scene) -> object:
    held = create(os.path.dirname(scene.host_socket), os.O_DIRECTORY)
    os.close(held)

    return True


@solo("rest", "set a socket's option, another's address or a filter on it")
def socket_filter(scene: Scene) -> object:
    first, second = _pair()
    scene.kept["first"], scene.kept["second"] = first, second
    code = holding(struct.pack("=HBBI", 6, 0, 0, 0xFFFF), 8)
    program = struct.pack("=H6xQ", 1, ctypes.addressof(code))

    return call("setsockopt", first, 1, 26, program, 16) == 0
