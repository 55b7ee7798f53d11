"""Somebody outside who reads the domain's file all the time, as any plist tool may."""

import plistlib
import re
import shutil
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

__all__ = ("Onlooker", "read_with_pldes", "read_with_plistlib", "readers")

_OTHERS_EVERY = 50
_KEY = re.compile(rb"^    \S.* = ", re.MULTILINE)  # of the outermost dictionary


def read_with_plistlib(path: Path) -> int:
    """Return the number of keys in a plist.

    Raises:
        FileNotFoundError: There is none.
        ValueError: It is broken.
    """
    data = path.read_bytes()

    try:
        found = plistlib.loads(data, fmt=plistlib.FMT_BINARY)
    except Exception as problem:
        raise ValueError(f"{len(data)} bytes that are no binary plist: {problem!r}") from problem

    if not isinstance(found, dict):
        raise ValueError(f"a plist without a dictionary: {found!r:.100}")  # noqa: TRY004

    return len(found)


def read_with_pldes(path: Path) -> int:
    """Return the number of keys that GNUstep's ``pldes`` finds.

    Its sibling ``plget`` reads property lists in text only, as GNUstep 1.28 has it: of any binary
    one it says nothing.

    Raises:
        FileNotFoundError: There is no file.
        ValueError: It is broken.
    """
    path.stat()
    done = subprocess.run(["pldes", str(path)], capture_output=True, check=False)

    if done.returncode or not done.stdout.startswith(b"{"):
        raise ValueError(f"pldes says {done.returncode}: {done.stdout!r:.100} {done.stderr!r:.200}")

    return len(_KEY.findall(done.stdout))


def readers() -> list[Callable[[Path], int]]:
    """Return what this machine has to read plists with."""
    found: list[Callable[[Path], int]] = [read_with_plistlib]

    return [*found, read_with_pldes] if shutil.which("pldes") else found


class Onlooker:
    """Reads a plist again and again in a thread, until it is closed.

    Args:
        path: The file.

    Attributes:
        reads: How often the file was read whole.
        states: How many different ones were seen.
        faults: What was found that must not be.
    """

    def __init__(self, path: Path) -> None:
        self.reads = 0
        self.states = 0
        self.faults: list[str] = []
        self._path = path
        self._readers = readers()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="onlooker")
        self._thread.start()

    def _run(self) -> None:
        last = None

        while not self._over.wait(0.003):
            try:
                status = self._path.stat()
                read_with_plistlib(self._path)

                if not self.reads % _OTHERS_EVERY:
                    for read in self._readers[1:]:
                        read(self._path)
            except FileNotFoundError:
                if last is not None:
                    self.faults.append("the plist was there, and is not")
                    return
            except ValueError as problem:
                self.faults.append(str(problem))
                return
            else:
                self.reads += 1
                self.states += last != (status.st_ino, status.st_mtime_ns)
                last = status.st_ino, status.st_mtime_ns

    def close(self) -> None:
        """Look no longer."""
        self._over.set()
        self._thread.join()
