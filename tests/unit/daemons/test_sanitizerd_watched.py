"""What is remembered of one guest that says what it touches."""

from typing import Any, cast

from simulator.daemonkit.limits import SOURCES_KEPT, TOUCHED_PATH_MAX, TOUCHES_PER_S_MAX
from simulator.daemons.sanitizerd.updates import Place
from simulator.daemons.sanitizerd.watched import Watched

SECOND_NS = 1_000_000_000


def watched() -> Watched:
    return Watched(cast("Any", None), 0, 0)


def test_so_many_accesses_of_a_second_are_compared() -> None:
    guest = watched()

    assert [guest.has_room(5) for _ in range(TOUCHES_PER_S_MAX + 2)][-3:] == [True, False, False]
    assert guest.has_room(SECOND_NS)


def test_few_source_files_are_remembered() -> None:
    guest = watched()

    for number in range(SOURCES_KEPT):
        assert guest.place(f"{number}.py", 3) == Place(f"{number}.py", 3)

    assert guest.place("0.py", 4) == Place("0.py", 4)
    assert guest.place("more.py", 4) == Place("", 0)
    assert watched().place("x" * (TOUCHED_PATH_MAX + 1), 4) == Place("", 0)
