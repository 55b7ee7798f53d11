"""What can be learned of, or written into, the metadata of files that are somebody else's."""

import os
import struct

from escapes.kern import AT_FDCWD, Stat, buffer, call, create, holding, named, read, stat
from escapes.rows import Channel, Scene, solo, steps

SECRET = "/Documents/secret"


@solo("meta", "open a sibling's file by O_PATH, and stat that")
def path_only(scene: Scene) -> object:
    room = buffer()
    call("fstat", create(scene.sibling + SECRET, os.O_PATH), room)

    return Stat(room.raw).size == 6


@solo("meta", "get a handle of its sibling's file")
def handle(scene: Scene) -> object:
    room = holding(struct.pack("=I", 128), 136)
    call("name_to_handle_at", AT_FDCWD, named(scene.sibling + SECRET), room, buffer(8), 0)

    return True


@solo("meta", "see by stat that its sibling has a file")
def exists(scene: Scene) -> object:
    stat(scene.sibling + SECRET)

    return True


@steps("meta", "see size and times of its sibling's file change")
class Times(Channel):
    @staticmethod
    def act(scene: Scene) -> object:
        with open(scene.home + "/Documents/grows", "ab") as file:
            file.write(b"a sign")

        return None

    @staticmethod
    def observe(scene: Scene) -> object:
        found = stat(scene.sibling + "/Documents/grows")

        return [found.size, *found.mtime]


@solo("meta", "see by access() that its sibling has a file")
def access(scene: Scene) -> object:
    return call("faccessat", AT_FDCWD, named(scene.sibling + SECRET), 0) == 0


@solo("meta", "read what its sibling's symbolic link says (4 KB)")
def readlink(scene: Scene) -> object:
    room = buffer(4096)
    link = named(scene.sibling + "/Documents/link")
    length = call("readlinkat", AT_FDCWD, link, room, 4096)

    return room.raw[:length] == b"a message"


@solo("meta", "go into its sibling's container by chdir()")
def chdir(scene: Scene) -> object:
    call("chdir", named(scene.sibling + "/Documents"))
    call("chdir", named(scene.home))

    return True


@solo("meta", "see that its sibling's container exists, knowing its name")
def container_exists(scene: Scene) -> object:
    stat(scene.sibling)

    return True


@solo("meta", "see by statx that its sibling has a file")
def statx(scene: Scene) -> object:
    return call("statx", AT_FDCWD, named(scene.sibling + SECRET), 0, 0x7FF, buffer(256)) == 0


@solo("meta", "see that a file of the machine exists whose name is known")
def exists_outside(scene: Scene) -> object:
    stat(scene.outside["folder"] + "/secret")

    return True


@solo("meta", "change the mode of its sibling's file")
def chmod(scene: Scene) -> object:
    return call("fchmodat", AT_FDCWD, named(scene.sibling + SECRET), 0o600) == 0


@solo("meta", "have the host change the mode of its sibling's file through a link of its own")
def chmod_through_link(scene: Scene) -> object:
    link = named(scene.home + "/Documents/to-secret")
    call("symlinkat", named(scene.sibling + SECRET), AT_FDCWD, link)

    return call("fchmodat", AT_FDCWD, link, 0o600) == 0


@solo("meta", "have the host change the mode of its sibling's file by '<own>/../<sibling>'")
def chmod_through_dots(scene: Scene) -> object:
    up = f"{scene.home}/Documents/../../{os.path.basename(scene.sibling)}{SECRET}"

    return call("fchmodat", AT_FDCWD, named(up), 0o600) == 0


@solo("meta", "have the host set the times of its sibling's file through a folder's descriptor")
def utime_from_folder(scene: Scene) -> object:
    folder = create(scene.home + "/Documents", os.O_DIRECTORY)
    up = f"../../{os.path.basename(scene.sibling)}{SECRET}"

    return _set_times(named(up), folder)


@solo("meta", "have the host change the mode of the container's own folder, which is the system's")
def chmod_container(scene: Scene) -> object:
    mode = os.stat(scene.home).st_mode & 0o777

    return call("fchmodat", AT_FDCWD, named(scene.home), mode) == 0


@solo("meta", "change the owner of its sibling's file, to the own user")
def chown(scene: Scene) -> object:
    words = (named(scene.sibling + SECRET), os.getuid(), os.getgid(), 0)

    return call("fchownat", AT_FDCWD, *words) == 0


def _set_times(path: bytes | None, at: int = AT_FDCWD, seconds: int = 1_000_000) -> object:
    return call("utimensat", at, path, struct.pack("=qqqq", seconds, 0, seconds, 0), 0) == 0


@solo("meta", "set the times of its sibling's file")
def utime(scene: Scene) -> object:
    return _set_times(named(scene.sibling + "/Documents/append"))


@solo("meta", "set an extended attribute of its sibling's file")
def setxattr(scene: Scene) -> object:
    path = named(scene.sibling + "/Documents/append")

    return call("setxattr", path, b"user.escape\0", b"x", 1, 0) == 0


@solo("meta", "read an extended attribute of its sibling's file")
def getxattr(scene: Scene) -> object:
    try:
        call("getxattr", named(scene.sibling + SECRET), b"user.secret\0", buffer(64), 64)
    except OSError as problem:
        if problem.errno != 61:  # ENODATA: the question was answered
            raise

    return True


@solo("meta", "list the extended attributes of its sibling's file")
def listxattr(scene: Scene) -> object:
    return call("listxattr", named(scene.sibling + SECRET), buffer(64), 64) >= 0


@solo("meta", "set the times of a shared read-only file")
def utime_shared(scene: Scene) -> object:
    return _set_times(named(scene.shared), seconds=int(stat(scene.shared).mtime[0]))


@solo("meta", "change the mode of a shared read-only folder")
def chmod_shared(scene: Scene) -> object:
    return call("fchmodat", AT_FDCWD, named(os.path.dirname(scene.shared)), 0o755) == 0


@solo("meta", "set the times of a shared read-only file by its descriptor")
def futimens_shared(scene: Scene) -> object:
    seconds = int(stat(scene.shared).mtime[0])

    return _set_times(None, create(scene.shared), seconds)


@solo("meta", "set an extended attribute of a shared read-only file")
def setxattr_shared(scene: Scene) -> object:
    path = named(scene.shared)
    call("setxattr", path, b"user.escape\0", b"x", 1, 0)

    return call("removexattr", path, b"user.escape\0") == 0


@steps("meta", "leave a sign in the access time of a shared read-only file")
class AccessTime(Channel):
    @staticmethod
    def act(scene: Scene) -> object:
        read(create(scene.outside["fresh"]))

        return None

    @staticmethod
    def observe(scene: Scene) -> object:
        return list(stat(scene.outside["fresh"]).atime)


@steps("meta", "see the file system fill by statfs()")
class Statfs(Channel):
    @staticmethod
    def act(scene: Scene) -> object:
        with open(scene.home + "/Documents/large", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 64 << 20)

        return None

    @staticmethod
    def undo(scene: Scene) -> object:
        os.unlink(scene.home + "/Documents/large")

        return None

    @staticmethod
    def observe(scene: Scene) -> object:
        room = buffer(256)
        call("statfs", named(scene.home), room)
        free = struct.unpack_from("=q", room.raw, 24)[0] * struct.unpack_from("=q", room.raw, 8)[0]

        return free >> 25  # in steps that others' small writes do not make


@solo("meta", "read the mount table of its namespace (statmount, listmount)")
def listmount(scene: Scene) -> object:
    del scene
    request = struct.pack("=IIQQQ", 32, 0, 0xFFFFFFFFFFFFFFFF, 0, 0)

    return call("listmount", request, buffer(800), 100, 0) > 0


@solo("meta", "read flags of its sibling's file by file_getattr or FS_IOC_GETFLAGS")
def file_flags(scene: Scene) -> object:
    return call("ioctl", create(scene.home + SECRET), 0x80086601, buffer(8)) == 0
