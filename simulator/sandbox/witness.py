"""Proves that a level holds, by accesses that must fail and some that must not.

"The call returned 0" proves nothing: sandboxes have shipped for weeks that called interfaces that
did not exist and swallowed the error. What is tried here is tried in a child of its own, in under
15 ms, and leaves nothing behind.
"""

import errno
import os
import signal
import socket
from collections.abc import Callable
from typing import Final, NamedTuple

from simulator.sandbox import kernel
from simulator.sandbox.apply import apply
from simulator.sandbox.filter import compile_filter
from simulator.sandbox.profile import Profile, operations, python_trees
from simulator.xpc.errors import StepFailed

__all__ = ("Witness", "prove", "strongest")

_TIMEOUT_S: Final = 5
_CHUNK_BYTES: Final = 65536


class Witness(NamedTuple):
    """One access: the layer it speaks for, whether that did its work, and what happened."""

    layer: str
    works: bool
    how: str


def strongest(folder: str = "/tmp") -> tuple[str, list[Witness]]:  # noqa: S108 (made 0700 below)
    """Return the strongest level that was proved, and the witnesses of the attempt at STRONG.

    Must be called by a process with one thread.
    """
    witnesses = prove("STRONG", folder)
    level = "STRONG" if all(witness.works for witness in witnesses) else "UNSEALED"

    return level, witnesses


def prove(level: str, folder: str = "/tmp") -> list[Witness]:  # noqa: S108 (made 0700 below)
    """Try a level in a child process and return what each witness saw.

    Must be called by a process with one thread. At UNSEALED the file witnesses are left out.

    Args:
        level: One of ``profile.LEVELS``.
        folder: Where to make, and remove, a temporary folder.

    Raises:
        OSError: The folder cannot be written to, or the process cannot fork.
    """
    scene = os.path.join(folder, f"extension-simulator-witness-{os.getpid()}-{os.urandom(8).hex()}")
    names = ("own", "group", "outside")
    os.mkdir(scene, 0o700)

    try:
        for name in names:
            os.mkdir(os.path.join(scene, name), 0o700)

        with open(os.path.join(scene, "outside", "secret"), "wb") as file:
            file.write(b"secret")

        return _ask_child(level, scene)
    finally:
        for name in names:
            place = os.path.join(scene, name)

            for left in os.listdir(place):
                os.unlink(os.path.join(place, left))

            os.rmdir(place)

        os.rmdir(scene)


def _ask_child(level: str, scene: str) -> list[Witness]:
    profile = Profile(
        level,
        read=python_trees(),
        write=(os.path.join(scene, "own"), os.path.join(scene, "group")),
    )
    plan = operations(profile)
    template = compile_filter()
    reader, writer = os.pipe()
    pid = os.fork()

    if pid == 0:
        # Nothing of the caller's may run here: neither its handlers nor its exit functions.
        try:
            # Were it ever to hang, it would end itself, and the caller read the end of the pipe.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(_TIMEOUT_S)
            os.dup2(writer, 4)
            lines = _testify(level, scene, plan, template)
            os.write(4, "\n".join(lines).encode())
        finally:
            os._exit(0)

    os.close(writer)

    try:
        report = _read_report(reader)
    finally:
        os.close(reader)
        os.waitpid(pid, 0)

    lines = report.decode().splitlines() or ["apply\t\tthe child died without a word"]
    fields = [line.split("\t", 2) for line in lines]

    return [Witness(layer, works == "works", how) for layer, works, how in fields]


def _read_report(reader: int) -> bytes:
    report = b""

    while chunk := os.read(reader, _CHUNK_BYTES):
        report += chunk

    return report


def _testify(
    level: str,
    scene: str,
    plan: tuple[tuple[str, tuple[str | int, ...]], ...],
    template: bytes,
) -> list[str]:
    """Confine this process and return one line per witness: layer, verdict, sentence."""
    try:
        apply(plan, template)
    except StepFailed as error:
        layer = error.step.split("_", maxsplit=1)[0]

        return [f"{layer}\t\t{error}"]

    secret = os.path.join(scene, "outside", "secret")
    landlock: tuple[tuple[str, Callable[[], object], tuple[int, ...]], ...] = (
        ("reading a file outside", lambda: os.open(secret, os.O_RDONLY), (errno.EACCES,)),
        (
            "creating a file outside",
            lambda: os.open(f"{secret}2", os.O_WRONLY | os.O_CREAT),
            (errno.EACCES,),
        ),
        ("listing a folder outside", lambda: os.listdir(scene), (errno.EACCES,)),
    )
    seccomp: tuple[tuple[str, Callable[[], object], tuple[int, ...]], ...] = (
        ("making a socket", lambda: socket.socket(socket.AF_UNIX), (errno.EPERM,)),
        ("forking", _fork, (errno.EPERM,)),
        (
            "signalling the parent",
            lambda: kernel.system_call("kill", os.getppid(), 0),
            (errno.EPERM,),
        ),
        ("making a memfd", lambda: os.memfd_create("witness"), (errno.EPERM,)),
        ("setting a limit", _set_limit, (errno.EPERM,)),
        ("a new user namespace", lambda: kernel.system_call("unshare", 1 << 28), (errno.EPERM,)),
    )
    lines = [_denied("seccomp", *row) for row in seccomp]

    if level != "UNSEALED":
        lines += [_denied("landlock", *row) for row in landlock]

    return [*lines, _control(scene)]


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
