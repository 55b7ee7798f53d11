"""Who presents what; who is asked before, and who is told after somebody reads or writes. Pure."""

from collections.abc import Iterator
from typing import Final, Generic, NamedTuple

from simulator.daemons.filecoordinationd.state import (
    Claim,
    Client,
    Intent,
    Place,
    ancestors_of,
    is_beneath,
    item_of,
)
from simulator.xpc.coordination import Ask, News, Reading, Writing

__all__ = ("Moved", "Presenter", "Presenters", "Question", "Tidings")

_ENDS: Final = Writing.FOR_DELETING | Writing.FOR_REPLACING
_UNREAD: Final = Reading.WITHOUT_CHANGES | Reading.IMMEDIATELY_AVAILABLE_METADATA_ONLY


class Presenter(Generic[Client]):
    """Somebody who shows an item, and wants to be asked and told.

    Attributes:
        client: Whose.
        number: The client's own number, from 1.
        place: What it presents; changes when the item is moved.
        can: Bits of :class:`Ask` and :class:`News`: what it has a method for.
        on_main: Whether its queue is the main one.
        line: The guest's source line.
        is_deaf: It was passed over for not answering, and has not answered since.
    """

    __slots__ = ("can", "client", "is_deaf", "item", "line", "number", "on_main", "place")

    def __init__(self, client: Client, number: int, place: Place, can: int) -> None:
        self.client = client
        self.number = number
        self.can = can
        self.on_main = False
        self.line = ""
        self.is_deaf = False
        self.put(place)

    def put(self, place: Place) -> None:
        """Let it present another place."""
        self.place = place
        self.item = item_of(place)


class Question(NamedTuple, Generic[Client]):
    """What one presenter is asked for one claim.

    Attributes:
        presenter: Whom.
        steps: Bits of :class:`Ask`.
        path: The item in a presented folder that will be deleted, or nothing.
    """

    presenter: Presenter[Client]
    steps: int
    path: str


class Tidings(NamedTuple, Generic[Client]):
    """What one presenter is told.

    Attributes:
        presenter: Whom.
        what: One of :class:`News`.
        path: What it is about.
        new: Where it is now, if it was moved.
    """

    presenter: Presenter[Client]
    what: int
    path: str
    new: str = ""


class Moved(NamedTuple, Generic[Client]):
    """What comes of a move.

    Attributes:
        placed: Who presents another place now, whether it is told or not.
        told: Who is told what.
    """

    placed: list[Presenter[Client]]
    told: list[Tidings[Client]]


class Presenters(Generic[Client]):
    """The presenters of one device."""

    def __init__(self) -> None:
        self._presenters: dict[tuple[Client, int], Presenter[Client]] = {}
        self._of_item: dict[str, dict[Presenter[Client], None]] = {}
        self._counts: dict[Client, int] = {}

    def __iter__(self) -> Iterator[Presenter[Client]]:
        return iter(self._presenters.values())

    def __len__(self) -> int:
        return len(self._presenters)

    def find(self, client: Client, number: int) -> Presenter[Client] | None:
        """Return a presenter by its client's number."""
        return self._presenters.get((client, number))

    def of(self, client: Client) -> list[Presenter[Client]]:
        """Return the presenters of a client."""
        return [each for each in self._presenters.values() if each.client == client]

    def count(self, client: Client) -> int:
        """Return how many presenters a client has."""
        return self._counts.get(client, 0)

    def add(self, presenter: Presenter[Client]) -> None:
        """Ask and tell a presenter from now on."""
        self._presenters[presenter.client, presenter.number] = presenter
        self._counts[presenter.client] = self.count(presenter.client) + 1
        self._of_item.setdefault(presenter.item, {})[presenter] = None

    def remove(self, presenter: Presenter[Client]) -> None:
        """Ask and tell a presenter no longer."""
        del self._presenters[presenter.client, presenter.number]
        self._counts[presenter.client] -= 1

        if not self._counts[presenter.client]:
            del self._counts[presenter.client]

        self._leave(presenter)

    def _leave(self, presenter: Presenter[Client]) -> None:
        there = self._of_item[presenter.item]
        del there[presenter]

        if not there:
            del self._of_item[presenter.item]

    # -- before ------------------------------------------------------------------------------

    def questions(self, claim: Claim[Client]) -> list[Question[Client]]:
        """Return what is asked before a claim is granted; the claim's own presenter is not."""
        steps: dict[Presenter[Client], int] = {}
        paths: dict[Presenter[Client], str] = {}

        for intent in claim.intents:
            for presenter, asked in self._asked(intent):
                steps[presenter] = steps.get(presenter, 0) | asked

                if asked & Ask.ACCOMMODATE_SUBITEM_DELETION:
                    paths[presenter] = intent.place.path

        own = self.find(claim.client, claim.presenter)

        return [
            Question(presenter, asked & presenter.can, paths.get(presenter, ""))
            for presenter, asked in steps.items()
            if presenter is not own and asked & presenter.can
        ]

    def _asked(self, intent: Intent[Client]) -> Iterator[tuple[Presenter[Client], int]]:
        if not self._presenters:
            return

        here = list(self._of_item.get(intent.item, ()))

        if not intent.is_write:
            saves = 0 if intent.options & _UNREAD else Ask.SAVE
            yield from ((each, Ask.RELINQUISH_TO_READER | saves) for each in here)
            return

        steps = Ask.RELINQUISH_TO_WRITER

        if intent.options & Writing.FOR_MERGING:
            steps |= Ask.SAVE
        elif intent.options & _ENDS:
            steps |= Ask.ACCOMMODATE_DELETION

        yield from ((each, steps) for each in here)

        if intent.is_tree:
            yield from ((each, steps) for each in self._beneath(intent.item))

        if intent.options & _ENDS:
            for each in self._above(intent.place):
                yield each, Ask.ACCOMMODATE_SUBITEM_DELETION

    def _beneath(self, path: str) -> Iterator[Presenter[Client]]:
        for item, presenters in list(self._of_item.items()):
            if item != path and is_beneath(item, path):
                yield from presenters

    def _above(self, place: Place) -> Iterator[Presenter[Client]]:
        for folder in ancestors_of(item_of(place), place.root):
            yield from self._of_item.get(folder, ())

    # -- after -------------------------------------------------------------------------------

    def concern(self, place: Place) -> bool:
        """Say whether somebody presents an item or a folder above it."""
        return bool(self._presenters) and any(
            path in self._of_item
            for path in (item_of(place), *ancestors_of(place.path, place.root))
        )

    def changed(self, place: Place, *, appeared: bool = False) -> list[Tidings[Client]]:
        """Return who is told that an item has changed, or has appeared in a folder."""
        below = News.SUBITEM_DID_APPEAR if appeared else News.SUBITEM_DID_CHANGE
        here = self._of_item.get(item_of(place), ())
        told = [Tidings(each, News.DID_CHANGE, each.place.path) for each in here]
        told += [_told_of_inside(each, below, place.path) for each in self._above(place)]

        return [each for each in told if each.what & each.presenter.can]

    def moved(self, old: Place, new: Place) -> Moved[Client]:
        """Let who presents an item present it where it is now."""
        placed = []
        told = []

        for each in [*self._of_item.get(item_of(old), ()), *self._beneath(old.path)]:
            if not is_beneath(each.place.path, old.path):
                continue

            rest = each.place.path[len(old.path) :]
            self._leave(each)
            each.put(Place(new.root, new.path + rest, new.label + rest))
            self._of_item.setdefault(each.item, {})[each] = None
            placed.append(each)
            told.append(Tidings(each, News.DID_MOVE, old.path + rest, each.place.path))

        left = dict.fromkeys(self._above(old))
        told += [_told_of_inside(each, News.SUBITEM_DID_MOVE, old.path, new.path) for each in left]
        told += [
            _told_of_inside(each, News.SUBITEM_DID_APPEAR, new.path)
            for each in self._above(new)
            if each not in left
        ]

        return Moved(placed, [each for each in told if each.what & each.presenter.can])


def _told_of_inside(
    presenter: Presenter[Client], what: int, path: str, new: str = ""
) -> Tidings[Client]:
    """Return what a folder's presenter is told; that it has changed, if it asks for no more."""
    if presenter.can & what:
        return Tidings(presenter, what, path, new)

    return Tidings(presenter, News.DID_CHANGE, presenter.place.path)
