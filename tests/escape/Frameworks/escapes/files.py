"""Contents of files that are somebody else's."""

import os
import struct

from escapes.kern import (
    AT_FDCWD,
    buffer,
    call,
    create,
    holding,
    named,
    read,
    read_file,
    unlink,
    write_file,
)
from escapes.rows import Scene, solo, steps

SECRET = "/Documents/secret"
_EXCHANGE = 2
_PATH_ONLY = os.O_PATH


def _take(path: str) -> bool:
    return read_file(path) == b"secret"


@solo("file", "read a file in its sibling's container")
def read_sibling(scene: Scene) -> object:
    return _take(scene.sibling + SECRET)


@solo("file", "create a file in its sibling's container")
def create_in_sibling(scene: Scene) -> object:
    return write_file(f"{scene.sibling}/Documents/gift")


@solo("file", "append to a file in its sibling's container")
def append_to_sibling(scene: Scene) -> object:
    return write_file(f"{scene.sibling}/Documents/append", flags=os.O_WRONLY | os.O_APPEND)


@solo("file", "list its sibling's container")
def list_sibling(scene: Scene) -> object:
    folder = create(scene.sibling, os.O_DIRECTORY)

    return call("getdents64", folder, buffer(4096), 4096) > 0


@solo("file", "list the folder that holds all containers of its kind")
def list_all_containers(scene: Scene) -> object:
    folder = create(os.path.dirname(scene.home), os.O_DIRECTORY)

    return call("getdents64", folder, buffer(4096), 4096) > 0


@solo("file", "write a file in the machine's folder for temporary files")
def tmp(scene: Scene) -> object:
    return write_file(scene.outside["folder"] + "/tmp-file")


@solo("file", "read a file in the machine's folder for temporary files")
def tmp_read(scene: Scene) -> object:
    return _take(scene.outside["folder"] + "/secret")


@solo("file", "write a file in /dev/shm")
def dev_shm(scene: Scene) -> object:
    path = f"/dev/shm/escape-{scene.outside['word']}"
    done = write_file(path)
    unlink(path)

    return done


@solo("file", "empty its sibling's file by truncate()")
def truncate_sibling(scene: Scene) -> object:
    return call("truncate", named(scene.sibling + "/Documents/append"), 0) == 0


@solo("file", "remove its sibling's file")
def unlink_sibling(scene: Scene) -> object:
    unlink(scene.sibling + "/Documents/unlinked")

    return True


@solo("file", "remove a folder of its sibling")
def rmdir_sibling(scene: Scene) -> object:
    return call("unlinkat", AT_FDCWD, named(scene.sibling + "/Documents/empty"), 0x200) == 0


@solo("file", "make a folder in its sibling's container")
def mkdir_sibling(scene: Scene) -> object:
    return call("mkdirat", AT_FDCWD, named(scene.sibling + "/Documents/made"), 0o700) == 0


@solo("file", "make a symbolic link in its sibling's container")
def symlink_in_sibling(scene: Scene) -> object:
    link = named(scene.sibling + "/Documents/planted")

    return call("symlinkat", b"/etc/passwd\0", AT_FDCWD, link) == 0


def _link(source: str, target: str) -> None:
    call("linkat", AT_FDCWD, named(source), AT_FDCWD, named(target), 0)


@solo("file", "hard link its sibling's file into the own container")
def link_sibling(scene: Scene) -> object:
    _link(scene.sibling + SECRET, scene.home + "/Documents/linked")

    return _take(scene.home + "/Documents/linked")


@solo("file", "hard link a shared read-only file into the own container, and write it")
def link_shared(scene: Scene) -> object:
    _link(scene.shared, scene.home + "/Documents/shared")

    return write_file(scene.home + "/Documents/shared", flags=os.O_WRONLY | os.O_APPEND)


@solo("file", "reach its sibling's file through a symbolic link of its own")
def symlink_to_sibling(scene: Scene) -> object:
    link = scene.home + "/Documents/pointing"
    call("symlinkat", named(scene.sibling + SECRET), AT_FDCWD, named(link))

    return _take(link)


def _rename(source: str, target: str, flags: int = 0) -> object:
    return call("renameat2", AT_FDCWD, named(source), AT_FDCWD, named(target), flags) == 0


@solo("file", "rename its sibling's file into the own container")
def rename_sibling(scene: Scene) -> object:
    return _rename(scene.sibling + "/Documents/renamed", scene.home + "/Documents/stolen")


@solo("file", "rename a file of its own into its sibling's container")
def rename_to_sibling(scene: Scene) -> object:
    own = scene.home + "/Documents/parcel"
    write_file(own)

    return _rename(own, scene.sibling + "/Documents/parcel")


@solo("file", "exchange a file of its own with its sibling's")
def exchange_sibling(scene: Scene) -> object:
    own = scene.home + "/Documents/changeling"
    write_file(own)

    return _rename(own, scene.sibling + "/Documents/exchanged", _EXCHANGE)


@solo("file", "open its sibling's file by O_PATH, and again through /proc/self/fd")
def reopen_path_only(scene: Scene) -> object:
    held = create(scene.sibling + SECRET, _PATH_ONLY)
    scene.kept["held"] = held

    return _take(f"/proc/self/fd/{held}")


@solo("file", "open a file by its handle")
def open_by_handle(scene: Scene) -> object:
    handle = holding(struct.pack("=I", 128), 136)
    call("name_to_handle_at", AT_FDCWD, named(scene.sibling + SECRET), handle, buffer(8), 0)
    mount = create(scene.home, os.O_DIRECTORY)

    return read(call("open_by_handle_at", mount, handle, os.O_RDONLY)) == b"secret"


@solo("file", "write a shared read-only file")
def write_shared(scene: Scene) -> object:
    return write_file(scene.shared, flags=os.O_WRONLY | os.O_APPEND)


@solo("file", "put a file beside a shared read-only one")
def create_beside_shared(scene: Scene) -> object:
    path = os.path.dirname(scene.shared) + f"/escape-{scene.outside['word']}.py"
    done = write_file(path)
    unlink(path)

    return done


@solo("file", "write its own bundle")
def write_own_bundle(scene: Scene) -> object:
    return write_file(scene.bundle + "/Info.plist", flags=os.O_WRONLY | os.O_APPEND)


@solo("file", "read its sibling's bundle")
def read_sibling_bundle(scene: Scene) -> object:
    return len(read_file(scene.sibling_bundle + "/Info.plist")) > 0


@solo("file", "read a file of a group that only its sibling is in")
def read_foreign_group(scene: Scene) -> object:
    return _take(scene.foreign_group + "/secret")


@solo("file", "write into a group that only its sibling is in")
def write_foreign_group(scene: Scene) -> object:
    return write_file(scene.foreign_group + "/gift")


@solo("file", "read what the host keeps of the device: its record with the seed")
def read_device_record(scene: Scene) -> object:
    return len(read_file(scene.outside["record"])) > 0


@solo("file", "read the list of the machine's users")
def read_passwd(scene: Scene) -> object:
    del scene

    return len(read_file("/etc/passwd")) > 0


@solo("file", "list the machine's root")
def list_root(scene: Scene) -> object:
    del scene
    folder = create("/etc", os.O_DIRECTORY)

    return call("getdents64", folder, buffer(4096), 4096) > 0


@steps("file", "leave an unnamed file (O_TMPFILE) in the own folder and name it at its sibling's")
class UnnamedFile:
    @staticmethod
    def a_make(scene: Scene) -> object:
        made = create(scene.home + "/Documents", os.O_TMPFILE | os.O_RDWR)
        scene.kept["made"] = made
        call("write", made, b"x", 1)
        target = named(scene.sibling + "/Documents/unnamed")
        call("linkat", AT_FDCWD, named(f"/proc/self/fd/{made}"), AT_FDCWD, target, 0x400)

        return True


@solo("file", "keep a folder open, and climb out of it by '..'")
def climb_by_descriptor(scene: Scene) -> object:
    folder = create(scene.home + "/Documents", os.O_DIRECTORY)
    up = "../../" + os.path.basename(scene.sibling) + SECRET

    return read(create(up, at=folder)) == b"secret"


@solo("file", "read a secret by copy_file_range, sendfile and splice from an O_PATH descriptor")
def copy_from_path_only(scene: Scene) -> object:
    held = create(scene.sibling + SECRET, _PATH_ONLY)
    target = create(scene.home + "/Documents/copied", os.O_CREAT | os.O_RDWR)

    try:
        return call("copy_file_range", held, None, target, None, 6, 0) == 6
    except OSError:
        return call("sendfile", target, create(scene.sibling + SECRET), None, 6) == 6
