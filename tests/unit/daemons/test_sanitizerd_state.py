"""Which accesses conflict, when a suspect becomes a race, and what is told of it."""

import pytest

from simulator.daemons.sanitizerd import state as module
from simulator.daemons.sanitizerd.locks import Locks, Wanted
from simulator.daemons.sanitizerd.order import Happening
from simulator.daemons.sanitizerd.orders import Orders
from simulator.daemons.sanitizerd.reports import CURES, DOINGS, KINDS, MISSING, Reports, lines_of
from simulator.daemons.sanitizerd.state import (
    ACCESSES,
    Access,
    Detector,
    Race,
    conflict,
)
from simulator.daemons.sanitizerd.updates import Claims, Place

FILE = "group.x/notes/index.json"


def access(process: str, kind: str, *, line: int = 1, read: int = 0, time_ns: int = 0) -> Access:
    place = Place(f"{process[0]}.py", line)

    return Access(
        process, 0, kind, 0, place, time_ns, 0, place._replace(line=read) if read else None
    )


class Scene:
    """A device with processes A and B and one file."""

    def __init__(self) -> None:
        self.order = Orders()
        self.claims = Claims()
        self.detector = Detector(self.order, self.claims)
        self.locks = Locks(self.order)
        self.events = 0
        self.released = 0

        for name in ("A", "B", "C"):
            self.order.begin(name)

    def touch(
        self, process: str, kind: str, line: int = 1, file: str = FILE, cause: int = 0
    ) -> None:
        self.detector.touch(file, access(process, kind, line=line)._replace(cause=cause))

    def coordinate(self, process: str, operation: str, claim: int) -> None:
        """Grant a coordinated write of the file, or release it."""
        actor = process if operation == "release" else "filecoordinationd"
        what, self.events = ("coordination", operation), self.events + 1
        self.claims.follow(self.events, what, process, {"claim": claim})
        cause = self.released if operation == "grant" else 0
        self.order.happen(Happening(self.events, actor, what, FILE, "w", cause, process))

        if operation == "release":
            self.released = self.events

    def update(self, process: str, *, claims: tuple[int, int], cause: int) -> None:
        """Read and write, each within a coordinated access."""
        self.coordinate(process, "grant", claims[0])
        self.touch(process, "read", cause=cause)

        if claims[0] != claims[1]:
            self.coordinate(process, "release", claims[0])
            self.coordinate(process, "grant", claims[1])

        self.touch(process, "replace", cause=cause)
        self.coordinate(process, "release", claims[1])

    def found(self) -> list[tuple[str, str, str]]:
        races = self.detector.confirm_all(1)

        return [(race.kind, race.first.process, race.second.process) for race in races]


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [
        ("read", "read", ""),
        ("read", "write", "torn-read"),
        ("read", "update", "torn-read"),
        ("read", "exclusive", "torn-read"),
        ("read", "append", ""),
        ("read", "replace", ""),
        ("read", "delete", ""),
        ("write", "write", "two-writers"),
        ("write", "update", "two-writers"),
        ("write", "replace", "two-writers"),
        ("write", "append", "lost-append"),
        ("write", "exclusive", "two-writers"),
        ("append", "append", ""),
        ("append", "exclusive", ""),
        ("append", "replace", "lost-append"),
        ("append", "update", "lost-append"),
        ("exclusive", "exclusive", ""),
        ("replace", "replace", ""),
        ("write", "delete", ""),
    ],
)
def test_which_accesses_conflict(first: str, second: str, kind: str) -> None:
    assert conflict(access("A", first), access("B", second)) == kind
    assert conflict(access("B", second), access("A", first)) == kind


@pytest.mark.parametrize("first", ["write", "update", "replace"])
@pytest.mark.parametrize("second", ["write", "update", "replace"])
def test_who_changes_what_it_has_read_loses_an_update(first: str, second: str) -> None:
    assert conflict(access("A", first, read=1), access("B", second)) == "lost-update"
    assert conflict(access("A", first), access("B", second, read=1)) == "lost-update"


def test_a_read_of_long_ago_makes_a_replacement_an_update(scene: Scene) -> None:
    scene.touch("A", "read")
    scene.touch("B", "replace")
    scene.touch("A", "replace")

    assert scene.found() == [("lost-update", "B", "A")]


def test_an_update_after_the_others_is_a_race_all_the_same(scene: Scene) -> None:
    """It has read what the other put there; next time it may have read before."""
    for process in ("A", "B"):
        scene.touch(process, "read")
        scene.touch(process, "replace")

    assert scene.found() == [("lost-update", "A", "B")]


def test_to_be_told_of_an_update_is_not_to_have_read_it(scene: Scene) -> None:
    """What A writes in the end is still what it made of the file before B's update."""
    scene.touch("A", "read")
    scene.touch("B", "read")
    scene.touch("B", "replace")
    scene.order.meet("A", "B")
    scene.touch("A", "replace")

    assert scene.found() == [("lost-update", "B", "A")]


def test_who_reads_again_when_it_is_told_loses_nothing(scene: Scene) -> None:
    scene.touch("A", "read")
    scene.touch("B", "read")
    scene.touch("B", "replace")
    scene.order.meet("A", "B")
    scene.touch("A", "read", line=2)
    scene.touch("A", "replace")
    scene.touch("A", "replace")

    assert scene.found() == []


def test_a_timer_goes_on_from_what_was_read_where_it_was_set(scene: Scene) -> None:
    """A handler reads the file to show it; the update that is written later began before that."""
    scene.touch("A", "read", line=1, cause=1)
    scene.touch("B", "replace", cause=2)
    scene.order.meet("A", "B")
    scene.touch("A", "read", line=2, cause=3)
    scene.touch("A", "replace", cause=1)

    (race,) = scene.detector.confirm_all(1)

    assert (race.kind, race.second.read) == ("lost-update", Place("A.py", 1))


@pytest.mark.parametrize(
    ("first", "again", "write"),
    [
        (1, 3, 4),  # another button than the one that read first
        (1, 3, 3),  # the handler itself
        (1, 0, 1),  # a thread has read it, for whatever goes on
        (5, 3, 5),  # the launch: what repeats from then on
    ],
)
def test_what_is_written_elsewhere_goes_on_from_the_last_read(
    scene: Scene, first: int, again: int, write: int
) -> None:
    scene.claims.follow(5, ("launch", "start"), "A", {})
    scene.touch("A", "read", cause=first)
    scene.touch("B", "replace", cause=2)
    scene.order.meet("A", "B")
    scene.touch("A", "read", cause=again)
    scene.touch("A", "replace", cause=write)

    assert scene.found() == []


def test_an_update_that_was_written_is_over(scene: Scene) -> None:
    """The timer writes a second time, of what the handler has read."""
    scene.touch("A", "read", cause=1)
    scene.touch("A", "replace", cause=1)
    scene.order.meet("B", "A")
    scene.touch("B", "replace", cause=2)
    scene.order.meet("A", "B")
    scene.touch("A", "read", cause=3)
    scene.touch("A", "replace", cause=1)

    assert scene.found() == []


@pytest.mark.parametrize("first", [(1, 1), (1, 2)])
@pytest.mark.parametrize("second", [(1, 1), (1, 2)])
def test_an_update_in_two_turns_is_a_race_though_none_came_in_between(
    scene: Scene, first: tuple[int, int], second: tuple[int, int]
) -> None:
    scene.update("A", claims=first, cause=101)
    scene.update("B", claims=second, cause=102)
    is_cured = first == second == (1, 1)

    assert scene.found() == ([] if is_cured else [("lost-update", "A", "B")])


def test_an_update_in_two_turns_is_none_after_it_was_told(scene: Scene) -> None:
    scene.update("A", claims=(1, 2), cause=101)
    scene.order.meet("B", "A")
    scene.update("B", claims=(1, 2), cause=102)

    assert scene.found() == []


def test_what_a_presenter_gives_up_comes_before_the_grant(scene: Scene) -> None:
    scene.update("A", claims=(1, 2), cause=101)
    answered = Happening(50, "A", ("coordination", "answer"), FILE, "", 0, "")
    scene.order.happen(answered)
    scene.update("B", claims=(1, 2), cause=102)

    assert scene.found() == []


def test_few_reads_are_remembered_by_what_was_handled(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.daemons.sanitizerd.updates.UPDATES_BEGUN_KEPT", 1)
    scene.touch("A", "read", cause=1)
    scene.touch("B", "replace", cause=2)
    scene.order.meet("A", "B")
    scene.touch("A", "read", cause=3)
    scene.touch("A", "replace", cause=1)

    assert scene.found() == []


def test_one_who_only_replaces_and_one_who_only_reads_are_no_race(scene: Scene) -> None:
    for process, kind in (("A", "read"), ("A", "replace"), ("B", "read"), ("A", "replace")):
        scene.touch(process, kind)

    assert scene.found() == []


def test_what_is_read_may_have_been_replaced_when_it_was_about_to_be_read(scene: Scene) -> None:
    scene.touch("A", "write", file="data")
    scene.touch("B", "read", file="index")
    scene.touch("A", "replace", file="index")
    scene.detector.go_on("B", 0)
    scene.touch("B", "read", file="data")

    assert scene.found() == []


def test_what_is_ordered_is_no_race(scene: Scene) -> None:
    scene.touch("A", "write")
    scene.order.meet("B", "A")
    scene.touch("B", "write")

    assert scene.found() == []

    scene.touch("A", "write")  # B knows nothing of that, nor A of what B did

    assert scene.found() == [("two-writers", "B", "A")]


def test_a_suspect_waits_until_both_have_gone_on(scene: Scene) -> None:
    scene.touch("A", "write")
    scene.touch("B", "write")

    assert scene.detector.confirm("A", 0, 0) == []
    assert scene.detector.confirm("B", 7, 0) == []  # another thread of its
    assert len(scene.detector.confirm("B", 0, 0)) == 1
    assert scene.detector.confirm("B", 0, 0) == []


def test_a_suspect_of_who_has_ended_waits_no_longer(scene: Scene) -> None:
    scene.touch("A", "write")
    scene.touch("B", "write")
    scene.detector.confirm("A", 0, 0)

    assert len(scene.detector.confirm_ended("B")) == 1


def test_who_opens_a_file_to_lock_it_has_not_touched_it_yet(scene: Scene) -> None:
    for process in ("A", "B"):
        scene.touch(process, "write")
        taken = scene.detector.take_back(process, 0, FILE)
        assert taken is not None
        scene.locks.want(process, 0, Wanted("1:2", is_exclusive=True, accesses=((FILE, taken),)))

        for file, again in scene.locks.got(process, 0):
            scene.detector.touch(file, again)

    assert scene.found() == []

    scene.touch("C", "write")

    assert scene.found() == [("two-writers", "A", "C"), ("two-writers", "B", "C")]


def test_what_was_not_opened_is_not_taken_back(scene: Scene) -> None:
    assert scene.detector.take_back("A", 0, FILE) is None


def test_a_lock_that_ends_with_its_process_orders(scene: Scene) -> None:
    scene.locks.want("A", 0, Wanted("1:2", is_exclusive=True, accesses=()))
    scene.locks.got("A", 0)
    scene.touch("A", "write")
    scene.locks.end("A")
    scene.order.end("A")
    scene.locks.want("B", 0, Wanted("1:2", is_exclusive=True, accesses=()))
    scene.locks.got("B", 0)
    scene.touch("B", "write")

    assert scene.found() == []


def test_the_oldest_lock_counts_as_let_go(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.daemons.sanitizerd.locks.LOCKS_HELD_MAX", 2)

    for number in range(3):
        scene.locks.want("A", 0, Wanted(f"1:{number}", is_exclusive=True, accesses=()))
        scene.locks.got("A", 0)

    scene.touch("A", "write")
    scene.locks.want("B", 0, Wanted("1:0", is_exclusive=True, accesses=()))
    scene.locks.got("B", 0)
    scene.touch("B", "write")

    assert scene.found() == [("two-writers", "A", "B")]


def test_files_of_others_are_left_alone(scene: Scene) -> None:
    scene.touch("A", "write")
    scene.touch("B", "write")
    scene.detector.leave_alone(FILE)
    scene.touch("C", "write")

    assert scene.found() == []


def test_the_file_touched_longest_ago_is_forgotten(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FILES_TOUCHED_KEPT", 2)

    for name in ("x", "y", "z"):
        scene.touch("A", "write", file=name)

    for name in ("x", "z"):
        scene.touch("B", "write", file=name)

    assert len(scene.found()) == 1


def test_no_more_suspects_than_the_limit(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RACE_SUSPECTS_MAX", 3)

    for number in range(5):
        scene.touch("A", "write", file=str(number))
        scene.touch("B", "write", file=str(number))

    assert len(scene.found()) == 3


def test_what_forgotten_processes_did_is_not_compared(scene: Scene) -> None:
    scene.touch("A", "read")
    scene.touch("A", "write")
    scene.detector.forget(frozenset("A"))
    scene.touch("B", "write")

    assert scene.found() == []


# -- what is told ----------------------------------------------------------------------------


def race(line: int, *, file: str = FILE, other: str = "B/1") -> Race:
    return Race("two-writers", file, access("A/1", "write", line=line), access(other, "write"))


def described(found: Race) -> dict[str, object]:
    return {"kind": found.kind, "file": found.file}


def test_a_pair_of_lines_is_told_once_whichever_comes_first() -> None:
    reports = Reports(described)
    first = race(1)

    assert reports.count(first) is not None
    assert reports.count(first._replace(first=first.second, second=first.first)) is None
    assert reports.count(race(1, file="group.x/other", other="B/2")) is None
    assert reports.count(race(2)) is not None
    assert [told["times"] for told in reports.all()] == [3, 1]


def test_of_races_beyond_the_limit_only_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.daemons.sanitizerd.reports.RACES_KEPT", 2)
    reports = Reports(described)

    assert [reports.count(race(line)) is not None for line in (1, 2, 3, 4, 1)] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert reports.untold == 2


def test_everything_that_can_be_found_has_its_words() -> None:
    kinds = {
        conflict(access("A", first, read=read), access("B", second))
        for first in ACCESSES
        for second in ACCESSES
        for read in (0, 1)
    }

    assert kinds - {""} == KINDS.keys() == CURES.keys() == MISSING.keys()
    assert {each for each in ACCESSES if each not in {"delete", "folder"}} == DOINGS.keys()


def test_a_race_reads_as_lines() -> None:
    side = {"process": "A/1", "did": "replaced it", "line": "", "source": "", "read": ""}
    other = {**side, "process": "B/1", "line": "B.py:3", "source": "write()", "read": "B.py:2"}
    told = {
        "kind": "lost-update",
        "file": FILE,
        "first": side,
        "second": {**other, "read_source": "read()"},
        "what": "w",
        "missing": "m",
        "cure": "c",
    }

    assert lines_of(told) == [
        "race: lost update of notes/index.json in group.x",
        "    A/1 replaced it at a line that is not known",
        "    B/1 replaced it at B.py:3  write()",
        "        what it had read at B.py:2  read()",
        "    w",
        "    m",
        "    cure: c",
    ]


def test_few_opened_files_wait_to_be_confirmed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long handler that opens many files: the first ones were not opened to be locked."""
    monkeypatch.setattr(module, "FILES_OPENED_KEPT", 2)

    for process in ("A", "B"):
        for name in ("x", "y", "z"):
            scene.touch(process, "write", file=name)

    assert [race.file for race in scene.detector.confirm("C", 0, 0)] == ["x"]


def test_only_what_was_made_where_there_was_none_is_a_lock(scene: Scene) -> None:
    for made in ("exclusive", "folder", "write"):
        scene.touch("A", made, file=made)
        scene.touch("A", "write", file=f"{made} data")
        scene.touch("A", "delete", file=made)
        scene.locks.make("B", 0, made)
        scene.locks.got("B", 0)
        scene.touch("B", "write", file=f"{made} data")

    assert scene.found() == [("two-writers", "A", "B")]
