"""What is held at once though it should not be: somebody slept, and was passed over. Pure."""

from collections.abc import Iterator
from typing import Generic

from simulator.daemons.filecoordinationd.claims import Claims
from simulator.daemons.filecoordinationd.state import Claim, Client, Intent, Phase, ancestors_of

__all__ = ("overlaps",)

_Kept = dict[str, dict[object, Claim[Client]]]


class _Held(Generic[Client]):
    """Claims that are held, by path.

    Of one path two purposes are kept: one of them is not that of who asks. So it costs the same
    however many are held there.
    """

    def __init__(self) -> None:
        self._any: _Kept[Client] = {}
        self._writers: _Kept[Client] = {}
        self._trees: _Kept[Client] = {}
        self._beneath: _Kept[Client] = {}

    def put(self, intent: Intent[Client]) -> None:
        claim = intent.claim
        _keep(self._any, intent.item, claim)

        if intent.is_write:
            _keep(self._writers, intent.item, claim)

        if intent.is_tree:
            _keep(self._trees, intent.item, claim)

        for folder in ancestors_of(intent.item, intent.place.root):
            _keep(self._beneath, folder, claim)

    def beside(self, intent: Intent[Client]) -> Claim[Client] | None:
        """Return one that excludes an intent."""
        found = (
            claim
            for kept in self._in_the_way(intent)
            for purpose, claim in kept.items()
            if purpose != intent.claim.purpose
        )

        return next(found, None)

    def _in_the_way(self, intent: Intent[Client]) -> Iterator[dict[object, Claim[Client]]]:
        yield (self._any if intent.is_write else self._writers).get(intent.item, {})

        for folder in ancestors_of(intent.item, intent.place.root):
            yield self._trees.get(folder, {})

        if intent.is_tree:
            yield self._beneath.get(intent.item, {})


def _keep(kept: _Kept[Client], path: str, claim: Claim[Client]) -> None:
    there = kept.setdefault(path, {})

    if len(there) < 2:
        there.setdefault(claim.purpose, claim)


def overlaps(claims: Claims[Client], client: Client) -> list[tuple[Claim[Client], Claim[Client]]]:
    """Return what a client holds, each with a claim of another that is held, and excludes it."""
    mine = [claim for claim in claims.of(client) if claim.phase is Phase.HELD]

    if not mine:
        return []

    held: _Held[Client] = _Held()

    for claim in claims:
        if claim.phase is Phase.HELD and claim.client != client:
            for intent in claim.intents:
                held.put(intent)

    found = []

    for claim in mine:
        others = (held.beside(intent) for intent in claim.intents)
        other = next((each for each in others if each is not None), None)

        if other is not None:
            found.append((claim, other))

    return found
