"""Waiting for a file in a container to grow: for ``simctl file tail -f``."""

import asyncio
import errno
import os
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from simulator.daemonkit.hostile import opened_place
from simulator.device.container_files import parent_and_name

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("has_changed",)

_ENDS_IN_S = 2.0


class _Handler(FileSystemEventHandler):
    def __init__(self, happened: "Callable[[], object]") -> None:
        self._happened = happened

    def on_any_event(self, event: FileSystemEvent) -> None:
        del event
        self._happened()


async def has_changed(
    root: str, path: str, known: tuple[int, ...], threads: Executor, timeout_s: float
) -> bool:
    """Wait until a file is not what it was; False when the time is over.

    The folder that it lies in is watched, so that its removal and its replacement are seen too.

    Args:
        root: The container.
        path: In it.
        known: Its size, device and inode.
        threads: For what blocks.
        timeout_s: How long.

    Raises:
        OSError: ENOENT: it is gone; EXDEV: it leads out; ENOSPC: no watch is left.
    """
    loop = asyncio.get_running_loop()

    with parent_and_name(root, path) as (folder, name):
        happened = asyncio.Event()
        observer = Observer()
        handler = _Handler(lambda: loop.call_soon_threadsafe(happened.set))

        try:
            # By its descriptor: the path may lead elsewhere by now. A last link is not followed.
            observer.schedule(handler, f"/proc/self/fd/{folder}/.")
            await loop.run_in_executor(threads, observer.start)

            async with asyncio.timeout(timeout_s):
                while _state(folder, name) == known:
                    happened.clear()
                    await happened.wait()
        except TimeoutError:
            return False
        finally:
            if observer.is_alive():
                observer.stop()
                await loop.run_in_executor(threads, observer.join, _ENDS_IN_S)

    return True


def _state(folder: int, name: str) -> tuple[int, int, int]:
    with opened_place(name, folder) as place:
        found = os.fstat(place)

    if not found.st_nlink:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)

    return found.st_size, found.st_dev, found.st_ino
