"""lint: what people and programs read of it, its statuses, its list of rules."""

import json
import plistlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator.bundles.lint.table import RULES
from simulator.bundles.points import POINTS
from tests.bundles.conftest import (
    GROUPS,
    SERVICE,
    SHARE,
    WIDGET,
    Simctl,
    app_keys,
    extension_keys,
    write,
)

if TYPE_CHECKING:
    from simulator.testing.device import Device

INTENTS = (
    "com.apple.intents-service (Intents) is not simulated: the extension is installed and listed, "
    "and never started"
)
VERSIONS = {"CFBundleVersion": "1", "CFBundleShortVersionString": "1.0"}


@pytest.fixture
def app(tmp_path: Path) -> Callable[..., Path]:
    """``app(name, **changes)`` writes an app with a program and both versions."""

    def make(name: str = "Notes", **changes: object) -> Path:
        keys = {**app_keys(CFBundleExecutable=name), **VERSIONS, **changes}
        folder = write(tmp_path / f"{name}.app", keys)
        (folder / f"{name}.py").touch()

        return folder

    return make


def test_a_finding_is_a_place_a_sentence_what_to_do_and_its_rule(
    simctl: Simctl, app: Callable[..., Path]
) -> None:
    folder = app()
    share = {**extension_keys("Share", SHARE, "Share"), **VERSIONS}
    share["UIBackgroundModes"] = ["audio"]
    (write(folder / "PlugIns" / "Share.appex", share) / "Share.py").touch()
    said = simctl("lint", "Notes.app")
    info = (folder / "PlugIns/Share.appex/Info.plist").read_text().splitlines()
    lines = [number for number, line in enumerate(info, 1) if "UIBackgroundModes" in line]

    place = f"Notes.app/PlugIns/Share.appex/Info.plist:{lines[0]}"
    problem = "an extension may not have it; background modes are the app's alone"

    assert said.status == 1
    assert said.out.splitlines()[:3] == [
        f"{place}: error at install: UIBackgroundModes: {problem}",
        "    do: take it out, or move it to the app's Info.plist",
        "    rule: background-modes (Apple, App Extension Programming Guide)",
    ]
    assert said.out.splitlines()[-1] == "2 errors, 0 warnings, 0 notes"


def test_warnings_and_notes_are_no_failure(simctl: Simctl, app: Callable[..., Path]) -> None:
    folder = app(LSApplicationQueriesSchemes=["a", "a"])
    (folder / "Notes.entitlements").write_bytes(plistlib.dumps({"aps-environment": "x"}))
    said = simctl("lint", "Notes.app")

    assert said.status == 0
    assert said.out.splitlines()[-1] == "0 errors, 1 warning, 1 note"


def test_what_is_said_of_several_bundles_is_one_entry(
    simctl: Simctl, app: Callable[..., Path]
) -> None:
    folder = app()
    (folder / "Notes.py").unlink()

    for name, point in (("Push", SERVICE), ("Clock", WIDGET)):
        keys = {**extension_keys(name, point, "Push" if point == SERVICE else None), **VERSIONS}
        write(folder / "PlugIns" / f"{name}.appex", keys, {"com.apple.developer.siri": True})

    (folder / "Notes.entitlements").write_bytes(plistlib.dumps({"aps-environment": "x"}))
    lines = simctl("lint", "Notes.app").out.splitlines()
    found = json.loads(simctl("lint", "--json", "Notes.app").out)
    clock, push = (f"Notes.app/PlugIns/{name}.appex/{name}" for name in ("Clock", "Push"))

    assert lines[0].startswith("Notes.app/Notes.py: error at install: the file is missing; ")
    assert "'simctl stub' writes one" in lines[0]
    assert lines[1:-1] == [
        f"    the same: {clock}.py, {push}.py",
        "    rule: program-missing (this simulator)",
        "Notes.app/Notes.entitlements: note: without effect in this simulator: aps-environment",
        *(
            f"    and {path}.entitlements: without effect in this simulator: "
            "com.apple.developer.siri"
            for path in (clock, push)
        ),
        "    rule: entitlement-without-effect (this simulator)",
    ]
    assert lines[-1] == "3 errors, 0 warnings, 3 notes"
    assert len(found) == 6


def test_what_is_said_of_a_key_is_one_entry_word_for_word_only(
    simctl: Simctl, app: Callable[..., Path]
) -> None:
    app("Notes", LSApplicationQueriesSchemes=["a", "a"], CFBundleURLTypes=[])
    app("Memo", LSApplicationQueriesSchemes=["a", "a"], CFBundleURLTypes=[])
    app("Mail", LSApplicationQueriesSchemes=["b", "b"], CFBundleURLTypes=[])
    lines = simctl("lint", "Notes.app", "Memo.app", "Mail.app").out.splitlines()

    assert [line.partition(": ")[0].partition(":")[0].strip() for line in lines] == [
        "Notes.app/Info.plist", "the same", "rule", "Mail.app/Info.plist", "rule",
        "0 errors, 3 warnings, 0 notes",
    ]  # fmt: skip


def test_nothing_wrong_is_said(simctl: Simctl, app: Callable[..., Path]) -> None:
    app()

    assert simctl("lint", "Notes.app") == (0, "Nothing is wrong.\n", "")


def test_programs_read_json(simctl: Simctl, app: Callable[..., Path]) -> None:
    app(LSApplicationQueriesSchemes=["a", "a"])
    said = simctl("lint", "--json", "Notes.app")
    (found,) = json.loads(said.out)

    assert found.pop("line") > 1
    assert found == {
        "rule": "queries-twice",
        "severity": "warning",
        "stage": "phone",
        "bundle": "Notes.app",
        "file": "Notes.app/Info.plist",
        "key": "LSApplicationQueriesSchemes",
        "problem": "a: listed twice; each takes up a place",
        "advice": "",
        "source": "Apple, UIApplication.canOpenURL(_:)",
    }


def test_several_paths_of_every_kind_are_looked_at(
    simctl: Simctl, app: Callable[..., Path], tmp_path: Path
) -> None:
    app(LSApplicationQueriesSchemes=["a", "a"])
    share = {**extension_keys("Share", SHARE), **VERSIONS}
    (write(tmp_path / "Share.appex", share) / "Share.py").touch()
    write(tmp_path / "source" / "App", {**app_keys(), "CFBundleURLType": []}, {GROUPS: ["x"]})
    said = simctl("lint", "--json", "Notes.app", "Share.appex", "source")
    found = [(finding["bundle"], finding["rule"]) for finding in json.loads(said.out)]

    assert said.status == 1
    assert found == [
        ("Notes.app", "queries-twice"),
        ("Share.appex", "principal-missing"),
        ("Share.appex", "activation-true"),
        ("source/App", "entitlements-types"),
    ]


def test_a_scheme_of_two_apps_is_told_of_both(simctl: Simctl, app: Callable[..., Path]) -> None:
    app("Notes")
    app("Memo", CFBundleIdentifier="com.example.Memo")
    together = json.loads(simctl("lint", "--json", "Notes.app", "Memo.app").out)

    assert [(finding["bundle"], finding["rule"]) for finding in together] == [
        ("Notes.app", "scheme-shared"),
        ("Memo.app", "scheme-shared"),
    ]
    assert "Memo.app too" in together[0]["problem"]
    assert simctl("lint", "Notes.app").out == "Nothing is wrong.\n"
    assert simctl("lint", "Notes.app", "Notes.app").out == "Nothing is wrong.\n"


def test_a_source_folders_variables_are_named_with_place_and_flag(
    simctl: Simctl, tmp_path: Path
) -> None:
    keys = app_keys(
        CFBundleIdentifier="$(PRODUCT_BUNDLE_IDENTIFIER)", CFBundleName="$(PRODUCT_NAME)"
    )
    write(tmp_path / "source" / "App", keys)
    said = simctl("lint", "source")

    assert said.out.splitlines()[0].endswith(
        "warning: CFBundleIdentifier: the build variable PRODUCT_BUNDLE_IDENTIFIER is not "
        "expanded; Xcode knows it from Build Settings, Product Bundle Identifier"
    )
    assert said.out.splitlines()[1] == (
        "    do: 'simctl stub --set PRODUCT_BUNDLE_IDENTIFIER=…' puts a value there"
    )
    assert "PRODUCT_NAME " not in said.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [((), "Missing argument: <path>"), (("Gone.app",), "Gone.app is no folder: give a .app, ")],
)
def test_what_cannot_be_looked_at_is_told(
    simctl: Simctl, arguments: tuple[str, ...], sentence: str
) -> None:
    said = simctl("lint", *arguments)

    assert said.status == 1
    assert said.err.startswith(sentence)


def test_a_list_cannot_move_the_cursor(simctl: Simctl, app: Callable[..., Path]) -> None:
    folder = app()
    keys = {**app_keys(CFBundleExecutable="Notes"), **VERSIONS}
    keys["CFBundleURLTypes"] = [{"CFBundleURLSchemes": ["\x1b[2J\n"]}]
    (folder / "Info.plist").write_bytes(plistlib.dumps(keys, fmt=plistlib.FMT_BINARY))

    assert "\x1b" not in simctl("lint", "Notes.app").out


def test_the_rules_are_listed_and_the_document_has_each(simctl: Simctl, root: Path) -> None:
    listed = simctl("lint", "--rules").out.splitlines()
    as_json = json.loads(simctl("lint", "--rules", "--json").out)
    page = (root / "docs" / "lint.md").read_text()
    told = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.+?) \| (.+?) \|$", page, re.MULTILINE)

    assert [line.split()[0] for line in listed] == [rule.id for rule in RULES]
    assert [row["id"] for row in as_json] == [rule.id for rule in RULES]
    assert told == [(rule.id, rule.stage, rule.what, rule.source) for rule in RULES]


def test_the_page_of_extension_points_has_each(root: Path) -> None:
    page = (root / "docs" / "points.md").read_text()
    rows = [
        (
            f"| `{point.identifier}` | {point.name} | {point.since} | "
            f"{f'`{point.base}`' if point.base else ''} | "
            f"{f'{point.memory_mb} MB' if point.memory_mb else ''} | "
        )
        for point in POINTS
    ]
    told = [line for line in page.splitlines() if line.startswith("| `")]
    treated = [line.rpartition(" | ")[2] for line in told]

    assert [line[: len(row)] for line, row in zip(told, rows, strict=True)] == rows
    assert [word.startswith("[simulated]") for word in treated] == [
        point.is_simulated for point in POINTS
    ]


def test_install_says_what_never_starts_and_goes_well(
    simctl: Simctl, app: Callable[..., Path], device: "Device"
) -> None:
    folder = app()
    keys = extension_keys("Intents", "com.apple.intents-service", "Handler")
    write(folder / "PlugIns" / "Intents.appex", keys)
    simctl("stub", "Notes.app")
    answer = device.ask("install", path=str(folder))

    assert isinstance(answer, dict)
    assert [remark.partition(": ")[2] for remark in answer["remarks"]] == [
        f"NSExtension.NSExtensionPointIdentifier: {INTENTS}"
    ]
