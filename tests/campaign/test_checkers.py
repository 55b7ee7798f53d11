"""The histories' checkers are right about histories that are wrong, and about right ones."""

from itertools import permutations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.campaign.history import FOREVER, Operation
from tests.campaign.linear import linear_faults
from tests.campaign.session import coherence_faults, settled
from tests.campaign.staleness import latest_read

History = list[Operation]


def set_(process: int, value: int, start: int, end: int, accepted: int = 0) -> Operation:
    return Operation(process, 0, True, value, start, end, accepted or end)


def read(process: int, value: int, start: int, end: int) -> Operation:
    return Operation(process, 0, False, value, start, end, 0)


# -- linearizability -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "history"),
    [
        ("nothing", []),
        ("a read of nothing", [read(0, 0, 1, 2)]),
        ("a set and a read", [set_(0, 1, 1, 2), read(1, 1, 3, 4)]),
        ("a read while it is set, either way", [set_(0, 1, 1, 9), read(1, 0, 2, 3)]),
        ("old, then new", [set_(0, 1, 1, 9), read(1, 0, 2, 3), read(1, 1, 4, 5)]),
        ("sets at once, one order", [set_(0, 1, 1, 9), set_(1, 2, 1, 9), read(2, 1, 10, 11)]),
    ],
)
def test_what_has_an_order_is_right(what: str, history: History) -> None:
    assert linear_faults(history) == [], what


@pytest.mark.parametrize(
    ("what", "history"),
    [
        ("a stale read", [set_(0, 1, 1, 2), read(1, 0, 3, 4)]),
        ("a stale read of a set", [set_(0, 1, 1, 2), set_(0, 2, 3, 4), read(1, 1, 5, 6)]),
        ("new, then old", [set_(0, 1, 1, 9), read(1, 1, 2, 3), read(2, 0, 4, 5)]),
        (
            "a lost set",
            [set_(0, 1, 1, 2), set_(1, 2, 3, 4), read(0, 2, 5, 6), read(0, 1, 7, 8)],
        ),
        ("a value out of thin air", [set_(0, 1, 1, 2), read(1, 5, 3, 4)]),
        ("a read before its set", [read(1, 1, 1, 2), set_(0, 1, 3, 4)]),
        (
            "two orders at once",
            [
                set_(0, 1, 1, 9),
                set_(1, 2, 1, 9),
                read(2, 1, 2, 3),
                read(2, 2, 4, 5),
                read(3, 1, 6, 7),
            ],
        ),
    ],
)
def test_what_has_no_order_is_found(what: str, history: History) -> None:
    assert linear_faults(history) != [], what


def has_an_order(history: History) -> bool:
    """Try every order."""
    return any(_is_order(order) for order in permutations(history))


def _is_order(order: tuple[Operation, ...]) -> bool:
    value = 0

    for at, each in enumerate(order):
        if any(later.end < each.start for later in order[at + 1 :]):
            return False

        if each.is_set:
            value = each.value
        elif each.value != value:
            return False

    return True


@st.composite
def histories(draw: st.DrawFn) -> History:
    sets = draw(st.integers(0, 3))
    found = []

    for number in range(sets + draw(st.integers(0, 4))):
        start = draw(st.integers(1, 12))
        end = start + draw(st.integers(1, 6))

        if number < sets:
            found.append(set_(number, number + 1, start, end))
        else:
            found.append(read(number, draw(st.integers(0, sets)), start, end))

    return found


@given(histories())
@example([set_(0, 1, 1, 3), read(1, 1, 2, 4), set_(2, 2, 2, 3), read(3, 2, 3, 4)])
@settings(max_examples=400, deadline=None)
def test_the_checker_says_what_trying_every_order_says(history: History) -> None:
    assert (not linear_faults(history)) == has_an_order(history)


# -- what a process may see ------------------------------------------------------------------


def test_who_comes_back_to_a_value_is_found() -> None:
    history = [set_(0, 1, 1, 2), read(1, 0, 3, 4), read(1, 1, 5, 6), read(1, 0, 7, 8)]

    assert coherence_faults(history) == ["process 1 came back to 0"]
    assert coherence_faults(history[:-1]) == []


def test_who_does_not_see_an_own_set_is_found() -> None:
    history = [read(0, 0, 1, 2), set_(0, 1, 3, 4, FOREVER), read(0, 0, 5, 6)]

    assert coherence_faults(history) == ["process 0 came back to 0"]


def test_two_orders_of_two_processes_are_found() -> None:
    sets = [set_(0, 1, 1, 50), set_(1, 2, 1, 50)]
    one = [read(2, 1, 2, 3), read(2, 2, 4, 5)]
    other = [read(3, 2, 2, 3), read(3, 1, 4, 5)]

    assert coherence_faults([*sets, *one]) == []
    assert coherence_faults([*sets, *one, *other]) == [
        "the processes saw [1, 2] in different orders"
    ]


def test_an_own_set_that_is_not_accepted_says_nothing_of_others() -> None:
    mine = [set_(0, 1, 1, 2, 100), read(0, 1, 3, 4)]
    other = [read(1, 0, 5, 6)]

    assert linear_faults([*mine, *other]) != []
    assert linear_faults(settled([*mine, *other])) == []
    assert linear_faults(settled([*mine, read(1, 0, 101, 102)])) != []  # it was accepted by then


# -- staleness -------------------------------------------------------------------------------


def test_the_latest_read_is_found() -> None:
    history = [
        set_(0, 1, 10, 11, 20),
        set_(0, 2, 30, 31, 40),
        set_(1, 3, 50, 51, 60),
        read(2, 3, 70, 71),
        read(3, 2, 75, 76),  # 3 was there since 60
        read(4, 1, 45, 46),  # 2 was there since 40
    ]

    assert latest_read(history) == (history[4], 15)


def test_what_nobody_has_set_is_older_than_every_set() -> None:
    assert latest_read([set_(0, 1, 10, 11, 20), read(1, 0, 90, 91)]).late_ns == 70


def test_of_two_sets_at_once_neither_is_newer() -> None:
    history = [set_(0, 1, 10, 11, 40), set_(1, 2, 20, 21, 50), read(2, 1, 90, 91)]

    assert latest_read(history).late_ns == 0
