import os
import plistlib
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.bundles import tree
from simulator.bundles.bundle import read_bundle
from simulator.bundles.entitlements import GROUPS_KEY
from simulator.xpc.errors import BundleError

Writer = Callable[..., Path]


def refusal(path: Path) -> BundleError:
    with pytest.raises(BundleError) as caught:
        read_bundle(path)

    return caught.value


def test_a_whole_app_is_read_with_its_extensions(
    write_app: Writer,
    write_extension: Writer,
) -> None:
    schemes = [{"CFBundleURLSchemes": ["Notes", "notes", "$(SCHEME)"]}]
    app = write_app({"CFBundleURLTypes": schemes, "CFBundleDisplayName": "My Notes"})
    groups = {"com.apple.security.application-groups": ["group.com.example.notes"]}
    (app / "Notes.entitlements").write_bytes(plistlib.dumps(groups))
    write_extension(app / "PlugIns", "Share")
    kit = {"EXExtensionPointIdentifier": "com.apple.appintents-extension"}
    write_extension(
        app / "Extensions",
        "Intents",
        {"NSExtension": None, "EXAppExtensionAttributes": kit},
    )
    (app / "PlugIns" / "README").write_text("not an extension")
    bundle = read_bundle(app)
    share, intents = bundle.extensions

    assert bundle.path == app
    assert bundle.bundle_id == "com.example.Notes"
    assert bundle.name == "My Notes"
    assert bundle.executable == app / "Notes.py"
    assert bundle.frameworks == app / "Frameworks"
    assert bundle.url_schemes == ("notes",)
    assert bundle.groups == ("group.com.example.notes",)
    assert (bundle.is_extension, bundle.extension_point) == (False, "")
    assert bundle.principal_class is None
    assert (share.is_extension, share.extension_point) == (True, "com.apple.share-services")
    assert share.principal_class == "ShareViewController"
    assert share.groups == ()
    assert intents.extension_point == "com.apple.appintents-extension"


@pytest.mark.parametrize(
    ("changes", "name"),
    [({}, "Notes"), ({"CFBundleName": "Own"}, "Notes"), ({"CFBundleDisplayName": "Mine"}, "Mine")],
)
def test_an_extension_without_a_display_name_is_called_as_its_app(
    write_app: Writer,
    write_extension: Writer,
    changes: dict[str, object],
    name: str,
) -> None:
    app = write_app()
    write_extension(app / "PlugIns", "Share", changes)

    assert read_bundle(app).extensions[0].name == name


def test_a_name_that_xcode_would_have_filled_in_is_the_folders_stem(write_app: Writer) -> None:
    app = write_app({"CFBundleName": "$(PRODUCT_NAME)", "CFBundlePackageType": "$(TYPE)"})

    assert read_bundle(app).name == "Notes"


@pytest.mark.contract("E7")
@pytest.mark.parametrize("identifier", ["com.example.NotesShare", "org.other.Share"])
def test_an_extensions_identifier_must_be_prefixed_by_the_apps(
    write_app: Writer,
    write_extension: Writer,
    identifier: str,
) -> None:
    app = write_app()
    write_extension(app / "PlugIns", "Share", {"CFBundleIdentifier": identifier})
    error = refusal(app)

    assert error.file == "Notes.app/PlugIns/Share.appex/Info.plist"
    assert error.key == "CFBundleIdentifier"
    assert error.problem.startswith(
        "Embedded binary's bundle identifier is not prefixed with the parent app's bundle "
        "identifier",
    )


def test_an_extension_says_what_it_extends(write_app: Writer, write_extension: Writer) -> None:
    app = write_app()
    write_extension(app / "PlugIns", "Share", {"NSExtension": None})
    error = refusal(app)

    assert (error.file, error.key) == ("Notes.app/PlugIns/Share.appex/Info.plist", "NSExtension")


@pytest.mark.contract("E11")
def test_background_modes_in_an_extension_are_refused(
    write_app: Writer,
    write_extension: Writer,
) -> None:
    app = write_app({"UIBackgroundModes": ["audio"]})
    write_extension(app / "PlugIns", "Share", {"UIBackgroundModes": ["audio"]})
    error = refusal(app)

    assert (error.file, error.key) == (
        "Notes.app/PlugIns/Share.appex/Info.plist",
        "UIBackgroundModes",
    )


def test_two_extensions_may_not_have_one_identifier(
    write_app: Writer,
    write_extension: Writer,
) -> None:
    app = write_app()
    write_extension(app / "PlugIns", "Share")
    write_extension(app / "PlugIns", "Twin", {"CFBundleIdentifier": "com.example.Notes.share"})
    error = refusal(app)

    assert error.file == "Notes.app/PlugIns/Twin.appex/Info.plist"
    assert "Notes.app/PlugIns/Share.appex" in error.problem


def test_package_types_are_checked_where_they_are_given(
    write_app: Writer,
    write_extension: Writer,
) -> None:
    app = write_app({"CFBundlePackageType": None})
    write_extension(app / "PlugIns", "Share", {"CFBundlePackageType": "APPL"})
    error = refusal(app)

    assert error.key == "CFBundlePackageType"
    assert error.problem == "it is 'APPL'; in an extension it should be 'XPC!'"


def test_a_missing_program_is_named_with_what_it_is_for(write_app: Writer) -> None:
    app = write_app()
    (app / "Notes.py").unlink()
    error = refusal(app)

    assert error.file == "Notes.app/Notes.py"
    assert "the Python program that runs when the bundle is started" in error.problem


def test_a_program_must_be_a_file_of_its_own(write_app: Writer) -> None:
    app = write_app()
    (app / "Notes.py").rename(app / "other.py")
    (app / "Notes.py").symlink_to("other.py")

    assert refusal(app).file == "Notes.app/Notes.py"


def test_an_extension_may_not_be_a_link(write_app: Writer, write_extension: Writer) -> None:
    app = write_app()
    write_extension(app / "Shared")
    (app / "PlugIns").mkdir()
    (app / "PlugIns/Share.appex").symlink_to("../Shared/Share.appex")

    assert refusal(app).file == "Notes.app/PlugIns/Share.appex"


def test_the_folder_of_extensions_must_be_a_folder(write_app: Writer) -> None:
    app = write_app()
    (app / "PlugIns").write_text("")

    assert "it is no folder" in refusal(app).problem


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Gone.app", "no such folder"),
        ("File.app", "no folder"),
        ("Notes", "does not end in '.app'"),
    ],
)
def test_what_is_no_app_is_told_so(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "File.app").write_text("")
    error = refusal(tmp_path / name)

    assert error.file == name
    assert words in error.problem


def test_an_app_without_an_info_plist_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "Notes.app").mkdir()

    assert refusal(tmp_path / "Notes.app").file == "Notes.app/Info.plist"


def test_a_link_inside_the_bundle_is_accepted(write_app: Writer) -> None:
    app = write_app()
    (app / "again.py").symlink_to("Notes.py")

    assert read_bundle(app).bundle_id == "com.example.Notes"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("/etc/passwd", "leads out of the bundle"),
        ("../outside", "leads out of the bundle"),
        ("../Notes.app.d", "leads out of the bundle"),
        ("nothing", "does not exist"),
        ("link", "does not exist"),
    ],
)
def test_a_link_that_leads_out_or_nowhere_is_refused(
    write_app: Writer,
    target: str,
    words: str,
) -> None:
    app = write_app()
    (app.parent / "outside").mkdir()
    (app.parent / "Notes.app.d").mkdir()
    (app / "Frameworks").mkdir()
    link = app / ("Frameworks" if target == "link" else ".") / "link"
    link.symlink_to(target)
    error = refusal(app)

    assert error.file.endswith("/link")
    assert words in error.problem


def test_an_app_that_is_itself_a_link_is_followed(write_app: Writer, tmp_path: Path) -> None:
    app = write_app()
    (tmp_path / "other").mkdir()
    link = tmp_path / "other" / "Notes.app"
    link.symlink_to(app)

    assert read_bundle(link).bundle_id == "com.example.Notes"


@pytest.mark.parametrize(("kind", "words"), [("fifo", "a FIFO"), ("socket", "a socket")])
def test_what_is_neither_file_nor_folder_is_refused(
    write_app: Writer,
    kind: str,
    words: str,
) -> None:
    app = write_app()

    if kind == "fifo":
        os.mkfifo(app / "odd")
    else:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(app / "odd"))

    error = refusal(app)

    assert error.file == "Notes.app/odd"
    assert words in error.problem


def test_a_name_that_is_not_utf8_is_refused_in_words_that_can_be_shown(write_app: Writer) -> None:
    app = write_app()

    with open(os.path.join(os.fsencode(app), b"odd\xff"), "wb"):
        error = refusal(app)

    assert "not UTF-8" in error.problem
    assert str(error).encode()


@pytest.mark.parametrize("sign", ["\x1b", "\n", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066"])
def test_a_name_that_moves_the_cursor_is_refused(write_app: Writer, sign: str) -> None:
    app = write_app()
    (app / f"odd{sign}").touch()
    inside = refusal(app)
    (app / f"odd{sign}").unlink()
    itself = refusal(app.rename(app.with_name(f"odd{sign}.app")))

    for error in (inside, itself):
        assert "the control character" in error.problem
        assert str(error).isprintable()


def test_a_name_may_have_signs_that_scripts_need(write_app: Writer) -> None:
    app = write_app()
    (app / "\u200eنوت\u200cها").touch()

    assert read_bundle(app).path == app


def test_an_app_with_its_extensions_has_limits(
    write_app: Writer, write_extension: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = write_app()

    for name in ("One", "Two"):
        extension = write_extension(app / "PlugIns", name)
        (extension / f"{name}.entitlements").write_bytes(
            plistlib.dumps({GROUPS_KEY: [f"group.{name}"]})
        )

    monkeypatch.setattr("simulator.bundles.lint.rights.GROUPS_MAX", 1)
    error = refusal(app)

    assert (error.file, error.key) == ("Notes.app/PlugIns/Two.appex", GROUPS_KEY)

    monkeypatch.setattr("simulator.bundles.lint.subject.EMBEDDED_MAX", 1)

    assert refusal(app).problem == "it has 2 extensions; the limit is 1"


def test_too_many_files_are_refused(write_app: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    app = write_app()
    monkeypatch.setattr(tree, "ENTRIES_MAX", 1)

    assert refusal(app).problem == "it holds more than 1 files and folders, which is the limit"


def test_too_large_a_bundle_is_refused_without_reading_it(write_app: Writer) -> None:
    app = write_app()

    with open(app / "hole", "wb") as handle:
        handle.truncate(tree.SIZE_MAX + 1)

    assert "more than 256 MiB" in refusal(app).problem


def test_folders_nested_too_deep_are_refused(write_app: Writer) -> None:
    app = write_app()
    (app / "/".join("d" * (tree.FOLDERS_DEEP_MAX + 1))).mkdir(parents=True)

    assert f"deeper than {tree.FOLDERS_DEEP_MAX}" in refusal(app).problem
