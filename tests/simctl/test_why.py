"""``simctl why-offered`` and ``simctl pluginkit``: what is said, and the exit status."""

import json
import plistlib
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

pytestmark = pytest.mark.slow

Simctl = Callable[..., CompletedProcess[str]]

SHARE = "com.example.Notes.ShareToNotes"
LIMIT = "NSExtensionActivationSupportsImageWithMaxCount"


def an_appex(folder: Path, rule: object, **info: object) -> Path:
    """Make what lies in somebody's sources: no program, and Xcode's variables."""
    appex = folder / "Somebody.appex"
    appex.mkdir()
    declared = {
        "NSExtensionPointIdentifier": "com.apple.share-services",
        "NSExtensionAttributes": {"NSExtensionActivationRule": rule},
    }
    keys = {"CFBundleIdentifier": "$(PRODUCT_BUNDLE_IDENTIFIER)", "NSExtension": declared, **info}
    (appex / "Info.plist").write_bytes(plistlib.dumps(keys))

    return appex


def test_an_installed_extension_is_explained_and_the_status_says_the_same(phone: Simctl) -> None:
    many = phone("why-offered", "booted", SHARE, "--item", "public.jpeg:30", "--item", "public.url")
    few = phone("why-offered", "com.example.Notes", "--item", "public.jpeg+public.file-url:2")
    first, second, *_ = many.stdout.splitlines()

    assert first == (
        f"not offered: {LIMIT} is 10, and there are 30 items conforming to public.image"
    )
    assert second.split() == f"✗ {LIMIT} 30 items conforming to public.image, 10 at most".split()
    assert few.stdout.startswith("offered: ")
    assert (many.returncode, few.returncode) == (1, 0)


def test_an_explanation_is_for_programs_too(phone: Simctl) -> None:
    said = phone("why-offered", SHARE, "--item", "com.example.x", "--json")
    found = json.loads(said.stdout)

    assert said.returncode == 1
    assert (found["bundleIdentifier"], found["isOffered"]) == (SHARE, False)
    assert found["clauses"][0]["taken"] == 0
    assert {"clause": LIMIT, "maximum": 10, "count": 0}.items() <= found["clauses"][1].items()
    assert found["notes"] == [
        "com.example.x is a type that nobody declares: it conforms to itself alone"
    ]


def test_a_bundle_that_is_not_installed_is_explained(phone: Simctl, tmp_path: Path) -> None:
    rule = 'SUBQUERY(extensionItems[0].attachments, $a, $a.registeredTypeIdentifiers[0] == "x.y")'
    appex = an_appex(tmp_path, f"{rule}.@count == 2")
    folder = phone("why-offered", str(appex), "--item", "x.y", "--item", "x.z")
    file = phone("why-offered", str(appex / "Info.plist"), "--item", "x.y:2")

    assert folder.returncode == 1
    assert "is false: 1 == 2; $a 2 of 2 (x.z) does not count" in folder.stdout
    assert file.returncode == 0


@pytest.mark.parametrize("point", ["com.apple.ui-services", "com.apple.services"])
def test_of_an_action_it_is_said_that_it_does_not_start_here(
    phone: Simctl, tmp_path: Path, point: str
) -> None:
    appex = an_appex(tmp_path, {"NSExtensionActivationSupportsText": True})
    info = plistlib.loads((appex / "Info.plist").read_bytes())
    info["NSExtension"]["NSExtensionPointIdentifier"] = point
    (appex / "Info.plist").write_bytes(plistlib.dumps(info))
    action = phone("why-offered", str(appex), "--item", "public.plain-text")
    share = phone("why-offered", SHARE, "--item", "public.jpeg")

    assert action.stdout.startswith("offered: its activation rule takes every item\n")
    assert "note: action extensions are not started here: " in action.stdout
    assert "not started here" not in share.stdout


def test_a_rule_that_cannot_be_read_is_shown_with_a_caret(phone: Simctl, tmp_path: Path) -> None:
    said = phone("why-offered", str(an_appex(tmp_path, "a == $(X)")), "--item", "public.url")
    _, source, caret = said.stdout.splitlines()

    assert said.returncode == 1
    assert "line 1, column 6: found '$(X)'" in said.stdout
    assert caret.index("^") == source.index("$")


def test_the_app_in_which_something_is_shared_has_a_say_in_what_it_is(
    phone: Simctl, tmp_path: Path
) -> None:
    image = {"UTTypeIdentifier": "com.example.drawing", "UTTypeConformsTo": "public.image"}
    (tmp_path / "host").mkdir()
    host = an_appex(tmp_path / "host", "", UTExportedTypeDeclarations=[image])
    asked = ("why-offered", SHARE, "--item", "com.example.drawing")

    assert phone(*asked).returncode == 1
    assert phone(*asked, "--host-bundle", str(host)).returncode == 0
    assert phone(*asked, "--host-bundle", "com.example.Notes").returncode == 1

    unknown = phone(*asked, "--host-bundle", "com.example.Nobody")

    assert unknown.stderr == "com.example.Nobody is not installed, and no path of a bundle\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([SHARE], "what is shared? Give an item, as in public.jpeg:2"),
        ([SHARE, "--item", "x:0"], "a count is from 1 to 100"),
        ([SHARE, "--item", "x:60", "--item", "y:60"], "120 items; 100 are the most"),
        (["com.example.Nobody", "--item", "x"], "com.example.Nobody is no installed extension"),
        (["/nowhere/A.appex", "--item", "x"], "the file is missing"),
        (["--item", "x"], "Missing argument: <extension id | path>"),
    ],
)
def test_what_cannot_be_answered_is_told(phone: Simctl, arguments: list[str], told: str) -> None:
    said = phone("why-offered", *arguments)

    assert told in said.stderr
    assert said.returncode == 1
    assert said.stdout == ""


def test_extensions_are_listed_as_macos_lists_them(phone: Simctl) -> None:
    short = phone("pluginkit", "-m").stdout.splitlines()
    line, count = phone("pluginkit", "-mv", "-p", "com.apple.share-services").stdout.splitlines()
    long = phone("pluginkit", "-m", "-vv", "-i", SHARE).stdout.splitlines()
    head, uuid, timestamp, path = line.split("\t")

    assert len(short) == 4
    assert short[-1] == head == long[0] == f"     {SHARE}(1.0)"
    assert count == " (1 plug-in)"
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", uuid)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000", timestamp)
    assert path.endswith("/Notes.app/PlugIns/ShareToNotes.appex")
    assert "\t             SDK = com.apple.share-services" in long
    assert phone("pluginkit", "-m", "-p", "com.example.nothing").stdout == "  (no matches)\n"


def test_an_extension_that_the_user_ignores_is_not_offered(phone: Simctl) -> None:
    assert phone("pluginkit", "-e", "ignore", "-i", SHARE).returncode == 0

    try:
        listed = json.loads(phone("pluginkit", "-m", "-i", SHARE, "--json").stdout)
        why = phone("why-offered", SHARE, "--item", "public.jpeg")
        chosen = phone("share", "--text", "hi", "--with", SHARE)
    finally:
        assert phone("pluginkit", "-e", "default", "-i", SHARE).returncode == 0

    assert [row["election"] for row in listed] == ["ignore"]
    assert why.stdout.startswith("not offered: the user has it switched off")
    assert "note: its rule alone would say: offered" in why.stdout
    assert "the user has it switched off" in chosen.stderr
    assert phone("why-offered", SHARE, "--item", "public.jpeg").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "What to do?"),
        (["-e", "ignore"], "Elect which?"),
        (["-e", "perhaps", "-i", SHARE], "'perhaps' is no election"),
        (["-e", "use", "-i", "com.example.Notes.ShareToNots"], f"did you mean {SHARE}?"),
    ],
)
def test_a_wrong_election_is_told(phone: Simctl, arguments: list[str], told: str) -> None:
    said = phone("pluginkit", *arguments)

    assert told in said.stderr
    assert said.returncode == 1
