"""Everything random comes from the seed, and tells nothing about it."""

import pytest

from simulator.daemonkit.chance import Chance

SEED = bytes(range(32))


def test_the_same_seed_gives_the_same_shares() -> None:
    assert Chance(SEED).share("a", 1) == Chance(SEED).share("a", 1)


def test_different_purposes_have_different_shares() -> None:
    chance = Chance(SEED)

    assert len({chance.share(*purpose) for purpose in (("a",), ("b",), ("a", 1), ("a", "b"))}) == 4


def test_a_uuid_is_upper_case_and_of_version_4() -> None:
    uuid = Chance(SEED).uuid("container")

    assert uuid == uuid.upper()
    assert uuid[14] == "4"


def test_a_seed_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="it has 32"):
        Chance(b"short")
