"""Watching folders, for files that somebody changes without saying so.

A thread of watchdog's puts down what the kernel tells; the loop takes it a moment later. A file
that is being written is taken when it was closed, or after a while when it is kept open, so that
one save is one change. What is moved out of sight is told late: watchdog waits half a second for
where it might appear.

When more happens than anybody can look at, the folder is let go for a second, and whoever watches
it is told to look at everything. So is who watches when the kernel's own queue may have run over.
"""

import asyncio
import os
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)

from simulator.daemonkit.clock import Clock, Timer
from simulator.daemonkit.kernel_watches import BeneathObserver
from simulator.daemonkit.limits import (
    CHANGES_SEEN_MAX,
    FOLDERS_WATCHED_MAX,
    PRESENTED_TREES_MAX,
    TREE_DEPTH_MAX,
)

if TYPE_CHECKING:
    from watchdog.observers.api import ObservedWatch

__all__ = ("Change", "Key", "Watch")

_MOMENT_S = 0.02
_OPEN_MOMENTS = 3  # a file that is not closed is taken after so many
_CHANGES_PER_TURN = 400
_AGAIN_S = 1.0
_ENDS_IN_S = 2.0
_KINDS: list[type[FileSystemEvent]] = [
    FileClosedEvent, FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent,
    DirCreatedEvent, DirDeletedEvent, DirMovedEvent,
]  # fmt: skip


class Key(NamedTuple):
    """What is watched.

    Attributes:
        folder: The path.
        deep: Whether everything beneath it, too.
        root: The container.
    """

    folder: str
    deep: bool
    root: str


class Change(NamedTuple):
    """What happened to a path.

    Attributes:
        path: Which.
        created: Whether it was not there before, as far as the kernel tells.
        source: Where it was before, if it was moved here.
    """

    path: str
    created: bool
    source: str


class _Seen:
    """What the kernel has told of one path since it was last taken."""

    __slots__ = ("closed", "created", "moments", "source")

    def __init__(self) -> None:
        self.closed = False
        self.created = False
        self.source = ""
        self.moments = 0


class _Handler(FileSystemEventHandler):
    def __init__(self, put: Callable[[FileSystemEvent], None]) -> None:
        self._put = put

    def on_any_event(self, event: FileSystemEvent) -> None:
        self._put(event)


class _Watched:
    """One key that is wanted."""

    def __init__(self) -> None:
        self.wanted = 0
        self.watch: ObservedWatch | None = None
        self.raw: deque[FileSystemEvent] = deque()  # filled by the observer's thread
        self.overflowed = False  # set by it
        self.woken = False  # set by it
        self.seen: dict[str, _Seen] = {}
        self.again: Timer | None = None


class Watch:
    """The folders of one device that are watched for presenters.

    Args:
        clock: The device's.
        changed: Called on the loop with what has changed in a folder; with None when nobody knows
            what: everything is to be looked at.
        ceased: Called on the loop with a folder that is watched no longer, or less, and why.
    """

    def __init__(
        self,
        clock: Clock,
        changed: Callable[[Key, list[Change] | None], None],
        ceased: Callable[[Key, str], None],
    ) -> None:
        self._clock = clock
        self._changed = changed
        self._ceased = ceased
        self._loop = asyncio.get_running_loop()
        self._observer: BeneathObserver | None = None
        self._watched: dict[Key, _Watched] = {}
        self._refused: Counter[Key] = Counter()  # how often each is wanted that is not watched
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._watched)

    def is_watched(self, key: Key) -> bool:
        """Say whether changes in a folder are seen now."""
        watched = self._watched.get(key)

        return watched is not None and watched.watch is not None

    def want(self, key: Key) -> None:
        """Watch a folder, from a moment later on; then everything is to be looked at once.

        When too many are watched, it is watched as soon as another is let go.
        """
        if key in self._watched:
            self._watched[key].wanted += 1
            return

        self._refused[key] += 1

        if len(self._watched) < PRESENTED_TREES_MAX:
            self._admit(key)
        else:
            why = f"{PRESENTED_TREES_MAX} folders are watched already (PRESENTED_TREES_MAX)"
            self._ceased(key, why)

    def _admit(self, key: Key) -> None:
        watched = self._watched[key] = _Watched()
        watched.wanted = self._refused.pop(key)
        self._do(self._begin(key, watched))

    def let_go(self, key: Key) -> None:
        """Undo one :meth:`want`."""
        if key in self._watched:
            self._watched[key].wanted -= 1

            if not self._watched[key].wanted:
                self._forget(key)
        elif key in self._refused:
            self._refused[key] -= 1

            if not self._refused[key]:
                del self._refused[key]

    def _forget(self, key: Key) -> None:
        watched = self._watched.pop(key)

        if watched.again is not None:
            watched.again.cancel()

        self._do(self._end(watched))

    def _do(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- watching ----------------------------------------------------------------------------

    async def _begin(self, key: Key, watched: _Watched) -> None:
        async with self._turn:
            if watched.watch is not None or self._watched.get(key) is not watched:
                return

            try:
                watched.watch, why = await asyncio.to_thread(self._schedule, key, watched)
            except OSError as problem:  # the folder is gone, or no watch is left
                self._ceased(key, str(problem))
                return

            if why:
                self._ceased(key, why)

            self._changed(key, None)

    def _schedule(self, key: Key, watched: _Watched) -> "tuple[ObservedWatch, str]":
        if self._observer is None:
            self._observer = BeneathObserver()
            self._observer.start()

        self._observer.allow(key.root)
        deep, why = key.deep, ""

        if deep and _has_many_folders(key.folder):
            deep = False
            why = (
                f"it has over {FOLDERS_WATCHED_MAX} folders (FOLDERS_WATCHED_MAX), or "
                f"{TREE_DEPTH_MAX} in each other (TREE_DEPTH_MAX): what lies in them is not watched"
            )

        handler = _Handler(lambda event: self._put(key, watched, event))

        return self._observer.schedule(
            handler, key.folder, recursive=deep, event_filter=_KINDS
        ), why

    async def _end(self, watched: _Watched) -> None:
        async with self._turn:
            watch, watched.watch = watched.watch, None

            if watch is not None and self._observer is not None:
                with suppress(KeyError):  # the folder is gone, and its watch with it
                    await asyncio.to_thread(self._observer.unschedule, watch)

        while self._refused and len(self._watched) < PRESENTED_TREES_MAX:
            self._admit(next(iter(self._refused)))

    def _put(self, key: Key, watched: _Watched, event: FileSystemEvent) -> None:
        """Put an event down, on the observer's thread; the first wakes the loop."""
        if len(watched.raw) >= CHANGES_SEEN_MAX:
            watched.overflowed = True
        else:
            watched.raw.append(event)

        if not watched.woken:
            watched.woken = True
            self._loop.call_soon_threadsafe(self._later, key, watched)

    # -- on the loop -------------------------------------------------------------------------

    def _later(self, key: Key, watched: _Watched) -> None:
        self._clock.call_later(_MOMENT_S, lambda: self._take(key, watched))

    def _take(self, key: Key, watched: _Watched) -> None:
        if self._watched.get(key) is not watched:
            return

        if watched.overflowed:
            self._rest(key, watched)
            return

        watched.woken = False
        _sort_in(watched.seen, watched.raw)
        changes = _due(watched.seen)

        if changes:
            self._changed(key, changes)

        if (watched.seen or watched.raw) and not watched.woken:
            watched.woken = True
            self._later(key, watched)

    def _rest(self, key: Key, watched: _Watched) -> None:
        """Look away for a while: too much happens there."""
        self._ceased(
            key, f"over {CHANGES_SEEN_MAX} changes in a moment (CHANGES_SEEN_MAX), for a while"
        )
        self._do(self._end(watched))
        watched.raw.clear()
        watched.seen.clear()
        self._changed(key, None)
        watched.again = self._clock.call_later(
            _AGAIN_S, lambda: self._do(self._begin_again(key, watched))
        )

    async def _begin_again(self, key: Key, watched: _Watched) -> None:
        watched.overflowed = watched.woken = False
        await self._begin(key, watched)

    async def close(self) -> None:
        """Watch nothing any more."""
        self._refused.clear()

        for key in list(self._watched):
            self._forget(key)

        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

        observer, self._observer = self._observer, None

        if observer is not None:
            observer.stop()
            await asyncio.to_thread(observer.join, _ENDS_IN_S)


def _sort_in(seen: dict[str, _Seen], raw: "deque[FileSystemEvent]") -> None:
    """Sort what the kernel told by path."""
    for _ in range(min(len(raw), CHANGES_SEEN_MAX)):
        event = raw.popleft()
        path = os.fsdecode(event.src_path)

        if event.event_type == "moved":
            source, path = path, os.fsdecode(event.dest_path)
            before = seen.pop(source, None)
            found = seen.setdefault(path, _Seen())
            found.closed = True
            # Found beneath a folder that was moved, by its path: what is not there is not told.
            found.created |= event.is_synthetic

            if before is None or not before.created:
                found.source = source
        else:
            found = seen.setdefault(path, _Seen())
            found.created |= event.event_type == "created"
            found.closed |= event.is_directory or event.event_type in {"closed", "deleted"}

            if event.event_type == "modified":
                found.closed = event.is_directory


def _due(seen: dict[str, _Seen]) -> list[Change]:
    """Take out of ``seen`` what is not being written any more."""
    due = []

    for path, found in list(seen.items()):
        found.moments += 1

        if found.closed or found.moments > _OPEN_MOMENTS:
            del seen[path]
            due.append(Change(path, found.created, found.source))

            if len(due) == _CHANGES_PER_TURN:
                break

    return due


def _has_many_folders(folder: str) -> bool:
    waiting = [(folder, 0)]
    count = 0

    while waiting:
        path, depth = waiting.pop()

        with suppress(OSError), os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, depth + 1))
                    count += 1

                    if count > FOLDERS_WATCHED_MAX or depth >= TREE_DEPTH_MAX:
                        return True

    return False
