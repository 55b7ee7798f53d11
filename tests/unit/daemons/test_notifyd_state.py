"""The broker: who hears what."""

import pytest

from simulator.daemonkit.limits import NAMES_CHECKED_MAX
from simulator.daemons.notifyd.state import Broker
from simulator.xpc.errors import Misbehaved, Misuse


def _broker(slots: int = 4) -> tuple[Broker[str], list[int]]:
    free = list(range(slots))

    return Broker(lambda: free.pop(0) if free else None, free.append), free


def test_the_newest_registration_hears_first() -> None:
    broker, _ = _broker()
    broker.register("a", 2, "x", check=False)
    broker.register("b", 2, "x", check=False)
    broker.register("a", 3, "x", check=False)

    assert broker.post("x").subscribers == [("a", 3), ("b", 2), ("a", 2)]


def test_a_post_that_nobody_is_registered_for_is_lost() -> None:
    broker, _ = _broker()

    assert broker.post("x").subscribers == []


def test_a_cancelled_registration_hears_nothing() -> None:
    broker, _ = _broker()
    broker.register("a", 2, "x", check=False)
    broker.cancel("a", 2)

    assert broker.post("x").subscribers == []


def test_who_is_gone_hears_nothing_and_leaves_no_name_behind() -> None:
    broker, free = _broker()
    broker.register("a", 2, "x", check=False)
    broker.register("a", 3, "y", check=True)
    broker.remove("a")

    assert broker.post("x").subscribers == []
    assert broker.statistics() == {"names": 0, "registrations": 0}
    assert sorted(free) == [0, 1, 2, 3]


def test_all_checks_of_a_name_share_its_word() -> None:
    broker, free = _broker()
    first = broker.register("a", 2, "x", check=True)
    second = broker.register("b", 2, "x", check=True)

    assert first == second == broker.post("x").slot
    assert len(free) == 3


def test_without_a_free_word_a_check_registration_has_none() -> None:
    broker, _ = _broker(slots=0)

    assert broker.register("a", 2, "x", check=True) is None


def test_a_token_in_use_is_misbehaviour() -> None:
    broker, _ = _broker()
    broker.register("a", 2, "x", check=False)

    with pytest.raises(Misbehaved, match="token 2 twice"):
        broker.register("a", 2, "y", check=False)


def test_cancelling_what_was_never_registered_is_no_error() -> None:
    broker, _ = _broker()
    broker.cancel("a", 99)

    assert broker.statistics()["names"] == 0


def test_one_client_checks_a_limited_number_of_names() -> None:
    broker, _ = _broker(slots=NAMES_CHECKED_MAX + 2)

    for token in range(NAMES_CHECKED_MAX):
        broker.register("a", token, f"n{token}", check=True)

    with pytest.raises(Misuse, match="NAMES_CHECKED_MAX"):
        broker.register("a", 5000, "one more", check=True)

    assert broker.register("a", 5000, "n0", check=True) is not None
    assert broker.register("b", 1, "one more", check=True) is not None
    broker.cancel("a", 1)
    assert broker.register("a", 5001, "one more", check=True) is not None
