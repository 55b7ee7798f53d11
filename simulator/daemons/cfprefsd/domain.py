"""One open domain: its store, its words of the page, and the copies of it."""

from collections.abc import Callable

from shared_container.store import DomainStore
from simulator.daemonkit.guest import Guest
from simulator.daemons.cfprefsd.state import Changes
from simulator.xpc.page import PageView

__all__ = ("Domain",)

_WORD = 1 << 64


class Domain:
    """A domain that guests have copies of.

    Args:
        key: Its container and its name.
        store: Its values on disk; this host alone writes them.
        number: What guests call it.
        slot: Its generation's word of the page.
    """

    def __init__(self, key: tuple[str, str], store: DomainStore, number: int, slot: int) -> None:
        self.key = key
        self.store = store
        self.number = number
        self.slot = slot
        self.fold_waits = False
        self.folding = False
        self.closed = False
        self.owns_slot = True
        self._own: dict[Guest, int] = {}
        self._changes = Changes(store.sequence)

    @property
    def in_use(self) -> bool:
        """Whether a guest has it open."""
        return bool(self._own)

    def join(self, guest: Guest, take_slot: Callable[[], int | None]) -> None:
        """Give a guest a word for the bumps that are its own; 0 when none is free."""
        if guest not in self._own:
            self._own[guest] = take_slot() or 0

    def leave(self, guest: Guest) -> int:
        """Forget a guest; return its own word, 0 for none."""
        return self._own.pop(guest, 0)

    def set(self, guest: Guest, key: str, value: object, size: int, words: PageView) -> None:
        """Journal a change, then raise the generation, then the writer's own count.

        In this order: the guest reads its own count first, so a generation raised in between
        looks stale, which costs a fetch; the other way round a foreign change could look fresh.

        Raises:
            OSError: The journal cannot be written; nothing has changed.
            TypeError: The value is no property list.
        """
        before = self.store.sequence
        self.store.set_many({key: value})

        if self.store.sequence != before:
            kept = () if value is None else (self.store.values[key],)
            self._changes.add(self.store.sequence, key, kept, size)

        words.domains[self.slot] = (words.domains[self.slot] + 1) % _WORD
        own = self._own[guest]

        if own:
            words.own[own] = (words.own[own] + 1) % _WORD

    def snapshot(self, guest: Guest, words: PageView) -> dict[str, object]:
        """Return everything, for a copy that begins."""
        return {**self._head(guest, words), "values": self.store.values}

    def changes_since(self, guest: Guest, sequence: int, words: PageView) -> dict[str, object]:
        """Return what changed behind ``sequence``, or everything when that is forgotten."""
        changes = self._changes.since(sequence)

        if changes is None:
            return self.snapshot(guest, words)

        return {**self._head(guest, words), "changes": list(changes)}

    def _head(self, guest: Guest, words: PageView) -> dict[str, object]:
        own = self._own[guest]

        return {
            "index": self.number,
            "slot": self.slot,
            "own": own,
            "seen": words.domains[self.slot] - words.own[own],
            "sequence": self.store.sequence,
        }
