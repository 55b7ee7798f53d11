"""Who waits for whom. Pure.

First come, first served: a claim waits for every earlier one that is in its way, granted or not,
so that nobody starves. A waiting claim knows one claim that is in its way, the latest; when that
is gone it looks for another. So to release one of ten thousand costs as much as to release one of
ten.

Two claims are in each other's way when they have different purposes, are about one item, and one of
them writes; or when one deletes, moves or replaces a folder in which the other's item lies.

Who already holds something for the same purpose does not wait for those who wait, for it may be for
him; nor does the process of a presenter that somebody is asking: it may have to save first. Such a
claim has a level of its own, and comes before all of the levels above. So there is one order, in
which everybody waits for who is before him and for who holds: there are no rings but those that a
guest makes itself, by claiming one thing while it holds another.

A process that is passed over (it is suspended) is in nobody's way, and is granted nothing.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, Generic

from simulator.daemons.filecoordinationd.state import (
    Claim,
    Client,
    Intent,
    Phase,
    Place,
    ancestors_of,
    is_beneath,
    item_of,
)
from simulator.xpc.coordination import Writing

__all__ = ("Claims",)

_LEVEL: Final = 1  # of a claim that waits for everybody before it


def _order(intent: Intent[Client]) -> tuple[int, int]:
    return intent.claim.order


class _Item(Generic[Client]):
    """The intents about one item, in order."""

    __slots__ = ("readers", "trees", "writers")

    def __init__(self) -> None:
        self.readers: list[Intent[Client]] = []
        self.writers: list[Intent[Client]] = []
        self.trees = 0  # how many of the writers take the whole tree

    def lists(self, *, is_write: bool) -> tuple[list[Intent[Client]], ...]:
        """Return what may be in the way of a writer, or of a reader."""
        return (self.writers, self.readers) if is_write else (self.writers,)


class Claims(Generic[Client]):
    """The claims of one device."""

    def __init__(self) -> None:
        self._items: dict[str, _Item[Client]] = {}
        self._trees = 0
        self._below: dict[str, Counter[object]] = {}  # folder → purposes of what is beneath it
        self._claims: dict[tuple[Client, int], Claim[Client]] = {}
        self._counts: dict[Client, int] = {}
        self._held: dict[object, int] = {}  # purpose → how many claims of it are held
        self._levels: Counter[int] = Counter()  # how many claims of each level there are
        self._passed_over: set[Client] = set()
        self._last = 0

    def __iter__(self) -> Iterator[Claim[Client]]:
        return iter(self._claims.values())

    def __len__(self) -> int:
        return len(self._claims)

    def find(self, client: Client, number: int) -> Claim[Client] | None:
        """Return a claim by its client's number."""
        return self._claims.get((client, number))

    def of(self, client: Client) -> list[Claim[Client]]:
        """Return the claims of a client."""
        return [claim for claim in self._claims.values() if claim.client == client]

    def count(self, client: Client) -> int:
        """Return how many items a client's claims are about."""
        return self._counts.get(client, 0)

    @property
    def passed_over(self) -> int:
        """How many clients are passed over."""
        return len(self._passed_over)

    def beneath(self, place: Place) -> int:
        """Return how many intents are about something beneath a place."""
        return sum(self._below.get(place.path, {}).values())

    def writing(self, path: str) -> list[Claim[Client]]:
        """Return the claims, held or not, that write to exactly this item."""
        item = self._items.get(path)

        return [] if item is None else [intent.claim for intent in item.writers]

    # -- coming and going --------------------------------------------------------------------

    def add(self, claim: Claim[Client], asking: Iterable[Claim[Client]] = ()) -> bool:
        """Let a claim wait its turn; return whether it is its turn.

        Args:
            claim: New.
            asking: The claims that are asking a presenter of its process.
        """
        self._last += 1
        levels = [each.order[0] for each in asking]

        if self._held.get(claim.purpose, 0):
            levels += self._levels

        claim.order = (min(levels, default=_LEVEL + 1) - 1, self._last)
        self._levels[claim.order[0]] += 1
        self._claims[claim.client, claim.number] = claim
        self._counts[claim.client] = self.count(claim.client) + len(claim.intents)

        for intent in claim.intents:
            self._put(intent)

        return self.look(claim)

    def grant(self, claim: Claim[Client]) -> None:
        """Let a claim be held."""
        claim.phase = Phase.HELD
        self._held[claim.purpose] = self._held.get(claim.purpose, 0) + 1

    def remove(self, claim: Claim[Client]) -> list[Claim[Client]]:
        """Forget a claim; return whose turn it is now, in order."""
        if claim.phase is Phase.HELD:
            self._held[claim.purpose] -= 1

            if not self._held[claim.purpose]:
                del self._held[claim.purpose]

        claim.phase = Phase.GONE
        self._levels[claim.order[0]] -= 1

        if not self._levels[claim.order[0]]:
            del self._levels[claim.order[0]]

        del self._claims[claim.client, claim.number]
        self._counts[claim.client] -= len(claim.intents)

        if not self._counts[claim.client]:
            del self._counts[claim.client]

        for intent in claim.intents:
            self._take(intent)

        self._stop_waiting(claim)

        return self._look_again(claim)

    def _put(self, intent: Intent[Client]) -> None:
        item = self._items.setdefault(intent.item, _Item())
        insort(item.writers if intent.is_write else item.readers, intent, key=_order)

        if intent.is_tree:
            item.trees += 1
            self._trees += 1

        for folder in ancestors_of(intent.item, intent.place.root):
            below = self._below.get(folder)

            if below is None:
                self._below[folder] = Counter((intent.claim.purpose,))
            else:
                below[intent.claim.purpose] += 1

    def _take(self, intent: Intent[Client]) -> None:
        item = self._items[intent.item]
        intents = item.writers if intent.is_write else item.readers
        at = bisect_left(intents, intent.claim.order, key=_order)

        while intents[at] is not intent:  # one claim may be about an item twice
            at += 1

        del intents[at]

        if intent.is_tree:
            item.trees -= 1
            self._trees -= 1

        if not item.readers and not item.writers:
            del self._items[intent.item]

        for folder in ancestors_of(intent.item, intent.place.root):
            below = self._below[folder]
            below[intent.claim.purpose] -= 1

            if not below[intent.claim.purpose]:
                del below[intent.claim.purpose]

            if not below:
                del self._below[folder]

    # -- whose turn it is --------------------------------------------------------------------

    def look(self, claim: Claim[Client]) -> bool:
        """Say whether nobody is in the way of a claim; else it waits for who is."""
        self._stop_waiting(claim)

        if claim.client in self._passed_over:
            return False

        for intent in claim.intents:
            blocker = self._in_the_way(intent)

            if blocker is not None:
                claim.blocker = blocker
                blocker.waiters[claim] = None

                return False

        return True

    def _look_again(self, claim: Claim[Client]) -> list[Claim[Client]]:
        waiters = sorted(claim.waiters, key=lambda each: each.order)

        return [waiter for waiter in waiters if self.look(waiter)]

    def _stop_waiting(self, claim: Claim[Client]) -> None:
        if claim.blocker is not None:
            claim.blocker.waiters.pop(claim, None)
            claim.blocker = None

    def _in_the_way(self, intent: Intent[Client]) -> Claim[Client] | None:
        item = self._items[intent.item]

        for intents in item.lists(is_write=intent.is_write):
            found = self._latest(intents, intent)

            if found is not None:
                return found

        return self._above_or_below(intent) if self._trees else None

    def _latest(
        self, intents: list[Intent[Client]], intent: Intent[Client]
    ) -> Claim[Client] | None:
        """Return the latest of ``intents`` that is in the way of ``intent``."""
        claim = intent.claim
        end = (
            len(intents)
            if claim.order[0] < _LEVEL or claim.looks_behind
            else bisect_left(intents, claim.order, key=_order)
        )

        for at in range(end - 1, -1, -1):
            other = intents[at].claim

            if self._is_in_the_way(other, claim):
                return other

            # Whoever it waits for may be in the way of both: the run of those in between is long
            # when many of one purpose wait.
            blocker = other.blocker

            if (
                blocker is not None
                and self._is_in_the_way(blocker, claim)
                and any(_meet(each, intent) for each in blocker.intents)
            ):
                return blocker

        return None

    def _is_in_the_way(self, other: Claim[Client], claim: Claim[Client]) -> bool:
        return (
            other.phase is not Phase.GONE
            and other.purpose != claim.purpose
            and (other.phase is Phase.HELD or other.order < claim.order)
            and other.client not in self._passed_over
        )

    def _above_or_below(self, intent: Intent[Client]) -> Claim[Client] | None:
        """Return who takes a folder above, or where this one takes a folder, who is beneath it."""
        for folder in ancestors_of(intent.item, intent.place.root):
            item = self._items.get(folder)

            if item is not None and item.trees:
                trees = [each for each in item.writers if each.is_tree]
                found = self._latest(trees, intent)

                if found is not None:
                    return found

        if not intent.is_tree or self._below.get(intent.item, {}).keys() <= {intent.claim.purpose}:
            return None

        latest: Claim[Client] | None = None

        for path, item in self._items.items():
            if path == intent.item or not is_beneath(path, intent.item):
                continue

            for intents in item.lists(is_write=True):
                found = self._latest(intents, intent)

                if found is not None and (latest is None or latest.order < found.order):
                    latest = found

        return latest

    # -- what happens to others --------------------------------------------------------------

    def pass_over(self, client: Client) -> list[Claim[Client]]:
        """Let a client be in nobody's way; return whose turn it is now."""
        self._passed_over.add(client)
        ready: dict[Claim[Client], None] = {}

        for claim in self.of(client):
            claim.looks_behind = True
            ready |= dict.fromkeys(self._look_again(claim))

        return [claim for claim in ready if claim.blocker is None]

    def take_back(self, client: Client) -> list[Claim[Client]]:
        """Let a client count again; return which of its claims have their turn."""
        self._passed_over.discard(client)

        return [
            claim
            for claim in self.of(client)
            if claim.phase in {Phase.WAITING, Phase.ASKED} and self.look(claim)
        ]

    def forget(self, client: Client) -> None:
        """Keep nothing of a client that is gone and has no claims any more."""
        self._passed_over.discard(client)

    def move(self, old: Place, new: Place) -> list[Claim[Client]]:
        """Let everybody who waits for an item that was moved wait for it where it is now.

        Who replaces an item stays where it was. Returns whose turn it is now.
        """
        moved = [
            intent
            for path in self._items_around(old)
            for intents in self._items[path].lists(is_write=True)
            for intent in intents
            if is_beneath(intent.place.path, old.path)
            and intent.claim.phase is not Phase.HELD
            and not (intent.is_write and intent.options == Writing.FOR_REPLACING)
        ]
        concerned: dict[Claim[Client], None] = {}

        for intent in moved:
            rest = intent.place.path[len(old.path) :]
            self._take(intent)
            intent.put(Place(new.root, new.path + rest, new.label + rest))
            self._put(intent)
            concerned |= dict.fromkeys((intent.claim, *intent.claim.waiters))

        return [
            claim
            for claim in sorted(concerned, key=lambda each: each.order)
            if claim.phase in {Phase.WAITING, Phase.ASKED} and self.look(claim)
        ]

    def _items_around(self, place: Place) -> list[str]:
        """Return the item that a place is, or is a part of, and those beneath it."""
        own = item_of(place)
        items = [own] if own in self._items else []

        if place.path in self._below:
            items += [path for path in self._items if path.startswith(f"{place.path}/")]

        return items


def _meet(one: Intent[Client], other: Intent[Client]) -> bool:
    if one.item == other.item:
        return one.is_write or other.is_write

    return (one.is_tree and is_beneath(other.item, one.item)) or (
        other.is_tree and is_beneath(one.item, other.item)
    )
