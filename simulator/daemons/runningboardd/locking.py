"""0xdead10cc: which locks a process must not hold when it is suspended.

A lock on a file in a shared container: whoever waited for it would wait until the process runs
again. Private containers are nobody else's, and a WAL connection that is open and idle is in
nobody's way. Sources: Apple, Technical Note TN2408; Apple engineers and developers in forums.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from simulator.daemonkit.sqlitelocks import held_by

__all__ = ("DEAD10CC", "SharedLock", "dead10cc", "shared_locks")

DEAD10CC: Final = 0xDEAD10CC
_NAMED: Final = 3


class SharedLock(NamedTuple):
    """A lock on a file of an App Group: which group, which file, what kind in words."""

    group: str
    path: str
    words: str


def shared_locks(pid: int, groups: Mapping[str, str]) -> list[SharedLock]:
    """Return the locks of a process that are in the way of others in its App Groups. Blocks.

    Args:
        pid: The process, stopped.
        groups: App Group id → folder.
    """
    by_folder = {folder: group for group, folder in groups.items()}

    return [
        SharedLock(by_folder[held.lock.root], held.lock.path, held.words)
        for held in held_by(pid, by_folder)
        if not held.is_idle
    ]


def dead10cc(locks: list[SharedLock]) -> str:
    """Return why a process is ended, with the files and the kinds of locks."""
    told = [f"{lock.path} of {lock.group} ({lock.words})" for lock in locks[:_NAMED]]
    more = f" and {len(locks) - _NAMED} more" if len(locks) > _NAMED else ""

    return (
        f"0xdead10cc: it was suspended while it held a lock in a shared container: "
        f"{'; '.join(told)}{more}"
    )
