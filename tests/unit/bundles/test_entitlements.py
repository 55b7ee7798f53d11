import plistlib
from pathlib import Path

import pytest

from simulator.bundles.entitlements import (
    ARCHIVED_NAME,
    GROUP_ID_MAX,
    GROUPS_MAX,
    Entitlements,
    entitlements_file,
    ignored,
    parse_entitlements,
)
from simulator.bundles.plist import read_plist
from simulator.xpc.errors import BundleError

GROUPS = "com.apple.security.application-groups"


def read_entitlements(folder: Path, *, name: str) -> Entitlements:
    """Return those of a bundle that errors call ``name``; empty ones where it has no file."""
    found = entitlements_file(folder, name=name)

    if not found:
        return Entitlements()

    file = f"{name}/{found}"

    return parse_entitlements(read_plist(folder / found, name=file), file=file)


def test_a_bundle_without_the_file_has_none(tmp_path: Path) -> None:
    assert read_entitlements(tmp_path, name="Notes.app") == Entitlements()


@pytest.mark.parametrize("name", ["Notes.entitlements", ARCHIVED_NAME])
def test_either_name_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(plistlib.dumps({GROUPS: ["group.com.example"]}))

    assert read_entitlements(tmp_path, name="Notes.app").application_groups == (
        "group.com.example",
    )


def test_two_files_are_an_error_that_names_both(tmp_path: Path) -> None:
    for name in ("Notes.entitlements", ARCHIVED_NAME):
        (tmp_path / name).write_bytes(plistlib.dumps({}))

    with pytest.raises(BundleError) as caught:
        read_entitlements(tmp_path, name="Notes.app")

    assert caught.value.file == "Notes.app"
    assert "Notes.entitlements" in caught.value.problem
    assert ARCHIVED_NAME in caught.value.problem


def test_a_wrong_type_is_told_by_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "Notes.entitlements").write_bytes(plistlib.dumps({GROUPS: "group.com.example"}))

    with pytest.raises(BundleError) as caught:
        read_entitlements(tmp_path, name="Notes.app")

    assert str(caught.value) == (
        f"Notes.app/Notes.entitlements: {GROUPS}: it is a string; it should be an array"
    )


@pytest.mark.contract("E65")
def test_a_group_must_start_with_group() -> None:
    with pytest.raises(BundleError) as caught:
        parse_entitlements({GROUPS: ["group.a", "com.example"]}, file="x")

    assert caught.value.key == f"{GROUPS}[1]"
    assert "should start with 'group.'" in caught.value.problem


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ("$(APP_GROUP_ID)", "the build variable APP_GROUP_ID"),
        ("group.$(PREFIX).notes", "the build variable PREFIX"),
        ("group.", "words"),
        ("group.../../etc", "words"),
        ("group.a\n", "words"),
        ("group." + "a" * GROUP_ID_MAX, "limit"),
    ],
)
def test_a_group_must_be_usable_as_a_files_name(group: str, words: str) -> None:
    with pytest.raises(BundleError, match="application-groups") as caught:
        parse_entitlements({GROUPS: [group]}, file="x")

    assert words in caught.value.problem


def test_groups_have_a_limit() -> None:
    groups = [f"group.number{number}" for number in range(GROUPS_MAX + 1)]

    assert len(parse_entitlements({GROUPS: groups[:-1]}, file="x").application_groups) == GROUPS_MAX

    with pytest.raises(BundleError, match=f"the limit is {GROUPS_MAX}") as caught:
        parse_entitlements({GROUPS: groups}, file="x")

    assert (caught.value.file, caught.value.key) == ("x", GROUPS)


def test_all_other_entitlements_are_kept() -> None:
    known = parse_entitlements(
        {
            "application-identifier": "ABCDE12345.com.example.Notes",
            "com.apple.developer.associated-domains": ["applinks:example.com"],
            "keychain-access-groups": ["ABCDE12345.com.example"],
            "com.apple.developer.siri": True,
        },
        file="x",
    )

    assert known.associated_domains == ("applinks:example.com",)
    assert known.keychain_access_groups == ("ABCDE12345.com.example",)
    assert known.raw == {"com.apple.developer.siri": True}


@pytest.mark.parametrize(
    ("keys", "team"),
    [
        ({}, ""),
        ({"application-identifier": "ABCDE12345.com.example"}, "ABCDE12345"),
        ({"application-identifier": "$(AppIdentifierPrefix)com.example"}, ""),
        (
            {
                "application-identifier": "ABCDE12345.com.example",
                "com.apple.developer.team-identifier": "ZYXWV98765",
            },
            "ZYXWV98765",
        ),
        ({"keychain-access-groups": ["com.apple.token", "ABCDE12345.com.example"]}, "ABCDE12345"),
        ({"keychain-access-groups": ["$(AppIdentifierPrefix)com.example"]}, ""),
        ({"keychain-access-groups": ["abcde12345.com.example", "SHORT.x"]}, ""),
        (
            {
                "application-identifier": "$(AppIdentifierPrefix)com.example",
                "keychain-access-groups": ["ABCDE12345.com.example"],
            },
            "",
        ),
    ],
)
def test_the_team_is_read_from_either_key(keys: dict[str, object], team: str) -> None:
    assert parse_entitlements(keys, file="x").team == team


def test_what_is_ignored_is_said_and_what_was_meant() -> None:
    known: dict[str, object] = {GROUPS: ["group.x"], "application-identifier": "TEAM.x"}
    keys: dict[str, object] = {
        "com.apple.security.application-group": ["group.x"],
        "com.apple.security.app-groups": ["group.x"],
        "com.apple.developer.applicationgroups": ["group.x"],
        "aps-environment": "development",
        "get-task-allow": True,
    }

    assert ignored(known) == ([], [])
    assert ignored(known | keys) == (
        [
            ("com.apple.developer.applicationgroups", GROUPS),
            ("com.apple.security.app-groups", GROUPS),
            ("com.apple.security.application-group", GROUPS),
        ],
        ["aps-environment", "get-task-allow"],
    )


SWITCHES = [
    "com.apple.developer.web-browser-engine.restrict.notifyd",
    "com.apple.notify.root_access",
    "com.apple.private.darwin-notification.restrict-post.com.example.x",
]


def test_what_notifyd_honours_is_not_said_to_be_ignored() -> None:
    keys: dict[str, object] = dict.fromkeys(SWITCHES, True)
    other = "com.apple.developer.web-browser-engine.rendering"

    assert ignored(keys) == ([], [])
    assert parse_entitlements(keys, file="f").raw == keys
    assert ignored({**keys, other: True}) == ([], [other])
    assert ignored({SWITCHES[0][:-1]: True}) == ([(SWITCHES[0][:-1], SWITCHES[0])], [])


@pytest.mark.parametrize("key", SWITCHES)
@pytest.mark.parametrize(("value", "is_a"), [("YES", "a string"), (1, "an integer")])
def test_what_notifyd_honours_is_on_or_off(key: str, value: object, is_a: str) -> None:
    with pytest.raises(BundleError) as caught:
        parse_entitlements({key: value}, file="Notes.app/Notes.entitlements")

    assert str(caught.value) == (
        f"Notes.app/Notes.entitlements: {key}: it is {is_a}; it should be a boolean"
    )


def test_any_number_of_ignored_keys_is_looked_at_in_short_time_and_cut() -> None:
    keys = {f"com.apple.x{'y' * 300}{number}": True for number in range(50_000)}
    misspelt, others = ignored(keys)

    assert misspelt == []
    assert len(others) == 50_000
    assert max(map(len, others)) == 200
