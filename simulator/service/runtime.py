"""The runtime folder of a service: its sockets, and what killed services left beside it.

A killed service cannot clean up, and its set may never be used again. So each service holds a lock
on a file in its folder, and a starting one removes the folders whose lock nobody holds.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

__all__ = ("RuntimeFolder",)

_ALIVE = "alive.lock"
_YOUNG_S = 30.0  # a folder this young may belong to a service that has not locked it yet


class RuntimeFolder:
    """The folder of one service, held as long as this object.

    Args:
        path: It exists and is ours.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = os.open(path / _ALIVE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

        with suppress(BlockingIOError):  # who sweeps just now holds it for a moment
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

        self._remove_sockets(path)
        self._sweep_siblings()

    @staticmethod
    def _remove_sockets(path: Path) -> None:
        for name in os.listdir(path):
            if name.endswith(".sock"):
                with suppress(FileNotFoundError):
                    (path / name).unlink()

    def _sweep_siblings(self) -> None:
        for folder in self.path.parent.iterdir():
            with suppress(OSError):
                if folder != self.path and time.time() - folder.stat().st_mtime > _YOUNG_S:  # noqa: TID251  files have the machine's time
                    self._sweep(folder)

    def _sweep(self, folder: Path) -> None:
        """Remove a folder that no living service holds."""
        try:
            lock = os.open(folder / _ALIVE, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            folder.rmdir()  # only if it is empty
            return

        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._remove_sockets(folder)
            (folder / _ALIVE).unlink()
            folder.rmdir()
        finally:
            os.close(lock)

    def leave(self) -> None:
        """Remove the folder, and the one above it when this was the last service."""
        self._remove_sockets(self.path)

        with suppress(OSError):
            (self.path / _ALIVE).unlink()
            self.path.rmdir()
            self.path.parent.rmdir()
