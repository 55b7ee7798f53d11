"""Who waits for whom, against a slow and obvious judge; and that ten thousand are no burden."""

import random
from itertools import count

import pytest

from simulator.daemons.filecoordinationd.claims import Claims
from simulator.daemons.filecoordinationd.overlapping import overlaps
from simulator.daemons.filecoordinationd.presenters import Presenter, Presenters
from simulator.daemons.filecoordinationd.state import (
    Claim,
    Intent,
    Phase,
    Place,
    is_beneath,
    item_of,
)
from simulator.xpc.coordination import Ask, News, Writing

ROOT = "/group"
PATHS = ("/group/a", "/group/a/b", "/group/a/b/c", "/group/d", "/group/x.rtfd/t", "/group/x.rtfd")
TREES = (Writing.FOR_DELETING, Writing.FOR_MOVING, Writing.FOR_REPLACING)

numbers = count(1)


def place(path: str) -> Place:
    return Place(ROOT, path, path)


def claim_of(
    client: str, *intents: tuple[str, bool, int], purpose: object = None, presenter: int = 0
) -> Claim[str]:
    wanted = tuple(
        Intent[str](place(path), is_write=is_write, options=options)
        for path, is_write, options in intents
    )
    number = next(numbers)

    return Claim(client, number, purpose or number, wanted, presenter=presenter)


def read(client: str, path: str = "/group/a") -> Claim[str]:
    return claim_of(client, (path, False, 0))


def write(client: str, path: str = "/group/a", options: int = 0) -> Claim[str]:
    return claim_of(client, (path, True, options))


def meet(one: Claim[str], other: Claim[str]) -> bool:
    """Say whether two claims exclude each other: every pair of their intents, by the book."""
    if one.purpose == other.purpose:
        return False

    for a in one.intents:
        for b in other.intents:
            if a.item == b.item and (a.is_write or b.is_write):
                return True

            for outer, inner in ((a, b), (b, a)):
                takes_tree = outer.is_write and outer.options in TREES

                if takes_tree and outer.item != inner.item and is_beneath(inner.item, outer.item):
                    return True

    return False


class Desk:
    """Claims that are granted as soon as it is their turn."""

    def __init__(self) -> None:
        self.claims: Claims[str] = Claims()
        self.granted: list[Claim[str]] = []
        self.came: list[Claim[str]] = []

    def add(self, claim: Claim[str]) -> bool:
        self.came.append(claim)

        if self.claims.add(claim):
            self._grant(claim)

        return claim.phase is Phase.HELD

    def remove(self, claim: Claim[str]) -> None:
        self.came.remove(claim)
        self.turn(self.claims.remove(claim))

    def turn(self, ready: list[Claim[str]]) -> None:
        for claim in ready:
            if claim.phase is Phase.WAITING and self.claims.look(claim):
                self._grant(claim)

    def _grant(self, claim: Claim[str]) -> None:
        self.claims.grant(claim)
        self.granted.append(claim)

    @property
    def held(self) -> list[Claim[str]]:
        return [claim for claim in self.came if claim.phase is Phase.HELD]


@pytest.mark.parametrize("seed", range(40))
def test_the_claims_that_hold_are_those_that_the_book_allows(seed: int) -> None:
    """In random order of coming and going, with purposes shared and options of every kind."""
    chance = random.Random(seed)
    desk = Desk()

    for _ in range(200):
        if desk.came and chance.random() < 0.45:
            desk.remove(chance.choice(desk.came))
        else:
            intents = [
                (
                    chance.choice(PATHS),
                    is_write := chance.random() < 0.5,
                    chance.choice(Writing.EACH) if is_write else 0,
                )
                for _ in range(chance.choice((1, 1, 2)))
            ]
            purpose = f"purpose {chance.randrange(3)}" if chance.random() < 0.3 else None
            desk.add(claim_of("client", *intents, purpose=purpose))

        held = desk.held

        assert not any(meet(one, other) for at, one in enumerate(held) for other in held[:at]), (
            "two hold what excludes each other"
        )

        assert bool(desk.came) == bool(held), "everybody waits"

        for claim in desk.came:
            if claim.phase is Phase.WAITING:
                before = [each for each in desk.came if each.order < claim.order]
                in_the_way = [*before, *held]

                assert any(meet(claim, other) for other in in_the_way), "one waits for nobody"


def test_all_have_had_their_turn_when_all_have_ended() -> None:
    chance = random.Random(7)
    desk = Desk()
    all_of_them = [
        write(f"client {n}", chance.choice(PATHS), chance.choice(Writing.EACH)) for n in range(300)
    ]

    for claim in all_of_them:
        desk.add(claim)

    while desk.held:
        desk.remove(chance.choice(desk.held))

    assert len(desk.granted) == 300
    assert len(desk.claims) == 0
    assert desk.claims._items == {}
    assert desk.claims._held == {}


def test_ten_thousand_writers_have_their_turn_in_order() -> None:
    desk = Desk()
    writers = [write("client") for _ in range(10_000)]

    for claim in writers:
        desk.add(claim)

    for at, claim in enumerate(writers):
        assert desk.granted[at:] == [claim]

        desk.turn(desk.claims.remove(claim))

    assert desk.granted == writers


def test_ten_thousand_readers_have_their_turn_together() -> None:
    desk = Desk()
    first, last = write("client"), write("client")
    desk.add(first)
    readers = [read("client") for _ in range(10_000)]

    for claim in (*readers, last):
        desk.add(claim)

    desk.remove(first)

    assert desk.granted == [first, *readers]

    for claim in readers:
        assert last.phase is Phase.WAITING

        desk.turn(desk.claims.remove(claim))

    assert desk.granted[-1] is last


def test_who_is_passed_over_is_in_nobodys_way_and_waits_for_who_came_by() -> None:
    desk = Desk()
    holder, sleeper, other = write("a"), write("b"), write("c")
    desk.add(holder)
    desk.add(sleeper)
    desk.add(other)
    desk.turn(desk.claims.pass_over("b"))
    desk.remove(holder)

    assert desk.held == [other]

    desk.turn(desk.claims.take_back("b"))

    assert desk.held == [other]

    desk.remove(other)

    assert desk.held == [sleeper]


@pytest.mark.parametrize(
    ("slept_with", "got"),
    [
        (("/group/a/b", False, 0), ("/group/a", True, Writing.FOR_DELETING)),
        (("/group/a/b", True, 0), ("/group/a", True, Writing.FOR_MOVING)),
        (("/group/a/b", True, Writing.FOR_DELETING), ("/group/a", True, Writing.FOR_REPLACING)),
        (("/group/a", True, Writing.FOR_DELETING), ("/group/a/b/c", False, 0)),
        (("/group/x.rtfd/t", True, 0), ("/group/x.rtfd", False, 0)),
        (("/group/a", False, 0), ("/group/a", True, 0)),
    ],
)
def test_what_was_granted_over_a_sleepers_head_is_found(
    slept_with: tuple[str, bool, int], got: tuple[str, bool, int]
) -> None:
    desk = Desk()
    sleeper = claim_of("a", ("/group/d", False, 0), slept_with)
    harmless = [claim_of("b", ("/group/d", False, 0)), claim_of("c", slept_with, purpose="p")]
    sleeper.purpose = harmless[1].purpose
    other = claim_of("d", got)

    for claim in (sleeper, *harmless):
        assert desk.add(claim)

    desk.turn(desk.claims.pass_over("a"))
    desk.turn(desk.claims.pass_over("c"))

    assert desk.add(other)
    assert overlaps(desk.claims, "a") == [(sleeper, other)]

    desk.remove(other)

    assert overlaps(desk.claims, "a") == []


@pytest.mark.parametrize("seed", range(20))
def test_what_overlaps_is_what_the_book_says(seed: int) -> None:
    chance = random.Random(seed)
    desk = Desk()
    asleep: set[str] = set()

    for _ in range(150):
        client = chance.choice("abc")

        if client not in asleep and chance.random() < 0.1:
            asleep.add(client)
            desk.turn(desk.claims.pass_over(client))
        elif client in asleep:
            asleep.discard(client)
            held = desk.held
            expected = {
                one
                for one in held
                if one.client == client
                and any(meet(one, other) for other in held if other.client != client)
            }
            found = overlaps(desk.claims, client)

            assert {one for one, _ in found} == expected
            assert all(meet(one, other) for one, other in found)
            assert all(other in held and other.client != client for _, other in found)

            desk.turn(desk.claims.take_back(client))
        elif desk.came and chance.random() < 0.3:
            desk.remove(
                chance.choice(
                    [each for each in desk.came if each.client not in asleep] or desk.came
                )
            )
        else:
            is_write = chance.random() < 0.5
            options = chance.choice(Writing.EACH) if is_write else 0
            purpose = f"purpose {chance.randrange(3)}" if chance.random() < 0.3 else None
            desk.add(claim_of(client, (chance.choice(PATHS), is_write, options), purpose=purpose))


def test_a_client_that_is_forgotten_leaves_nothing() -> None:
    desk = Desk()
    desk.add(write("a"))
    desk.turn(desk.claims.pass_over("a"))
    desk.remove(desk.came[0])

    assert desk.claims.passed_over == 1

    desk.claims.forget("a")

    assert desk.claims.passed_over == 0


def test_a_process_that_is_asked_goes_before_who_asks() -> None:
    claims: Claims[str] = Claims()
    asks = write("a")
    assert claims.add(asks)
    asks.phase = Phase.ASKING
    waits = write("c")
    assert not claims.add(waits)
    saves = write("b")

    assert claims.add(saves, [asks])

    claims.grant(saves)

    assert not claims.look(asks)
    assert claims.remove(saves) == [asks]


def test_who_holds_and_asks_for_more_does_not_wait_for_those_who_wait() -> None:
    desk = Desk()
    first = claim_of("a", ("/group/a", True, 0), purpose="p")
    other = write("b")
    nested = claim_of("a", ("/group/a", True, 0), purpose="p")

    assert [desk.add(claim) for claim in (first, other, nested)] == [True, False, True]

    desk.remove(first)

    assert other.phase is Phase.WAITING

    desk.remove(nested)

    assert desk.held == [other]


def test_the_outermost_package_is_the_item() -> None:
    items = {
        "/group/a.txt": "/group/a.txt",
        "/group/x.rtfd/TXT": "/group/x.rtfd",
        "/group/X.RTFD/y.bundle/z": "/group/X.RTFD",
        "/group/plain/y.bundle/z": "/group/plain/y.bundle",
    }

    assert {path: item_of(place(path)) for path in items} == items


def test_who_waits_for_something_in_a_folder_that_is_moved_goes_with_it() -> None:
    desk = Desk()
    mover = claim_of("a", ("/group/a", True, Writing.FOR_MOVING))
    reader, replacer = read("b", "/group/a/b"), write("b", "/group/a/b", Writing.FOR_REPLACING)

    for claim in (mover, reader, replacer):
        desk.add(claim)

    desk.turn(desk.claims.move(place("/group/a"), place("/group/z")))

    assert reader.intents[0].place.path == "/group/z/b"
    assert replacer.intents[0].place.path == "/group/a/b"
    assert desk.held == [mover, reader]

    desk.remove(mover)

    assert desk.held == [reader, replacer]


@pytest.mark.parametrize(
    ("old", "gone", "beneath"),
    [
        ("/group/a", {"/group/a", "/group/a/b", "/group/a/b/c"}, 2),
        ("/group/a/b", {"/group/a/b", "/group/a/b/c"}, 1),
        ("/group/x.rtfd", {"/group/x.rtfd/t", "/group/x.rtfd"}, 0),
        ("/group/x.rtfd/t", {"/group/x.rtfd/t"}, 0),
        ("/group/x.rtfd/none", set(), 0),
        ("/group", set(PATHS), 6),
        ("/group/none", set(), 0),
    ],
)
def test_all_that_waits_beneath_what_is_moved_goes_with_it(
    old: str, gone: set[str], beneath: int
) -> None:
    desk = Desk()
    desk.add(write("a", "/group", Writing.FOR_DELETING))
    waiting = [read("b", path) for path in PATHS]

    for claim in waiting:
        desk.add(claim)

    assert desk.claims.beneath(place(old)) == beneath

    desk.turn(desk.claims.move(place(old), place("/group/new")))
    there = {
        before: claim.intents[0].place.path for before, claim in zip(PATHS, waiting, strict=True)
    }

    assert there == {
        path: f"/group/new{path[len(old) :]}" if path in gone else path for path in PATHS
    }
    assert desk.held == desk.came[:1]


def test_a_folders_presenter_without_a_method_for_it_hears_that_the_folder_changed() -> None:
    presenters: Presenters[str] = Presenters()
    folder = Presenter("a", 1, place("/group/a"), News.DID_CHANGE | Ask.SAVE)
    named = Presenter("a", 2, place("/group/a"), News.SUBITEM_DID_CHANGE)
    deaf = Presenter("a", 3, place("/group/a"), 0)

    for each in (folder, named, deaf):
        presenters.add(each)

    told = presenters.changed(place("/group/a/b/c"))

    assert [(each.presenter, each.what) for each in told] == [
        (folder, News.DID_CHANGE),
        (named, News.SUBITEM_DID_CHANGE),
    ]
    assert presenters.questions(read("b", "/group/a/b")) == []
