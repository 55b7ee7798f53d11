"""Domains: the order of a search, and each domain by itself."""

import plistlib
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"


@pytest.mark.contract("D48")
def test_the_first_layer_that_has_a_key_wins(one: Any, device: Device) -> None:
    one.do("UserDefaults('extra').set('suite', 'key')")
    one.do("standard.add_suite('extra')")
    one.do("standard.register({'key': 'registered'})")
    device.ask("defaults_write", domain="NSGlobalDomain", changes={"key": "global"})
    one.do("standard.set('stored', 'key')")
    one.do("standard.set_volatile_domain({'key': 'argument'}, UserDefaults.argument_domain)")
    search = "standard.string('key')"

    assert one.do(search) == "argument"

    one.do("standard.remove_volatile_domain('NSArgumentDomain')")

    assert one.do(search) == "stored"

    one.do("standard.remove_object('key')")

    assert one.do(search) == "suite"

    one.do("UserDefaults('extra').remove_object('key')")

    assert one.do(search) == "global"

    device.ask("defaults_write", domain="NSGlobalDomain", changes={"key": None})

    assert one.do(search) == "registered"


@pytest.mark.contract("D49")
def test_the_suite_added_last_is_searched_first(one: Any) -> None:
    for name in ("first", "second"):
        one.do(f"UserDefaults({name!r}).set({name!r}, 'key')")
        one.do(f"standard.add_suite({name!r})")

    assert one.do("standard.string('key')") == "second"

    one.do("standard.add_suite('first')")

    assert one.do("standard.string('key')") == "first"

    one.do("standard.remove_suite('first')")

    assert one.do("standard.string('key')") == "second"

    one.do("standard.remove_suite('second')")

    assert one.do("standard.object('key')") is None


@pytest.mark.contract("D50")
def test_a_set_goes_to_the_own_domain_alone(one: Any, device: Device) -> None:
    one.do("UserDefaults('extra').set('theirs', 'key')")
    one.do("standard.add_suite('extra')")
    one.do("standard.set('mine', 'key')")

    assert one.do("UserDefaults('extra').string('key')") == "theirs"
    assert one.app.defaults == {"key": "mine"}

    one.do("standard.remove_object('key')")

    assert one.do("standard.string('key')") == "theirs"
    assert device.ask("defaults", domain="NSGlobalDomain") == {}


@pytest.mark.contract("D51")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-k", "v"], {"k": "v"}),
        (["-k", "-v", "x"], {"v": "x"}),
        (["-k", "v", "-last"], {"k": "v"}),
        (["-n", "5"], {"n": "5"}),
        (["-a", "(1,2)"], {"a": ["1", "2"]}),
        (["-d", '{x = (a, "b c");}'], {"d": {"x": ["a", "b c"]}}),
        (["-bad", "(1, 2"], {"bad": "(1, 2"}),
        (["-q", '"two words"'], {"q": "two words"}),
        (["-xml", "<plist><array><integer>3</integer></array></plist>"], {"xml": [3]}),
        (["-k", "  v "], {"k": "v"}),
        (["-k", "1", "-k", "2"], {"k": "2"}),
        (["stray", "-k", "v", "-", "x"], {"k": "v"}),
    ],
)  # fmt: skip
def test_arguments_are_pairs_of_key_and_value(
    arguments: list[str], expected: dict[str, object], one: Any
) -> None:
    one.relaunch(*arguments)

    assert one.do("standard.volatile_domain('NSArgumentDomain')") == expected
    assert one.do(f"{{key: standard.object(key) for key in {list(expected)!r}}}") == expected


@pytest.mark.contract("D51")
def test_an_argument_is_a_string_that_the_getters_convert(one: Any) -> None:
    one.relaunch("-n", "5")

    assert one.do("[standard.object('n'), standard.integer('n')]") == ["5", 5]


@pytest.mark.contract("D52")
def test_arguments_are_seen_through_suites_too(one: Any) -> None:
    one.relaunch("-key", "argument")
    one.do("suite.set('stored', 'key')")

    assert one.do("suite.string('key')") == "argument"


@pytest.mark.contract("D53")
def test_a_volatile_domain_holds_every_type(one: Any) -> None:
    assert one.do("'mine' in standard.volatile_domain_names") is False

    one.do(
        "values = {'d': datetime(2026, 1, 2, tzinfo=UTC), 's': 'x', 'a': [1, 'b'], "
        "'m': {'k': 1}, 'b': b'0', 't': True}\n"
        "standard.set_volatile_domain(values, 'mine')"
    )

    assert one.do("standard.volatile_domain('mine') == values") is True
    assert one.do("'mine' in standard.volatile_domain_names") is True
    assert one.do("type(standard.volatile_domain('mine')['t']) is bool") is True


@pytest.mark.contract("D54")
def test_no_search_looks_into_a_volatile_domain(one: Any) -> None:
    one.do("standard.set_volatile_domain({'key': 1}, 'mine')")

    assert one.do("standard.object('key')") is None
    assert one.do("'key' in standard.dictionary_representation()") is False


@pytest.mark.contract("D55")
def test_setting_a_volatile_domain_replaces_it(one: Any) -> None:
    one.do("standard.set_volatile_domain({'a': 1}, 'mine')")
    one.do("standard.set_volatile_domain({'b': 2}, 'mine')")

    assert one.do("standard.volatile_domain('mine')") == {"b": 2}

    one.do("standard.remove_volatile_domain('mine')")

    assert one.do("standard.volatile_domain('mine')") == {}


@pytest.mark.contract("D56")
def test_a_persistent_domain_is_removed_and_set_whole(one: Any, two: Any, device: Device) -> None:
    one.do("suite.set('old', 'gone')")
    one.do(f"standard.remove_persistent_domain({GROUP!r})")

    assert one.do(f"standard.persistent_domain({GROUP!r})") is None

    one.do("values = {'i': 5, 's': 'x', 'b': True, 'r': 1.5, 'a': [1]}")
    one.do(f"standard.set_persistent_domain(values, {GROUP!r})")

    assert one.do(f"standard.persistent_domain({GROUP!r}) == values") is True
    assert one.do(f"len(UserDefaults({GROUP!r}).persistent_domain({GROUP!r}))") == 5
    assert two.do("[suite.integer('i'), suite.bool('b'), suite.array('a')]") == [5, True, [1]]
    assert device.group(GROUP).defaults == {"i": 5, "s": "x", "b": True, "r": 1.5, "a": [1]}
    assert one.do("standard.persistent_domain('NSArgumentDomain')") is None


@pytest.mark.contract("D57")
def test_each_change_of_a_persistent_domain_posts_once(one: Any) -> None:
    one.do("suite.set(1, 'before')")
    one.do("listen()")
    one.do(f"standard.remove_persistent_domain({GROUP!r})")
    one.do(f"standard.set_persistent_domain({{'a': 1, 'b': 2, 'c': 3}}, {GROUP!r})")
    one.do(f"standard.remove_persistent_domain({GROUP!r})")

    assert one.posted() == 3


@pytest.mark.contract("D58")
@pytest.mark.parametrize("name", ["NSArgumentDomain", "NSRegistrationDomain"])
def test_a_volatile_domain_cannot_be_persistent(name: str, one: Any) -> None:
    for attempt in (
        f"standard.set_persistent_domain({{'a': 1}}, {name!r})",
        f"standard.remove_persistent_domain({name!r})",
    ):
        with pytest.raises(Exception, match=f"NSInvalidArgumentException.*{name}"):
            one.do(attempt)

    assert one.do("standard.object('a')") is None


@pytest.mark.contract("D59")
def test_the_representation_is_what_every_search_finds(one: Any, device: Device) -> None:
    device.ask("defaults_write", domain="NSGlobalDomain", changes={"g": "global", "s": "global"})
    one.relaunch("-arg", "argument", "-s", "argument")
    one.do("standard.register({'r': 1, 'x': 1, 's': 1})")
    one.do("UserDefaults('extra').set('extra', 'e')")
    one.do("standard.add_suite('extra')")
    one.do("standard.set('stored', 's'); standard.set([1], 'x')")
    found = one.do("standard.dictionary_representation()")

    assert found == {
        "arg": "argument", "s": "argument", "g": "global", "r": 1, "e": "extra", "x": [1],
    }  # fmt: skip
    assert one.do(
        "{key: standard.object(key) for key in standard.dictionary_representation()}"
    ) == (found)


@pytest.mark.contract(
    "D60", status="approximated", reason="a profile is looked at when a domain is first opened"
)
def test_only_what_the_management_sets_is_forced(one: Any, device: Device) -> None:
    one.do("standard.set('mine', 'key')")

    assert one.do("standard.object_is_forced('key')") is False
    assert one.do(f"standard.object_is_forced('key', in_domain={GROUP!r})") is False

    folder = Path(device.folder, "data", "Library", "Managed Preferences", "mobile")
    folder.mkdir(parents=True)
    (folder / "com.example.One.plist").write_bytes(plistlib.dumps({"key": "managed"}))
    device.ask("terminate", bundle_id="com.example.One")
    device.wait_until(lambda: not device.ps)
    one.relaunch()

    assert one.do("standard.object_is_forced('key')") is True
    assert one.do("standard.object_is_forced('other')") is False
    assert one.do("[standard.set('mine', 'key'), standard.string('key')]") == [None, "managed"]
