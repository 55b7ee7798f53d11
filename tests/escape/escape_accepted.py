"""The rows that may be open, by level, each with the reason why nothing there can close it.

A row that is open and not here makes ``make escape`` and ``make test`` fail.
"""

from typing import Final

__all__ = ("ACCEPTED",)

_COUNTER = (
    "every process and thread takes a number that all see; with a pid namespace a guest would "
    "ignore signals and die strangely"
)
_INODES = (
    "pipes and sockets take their inode numbers from one counter of the kernel, and fstat, which "
    "nobody can do without, shows them"
)
_PAGE = (
    "all guests map one page, whose words count: that some domain changed can be seen, not which "
    "one nor what"
)
_DEVICE = (
    "a device has one inode on the machine, and no overlay can give a guest its own: devices do "
    "not open in a user namespace's overlay"
)
_COVER = (
    "a container is covered by an empty folder; who knew its name, which nobody can, would see that"
)
_LOOKUP = "Landlock governs no lookup; the names of other containers cannot be learned or guessed"
_LOCKS = "a lock needs reading alone, and both read it; SQLite lives by locks, so they stay"
_PROC = "Landlock governs no lookup, and /proc is there"

_EVERYWHERE: Final = {
    "side-pid-counter": _COUNTER,
    "side-inode-counter": _INODES,
    "shm-page-words": _PAGE,
    "lock-flock-device": _DEVICE,
    "lock-posix-lock-device": _DEVICE,
}

ACCEPTED: Final[dict[str, dict[str, str]]] = {
    "SEALED": {**_EVERYWHERE, "meta-container-exists": _COVER},
    "STRONG": {
        **_EVERYWHERE,
        **dict.fromkeys(
            (
                "meta-access",
                "meta-chdir",
                "meta-container-exists",
                "meta-exists",
                "meta-path-only",
                "meta-readlink",
                "meta-statx",
                "meta-times",
            ),
            _LOOKUP,
        ),
        "meta-exists-outside": "Landlock governs no lookup; what has a known name can be seen",
        **dict.fromkeys(
            (
                "lock-flock",
                "lock-flock-folder",
                "lock-flock-frameworks",
                "lock-flock-single",
                "lock-ofd-lock",
                "lock-posix-lock",
            ),
            _LOCKS,
        ),
        "meta-access-time": "reading a file that both may read moves its access time",
        "proc-exists": _PROC,
        "proc-fd-count": _PROC,
    },
}
