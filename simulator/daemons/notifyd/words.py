"""Which word of the page counts which name.

A name that somebody checks gets a word of its own while there is one: the search goes on where the
last one ended, so that a word which was given back rests before it is used again. When all are
taken, names share: who checks one of them is told of posts of the others too, and misses none.
One guest gets ``NAMES_CHECKED_MAX`` words; its further names share these.

Source: Libnotify, ``_internal_new_name``, which uses the words round-robin when all are taken.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

from simulator.daemonkit.limits import NAMES_CHECKED_MAX
from simulator.xpc.page import COUNT_MASK

__all__ = ("Owner", "Words")

Owner = TypeVar("Owner", bound=Hashable)


class Words(Generic[Owner]):
    """The words of names. Word 0 is notifyd's own.

    Args:
        memory: The page's words; the upper halves are not notifyd's to change.
    """

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self._last = 0
        self._shared = 0
        self.forget_all()

    def forget_all(self) -> None:
        """Take all words back, as they are: notifyd was started anew."""
        self._users = [0] * len(self._memory)
        self._free = len(self._memory) - 1
        self._owners: dict[int, Owner] = {}
        self._owned: dict[Owner, list[int]] = {}

    def take(self, owner: Owner, before: int = 0) -> int:
        """Return a word for a name that ``owner`` checks.

        Args:
            owner: Who is charged for it.
            before: The word that the name had before notifyd was started anew, or 0.
        """
        owned = self._owned.setdefault(owner, [])

        if len(owned) >= NAMES_CHECKED_MAX:
            self._shared += 1
            word = owned[self._shared % len(owned)]
        elif 0 < before < len(self._users) and not self._users[before]:
            word = before
            self._own(word, owner)
        elif self._free:
            word = self._next_free()
            self._own(word, owner)
            self._set(word, 1)  # a new name counts from 1
        else:
            word = self._next()

        self._users[word] += 1

        return word

    def _own(self, word: int, owner: Owner) -> None:
        self._free -= 1
        self._owners[word] = owner
        self._owned[owner].append(word)

    def _next(self) -> int:
        self._last = self._last % (len(self._users) - 1) + 1

        return self._last

    def _next_free(self) -> int:
        while self._users[self._next()]:
            pass

        return self._last

    def give(self, word: int) -> None:
        """Take a word back from a name that nobody is registered for any more."""
        self._users[word] -= 1

        if self._users[word]:
            return

        self._free += 1
        owner = self._owners.pop(word, None)

        if owner is not None:
            self._owned[owner].remove(word)

    def forget(self, owner: Owner) -> None:
        """Charge nobody for what a guest that is gone shares with others."""
        for word in self._owned.pop(owner, ()):
            del self._owners[word]

    def count(self, word: int) -> None:
        """Count a post."""
        self._set(word, self._memory[word] + 1)

    def _set(self, word: int, count: int) -> None:
        self._memory[word] = self._memory[word] & ~COUNT_MASK | count & COUNT_MASK

    @property
    def free(self) -> int:
        """How many words count no name."""
        return self._free
