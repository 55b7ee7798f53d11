"""Explains what Python is about to be refused: which file, from which line of the app.

The kernel enforces the sandbox, and knows no source lines; code in C gets its errno and no more.
This audit hook looks at the same folders before the kernel is asked: it raises PermissionError with
EPERM, as iOS answers at any level of the sandbox, and tells the host. Whoever goes round it (ctypes
does) meets the kernel. What it cannot judge (a path relative to a descriptor) it leaves alone.

Source: PEP 578; the audit events of the standard library.
"""

import errno
import os
import signal
import socket
import sys
from os.path import isabs, join, normpath, realpath

from simulator.sdk._source_line import sources_of
from simulator.sdk._touches import Touches
from simulator.xpc.errors import DeviceGone
from simulator.xpc.page import TOUCHES

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from simulator.sdk._process import Process

    Handler = Callable[..., None]  # type: ignore[explicit-any]  # each event has its own shape

__all__ = ("install", "tell_denied")

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_AF_UNIX, _AF_INET, _AF_INET6 = 1, 2, 10
_SHARED_MEMORY = "/dev/shm/"  # noqa: S108  the name of a thing that is refused

# Modules of the standard library that try something and go on without it: no fault of the app.
_TRYING = frozenset(
    {
        "_frozen_importlib_external",
        "ctypes.util",
        "locale",
        "mimetypes",
        "platform",
        "sysconfig",
        "tarfile",
        "uuid",
        "webbrowser",
        "zoneinfo._tzpath",
    }
)


class _Hook:
    """The policy of this guest.

    Args:
        process: Tells the host.
        read, write, devices: What the profile allows; devices as path and ``r`` or ``rw``.
        sources: The folders whose frames are the app's own code.
        listed: Folders in which names may be listed, and files not opened.
    """

    def __init__(
        self,
        process: "Process",
        read: "list[str]",
        write: "list[str]",
        devices: "list[list[str]]",
        sources: "tuple[str, ...]",
        listed: "list[str] | None" = None,
    ) -> None:
        self._process = process
        self._sources = sources
        self.readable = tuple(f"{root}/" for root in (*write, *read))  # own files are most of it
        self.writable = tuple(f"{root}/" for root in write)
        self._listed = tuple(f"{root}/" for root in listed or ())
        self._read_exactly = {*read, *write, *(path for path, _ in devices)}
        self._written_exactly = {*write, *(path for path, access in devices if access == "rw")}
        self._pid = os.getpid()
        self._untold: list[list[object]] = []

    def handlers(self) -> "dict[str, Handler]":
        """Return what looks at which event; all others cost one look into this dict."""
        reads = self._reads
        creates, unlinks = self._changes("file-write-create"), self._changes("file-write-unlink")
        runs = self._runs

        return {
            "open": self._opens,
            "os.listdir": reads,
            "os.scandir": reads,
            "os.mkdir": lambda path, _mode, folder: creates(path, folder),
            "os.rmdir": unlinks,
            "os.remove": unlinks,
            "os.rename": self._renames,
            "os.link": self._links,
            "os.symlink": lambda _target, path, folder: creates(path, folder),
            "os.truncate": lambda path, _length: self._changes("file-write-data")(path, -1),
            "os.chmod": lambda path, _, folder: self._changes("file-write-mode")(path, folder),
            "os.utime": lambda path, _, __, folder: self._changes("file-write-times")(path, folder),
            "os.chown": lambda path, *_: self._refuse("file-write-owner", path, "w"),
            "sqlite3.connect": self._connects,
            "ctypes.dlopen": self._loads,
            "socket.__new__": self._makes_socket,
            "socket.getaddrinfo": lambda host, port, *_: self._looks_up(host, port),
            "socket.gethostbyname": lambda host: self._looks_up(host, None),
            "subprocess.Popen": lambda program, *_: runs(program),
            "os.posix_spawn": lambda program, *_: runs(program),
            "os.exec": lambda program, *_: runs(program),
            "os.system": runs,
            "os.fork": lambda: self._refuse("process-fork", ""),
            "os.forkpty": lambda: self._refuse("process-fork", ""),
            "os.kill": self._signals,
            "os.killpg": lambda group, number: self._refuse(
                "signal", f"{_name_of_signal(number)} to group {group}"
            ),
        }

    # -- files -------------------------------------------------------------------------------

    def _opens(self, path: object, mode: object, flags: int) -> None:
        is_write = flags & _WRITES
        roots = self.writable if is_write else self.readable

        if type(path) is str and path.startswith(roots) and "/../" not in path:
            return

        # os.open, which has no mode, may have been given a folder's descriptor that is not told.
        place = self._outside(path, is_write=bool(is_write), folder=-1 if mode is not None else -2)

        if place is None or flags & os.O_PATH:
            return

        if not is_write:
            self._refuse(_shared_memory(place, "file-read-data"), place, "r")
        elif flags & os.O_CREAT:  # the host corrects it where there is such a file
            self._refuse(_shared_memory(place, "file-write-create"), place, "w")
        else:
            self._refuse(_shared_memory(place, "file-write-data"), place, "w")

    def _reads(self, path: object) -> None:
        place = self._outside(path, is_write=False)

        if place is not None and not f"{place}/".startswith(self._listed):
            self._refuse("file-read-data", place, "r")

    def _changes(self, operation: str) -> "Callable[[object, int], None]":
        def check(path: object, folder: int) -> None:
            place = self._outside(path, is_write=True, folder=folder)

            if place is not None:
                self._refuse(_shared_memory(place, operation), place, "w")

        return check

    def _renames(self, source: object, target: object, source_folder: int, folder: int) -> None:
        self._changes("file-write-unlink")(source, source_folder)
        self._changes("file-write-create")(target, folder)

    def _links(self, source: object, target: object, source_folder: int, folder: int) -> None:
        self._changes("file-link")(source, source_folder)
        self._changes("file-write-create")(target, folder)

    def _connects(self, database: object) -> None:
        """Tell, and leave the refusal to SQLite, whose own error the app expects."""
        if isinstance(database, str) and (database in {"", ":memory:"} or database[:5] == "file:"):
            return

        if self._outside(database, is_write=False) is not None:
            place = self._outside(database, is_write=True)

            if place is not None:
                self.tell("file-write-create", place, "w")

    def _loads(self, library: object) -> None:
        if isinstance(library, str) and "/" in library:
            place = self._outside(library, is_write=False)

            if place is not None:
                self._refuse("file-map-executable", place, "r")

    def _outside(self, path: object, *, is_write: bool, folder: int = -1) -> "str | None":
        """Return where a path lies by name if that is out of reach; None if not, or unknown."""
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        elif not isinstance(path, str):
            if not hasattr(path, "__fspath__"):
                return None  # a descriptor, or nothing: the working folder

            path = os.fsdecode(path)

        if not isabs(path):
            here = os.getcwd()

            if folder != -1 or not f"{here}/".startswith(self.readable):
                return None

            path = join(here, path)

        place = normpath(path)
        roots = self.writable if is_write else self.readable
        exactly = self._written_exactly if is_write else self._read_exactly

        if place.startswith(roots) or place in exactly or _is_kernels(place):
            return None

        # /lib is a link to /usr/lib on most machines, and the profile has the real names.
        real = realpath(place)

        return None if real.startswith(roots) or real in exactly else place

    # -- processes and networks --------------------------------------------------------------

    def _runs(self, program: object) -> None:
        name = os.fsdecode(program) if isinstance(program, (str, bytes, os.PathLike)) else ""
        self._refuse("process-exec", name)

    def _signals(self, pid: int, number: int) -> None:
        if pid != self._pid:
            self._refuse("signal", f"{_name_of_signal(number)} to {pid}")

    def _makes_socket(self, _self: object, family: int, kind: int, _protocol: int) -> None:
        frame = sys._getframe(2)  # noqa: SLF001  socket.socket.__init__, if it is Python's

        # A socket around a descriptor that is there already, as socketpair makes them.
        if frame.f_code.co_name != "__init__" or frame.f_locals.get("fileno") is not None:
            return

        if family not in {_AF_INET, _AF_INET6, _AF_UNIX}:
            return

        self._refuse("network-outbound", _address(frame) or _described(family, kind))

    def _looks_up(self, host: object, port: object) -> None:
        name = host.decode(errors="replace") if isinstance(host, bytes) else str(host or "")

        if name.strip("0123456789abcdefABCDEF.:"):  # a number is looked up nowhere
            self._refuse("network-outbound", name if port is None else f"{name}:{port}")

    # -- telling -----------------------------------------------------------------------------

    def _refuse(self, operation: str, resource: object, access: str = "") -> None:
        """Tell, then raise what iOS answers.

        What the standard library only tries is not told. Reading is left to the kernel then, whose
        errno may be the one that is expected; of the rest the kernel would tell the host itself.
        """
        text = os.fsdecode(resource) if isinstance(resource, (str, bytes, os.PathLike)) else ""

        if self.tell(operation, text, access) or operation != "file-read-data":
            is_path = operation.startswith(("file-", "ipc-posix-", "process-exec"))
            name = text if text and is_path else None
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), name)

    def tell(self, operation: str, resource: str, access: str) -> bool:
        """Tell the host, unless the standard library only tries; return whether it was told."""
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001  whose code it is
        file, line = "", 0

        while frame is not None:
            name = frame.f_code.co_filename

            if name.startswith(self._sources):
                file, line = name, frame.f_lineno
                break

            if frame.f_globals.get("__name__") in _TRYING:
                return False

            frame = frame.f_back

        self._untold.append([operation, resource, access, file, line])
        process = self._process

        # A destructor may have got us here while this very thread sends a frame.
        if process.lock._is_owned():  # type: ignore[attr-defined]  # noqa: SLF001
            return True

        try:
            while self._untold:
                process.tell("sandboxd.denied", self._untold.pop(0))
        except (DeviceGone, OSError, ValueError):
            self._untold.clear()

        return True


def _is_kernels(place: str) -> bool:
    """Return whether a path is the kernel's own about this machine or process, not another's."""
    return place.startswith("/sys/") or (place.startswith("/proc/") and not place[6].isdigit())


def _shared_memory(place: str, operation: str) -> str:
    if not place.startswith(_SHARED_MEMORY):
        return operation

    return f"ipc-posix-shm-{operation.removeprefix('file-')}".replace("unlink", "create")


def _address(frame: "FrameType | None") -> str:
    """Return where a connection was to go, if that is what the socket is made for."""
    for _ in range(3):
        if frame is not None and frame.f_code.co_name == "create_connection":
            address = frame.f_locals.get("address")

            return ":".join(map(str, address[:2])) if isinstance(address, tuple) else ""

        frame = None if frame is None else frame.f_back

    return ""


def _described(family: int, kind: int) -> str:
    try:
        names = socket.AddressFamily(family).name, socket.SocketKind(kind & 0xF).name
    except ValueError:
        return f"{family} {kind}"

    return " ".join(names)


def _name_of_signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


_hooks: "list[_Hook]" = []  # the one of this process, once it is installed


def tell_denied(operation: str, resource: str) -> None:
    """Tell the host of a refusal that the SDK itself makes, with the line that asked for it."""
    for hook in _hooks:
        hook.tell(operation, resource, "")


def install(process: "Process") -> None:
    """Watch this interpreter from now on; it cannot be taken back.

    Args:
        process: Of this guest, with its launch information.
    """
    info = process.info
    reach = info["sandbox"]
    assert isinstance(reach, dict)
    sources = sources_of(info)
    hook = _Hook(process, reach["read"], reach["write"], reach["devices"], sources, reach["list"])
    _hooks.append(hook)
    find = hook.handlers().get
    groups = info["groups"]
    assert isinstance(groups, dict)
    touches = Touches(process, groups, sources)
    process.said = touches.say
    touched = touches.handlers().get
    mode = process.page.mode

    def look(event: str, arguments: "tuple[object, ...]") -> None:
        handler = find(event)

        if handler is not None:
            handler(*arguments)

        if mode[0] & TOUCHES and (handler := touched(event)) is not None:
            handler(*arguments)

    sys.addaudithook(look)
