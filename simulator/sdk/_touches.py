"""Says which files of its groups this process touches, while the device looks for races.

The audit hook comes before each call and sees opens, renames, removals and locks, each with the
source line; the SDK's own file functions say what the hook cannot see (a file that is replaced
whole beneath a folder's descriptor). Nobody tells of a close: a lock that ends with it is known by
the next one who gets it.

Source: PEP 578; the audit events of ``open``, ``os``, ``fcntl`` and ``sqlite3``.
"""

import os
import sys
from os.path import basename, isabs, islink, join, normpath, realpath, split
from time import monotonic_ns

from simulator.sdk._source_line import line_in
from simulator.xpc.errors import SimulatorError

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from simulator.sdk._process import Process

    Handler = Callable[..., None]  # type: ignore[explicit-any]  # each event has its own shape

__all__ = ("Touches",)

_NO_CONTENT = os.O_DIRECTORY | os.O_PATH
_METADATA = ".com.apple.mobile_container_manager.metadata.plist"
_PREFERENCES = "Library/Preferences/"  # cfprefsd's
_PER_SECOND = 5000  # TOUCHES_PER_S_MAX of the host
_REMEMBERED = 16  # opened files that may be locked next
_FOLDERS_KEPT = 256
_DESCRIPTORS = range(5, 256)  # where an opened file may be
_LOCK_EX, _LOCK_UN = 2, 8  # of flock(2) and of Python's lockf
_F_SETLK, _F_SETLKW, _F_OFD_SETLK, _F_OFD_SETLKW = 6, 7, 37, 38
_F_WRLCK, _F_UNLCK = 1, 2

# What the SDK's file functions say → how they touch a file. Where one of them writes in place, the
# hook sees it open the file.
_POINTS = {"file-read": "read", "file-unlink": "delete", "file-write": "replace"}


class Touches:
    """What this process touches.

    Args:
        process: Tells the host.
        groups: App Group id → folder.
        sources: The folders whose frames are the app's own code.
    """

    def __init__(
        self, process: "Process", groups: "dict[str, str]", sources: "tuple[str, ...]"
    ) -> None:
        self._process = process
        self._sources = sources
        self._folders = {f"{folder}/": group for group, folder in groups.items()}
        self._prefixes = tuple(self._folders)
        self._opened: list[tuple[str, str]] = []  # group and path
        self._untold: list[tuple[str, object, bool]] = []
        self._second = (0, 0)
        self._missed = 0
        self._real: dict[str, str] = {}

    def handlers(self) -> "dict[str, Handler]":
        """Return what looks at which audit event; nothing where the process is in no group."""
        if not self._folders:
            return {}

        return {
            "open": self._opens,
            "os.rename": self._renames,
            "os.remove": lambda path, folder: self._touches("delete", path, folder),
            "os.rmdir": lambda path, folder: self._touches("delete", path, folder),
            "os.mkdir": lambda path, _mode, folder: self._touches("folder", path, folder),
            "os.truncate": lambda path, _length: self._touches("write", path),
            "sqlite3.connect": self._connects,
            "fcntl.flock": self._locks,
            "fcntl.lockf": lambda descriptor, what, *_: self._locks(descriptor, what),
            "fcntl.fcntl": self._controls,
        }

    def say(self, operation: str, resource: str) -> None:
        """Take what the SDK's own functions are about to do, or have learned."""
        channel, _, what = operation.partition("-")

        if operation in _POINTS:
            self._touches(_POINTS[operation], resource)
        elif channel in {"defaults", "notify"} and what == "seen":
            self._tell("sanitizerd.learned", [channel, resource])

    # -- files -------------------------------------------------------------------------------

    def _opens(self, path: object, mode: object, flags: int) -> None:
        if flags & _NO_CONTENT:
            return

        access = "read"

        if flags & (os.O_WRONLY | os.O_RDWR):
            if flags & os.O_APPEND:
                access = "append"
            elif flags & os.O_EXCL and flags & os.O_CREAT:
                access = "exclusive"
            elif flags & os.O_RDWR and not flags & os.O_TRUNC:
                access = "update"
            elif mode is None and not flags & os.O_TRUNC and _is_touched():
                return
            else:
                access = "write"

        # os.open, which has no mode, may have been given a folder's descriptor that is not told.
        self._touches(access, path, -1 if mode is not None else -2)

    def _renames(self, source: object, target: object, source_folder: int, folder: int) -> None:
        self._touches("delete", source, source_folder)
        self._touches("replace", target, folder)

    def _connects(self, database: object) -> None:
        if isinstance(database, str) and database.startswith("file:"):
            database = database[5:].partition("?")[0].replace("//", "", 1)

        self._touches("sqlite", database)

    def _touches(self, access: str, path: object, folder: int = -1) -> None:
        place = self._place(path, folder)

        if place is None:
            return

        if access in {"read", "write", "update", "append", "exclusive"}:
            if place in self._opened:
                self._opened.remove(place)

            self._opened.append(place)
            del self._opened[:-_REMEMBERED]

        second = monotonic_ns() // 1_000_000_000
        count = self._second[1] + 1 if self._second[0] == second else 1
        self._second = (second, count)

        if count > _PER_SECOND and access in {"read", "write", "update", "append"}:
            self._missed += 1
            return

        missed, self._missed = self._missed, 0
        line = line_in(self._sources, sys._getframe(1))  # noqa: SLF001  whose code it is
        self._ask("sanitizerd.touched", [access, *place, *line, *self._process.handled(), missed])

    def _place(self, path: object, folder: int = -1) -> "tuple[str, str] | None":
        """Return group and path within it of what lies in a group and is compared, else None."""
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        elif not isinstance(path, str):
            if not hasattr(path, "__fspath__"):
                return None

            path = os.fsdecode(path)

        if not isabs(path):
            if folder != -1:
                return None

            path = join(os.getcwd(), path)

        if not normpath(path).startswith(self._prefixes):
            return None

        place = self._resolved(path)

        for prefix, group in self._folders.items():
            if place.startswith(prefix):
                inside = place[len(prefix) :]
                is_kept = inside == _METADATA or inside.startswith(_PREFERENCES)

                return None if is_kept else (group, inside)

        return None

    def _resolved(self, path: str) -> str:
        """Return where a path leads; what its folder means is looked up once."""
        folder, name = split(normpath(path))
        real = self._real.get(folder)

        if real is None:
            if len(self._real) >= _FOLDERS_KEPT:
                self._real.clear()

            real = self._real[folder] = realpath(folder)

        place = join(real, name)

        return realpath(place) if islink(place) else place

    # -- locks -------------------------------------------------------------------------------

    def _locks(self, descriptor: int, what: int) -> None:
        try:
            found = os.fstat(descriptor)
        except OSError:
            return

        identity = [found.st_dev, found.st_ino]

        if what & _LOCK_UN:
            self._ask("sanitizerd.unlocked", identity)
        else:
            files = [[*place] for place in self._still_open()]
            self._tell("sanitizerd.locked", [*identity, bool(what & _LOCK_EX), files])

    def _controls(self, descriptor: int, command: int, argument: object) -> None:
        if command not in {_F_SETLK, _F_SETLKW, _F_OFD_SETLK, _F_OFD_SETLKW}:
            return

        if not isinstance(argument, bytes | bytearray) or len(argument) < 2:
            return

        kind = int.from_bytes(argument[:2], sys.byteorder)
        self._locks(
            descriptor, _LOCK_UN if kind == _F_UNLCK else _LOCK_EX if kind == _F_WRLCK else 1
        )

    def _still_open(self) -> "list[tuple[str, str]]":
        """Return those of the files that were opened last which some descriptor still means."""
        inodes = set()

        for descriptor in _DESCRIPTORS:
            try:
                found = os.fstat(descriptor)
            except OSError:
                continue

            inodes.add((found.st_dev, found.st_ino))

        folders = {group: folder for folder, group in self._folders.items()}
        places = []

        for group, inside in self._opened:
            try:
                found = os.stat(folders[group] + inside)
            except OSError:
                continue

            if (found.st_dev, found.st_ino) in inodes:
                places.append((group, inside))

        return places

    # -- telling -----------------------------------------------------------------------------

    def _ask(self, verb: str, arguments: object) -> None:
        """Tell the host, and go on when it has heard: so it hears in what order it is done."""
        self._tell(verb, arguments, waits=True)

    def _tell(self, verb: str, arguments: object, *, waits: bool = False) -> None:
        self._untold.append((verb, arguments, waits))
        process = self._process

        # A destructor may have got us here while this very thread sends a frame.
        if process.lock._is_owned():  # type: ignore[attr-defined]  # noqa: SLF001
            return

        try:
            while self._untold:
                verb, arguments, waits = self._untold.pop(0)

                if waits:
                    process.call(verb, arguments)
                else:
                    process.tell(verb, arguments)
        except (SimulatorError, OSError, ValueError):
            self._untold.clear()


def _is_touched() -> bool:
    """Whether a file is opened for nothing but to be there: ``Path.touch``."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001

    for _ in range(4):
        if frame is None:
            return False

        code = frame.f_code

        if code.co_name == "touch" and basename(code.co_filename).startswith(("pathlib", "_local")):
            return True

        frame = frame.f_back

    return False
