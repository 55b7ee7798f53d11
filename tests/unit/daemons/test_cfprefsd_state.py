"""Where a suite lives, and what changed since when."""

from simulator.daemonkit.limits import DOMAIN_CHANGES_BYTES, DOMAIN_CHANGES_KEPT
from simulator.daemons.cfprefsd.state import Changes, Location, locate

GROUPS = {"group.x": "/groups/x"}


def test_an_entitled_group_is_the_groups_domain() -> None:
    assert locate("group.x", "com.a", "/home", GROUPS)[:2] == ("/groups/x", "group.x")


def test_a_group_without_the_entitlement_is_private_and_told() -> None:
    location = locate("group.y", "com.a", "/home", GROUPS)

    assert location[:2] == ("/home", "group.y")
    assert "com.a is not entitled to 'group.y'" in location.note


def test_any_other_suite_is_private_without_a_word() -> None:
    assert locate("com.a", "com.a", "/home", GROUPS) == Location("/home", "com.a")


def test_a_stale_copy_gets_the_last_value_of_each_key() -> None:
    changes = Changes(10)
    changes.add(11, "a", (1,))
    changes.add(12, "b", (2,))
    changes.add(13, "a", ())

    assert sorted(changes.since(10) or []) == [["a"], ["b", 2]]
    assert list(changes.since(12) or []) == [["a"]]
    assert list(changes.since(13) or []) == []


def test_a_copy_older_than_the_memory_must_take_everything() -> None:
    changes = Changes(0)

    for sequence in range(1, DOMAIN_CHANGES_KEPT + 3):
        changes.add(sequence, "a", (sequence,))

    assert changes.since(1) is None
    assert list(changes.since(2) or []) == [["a", DOMAIN_CHANGES_KEPT + 2]]


def test_a_copy_from_before_the_domain_was_opened_must_take_everything() -> None:
    assert Changes(5).since(4) is None


def test_a_copy_older_than_the_bytes_that_are_kept_must_take_everything() -> None:
    changes = Changes(0)
    changes.add(1, "a", (b"1",), DOMAIN_CHANGES_BYTES // 2)
    changes.add(2, "b", (b"2",), DOMAIN_CHANGES_BYTES // 2)

    assert changes.since(0) is None
    assert list(changes.since(1) or []) == [["b", b"2"]]


def test_only_the_latest_value_of_a_key_counts_toward_the_bytes() -> None:
    changes = Changes(0)

    for sequence in range(1, 20):
        changes.add(sequence, "a", (sequence,), DOMAIN_CHANGES_BYTES // 2)

    assert list(changes.since(0) or []) == [["a", 19]]
