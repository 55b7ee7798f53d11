"""The broker: who hears what, which word counts which name, who may post what."""

import pytest

from simulator.daemonkit.limits import NAMES_CHECKED_MAX, REGISTRATIONS_MAX
from simulator.daemons.notifyd.access import may_observe, may_post, rights_of
from simulator.daemons.notifyd.state import Broker
from simulator.daemons.notifyd.words import Words


@pytest.fixture
def given() -> list[int]:
    """The words that were given back."""
    return []


@pytest.fixture
def broker(given: list[int]) -> Broker[str]:
    return Broker(given.append)


def hearers(broker: Broker[str], raw: bytes) -> dict[str, int]:
    name = broker.named(raw)

    return name.hearers if name is not None else {}


def test_a_process_hears_once_with_its_newest_token(broker: Broker[str]) -> None:
    broker.register("a", 2, b"x", hears=True)
    broker.register("b", 2, b"x", hears=True)
    broker.register("a", 3, b"x", hears=True)

    assert list(hearers(broker, b"x").items()) == [("b", 2), ("a", 3)]
    assert broker.find("a", 2) is None


def test_a_token_in_use_is_used_anew(broker: Broker[str]) -> None:
    broker.register("a", 2, b"x", hears=True)
    broker.register("a", 2, b"y", hears=True)

    assert hearers(broker, b"x") == {}
    assert hearers(broker, b"y") == {"a": 2}
    assert broker.statistics() == {"names": 1, "registrations": 1}


def test_a_registration_can_become_silent_and_loud_again(broker: Broker[str]) -> None:
    for hears in (True, False, True):
        name = broker.register("a", 2, b"x", hears=hears)
        assert name is not None
        assert bool(name.hearers) is hears


def test_a_cancelled_registration_hears_nothing(broker: Broker[str]) -> None:
    broker.register("a", 2, b"x", hears=True)
    broker.cancel("a", 2)

    assert broker.named(b"x") is None


def test_cancelling_what_was_never_registered_is_no_error(broker: Broker[str]) -> None:
    broker.cancel("a", 99)

    assert broker.statistics()["names"] == 0


def test_who_is_gone_leaves_no_name_behind(broker: Broker[str], given: list[int]) -> None:
    for token, raw in ((2, b"x"), (3, b"y")):
        name = broker.register("a", token, raw, hears=False)
        assert name is not None
        name.word = token * 10

    broker.remove("a")

    assert broker.statistics() == {"names": 0, "registrations": 0}
    assert given == [20, 30]


def test_one_client_has_a_limited_number_of_names(broker: Broker[str]) -> None:
    for token in range(REGISTRATIONS_MAX):
        broker.register("a", token, b"%d" % token, hears=False)

    assert broker.register("a", REGISTRATIONS_MAX, b"one more", hears=False) is None
    assert broker.register("b", 1, b"one more", hears=False) is not None


def _words(count: int = 8) -> tuple[Words[str], memoryview]:
    memory = memoryview(bytearray(count * 4)).cast("I")

    return Words(memory), memory


def test_word_0_is_for_nobody_and_a_new_name_counts_from_1() -> None:
    words, memory = _words()
    taken = [words.take("a") for _ in range(7)]

    assert sorted(taken) == [1, 2, 3, 4, 5, 6, 7]
    assert list(memory) == [0, 1, 1, 1, 1, 1, 1, 1]


def test_when_all_are_taken_names_share_and_nobody_misses_a_post() -> None:
    words, memory = _words()
    taken = [words.take("a") for _ in range(7)]
    shared = words.take("b")
    words.count(shared)

    assert shared in taken
    assert memory[shared] == 2

    words.give(shared)

    assert words.free == 0

    words.give(shared)

    assert words.free == 1


def test_a_word_that_was_given_back_rests() -> None:
    words, _ = _words()
    first = words.take("a")
    words.give(first)

    assert words.take("a") != first


def test_one_owner_gets_a_limited_number_of_words() -> None:
    words, _ = _words(NAMES_CHECKED_MAX + 10)
    mine = {words.take("a") for _ in range(3 * NAMES_CHECKED_MAX)}

    assert len(mine) == NAMES_CHECKED_MAX
    assert words.take("b") not in mine


def test_a_word_is_kept_over_a_restart_unless_somebody_has_it() -> None:
    words, memory = _words()
    word = words.take("a")
    words.count(word)
    words.forget_all()

    assert words.take("a", word) == word
    assert memory[word] == 2
    assert words.take("b", word) != word


def test_who_is_gone_is_charged_no_more() -> None:
    words, _ = _words()
    word = words.take("a")
    words.forget("a")
    words.give(word)

    assert words.free == 7


@pytest.mark.parametrize(
    ("name", "observes", "posts"),
    [
        (b"anything", True, True),
        (b"com.apple.other", True, True),
        (b"com.apple.system.clock_set", True, False),
        (b"user.uid.501", True, True),
        (b"user.uid.501.mine", True, True),
        (b"user.uid.5012", False, False),
        (b"user.uid.0", False, False),
        (b"user.uid.", False, False),
        (b"com.apple.private.restrict-post.X", True, False),
        (b"", True, True),
        (b"\xff", True, True),
    ],
)
def test_what_an_app_may_observe_and_post(name: bytes, *, observes: bool, posts: bool) -> None:
    rights = rights_of({})

    assert (may_observe(name, rights), may_post(name, rights)) == (observes, posts)


def test_entitlements_let_one_post_more() -> None:
    restricted = "com.apple.private.darwin-notification.restrict-post.X"

    assert may_post(b"com.apple.private.restrict-post.X", rights_of({restricted: True}))
    assert not may_post(b"com.apple.private.restrict-post.X", rights_of({restricted: "yes"}))
    assert not may_post(b"com.apple.private.restrict-post.Y", rights_of({restricted: True}))
    assert may_post(b"com.apple.system.x", rights_of({"com.apple.notify.root_access": True}))
