"""Locks on files that two may read, and being told what others do with files."""

import os
import struct

from escapes.kern import AT_FDCWD, call, create, holding, named, read, write_file
from escapes.rows import Channel, Scene, solo, steps

_LOCK_EX = 2
_LOCK_NB = 4
_LOCK_UN = 8
_GETLK = 5
_SETLK = 6
_OFD_GETLK = 36
_OFD_SETLK = 37
_SETLEASE = 1024
_NOTIFY = 1026
_READ_LOCK = 0
_WRITE_LOCK = 1
_WHOLE = struct.Struct("=hhxxxxqqixxxx")  # struct flock: type, whence, start, length, pid


class _Held(Channel):
    """The sibling sees whether the attacker holds the lock."""

    @staticmethod
    def undo(scene: Scene) -> object:
        os.close(scene.kept.pop("held"))

        return None


@steps("lock", "signal by flock() on a shared read-only file")
class Flock(_Held):
    @staticmethod
    def act(scene: Scene) -> object:
        scene.kept["held"] = create(scene.shared)

        return call("flock", scene.kept["held"], _LOCK_EX | _LOCK_NB)

    @staticmethod
    def observe(scene: Scene) -> object:
        mine = create(scene.shared)

        try:
            call("flock", mine, _LOCK_EX | _LOCK_NB)
        except BlockingIOError:
            return "held"
        finally:
            os.close(mine)

        return "free"


def _asked(path: str, command: int) -> object:
    mine = create(path)
    room = holding(_WHOLE.pack(_WRITE_LOCK, 0, 0, 0, 0), _WHOLE.size)
    call("fcntl", mine, command, room)
    os.close(mine)

    return int(_WHOLE.unpack(room.raw)[0])


@steps("lock", "signal by a POSIX lock on a shared read-only file")
class PosixLock(_Held):
    @staticmethod
    def act(scene: Scene) -> object:
        scene.kept["held"] = create(scene.shared)

        return call("fcntl", scene.kept["held"], _SETLK, _WHOLE.pack(_READ_LOCK, 0, 0, 0, 0))

    @staticmethod
    def observe(scene: Scene) -> object:
        return _asked(scene.shared, _GETLK)


@steps("lock", "signal by an open file description's lock on a shared read-only file")
class OfdLock(_Held):
    @staticmethod
    def act(scene: Scene) -> object:
        scene.kept["held"] = create(scene.shared)

        return call("fcntl", scene.kept["held"], _OFD_SETLK, _WHOLE.pack(_READ_LOCK, 0, 0, 0, 0))

    @staticmethod
    def observe(scene: Scene) -> object:
        return _asked(scene.shared, _OFD_GETLK)


@steps("lock", "signal by flock() on a device that all may open (/dev/null)")
class FlockDevice(_Held):
    @staticmethod
    def act(scene: Scene) -> object:
        scene.kept["held"] = create("/dev/null", os.O_RDWR)

        return call("flock", scene.kept["held"], _LOCK_EX | _LOCK_NB)

    @staticmethod
    def observe(scene: Scene) -> object:
        del scene
        mine = create("/dev/null", os.O_RDWR)

        try:
            call("flock", mine, _LOCK_EX | _LOCK_NB)
        except BlockingIOError:
            return "held"
        finally:
            os.close(mine)

        return "free"


@steps("lock", "signal by a POSIX lock on a device that all may open (/dev/zero)")
class PosixLockDevice(_Held):
    @staticmethod
    def act(scene: Scene) -> object:
        scene.kept["held"] = create("/dev/zero")

        return call("fcntl", scene.kept["held"], _SETLK, _WHOLE.pack(_READ_LOCK, 0, 0, 0, 0))

    @staticmethod
    def observe(scene: Scene) -> object:
        del scene

        return _asked("/dev/zero", _GETLK)


@steps("lock", "signal by flock() on a folder that all may list")
class FlockFolder(_Held):
    @staticmethod
    def act(scene: Scene) -> object:
        scene.kept["held"] = create(os.path.dirname(scene.shared), os.O_DIRECTORY)

        return call("flock", scene.kept["held"], _LOCK_EX | _LOCK_NB)

    @staticmethod
    def observe(scene: Scene) -> object:
        mine = create(os.path.dirname(scene.shared), os.O_DIRECTORY)

        try:
            call("flock", mine, _LOCK_EX | _LOCK_NB)
        except BlockingIOError:
            return "held"
        finally:
            os.close(mine)

        return "free"


@steps("lock", "signal by flock() on a single file of the machine's that all may read")
class FlockSingle(_Held):
    """At SEALED such files are copies: all guests' one, unless each has its own."""

    _FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types", "/etc/ssl/openssl.cnf")

    @staticmethod
    def act(scene: Scene) -> object:
        for number, path in enumerate(FlockSingle._FILES):
            if os.path.exists(path):
                scene.kept["held"] = create(path)
                call("flock", scene.kept["held"], _LOCK_EX | _LOCK_NB)
                return number

        return None

    @staticmethod
    def observe(scene: Scene) -> object:
        del scene

        for path in FlockSingle._FILES:
            if not os.path.exists(path):
                continue

            mine = create(path)

            try:
                call("flock", mine, _LOCK_EX | _LOCK_NB)
            except BlockingIOError:
                return "held"
            finally:
                os.close(mine)

            return "free"

        return None


@steps("lock", "signal by flock() on a file in Frameworks, which an app and its extension share")
class FlockFrameworks(_Held):
    @staticmethod
    def act(scene: Scene) -> object:
        scene.kept["held"] = create(__file__)

        return call("flock", scene.kept["held"], _LOCK_EX | _LOCK_NB)

    @staticmethod
    def observe(scene: Scene) -> object:
        del scene
        mine = create(__file__)

        try:
            call("flock", mine, _LOCK_EX | _LOCK_NB)
        except BlockingIOError:
            return "held"
        finally:
            os.close(mine)

        return "free"


@solo("lock", "take a lease on a shared read-only file")
def lease(scene: Scene) -> object:
    mine = create(scene.shared)
    scene.kept["mine"] = mine

    return call("fcntl", mine, _SETLEASE, _READ_LOCK) == 0


@steps("lock", "signal by a lock on a file of its sibling's bundle")
class OwnBundleLock(_Held):
    @staticmethod
    def act(scene: Scene) -> object:
        scene.kept["held"] = create(scene.sibling_bundle + "/Info.plist")

        return call("flock", scene.kept["held"], _LOCK_EX | _LOCK_NB)

    @staticmethod
    def observe(scene: Scene) -> object:
        mine = create(scene.bundle + "/Info.plist")

        try:
            call("flock", mine, _LOCK_EX | _LOCK_NB)
        except BlockingIOError:
            return "held"
        finally:
            os.close(mine)

        return "free"


def _watch(path: str, mask: int) -> int:
    queue = call("inotify_init1", 0o4000)
    call("inotify_add_watch", queue, named(path), mask)

    return queue


@steps("notify", "watch its sibling's container (inotify)")
class Inotify:
    @staticmethod
    def a_watch(scene: Scene) -> object:
        scene.kept["queue"] = _watch(scene.sibling + "/Documents", 0xFFF)

        return True

    @staticmethod
    def b_write(scene: Scene) -> object:
        return write_file(scene.home + "/Documents/watched")

    @staticmethod
    def a_hear(scene: Scene) -> object:
        return len(read(scene.kept["queue"])) > 0


@steps("notify", "hear by inotify that its sibling opens a shared read-only file")
class InotifyOpen:
    @staticmethod
    def a_watch(scene: Scene) -> object:
        scene.kept["queue"] = _watch(scene.shared, 0x20)

        return True

    @staticmethod
    def b_open(scene: Scene) -> object:
        os.close(create(scene.shared))

        return True

    @staticmethod
    def a_hear(scene: Scene) -> object:
        return len(read(scene.kept["queue"])) > 0


@solo("notify", "be told of accesses to a shared read-only folder (dnotify)")
def dnotify(scene: Scene) -> object:
    folder = create(os.path.dirname(scene.shared), os.O_DIRECTORY)
    done = call("fcntl", folder, _NOTIFY, 1) == 0
    os.close(folder)

    return done


@solo("notify", "watch its sibling's container (fanotify)")
def fanotify(scene: Scene) -> object:
    queue = call("fanotify_init", 0x200, 0)
    path = named(scene.sibling + "/Documents")

    return call("fanotify_mark", queue, 1, 0x20, AT_FDCWD, path) == 0


@solo("notify", "watch its own group's folder by inotify, which the host alone may")
def inotify_group(scene: Scene) -> object:
    return _watch(scene.group, 0xFFF) >= 0
