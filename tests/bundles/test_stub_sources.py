"""stub with a source folder: targets side by side become one bundle that can be installed."""

import plistlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator.bundles.bundle import read_bundle
from tests.bundles.conftest import GROUPS, SHARE, Simctl, write

if TYPE_CHECKING:
    from simulator.testing.device import Device

DOMAINS = "com.apple.developer.associated-domains"
IDENTIFIER = "PRODUCT_BUNDLE_IDENTIFIER=com.example.Notes"


def plist(path: Path, keys: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(plistlib.dumps(dict(keys), sort_keys=False))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A source tree as Xcode's projects are: an app, two extensions, a watch app, leftovers."""
    root = tmp_path / "project"
    write(
        root / "Notes",
        {
            "CFBundleIdentifier": "$(PRODUCT_BUNDLE_IDENTIFIER)",
            "CFBundleExecutable": "$(EXECUTABLE_NAME)",
            "CFBundleName": "$(PRODUCT_NAME)",
            "CFBundlePackageType": "$(PRODUCT_BUNDLE_PACKAGE_TYPE)",
            "CFBundleShortVersionString": "$(MARKETING_VERSION)",
            "CFBundleVersion": "$(CURRENT_PROJECT_VERSION)",
            "CFBundleURLTypes": [{"CFBundleURLSchemes": ["$(SCHEME)"]}],
            "LSRequiresIPhoneOS": True,
        },
        {GROUPS: ["group.$(BASE).notes"], "application-identifier": "$(AppIdentifierPrefix)x"},
    )
    plist(
        root / "Share Extension" / "Resources" / "Info.plist",
        {
            "NSExtension": {
                "NSExtensionPointIdentifier": SHARE,
                "NSExtensionPrincipalClass": "$(PRODUCT_MODULE_NAME).Share",
                "NSExtensionAttributes": {"NSExtensionActivationRule": "TRUEPREDICATE"},
            }
        },
    )
    plist(root / "Share Extension" / "Any.entitlements", {GROUPS: ["group.$(BASE).notes"]})
    plist(
        root / "Intents-Info.plist",
        {
            "EXAppExtensionAttributes": {
                "EXExtensionPointIdentifier": "com.apple.appintents-extension"
            }
        },
    )
    plist(root / "Watch" / "Info.plist", {"WKApplication": True, "CFBundleIdentifier": "x.y"})
    plist(root / "NotesTests" / "Info.plist", {"CFBundlePackageType": "BNDL"})
    plist(root / "Notes" / "GoogleService.plist", {"API_KEY": "x"})
    plist(root / "Pods" / "Other" / "Info.plist", {"CFBundleIdentifier": "org.pods"})

    return root


def test_a_source_folder_becomes_an_app_that_is_installed_and_launched(
    simctl: Simctl, project: Path, device: "Device"
) -> None:
    said = simctl(
        "stub", "project", "--output", "out", "--set", IDENTIFIER,
        "--set", "BASE=com.example", "--set", "SCHEME=notes", "--set", "MARKETING_VERSION=2.1",
    )  # fmt: skip
    path = project.parent / "out" / "Notes.app"
    app = device.install(path)
    launched = device.launch(app)
    outcome = device.share("hello").choose(f"{app}.Share-Extension")
    bundle = read_bundle(path)

    assert said.status == 0
    assert said.err.splitlines() == [
        "left out: NotesTests/Info.plist: it is no app and no extension, but 'BNDL'",
        "left out: Watch/Info.plist: it is for watchOS",
        (
            "Notes.app/Extensions/Intents.appex: com.apple.appintents-extension is not simulated, "
            "so it never runs"
        ),
    ]
    assert (app, bundle.info.short_version, bundle.info.version) == (
        "com.example.Notes",
        "2.1",
        "1",
    )
    assert [each.bundle_id for each in bundle.extensions] == [
        "com.example.Notes.Share-Extension", "com.example.Notes.Intents",
    ]  # fmt: skip
    assert {each.groups for each in (bundle, bundle.extensions[0])} == {
        ("group.com.example.notes",)
    }
    assert launched.is_running
    assert device.open_url("notes:x").bundle_id == app
    assert outcome.how == "completed"


def test_all_variables_that_must_have_a_value_are_named_at_once(
    simctl: Simctl, project: Path
) -> None:
    said = simctl("stub", "project", "--output", "out")

    assert said.status == 1
    assert [line for line in said.err.splitlines() if line.startswith("\t")] == [
        "\t--set PRODUCT_BUNDLE_IDENTIFIER=…  (Notes has no bundle identifier)",
        "\t--set BASE=…  (the App Groups of Notes hold build variables)",
        "\t--set PRODUCT_BUNDLE_IDENTIFIER=…  (Intents has no bundle identifier)",
        "\t--set PRODUCT_BUNDLE_IDENTIFIER=…  (Share Extension has no bundle identifier)",
        "\t--set BASE=…  (the App Groups of Share Extension hold build variables)",
    ]
    assert not (project.parent / "out").exists()


def test_a_variable_that_may_stay_is_named_with_the_place_to_set_it(
    simctl: Simctl, project: Path
) -> None:
    said = simctl("stub", project.name, "--output", "o", "--set", IDENTIFIER, "--set", "BASE=x")

    assert said.status == 0
    assert (
        "Notes/Info.plist: CFBundleURLTypes[0].CFBundleURLSchemes[0]: SCHEME is not expanded: "
        "--set SCHEME=… (an .xcconfig file, or a user-defined build setting of the target)"
    ) in said.err.splitlines()


def test_a_variable_can_be_of_one_target(simctl: Simctl, project: Path) -> None:
    said = simctl(
        "stub", "project", "--output", "o", "--set", IDENTIFIER, "--set", "BASE=x",
        "--set", "Share Extension:PRODUCT_BUNDLE_IDENTIFIER=com.example.Notes.Other",
        "--set", "Share Extension:PRODUCT_NAME=Sharing",
    )  # fmt: skip
    share, _ = read_bundle(project.parent / "o" / "Notes.app").extensions
    wrong = simctl("stub", "project", "--set", "Share Extensoin:A=b", "--set", IDENTIFIER)

    assert said.status == 0
    assert (share.bundle_id, share.executable.name) == ("com.example.Notes.Other", "Sharing.py")
    assert "no target is called Share Extensoin; did you mean Share Extension?" in wrong.err


def test_nothing_is_overwritten_without_force(simctl: Simctl, project: Path) -> None:
    arguments = ("stub", "project", "--output", "o", "--set", IDENTIFIER, "--set", "BASE=x")
    simctl(*arguments)
    program = project.parent / "o" / "Notes.app" / "Notes.py"
    program.write_text("mine")
    again = simctl(*arguments)
    kept = program.read_text()
    forced = simctl(*arguments, "--force")

    assert again.status == 1
    assert "Nothing was made, because this is in the way (--force):\n\to/Notes.app/Info.plist" in (
        again.err
    )
    assert kept == "mine"
    assert forced.status == 0
    assert program.read_text() != "mine"


def test_several_apps_want_a_choice(simctl: Simctl, project: Path) -> None:
    plist(project / "Second" / "Info.plist", {"LSRequiresIPhoneOS": True})
    said = simctl("stub", "project", "--set", IDENTIFIER, "--set", "BASE=x")
    wrong = simctl("stub", "project", "--app", "Secnd")
    chosen = simctl(
        "stub",
        "project",
        "--app",
        "Second",
        "--set",
        IDENTIFIER,
        "--set",
        "BASE=x",
        "--output",
        "o",
    )

    assert "there are several apps here: give --app, one of Notes, Second" in said.err
    assert "did you mean Second?" in wrong.err
    assert chosen.status == 0


@pytest.mark.parametrize(
    ("settings", "team"),
    [
        ((), "EXAMPLE123"),
        (("--set", "DEVELOPMENT_TEAM=ABCDE12345"), "ABCDE12345"),
        (("--set", "AppIdentifierPrefix=ZYXWV98765."), "ZYXWV98765"),
    ],
)
def test_the_team_is_added_as_signing_does(
    simctl: Simctl, project: Path, settings: tuple[str, ...], team: str
) -> None:
    (project / "Notes" / "Notes.entitlements").unlink()
    plist(project / "Notes" / "Notes.entitlements", {DOMAINS: ["applinks:example.com"]})
    said = simctl(
        "stub", "project", "--output", "o", "--set", IDENTIFIER, "--set", "BASE=x", *settings
    )
    app = project.parent / "o" / "Notes.app"

    assert said.status == 0, said.err
    assert read_bundle(app).entitlements.team == team
    assert "team-missing" not in simctl("lint", str(app)).out


def test_several_entitlements_want_a_choice(simctl: Simctl, project: Path) -> None:
    plist(project / "Share Extension" / "Other.entitlements", {})
    arguments = ("stub", "project", "--output", "o", "--set", IDENTIFIER, "--set", "BASE=x")
    said = simctl(*arguments)
    chosen = simctl(
        *arguments,
        "--set", "Share Extension:CODE_SIGN_ENTITLEMENTS=Share Extension/Any.entitlements",
    )  # fmt: skip

    assert (
        "Share Extension may have several entitlements "
        "(Share Extension/Any.entitlements, Share Extension/Other.entitlements): give --set "
        "'Share Extension:CODE_SIGN_ENTITLEMENTS=…'"
    ) in said.err
    assert chosen.status == 0


@pytest.mark.parametrize("kind", ["empty", "only extensions"])
def test_a_folder_without_an_app_is_told_so(simctl: Simctl, tmp_path: Path, kind: str) -> None:
    (tmp_path / "folder").mkdir()

    if kind == "only extensions":
        plist(tmp_path / "folder" / "Share" / "Info.plist", {"NSExtension": {}})

    said = simctl("stub", "folder")
    sentences = {
        "empty": "holds no Info.plist: give a .app, an .appex or a project's folder",
        "only extensions": "there is no app's Info.plist here, only extensions",
    }

    assert said.status == 1
    assert sentences[kind] in said.err
