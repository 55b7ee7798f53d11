"""The rows that may be open, by level, each with the reason why nothing there can close it.

A row that is open and not here makes ``make escape`` and ``make test`` fail.
"""

from typing import Final

__all__ = ("ACCEPTED",)

_COUNTER = (
    "every process and thread takes a number that all see; a pid namespace would break signals"
)
_LOOKUP = "Landlock governs no lookup; the names of other containers cannot be learned or guessed"
_LOCKS = "a lock needs reading alone, and both read Python; SQLite lives by locks, so they stay"

ACCEPTED: Final[dict[str, dict[str, str]]] = {
    "SEALED": {"side-pid-counter": _COUNTER},
    "STRONG": {
        "side-pid-counter": _COUNTER,
        **dict.fromkeys(
            (
                "meta-access",
                "meta-chdir",
                "meta-exists",
                "meta-path-only",
                "meta-readlink",
                "meta-statx",
                "meta-times",
            ),
            _LOOKUP,
        ),
        "meta-exists-outside": "Landlock governs no lookup; what has a known name can be seen",
        **dict.fromkeys(("lock-flock", "lock-posix-lock", "lock-ofd-lock"), _LOCKS),
        "meta-access-time": "reading a file that both may read moves its access time",
        "proc-exists": "Landlock governs no lookup, and /proc is there",
        "proc-fd-count": "Landlock governs no lookup, and /proc is there",
    },
}
