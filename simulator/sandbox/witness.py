"""Proves that a level holds, by accesses that must fail and some that must not.

"The call returned 0" proves nothing: sandboxes have shipped for weeks that called interfaces that
did not exist and swallowed the error. What is tried here is tried in a child of its own, in under
30 ms, and leaves nothing behind.
"""

import errno
import fcntl
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

from simulator.sandbox import kernel
from simulator.sandbox.apply import apply
from simulator.sandbox.filter import compile_filter
from simulator.sandbox.profile import LEVELS, Profile, operations, python_trees
from simulator.sandbox.root import cover_operations, guests_root, root_operations
from simulator.xpc.errors import StepFailed

__all__ = ("Proof", "Witness", "begin", "prove", "strongest")

_TIMEOUT_S: Final = 5
_CHUNK_BYTES: Final = 65536
_NAMES: Final = ("own", "group", "sibling")
_SECRETS: Final = ("loose", "sibling/secret")  # seen but not granted; not even seen at SEALED

_Access = tuple[str, Callable[[], object], tuple[int, ...]]


class Witness(NamedTuple):
    """One access: the layer it speaks for, whether that did its work, and what happened."""

    layer: str
    works: bool
    how: str


class Proof:
    """A level that is being tried in a child process, while this one goes on.

    Args:
        level: One of ``profile.LEVELS``.
        folder: Where to make, and remove, a temporary folder.

    Raises:
        OSError: The folder cannot be written to, or the process cannot fork.
    """

    def __init__(self, level: str, folder: str) -> None:
        self.level = level
        name = f"extension-simulator-witness-{os.getpid()}-{os.urandom(8).hex()}"
        self._scene = os.path.join(os.path.realpath(folder), name)
        self._library = os.open(os.path.realpath(os.__file__), os.O_RDONLY | os.O_CLOEXEC)
        os.mkdir(self._scene, 0o700)

        try:
            self._furnish()
            self._pid, self._reader = self._fork()
        except BaseException:
            os.close(self._library)
            self._clean()
            raise

    def _furnish(self) -> None:
        for name in _NAMES:
            os.mkdir(os.path.join(self._scene, name), 0o700)

        for name in _SECRETS:
            with open(os.path.join(self._scene, name), "wb") as file:
                file.write(b"secret")

        with suppress(OSError):  # somebody else has it just now: it cannot be taken then, either
            fcntl.flock(self._library, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _fork(self) -> tuple[int, int]:
        reader, writer = os.pipe()
        pid = os.fork()

        if pid == 0:
            # Nothing of the caller's may run here: neither its handlers nor its exit functions.
            try:
                os.close(reader)
                self._tidy_after(self._testify(writer), writer)
            finally:
                os._exit(0)

        os.close(writer)

        return pid, reader

    def _testify(self, writer: int) -> int:
        """Start the one who confines itself; it writes its lines, and ends."""
        parent = os.getpid()
        pid = os.fork()

        if pid == 0:
            try:
                # Were it ever to hang, it would end itself, and the caller read the pipe's end.
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.alarm(_TIMEOUT_S)
                os.dup2(writer, 4)
                lines = _testify(self.level, self._scene, parent)
                os.write(4, "\n".join(lines).encode())
            finally:
                os._exit(0)

        return pid

    def _tidy_after(self, pid: int, writer: int) -> None:
        """Remove the folder when the witness has ended, whatever became of the caller by then."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

        os.waitpid(pid, 0)
        self._clean()
        os.close(writer)

    def finish(self) -> list[Witness]:
        """Wait for the child and return what each witness saw."""
        try:
            report = _read_report(self._reader)
        finally:
            os.close(self._reader)
            os.waitpid(self._pid, 0)
            os.close(self._library)

        lines = report.decode().splitlines() or ["apply\t\tthe child died without a word"]
        fields = [line.split("\t", 2) for line in lines]

        return [Witness(layer, works == "works", how) for layer, works, how in fields]

    def _clean(self) -> None:
        # Where a layer did not work, more lies there than was put there.
        for folder, folders, files in os.walk(self._scene, topdown=False):
            for name in files:
                os.unlink(os.path.join(folder, name))

            for name in folders:
                os.rmdir(os.path.join(folder, name))

        os.rmdir(self._scene)


def begin(level: str, folder: str = "/tmp") -> Proof:  # noqa: S108 (made 0700 below)
    """Begin to try a level; the caller must have one thread, and must finish what is returned."""
    return Proof(level, folder)


def prove(level: str, folder: str = "/tmp") -> list[Witness]:  # noqa: S108 (made 0700 below)
    """Try a level in a child process and return what each witness saw.

    Must be called by a process with one thread. At UNSEALED the file witnesses are left out.

    Args:
        level: One of ``profile.LEVELS``.
        folder: Where to make, and remove, a temporary folder.

    Raises:
        OSError: The folder cannot be written to, or the process cannot fork.
    """
    return begin(level, folder).finish()


def strongest(begun: Proof | None = None) -> tuple[str, dict[str, list[Witness]]]:
    """Return the strongest level that was proved, and the witnesses of each that was tried.

    Must be called by a process with one thread.

    Args:
        begun: A proof of the strongest level that was begun earlier.
    """
    tried: dict[str, list[Witness]] = {}

    for level in LEVELS[:-1]:
        is_begun = begun is not None and begun.level == level
        tried[level] = begun.finish() if begun is not None and is_begun else prove(level)

        if all(witness.works for witness in tried[level]):
            return level, tried

    return LEVELS[-1], tried


def _read_report(reader: int) -> bytes:
    report = b""

    while chunk := os.read(reader, _CHUNK_BYTES):
        report += chunk

    return report


def _testify(level: str, scene: str, parent: int) -> list[str]:
    """Confine this process and return one line per witness: layer, verdict, sentence."""
    own, group, sibling = (os.path.join(scene, name) for name in _NAMES)
    trees = python_trees()
    lines = []
    shared: tuple[str, ...] = ()

    try:
        if level == "SEALED":
            root = guests_root(trees, scene)
            shared = root.shared
            lines += _see_namespaces(lambda: apply(root_operations(root, parent=parent), b""))
            apply(cover_operations((own, group, sibling)), b"")

        profile = Profile(
            level,
            read=(),
            write=(own, group),
            containers=(own, group),
            shared=shared,
            common=trees,
        )
        apply(operations(profile, parent=parent), compile_filter())
    except StepFailed as error:
        return [*lines, f"{_layer_of(error.step)}\t\t{error}"]

    lines += [_denied("seccomp", *row) for row in _seccomp_accesses(parent)]

    if level != "UNSEALED":
        lines += [_denied("landlock", *row) for row in _landlock_accesses(scene)]

    if level == "SEALED":
        lines += [_denied(layer, *row) for layer, *row in _root_accesses(sibling)]  # type: ignore[arg-type]
        lines.append(_see_overlay())

    return [*lines, _control(scene)]


def _layer_of(step: str) -> str:
    """Return the layer that a step belongs to, as the doctor names it."""
    name = step.split(" ", maxsplit=1)[0]

    if name in {"enter_namespaces", "own_namespaces"}:
        return "namespaces"

    if name.startswith("root_"):
        return "root"

    return {"uncover": "covers", "cover": "covers"}.get(name, name.split("_", maxsplit=1)[0])


def _see_namespaces(enter: Callable[[], object]) -> list[str]:
    """Enter the root and return a line on whether a listener outside is out of reach."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        address = listener.getsockname()
        enter()

        # A socket belongs to the namespace it was made in: this one is made inside.
        with socket.socket() as inside:
            return [
                _denied(
                    "namespaces",
                    "reaching a port of the machine",
                    lambda: inside.connect(address),
                    (errno.ECONNREFUSED, errno.ENETUNREACH),
                ),
            ]


def _landlock_accesses(scene: str) -> tuple[_Access, ...]:
    secret = os.path.join(scene, _SECRETS[0])

    return (
        ("reading a file outside", lambda: os.open(secret, os.O_RDONLY), (errno.EACCES,)),
        (
            "creating a file outside",
            lambda: os.open(f"{secret}2", os.O_WRONLY | os.O_CREAT),
            (errno.EACCES,),
        ),
        ("listing a folder outside", lambda: os.listdir(scene), (errno.EACCES,)),
    )


def _seccomp_accesses(parent: int) -> tuple[_Access, ...]:
    return (
        ("making a socket", lambda: socket.socket(socket.AF_UNIX), (errno.EPERM,)),
        ("forking", _fork, (errno.EPERM,)),
        ("signalling the parent", lambda: kernel.system_call("kill", parent, 0), (errno.EPERM,)),
        ("making a memfd", lambda: os.memfd_create("witness"), (errno.EPERM,)),
        ("setting a limit", _set_limit, (errno.EPERM,)),
        ("a new user namespace", lambda: kernel.system_call("unshare", 1 << 28), (errno.EPERM,)),
    )


def _root_accesses(sibling: str) -> tuple[tuple[str, str, Callable[[], object], tuple[int]], ...]:
    secret = os.path.join(sibling, "secret")

    return (
        ("root", "the machine's /proc", lambda: os.stat("/proc/self"), (errno.ENOENT,)),
        ("root", "the machine's /etc/passwd", lambda: os.stat("/etc/passwd"), (errno.ENOENT,)),
        ("covers", "a sibling's file of known name", lambda: os.stat(secret), (errno.ENOENT,)),
    )


def _see_overlay() -> str:
    """Lock a file of Python's that the parent has locked: only another inode lets us."""
    try:
        descriptor = os.open(os.path.realpath(os.__file__), os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return f"overlay\t\tlocks on Python's files meet those of others: {error}"

    return "overlay\tworks\tlocks on Python's files meet nobody"


def _fork() -> None:
    # If the layer does not work, this makes a process: let it not come back as a second witness.
    if os.fork() == 0:
        os._exit(0)


def _set_limit() -> None:
    # RLIMIT_CORE, to what it is already: harmless if the layer does not work.
    kernel.system_call("setrlimit", 4, bytes(16))


def _denied(
    layer: str,
    what: str,
    access: Callable[[], object],
    expected: tuple[int, ...],
) -> str:
    try:
        access()
    except OSError as error:
        code = error.errno or 0
        works = "works" if code in expected else ""

        return f"{layer}\t{works}\t{what} is denied with {errno.errorcode.get(code, code)}"

    return f"{layer}\t\t{what} is not denied"


def _control(scene: str) -> str:
    """Do what must be possible; a sandbox that denies everything proves nothing."""
    source = os.path.join(scene, "own", "file")
    target = os.path.join(scene, "group", "file")

    try:
        with open(source, "wb") as file:
            file.write(b"mine")

        os.replace(source, target)
        os.unlink(target)
    except OSError as error:
        return f"control\t\twriting and moving between own folders fails: {error}"

    return "control\tworks\twriting and moving between own folders is possible"
