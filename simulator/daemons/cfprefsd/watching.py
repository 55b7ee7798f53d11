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

from shared_container.layout import PREFERENCES_FOLDER
from simulator.daemonkit.kernel_watches import BeneathObserver
from simulator.daemonkit.limits import WATCHED_EVENTS_MAX

if TYPE_CHECKING:
    from watchdog.observers.api import ObservedWatch

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
    """The folders of preferences of one device that are watched, each named by its container.

    Args:
        changed: Called on the loop with a container in which plists were written.
        ceased: Called on the loop with a container that is not watched, and why.
    """

    def __init__(self, changed: Callable[[str], None], ceased: Callable[[str, str], None]) -> None:
        self._changed = changed
        self._ceased = ceased
        self._observer: BeneathObserver | None = None
        self._wanted: Counter[str] = Counter()
        self._watches: dict[str, ObservedWatch] = {}
        self._seen: Counter[str] = Counter()  # written by the observer's thread
        self._plists: set[str] = set()  # containers in which one of these was a plist; likewise
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    def want(self, container: str) -> None:
        """Watch a folder, from a moment later on; its plists are then looked at once."""
        self._wanted[container] += 1

        if self._wanted[container] == 1:
            self._do(self._begin(container))

    def let_go(self, container: str) -> None:
        """Undo one :meth:`want`."""
        self._wanted[container] -= 1

        if self._wanted[container] <= 0:
            del self._wanted[container]
            self._do(self._end(container))

    def _do(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _begin(self, container: str) -> None:
        async with self._turn:
            if container in self._watches or container not in self._wanted:
                return

            try:
                self._watches[container] = await asyncio.to_thread(self._schedule, container)
            except OSError as problem:  # no inotify instance is left, or the container is gone
                self._ceased(container, str(problem))
            else:
                self._changed(container)

    def _schedule(self, container: str) -> "ObservedWatch":
        if self._observer is None:
            self._observer = BeneathObserver()
            self._observer.start()

        self._observer.allow(container)

        return self._observer.schedule(
            _Handler(lambda is_plist: self._happened(container, is_plist=is_plist)),
            f"{container}/{PREFERENCES_FOLDER}",
            event_filter=[FileClosedEvent, FileCreatedEvent, FileMovedEvent],
        )

    def _happened(self, container: str, *, is_plist: bool) -> None:
        """Count what happened, on the observer's thread; the first wakes the loop."""
        self._seen[container] += 1

        if is_plist:
            self._plists.add(container)

        if self._seen[container] == 1:
            self._loop.call_soon_threadsafe(self._wait_a_moment, container)

    def _wait_a_moment(self, container: str) -> None:
        self._loop.call_later(_MOMENT_S, self._tell, container)

    def _tell(self, container: str) -> None:
        count = self._seen.pop(container, 0)
        is_news = container in self._plists
        self._plists.discard(container)

        if container not in self._watches:
            return

        if count > WATCHED_EVENTS_MAX:
            watched = list(self._watches)
            self._do(self._end(container))
            self._ceased(container, f"{count} files were written at once (WATCHED_EVENTS_MAX)")

            for each in watched:
                self._changed(each)
        elif is_news:
            self._changed(container)

    async def _end(self, container: str) -> None:
        async with self._turn:
            watch = self._watches.pop(container, None)

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
