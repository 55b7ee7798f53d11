"""What watchdog asks the kernel to watch, held beneath the containers.

Watchdog names folders by path, now and whenever it finds a new one, and a guest may put a link
anywhere on that path at any moment. So each folder is first opened beneath its container, following
no link at all, and what was opened is watched: nobody hears of what happens where a link leads.
"""

import os
from collections.abc import Iterable
from contextlib import suppress

from watchdog.observers.api import DEFAULT_OBSERVER_TIMEOUT, BaseObserver
from watchdog.observers.inotify import InotifyEmitter, InotifyObserver, InotifyWatchGroup
from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyConstants,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)
from watchdog.observers.inotify_move_event_grouper import GroupedInotifyEvent

from simulator.daemonkit.beneath import opened_beneath, relative_to

__all__ = ("BeneathObserver",)


class _KernelWatches(InotifyFD):
    def __init__(self) -> None:
        super().__init__()
        self.roots: set[str] = set()

    def add_callback(
        self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId
    ) -> WatchDescriptor:
        root, inside = _split(os.fsdecode(path), self.roots)
        # A link of /proc is followed, or it would be watched itself.
        follows = Mask(mask & ~InotifyConstants.IN_DONT_FOLLOW)

        with opened_beneath(root, inside, os.O_PATH | os.O_DIRECTORY, links=False) as folder:
            return super().add_callback(b"/proc/self/fd/%d" % folder, follows, callback, id_)


def _split(path: str, roots: Iterable[str]) -> tuple[str, str]:
    for root in tuple(roots):
        inside = relative_to(root, path)

        if inside is not None:
            return root, inside

    raise FileNotFoundError(path)


class _Group(InotifyWatchGroup):
    """Watches of a folder and what is beneath, as deep as Python walks and no deeper.

    One exception would end the thread, and with it all news of the device.
    """

    def _add_all_callbacks(self, path: bytes) -> None:
        with suppress(RecursionError):
            super()._add_all_callbacks(path)

    def _recursive_simulate(self, src_path: bytes) -> list[InotifyEvent]:
        try:
            return super()._recursive_simulate(src_path)
        except RecursionError:
            return []


class _Emitter(InotifyEmitter):
    def on_thread_start(self) -> None:
        self._inotify = _Group(
            self._inotify_fd,
            os.fsencode(self.watch.path),
            is_recursive=self.watch.is_recursive,
            event_mask=self.get_event_mask_from_filter(),
            follow_symlink=False,
        )

    def build_and_queue_event(
        self, event: GroupedInotifyEvent, *, full_events: bool = False
    ) -> None:
        with suppress(RecursionError):
            super().build_and_queue_event(event, full_events=full_events)


class BeneathObserver(InotifyObserver):
    """An observer of folders in containers."""

    def __init__(self) -> None:
        self._kernel_watches = _KernelWatches()
        self._kernel_watches.start()
        self._inotify_fd = self._kernel_watches  # which the base class stops
        BaseObserver.__init__(
            self, _Emitter, timeout=DEFAULT_OBSERVER_TIMEOUT, inotify_fd=self._kernel_watches
        )

    def allow(self, root: str) -> None:
        """Let folders beneath a container be watched from now on."""
        self._kernel_watches.roots.add(root)
