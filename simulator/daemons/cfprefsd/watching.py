"""Watching the folders of preferences, for plists that somebody else puts there.

Only a hint comes from here: which folder had something written or renamed. Whether that is news is
decided by looking at the plists of its open domains. Hints are told once a moment however many
there are, and a folder in which more than ``WATCHED_EVENTS_MAX`` things happen in between, to
plists or other files, is watched no longer: a guest could keep the host busy by writing files. What
happened elsewhere meanwhile may be lost with the kernel's queue, so all others are looked at then.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from simulator.daemonkit.limits import WATCHED_EVENTS_MAX

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver, ObservedWatch

__all__ = ("Watch",)

_MOMENT_S = 0.25
_ENDS_IN_S = 2.0


class _Handler(FileSystemEventHandler):
    def __init__(self, happened: Callable[[bool], None]) -> None:
        self._happened = happened

    def on_any_event(self, event: FileSystemEvent) -> None:
        paths = (event.src_path, event.dest_path)
        self._happened(any(str(path).endswith(".plist") for path in paths))


class Watch:
    """The folders of one device that are watched.

    Args:
        changed: Called on the loop with a folder in which plists were written.
        ceased: Called on the loop with a folder that is not watched, and why.
    """

    def __init__(self, changed: Callable[[str], None], ceased: Callable[[str, str], None]) -> None:
        self._changed = changed
        self._ceased = ceased
        self._observer: BaseObserver | None = None
        self._wanted: Counter[str] = Counter()
        self._watches: dict[str, ObservedWatch] = {}
        self._seen: Counter[str] = Counter()  # written by the observer's thread
        self._plists: set[str] = set()  # folders in which one of these was a plist; likewise
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    def want(self, folder: str) -> None:
        """Watch a folder, from a moment later on; its plists are then looked at once."""
        self._wanted[folder] += 1

        if self._wanted[folder] == 1:
            self._do(self._begin(folder))

    def let_go(self, folder: str) -> None:
        """Undo one :meth:`want`."""
        self._wanted[folder] -= 1

        if self._wanted[folder] <= 0:
            del self._wanted[folder]
            self._do(self._end(folder))

    def _do(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _begin(self, folder: str) -> None:
        async with self._turn:
            if folder in self._watches or folder not in self._wanted:
                return

            try:
                self._watches[folder] = await asyncio.to_thread(self._schedule, folder)
            except OSError as problem:  # no inotify instance is left, or the folder is gone
                self._ceased(folder, str(problem))
            else:
                self._changed(folder)

    def _schedule(self, folder: str) -> "ObservedWatch":
        if self._observer is None:
            self._observer = Observer()
            self._observer.start()

        return self._observer.schedule(
            _Handler(lambda is_plist: self._happened(folder, is_plist=is_plist)),
            folder,
            event_filter=[FileClosedEvent, FileCreatedEvent, FileMovedEvent],
        )

    def _happened(self, folder: str, *, is_plist: bool) -> None:
        """Count what happened, on the observer's thread; the first wakes the loop."""
        self._seen[folder] += 1

        if is_plist:
            self._plists.add(folder)

        if self._seen[folder] == 1:
            self._loop.call_soon_threadsafe(self._wait_a_moment, folder)

    def _wait_a_moment(self, folder: str) -> None:
        self._loop.call_later(_MOMENT_S, self._tell, folder)

    def _tell(self, folder: str) -> None:
        count = self._seen.pop(folder, 0)
        is_news = folder in self._plists
        self._plists.discard(folder)

        if folder not in self._watches:
            return

        if count > WATCHED_EVENTS_MAX:
            watched = list(self._watches)
            self._do(self._end(folder))
            self._ceased(folder, f"{count} files were written at once (WATCHED_EVENTS_MAX)")

            for each in watched:
                self._changed(each)
        elif is_news:
            self._changed(folder)

    async def _end(self, folder: str) -> None:
        async with self._turn:
            watch = self._watches.pop(folder, None)

            if watch is not None and self._observer is not None:
                await asyncio.to_thread(self._observer.unschedule, watch)

    async def close(self) -> None:
        """Watch nothing any more."""
        self._wanted.clear()

        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

        observer, self._observer = self._observer, None
        self._watches.clear()

        if observer is not None:
            observer.stop()
            await asyncio.to_thread(observer.join, _ENDS_IN_S)
