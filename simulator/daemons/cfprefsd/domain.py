"""One open domain: its store, its words of the page, and the copies of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared_container.store import DomainStore
from shared_container.values import is_same
from simulator.daemonkit.guest import Guest
from simulator.daemons.cfprefsd.state import Changes, Location
from simulator.xpc.page import PageView

if TYPE_CHECKING:
    from simulator.daemons.cfprefsd.following import Follower

__all__ = ("Copy", "Domain")

_WORD = 1 << 64


@dataclass(slots=True)
class Copy:
    """A guest's copy of a domain.

    Attributes:
        own: Its word of the page, 0 for none.
        known: The number of the last change that it has, if it has all before it.
        observing: Whether it wants to be told of changes.
        behind: Whether it was told to fetch, and has not yet.
        wrong: Whether it holds what was refused: it gets everything anew.
    """

    own: int
    known: int
    observing: bool = False
    behind: bool = False
    wrong: bool = False


class Domain:
    """A domain that guests have copies of.

    Args:
        location: Its container and its name.
        store: Its values on disk; this host alone writes them.
        number: What guests call it.
        slot: Its generation's word of the page.
        forced: What the device's management sets in it.
    """

    def __init__(
        self,
        location: Location,
        store: DomainStore,
        number: int,
        slot: int,
        forced: dict[str, object],
    ) -> None:
        self.key = (location.container, location.domain)
        self.location = location
        self.store = store
        self.number = number
        self.slot = slot
        self.forced = forced
        self.fold_failures = 0  # in a row
        self.folding = False
        self.closed = False
        self.forgotten = False  # its container is removed
        self.owns_slot = True
        self.hidden = False  # before the first unlock
        self.copies: dict[Guest, Copy] = {}
        self.followers: set[Follower] = set()
        self._changes = Changes(store.sequence)

    @property
    def in_use(self) -> bool:
        """Whether a guest has it open, or somebody follows it."""
        return bool(self.copies or self.followers)

    def join(self, guest: Guest, take_slot: Callable[[], int | None]) -> None:
        """Give a guest a word for the bumps that are its own; 0 when none is free."""
        if guest not in self.copies:
            self.copies[guest] = Copy(take_slot() or 0, self.store.sequence)

    def leave(self, guest: Guest) -> int:
        """Forget a guest; return its own word, 0 for none."""
        copy = self.copies.pop(guest, None)

        return 0 if copy is None else copy.own

    def set(self, guest: Guest | None, key: str, value: object, raw: bytes) -> bool:
        """Journal a change, and remember it; whether it is one.

        An equal value is none: nothing is written, and nobody hears of it.

        Args:
            guest: Who changes it; None is somebody outside every guest.
            key: What is set.
            value: To what; None removes it.
            raw: The value in the codec's bytes, nothing for None.

        Raises:
            OSError: The journal cannot be written; nothing has changed.
            TypeError: The value is no property list.
        """
        store = self.store

        if is_same(store.values.get(key), value):
            return False

        before = store.sequence
        kept: tuple[object, ...] = ()

        if value is None:
            store.remove(key)
        else:
            kept = (store.set_encoded(key, value, raw),)

        self._changes.add(store.sequence, key, kept, len(raw))
        copy = None if guest is None else self.copies.get(guest)

        if copy is not None and copy.known == before:
            copy.known = store.sequence

        return True

    def bump(self, guest: Guest | None, words: PageView) -> None:
        """Make every copy stale but the writer's own: the generation, then the own count.

        In this order: the guest reads its own count first, so a generation raised in between
        looks stale, which costs a fetch; the other way round a foreign change could look fresh.
        """
        words.domains[self.slot] = (words.domains[self.slot] + 1) % _WORD
        copy = None if guest is None else self.copies.get(guest)

        if copy is not None and copy.own:
            words.own[copy.own] = (words.own[copy.own] + 1) % _WORD

    def snapshot(self, guest: Guest, words: PageView) -> dict[str, object]:
        """Return everything, for a copy that begins."""
        values = {} if self.hidden else self.store.values

        return {**self._head(guest, words), "values": values, "forced": self.forced}

    def changes_since(self, guest: Guest, sequence: int, words: PageView) -> dict[str, object]:
        """Return what changed behind ``sequence``, or everything when that is forgotten."""
        copy = self.copies[guest]
        changes = None if copy.wrong or self.hidden else self._changes.since(sequence)
        copy.wrong = copy.behind = False

        if changes is None:
            return self.snapshot(guest, words)

        return {**self._head(guest, words), "changes": list(changes)}

    def seen(self, guest: Guest, words: PageView) -> int:
        """Return generation less own count: what a fresh copy of the guest has seen."""
        return words.domains[self.slot] - words.own[self.copies[guest].own]

    def _head(self, guest: Guest, words: PageView) -> dict[str, object]:
        copy = self.copies[guest]
        copy.known = self.store.sequence

        return {
            "index": self.number,
            "slot": self.slot,
            "own": copy.own,
            "seen": self.seen(guest, words),
            "sequence": self.store.sequence,
        }
