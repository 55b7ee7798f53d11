"""stub: real plists become programs that run; what exists stays."""

import plistlib
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from simulator.bundles.bundle import read_bundle
from simulator.bundles.points import POINTS
from simulator.testing.bundles import make_app
from tests.bundles.conftest import GROUP, GROUPS, SHARE, Simctl, app_keys, extension_keys, write

if TYPE_CHECKING:
    from simulator.testing.device import Device


def test_a_bundle_without_programs_gets_them_and_they_run(
    simctl: Simctl, notes: Path, device: "Device"
) -> None:
    said = simctl("stub", "Notes.app")
    app = device.install(notes)
    launched = device.launch(app)
    device.reload_widget(f"{app}.Clock")
    outcome = device.share("hello").choose(f"{app}.Share")
    banner = device.push(app, alert="hello", mutable_content=True)

    assert said.status == 0
    assert said.out.splitlines() == [
        "Created Notes.app/My Notes.py",
        "Created Notes.app/PlugIns/Clock.appex/Clock.py",
        "Created Notes.app/PlugIns/Keys.appex/Keys.py",
        "Created Notes.app/PlugIns/Push.appex/Push.py",
        "Created Notes.app/PlugIns/Share.appex/Share.py",
        "",
        "Next:",
        "  simctl lint Notes.app",
        "  simctl launch Notes.app",
    ]
    assert said.err == ""
    assert launched.screen == f"Notes\n{GROUP}: a folder"
    assert [(shown.bundle_id, shown.title) for shown in device.widgets] == [
        (f"{app}.Clock", "Clock")
    ]
    assert outcome.how == "completed"
    assert (banner.body, banner.changed_by) == ("hello", f"{app}.Push")


@pytest.mark.parametrize(
    ("named", "line"),
    [
        ("$(PRODUCT_MODULE_NAME).SceneDelegate", "class SceneDelegate(uikit.SceneDelegate):"),
        ("MyNotes", "class MyNotesScene(uikit.SceneDelegate):"),  # as the app's own stub is called
        ("", "class SceneDelegate(uikit.SceneDelegate):"),  # SwiftUI names none
    ],
)
def test_the_stub_of_an_app_with_scenes_has_the_delegate_that_is_told_of_urls(
    named: str, line: str, simctl: Simctl, notes: Path, device: "Device"
) -> None:
    configuration = {"UISceneDelegateClassName": named} if named else {}
    scenes = {"UISceneConfigurations": {"UIWindowSceneSessionRoleApplication": [configuration]}}
    write(notes, app_keys(UIApplicationSceneManifest=scenes))
    simctl("stub", "Notes.app")
    app = device.install(notes)
    cold = device.open_url("notes:cold")
    cold.wait_until(lambda: "opened by notes:cold" in cold.screen)
    warm = device.open_url("notes:warm")
    warm.wait_until(lambda: "opened by notes:warm" in warm.screen)

    assert (cold.bundle_id, cold.pid) == (app, warm.pid)
    assert line in (notes / "My Notes.py").read_text().splitlines()


FORM = """
from simulator.sdk.uikit import Application, View


class Form(Application):
    def did_finish_launching(self, options):
        self.show(View("Form", fields=["draft"]))
"""


def test_a_stubs_keyboard_types_and_deletes(
    simctl: Simctl, notes: Path, device: "Device", tmp_path: Path
) -> None:
    simctl("stub", "Notes.app")
    app = device.install(notes)
    device.launch(device.install(make_app(tmp_path, "Form", source=FORM)))
    device.type(keyboard=f"{app}.Keys", keys=["h", "i", "x", "⌫"])
    device.wait_until(lambda: "hi" in device.fields.values())


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("My Notes.py", "class MyNotes(uikit.Application):"),
        ("PlugIns/Share.appex/Share.py", "class ShareController(extension.ShareExtension):"),
        ("PlugIns/Clock.appex/Clock.py", "class WidgetExtension(widgetkit.Widget):"),
        (
            "PlugIns/Push.appex/Push.py",
            "class NotificationService(usernotifications.NotificationServiceExtension):",
        ),
        (
            "PlugIns/Keys.appex/Keys.py",
            "class KeyboardController(keyboard.InputViewController):",
        ),
    ],
)
def test_the_class_is_the_principal_class_or_called_as_its_point(
    simctl: Simctl, notes: Path, file: str, line: str
) -> None:
    simctl("stub", "Notes.app")

    assert line in (notes / file).read_text().splitlines()


def test_what_exists_is_kept_and_only_force_writes_it_anew(simctl: Simctl, notes: Path) -> None:
    program = notes / "My Notes.py"
    program.write_text("mine")
    first = simctl("stub", "Notes.app")
    second = simctl("stub", "Notes.app")
    kept = program.read_text()
    third = simctl("stub", "--force", "Notes.app")

    assert "My Notes.py" not in first.out
    assert second.out.startswith("Each bundle has its program already; --force writes it anew.\n")
    assert kept == "mine"
    assert "Created Notes.app/My Notes.py\n" in third.out
    assert "class MyNotes" in program.read_text()


def test_a_link_in_the_place_of_a_program_is_replaced_and_not_followed(
    simctl: Simctl, notes: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere.py").write_text("mine")
    (notes / "My Notes.py").symlink_to(tmp_path / "elsewhere.py")
    simctl("stub", "--force", "Notes.app")

    assert (tmp_path / "elsewhere.py").read_text() == "mine"
    assert not (notes / "My Notes.py").is_symlink()


@pytest.mark.parametrize(
    "point", [point.identifier for point in POINTS if not point.is_simulated][:3]
)
def test_a_stub_of_a_point_that_is_not_simulated_says_so(
    simctl: Simctl, tmp_path: Path, point: str
) -> None:
    app = write(tmp_path / "Notes.app", app_keys())
    write(app / "PlugIns" / "Other.appex", extension_keys("Other", point, "Handler"))
    said = simctl("stub", "Notes.app")
    program = (app / "PlugIns" / "Other.appex" / "Other.py").read_text()

    assert f"{point} is not simulated, so it never runs\n" in said.err
    assert f"This simulator does not run extensions of {point}" in program
    assert "class Handler:" in program
    assert read_bundle(app).extensions[0].extension_point == point


def test_a_point_that_nobody_knows_is_said_with_what_was_meant(
    simctl: Simctl, tmp_path: Path
) -> None:
    app = write(tmp_path / "Notes.app", app_keys())
    write(app / "PlugIns" / "Other.appex", extension_keys("Other", "com.apple.share-service"))
    said = simctl("stub", "Notes.app")

    assert said.err == (
        "Notes.app/PlugIns/Other.appex: com.apple.share-service is no known extension point: "
        "did you mean com.apple.share-services?\n"
    )


HOSTILE_NAMES = [
    "class", "print", "extension", "Foo-Bar", "9Lives", "Größe", "", ".", "a.b.", "日本",
    'x"""\nimport os', "x\\", "A(object):\n    pass\n#", "x" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=ascii)
def test_whatever_a_list_calls_its_class_the_stub_is_a_program_of_one_class(
    simctl: Simctl, tmp_path: Path, name: str
) -> None:
    app = write(tmp_path / "Notes.app", app_keys())
    form = plistlib.FMT_BINARY
    keys = extension_keys("Share", SHARE, name)
    folder = write(app / "PlugIns" / "Share.appex", {})
    (folder / "Info.plist").write_bytes(plistlib.dumps(keys, fmt=form))
    said = simctl("stub", "Notes.app")
    program = (folder / "Share.py").read_text()
    space: dict[str, object] = {"__name__": "Share"}
    exec(compile(program, "Share.py", "exec"), space)
    wanted = name.rpartition(".")[2]
    own = [value for value in space.values() if getattr(value, "__module__", "") == "Share"]

    assert said.status == 0
    assert [cast("type", value).__name__ for value in own] == [wanted or "ShareExtension"]


def test_a_name_that_no_class_can_have_gives_a_program_all_the_same(
    simctl: Simctl, tmp_path: Path
) -> None:
    app = write(tmp_path / "Notes.app", {})
    keys = app_keys()
    (app / "Info.plist").write_bytes(plistlib.dumps(keys))
    folder = write(app / "PlugIns" / "Share.appex", {})
    (folder / "Info.plist").write_bytes(
        plistlib.dumps(extension_keys("Share", SHARE, "Real\x00"), fmt=plistlib.FMT_BINARY)
    )
    said = simctl("stub", "Notes.app")
    exec(compile((folder / "Share.py").read_text(), "Share.py", "exec"), {})

    assert said.status == 0


@pytest.mark.parametrize("text", ['"""', "\\", "\n", "\x1b[2J", "{0}", "$name", "%s"])
def test_names_from_a_list_end_no_string_of_the_stub(
    simctl: Simctl, tmp_path: Path, text: str
) -> None:
    keys = app_keys(CFBundleURLTypes=[{"CFBundleURLSchemes": [text]}], CFBundleExecutable="Notes")
    app = write(tmp_path / "Notes.app", {})
    (app / "Info.plist").write_bytes(plistlib.dumps(keys, fmt=plistlib.FMT_BINARY))
    (app / "Notes.entitlements").write_bytes(
        plistlib.dumps({GROUPS: [text]}, fmt=plistlib.FMT_BINARY)
    )
    simctl("stub", "Notes.app")
    program = (app / "Notes.py").read_text()
    compile(program, "Notes.py", "exec")

    assert "\x1b" not in program


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Missing argument: <path>"),
        (("A.app", "B.app"), "Give one path"),
        (("Gone.app",), "Gone.app is no folder: give a .app, an .appex or a source folder"),
        (("Notes.app", "--app", "x"), "--app chooses among the apps of a source folder"),
        (("Notes.app", "--set", "X"), "--set takes VAR=value or TARGET:VAR=value, not 'X'"),
        (("Notes.app", "--set", "=1"), "--set takes VAR=value or TARGET:VAR=value, not '=1'"),
    ],
)
def test_wrong_usage_is_one_sentence(
    simctl: Simctl, notes: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    said = simctl("stub", *arguments)

    assert notes.is_dir()
    assert (said.status, said.err.splitlines()[0]) == (1, sentence)


def test_a_broken_list_is_told_and_nothing_is_made(simctl: Simctl, notes: Path) -> None:
    (notes / "PlugIns/Keys.appex/Info.plist").write_text("<plist><dict>")
    said = simctl("stub", "Notes.app")

    assert said.status != 0
    assert "Notes.app/PlugIns/Keys.appex/Info.plist: it is no well-formed XML at line 1" in said.err
    assert list(notes.rglob("*.py")) == []


def test_variables_of_a_built_bundle_are_expanded_in_a_copy(simctl: Simctl, tmp_path: Path) -> None:
    app = write(
        tmp_path / "Notes.app",
        app_keys(CFBundleIdentifier="$(PREFIX).Notes", CFBundleDisplayName="${WHO:upper}"),
        {GROUPS: ["group.$(PREFIX).notes"]},
    )
    before = (app / "Info.plist").read_bytes()
    refused = simctl("stub", "Notes.app", "--set", "PREFIX=org.example")
    said = simctl(
        "stub", "Notes.app", "--set", "PREFIX=org.example", "--set", "WHO=me", "--output", "out"
    )
    bundle = read_bundle(tmp_path / "out" / "Notes.app")

    assert refused.err == (
        "Notes.app/Info.plist would be changed: give --output for a copy, or --force\n"
    )
    assert said.status == 0
    assert (bundle.bundle_id, bundle.name) == ("org.example.Notes", "ME")
    assert bundle.groups == ("group.org.example.notes",)
    assert (app / "Info.plist").read_bytes() == before
    assert not (app / "My Notes.py").exists()

    again = simctl("stub", "Notes.app", "--output", "out")

    assert "out/Notes.app is in the way" in again.err


def test_a_binary_list_stays_one(simctl: Simctl, tmp_path: Path) -> None:
    app = write(tmp_path / "Notes.app", {})
    keys = app_keys(CFBundleDisplayName="$(WHO)")
    (app / "Info.plist").write_bytes(plistlib.dumps(keys, fmt=plistlib.FMT_BINARY))
    said = simctl("stub", "Notes.app", "--set", "WHO=me", "--force")

    assert "Changed Notes.app/Info.plist" in said.out
    assert (app / "Info.plist").read_bytes().startswith(b"bplist")
    assert read_bundle(app).name == "me"
