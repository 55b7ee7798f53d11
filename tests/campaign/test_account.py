"""The campaign's checker finds what it is there to find: what is lost, torn or resurrected."""

import pytest

from tests.campaign.account import Account, shared_faults
from tests.campaign.plan import SHARED, key_of, value_of

SEED = 7
Values = dict[str, object]


def domain_after(*operations: int, writers: int = 1) -> Values:
    """Return the domain as it is after so many operations of each writer, one after another."""
    values: Values = {}

    for writer, count in enumerate(operations or (0,) * writers):
        for n in range(1, count + 1):
            do(values, writer, n)

    return values


def do(values: Values, writer: int, n: int) -> None:
    value = value_of(SEED, writer, n)

    if value is None:
        values.pop(key_of(SEED, writer, n), None)
    else:
        values[key_of(SEED, writer, n)] = value


def first(count: int, *, removes: bool, own: bool = True) -> int:
    """Return an operation behind ``count`` of a kind, on a key that is there."""
    return next(
        n
        for n in range(count + 1, count + 1000)
        if (value_of(SEED, 0, n) is None) == removes
        and (key_of(SEED, 0, n) != SHARED) == own
        and key_of(SEED, 0, n) in domain_after(n - 1)
    )


def kinds(values: Values, acknowledged: int, attempted: int) -> set[str]:
    return {each.kind for each in Account(SEED, 0).settle(values, acknowledged, attempted)}


@pytest.mark.parametrize("count", [0, 1, 50, 300])
def test_what_is_as_it_was_after_an_operation_is_right(count: int) -> None:
    assert kinds(domain_after(count), count, count) == set()
    assert kinds(domain_after(count), max(0, count - 20), count + 20) == set()


def test_an_acknowledged_set_that_is_missing_is_lost() -> None:
    n = first(100, removes=False)

    assert kinds(domain_after(n - 1), n, n) == {"lost"}
    assert kinds(domain_after(n - 1), n - 1, n) == set()  # it may be missing: it never returned


def test_a_key_that_is_gone_is_lost() -> None:
    values = domain_after(100)
    del values[next(key for key in values if key != SHARED)]

    assert kinds(values, 100, 100) == {"lost"}


def test_a_removed_key_that_is_back_is_resurrected() -> None:
    n = first(100, removes=True)

    assert kinds(domain_after(n - 1), n, n) == {"resurrected"}
    assert kinds(domain_after(n - 1), n - 1, n) == set()


def test_a_later_operation_without_an_earlier_one_is_found() -> None:
    n = first(100, removes=False)
    values = domain_after(n - 1)
    last = next(
        m for m in range(n + 1, n + 99) if key_of(SEED, 0, m) not in {SHARED, key_of(SEED, 0, n)}
    )
    do(values, 0, last)

    assert kinds(values, n - 1, last) == {"mixed"}


@pytest.mark.parametrize(
    "broken", [None, 5, {}, {"writer": 0, "n": 3, "fill": b"not its own", "sum": 1}]
)
def test_a_value_that_is_not_whole_is_torn(broken: object) -> None:
    values = domain_after(100)
    values[next(key for key in values if key != SHARED)] = broken

    assert kinds(values, 100, 100) == {"torn"}


def test_a_whole_value_under_another_key_is_torn() -> None:
    values = domain_after(100)
    one, other = [key for key in values if key != SHARED][:2]
    values[one] = values[other]

    assert kinds(values, 100, 100) == {"torn"}


def test_an_account_goes_on_from_what_it_has_found() -> None:
    account = Account(SEED, 0)

    assert account.settle(domain_after(50), 40, 50) == []
    assert [each.kind for each in account.settle(domain_after(40), 50, 50)] != []


def test_the_shared_key_is_of_a_writer_that_has_not_set_it_again() -> None:
    accounts = [Account(SEED, 0), Account(SEED, 1)]
    counts = 60, 60
    values = domain_after(*counts)

    for account, count in zip(accounts, counts, strict=True):
        account.settle(values, count, count)

    older = next(n for n in range(1, 60) if key_of(SEED, 1, n) == SHARED)

    assert shared_faults(values, accounts) == []
    assert [each.kind for each in shared_faults(values | {SHARED: 5}, accounts)] == ["torn"]
    assert [
        each.kind for each in shared_faults(values | {SHARED: value_of(SEED, 1, older)}, accounts)
    ] == ["lost"]
    assert [
        each.kind
        for each in shared_faults({k: v for k, v in values.items() if k != SHARED}, accounts)
    ] == ["lost"]
