"""The stores beside ours: each in a process of the peers' own interpreter, or its own program."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.bench.peers.stores import STORES

__all__ = ("Stored", "every_store", "missing_store")

_KEEPER = str(Path(__file__).parent / "peers" / "keeper.py")
_GNUSTEP = Path(__file__).parent / "peers" / "gnustep_peer.m"
_MODULES = {"lmdb": "lmdb", "diskcache": "diskcache"}


def every_store() -> tuple[str, ...]:
    """Return the names of all stores, in the order of the table."""
    return (*STORES, "gnustep")


def missing_store(name: str, python: str, folder: Path) -> str:
    """Return what a store lacks on this machine, in a sentence; nothing when it can be measured."""
    if name == "gnustep":
        return _missing_gnustep(folder)

    module = _MODULES.get(name.partition(" ")[0], "json")

    command = [python, "-c", f"import {module}"]

    if subprocess.run(command, capture_output=True, check=False).returncode:
        return f"{name} is left out: {python} has no module {module} (the bench extra)"

    return ""


def _program(folder: Path) -> Path:
    return folder / "gnustep"


def _missing_gnustep(folder: Path) -> str:
    needs = "apt-get install gnustep-base-runtime libgnustep-base-dev gobjc"
    configuration = shutil.which("gnustep-config")

    if configuration is None or shutil.which("gcc") is None:
        return f"gnustep is left out: there is no gnustep-config or no gcc ({needs})"

    flags = [
        subprocess.run(
            [configuration, flag], capture_output=True, check=True, text=True
        ).stdout.split()
        for flag in ("--objc-flags", "--base-libs")
    ]
    files = ["-std=gnu11", "-MF", os.devnull, str(_GNUSTEP), "-o", str(_program(folder))]
    build = ["gcc", *flags[0], *files, *flags[1]]
    done = subprocess.run(build, capture_output=True, check=False, text=True)

    if done.returncode:
        return f"gnustep is left out: its program cannot be built ({done.stderr.strip():.200})"

    return ""


class Stored:
    """A store, or (``none``) a bare interpreter.

    Args:
        name: One of :func:`every_store`.
        python: The interpreter that has the bench extra.
        programs: Where :func:`missing_store` has built what must be built.
    """

    def __init__(self, name: str, python: str, programs: Path) -> None:
        self.name = name
        self._folder = tempfile.mkdtemp(prefix="bench-")
        command = [python, "-P", _KEEPER, name, self._folder]
        environment = dict(os.environ)

        if name == "gnustep":
            command = [str(_program(programs))]
            environment["GNUSTEP_USER_DEFAULTS_DIR"] = self._folder
            environment["HOME"] = self._folder

        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        assert self._hear() == "ready"

    def tell(self, what: str, n: int | str, gap: int = 0) -> object:
        """Let it do something, and return what it measured."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([what, n, gap]) + "\n")
        self._process.stdin.flush()

        return self._hear()

    def _hear(self) -> object:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the process of {self.name} ended"

        return json.loads(line)

    def close(self) -> None:
        """End it; it is our child that was not waited for."""
        self._process.kill()
        self._process.communicate()
        shutil.rmtree(self._folder, ignore_errors=True)
