"""Where a spawned program's standard streams lead: ours, or the files its arguments name.

A program is sealed and cannot open a person's files. ``defaults import DOMAIN FILE`` reads FILE as
its standard input and ``defaults export DOMAIN FILE`` writes to its standard output; it is here
that these lead to the file. Which file is decided by what the person typed, never by the program.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from simulator.xpc.errors import Misuse

__all__ = ("Paths", "Sink", "Source", "paths_of")

_OUTPUT_BYTES_MAX = 64 << 20  # of an export; no domain is a tenth as large


class Paths(NamedTuple):
    """The files that stand for a program's standard input and output; empty means our own."""

    input: str = ""
    output: str = ""


def paths_of(program: str, arguments: Sequence[str]) -> Paths:
    """Return the files that a command line names.

    Args:
        program: The program's name.
        arguments: What stands behind it.
    """
    if program != "defaults":
        return Paths()

    words = list(arguments)

    if words and words[0] in {"-currentHost", "-host"}:
        del words[: 1 if words[0] == "-currentHost" else 2]

    verb = words[0].lower() if words else ""
    rest = words[3:] if words[1:2] == ["-app"] else words[2:]
    path = rest[0] if rest and rest[0].strip() != "-" else ""

    return Paths(path if verb == "import" else "", path if verb == "export" else "")


class Source:
    """What a program reads, opened when it first does.

    Args:
        path: A file, or nothing for our standard input.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._descriptor = -1

    def fileno(self) -> int:
        """Return a descriptor to wait for; -1 where there is nothing to read.

        Raises:
            OSError: The file cannot be opened.
        """
        if self._descriptor < 0:
            if self._path:
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            elif sys.stdin is not None:
                with suppress(OSError, ValueError):  # it was closed, or replaced by a text
                    self._descriptor = sys.stdin.fileno()

        return self._descriptor

    def close(self) -> None:
        """Close the file; our standard input stays open."""
        if self._path and self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Sink:
    """What a program prints on its standard output, for a file: written once it has succeeded.

    Args:
        path: The file.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._data = bytearray()

    def write(self, data: bytes) -> None:
        """Keep some of it.

        Raises:
            Misuse: It is more than any program here has to say.
        """
        self._data += data

        if len(self._data) > _OUTPUT_BYTES_MAX:
            raise Misuse(f"more than {_OUTPUT_BYTES_MAX} bytes for {self._path}")

    def finish(self) -> None:
        """Write the file: a regular one whole or not at all, anything else as it is.

        Raises:
            Misuse: It cannot be written.
        """
        target = os.path.realpath(self._path)

        try:
            if os.path.exists(target) and not os.path.isfile(target):
                with open(target, "wb") as file:
                    file.write(self._data)
            else:
                self._replace(target)
        except OSError as problem:
            raise Misuse(f"Could not write data to {self._path}: {problem.strerror}") from problem

    def _replace(self, target: str) -> None:
        folder, name = os.path.split(target)
        descriptor, written = tempfile.mkstemp(prefix=f".{name}.", dir=folder)

        try:
            with open(descriptor, "wb") as file:
                file.write(self._data)
                os.fchmod(descriptor, _mode_of(target))

            os.replace(written, target)
        except BaseException:
            os.unlink(written)
            raise


def _mode_of(target: str) -> int:
    """Return the mode of the file that is replaced, or of a new one."""
    with suppress(FileNotFoundError):
        return os.stat(target).st_mode & 0o7777

    mask = os.umask(0)
    os.umask(mask)

    return 0o666 & ~mask
