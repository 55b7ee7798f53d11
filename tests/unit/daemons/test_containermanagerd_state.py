"""The index of containers."""

from simulator.daemonkit.rooms import Owner
from simulator.daemons.containermanagerd.state import APP_DATA, GROUP, Index


def test_what_was_put_is_found_again_after_a_restart() -> None:
    index = Index({})
    index.put(APP_DATA, "com.a", "U1")
    index.put(GROUP, "group.a", "U2")
    again = Index(index.as_dict())

    assert again.find(APP_DATA, "com.a") == "U1"
    assert again.find(GROUP, "group.a") == "U2"
    assert again.made == 2


def test_what_was_removed_is_gone_and_its_number_is_not_used_again() -> None:
    index = Index({})
    index.put(APP_DATA, "com.a", "U1")

    assert index.remove(APP_DATA, "com.a") == "U1"
    assert index.find(APP_DATA, "com.a") is None
    assert index.made == 1


def test_an_index_that_says_nonsense_is_empty() -> None:
    assert Index({"made": "x", APP_DATA: 3}).as_dict() == Index({}).as_dict()


def test_a_path_in_a_container_has_an_owner() -> None:
    index = Index({})
    index.put(APP_DATA, "com.a", "U1")
    index.put(GROUP, "group.a", "U2")

    assert index.owner_of("Data/Application/U1/Documents/x") == Owner("data", "com.a")
    assert index.owner_of("Shared/AppGroup/U2") == Owner("group", "group.a")
    assert index.owner_of("Shared/AppGroup/U1/x") is None
    assert [index.owner_of(path) for path in ("", ".", "Shared", "Shared/AppGroup")] == [None] * 4
