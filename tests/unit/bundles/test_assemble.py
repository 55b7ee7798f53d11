import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.bundles import tree
from simulator.bundles.assemble import FILE_MODE, FOLDER_MODE, assemble, remove_tree
from simulator.bundles.bundle import read_bundle
from simulator.xpc.errors import BundleError, Misuse

Writer = Callable[..., Path]
EMBEDS = {"SIMEmbeddedExtensions": ["Share.appex"]}


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    folder = tmp_path / "staging"
    folder.mkdir()

    return folder


def refusal(app: Path, staging: Path) -> BundleError:
    with pytest.raises(BundleError) as caught:
        assemble(app, staging)

    assert list(staging.iterdir()) == []

    return caught.value


@pytest.mark.parametrize("place", ["extensions", "apps"])
def test_the_extensions_that_the_app_names_are_embedded(
    tmp_path: Path,
    staging: Path,
    write_app: Writer,
    write_extension: Writer,
    place: str,
) -> None:
    app = write_app(EMBEDS, tmp_path / "apps")
    write_extension(tmp_path / place, "Share")
    bundle = assemble(app, staging)

    assert bundle == read_bundle(staging / "Notes.app")
    assert bundle.path == staging / "Notes.app"
    assert [extension.path.name for extension in bundle.extensions] == ["Share.appex"]
    assert not (app / "PlugIns").exists()


def test_an_assembled_app_can_be_assembled_again(
    tmp_path: Path,
    staging: Path,
    write_app: Writer,
    write_extension: Writer,
) -> None:
    app = write_app(EMBEDS, tmp_path / "apps")
    write_extension(tmp_path / "extensions", "Share")
    first = assemble(app, staging)
    again = tmp_path / "again"
    again.mkdir()

    assert len(assemble(first.path, again).extensions) == 1


def test_an_extension_that_is_nowhere_is_told_by_its_place_in_the_list(
    tmp_path: Path,
    staging: Path,
    write_app: Writer,
) -> None:
    error = refusal(write_app(EMBEDS, tmp_path / "apps"), staging)

    assert (error.file, error.key) == ("Notes.app/Info.plist", "SIMEmbeddedExtensions[0]")
    assert "Share.appex" in error.problem


def test_modes_become_plain_and_bytecode_stays_behind(staging: Path, write_app: Writer) -> None:
    app = write_app()
    (app / "Frameworks" / "__pycache__").mkdir(parents=True)
    (app / "Frameworks").chmod(0o700)
    (app / "Notes.py").chmod(0o4700)
    copy = assemble(app, staging).path

    assert stat.S_IMODE((copy / "Notes.py").stat().st_mode) == FILE_MODE
    assert stat.S_IMODE((copy / "Frameworks").stat().st_mode) == FOLDER_MODE
    assert list((copy / "Frameworks").iterdir()) == []
    assert (copy / "Notes.py").read_bytes() == (app / "Notes.py").read_bytes()


def test_a_link_is_refused_even_where_it_stays_inside(staging: Path, write_app: Writer) -> None:
    app = write_app()
    (app / "again.py").symlink_to("Notes.py")
    error = refusal(app, staging)

    assert error.file == "Notes.app/again.py"
    assert "symbolic link" in error.problem


def test_an_extension_behind_a_link_is_not_followed(
    tmp_path: Path,
    staging: Path,
    write_app: Writer,
    write_extension: Writer,
) -> None:
    app = write_app(EMBEDS, tmp_path / "apps")
    elsewhere = write_extension(tmp_path / "elsewhere", "Share")
    (tmp_path / "extensions").mkdir()
    (tmp_path / "extensions/Share.appex").symlink_to(elsewhere)

    assert refusal(app, staging).file == "Notes.app/PlugIns/Share.appex"


def test_a_fifo_does_not_hang_the_copy(staging: Path, write_app: Writer) -> None:
    app = write_app()
    os.mkfifo(app / "odd")

    assert refusal(app, staging).file == "Notes.app/odd"


def test_the_copy_is_what_is_validated(
    tmp_path: Path,
    staging: Path,
    write_app: Writer,
    write_extension: Writer,
) -> None:
    app = write_app(EMBEDS, tmp_path / "apps")
    write_extension(tmp_path / "extensions", "Share", {"CFBundleIdentifier": "org.other"})
    error = refusal(app, staging)

    assert error.file == "Notes.app/PlugIns/Share.appex/Info.plist"


def test_limits_hold_while_copying(
    staging: Path,
    write_app: Writer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = write_app()
    monkeypatch.setattr(tree, "SIZE_MAX", 4)

    assert "limit" in refusal(app, staging).problem


@pytest.mark.parametrize("name", ["Gone.app", "Notes"])
def test_what_is_no_app_is_told_so(tmp_path: Path, staging: Path, name: str) -> None:
    assert refusal(tmp_path / name, staging).file == name


def test_a_folder_that_is_not_empty_is_left_alone(staging: Path, write_app: Writer) -> None:
    (staging / "other").write_text("mine")

    with pytest.raises(Misuse, match="empty folder"):
        assemble(write_app(), staging)

    assert (staging / "other").read_text() == "mine"


def test_remove_tree_follows_no_link(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("mine")
    doomed = tmp_path / "doomed" / "inner"
    doomed.mkdir(parents=True)
    (doomed / "link").symlink_to(kept)
    (doomed.parent / "link").symlink_to(kept)
    remove_tree(tmp_path / "doomed")

    assert not (tmp_path / "doomed").exists()
    assert (kept / "file").read_text() == "mine"


def test_remove_tree_refuses_to_start_at_a_link(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to("kept")

    with pytest.raises(NotADirectoryError):
        remove_tree(tmp_path / "link")

    assert (tmp_path / "kept").is_dir()


def test_remove_tree_needs_no_folder_to_be_there(tmp_path: Path) -> None:
    remove_tree(tmp_path / "gone")

    assert list(tmp_path.iterdir()) == []


def test_remove_tree_copes_with_depth_names_and_modes(tmp_path: Path) -> None:
    doomed = tmp_path / "doomed"
    (doomed / ".moved-0" / ".moved-1").mkdir(parents=True)
    (doomed / ".moved-2").touch()
    (doomed / ".moved-3").mkdir()
    folder = os.open(doomed, os.O_RDONLY)

    for _ in range(1200):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner

    os.close(folder)
    (doomed / "d" / "d").chmod(0)
    remove_tree(doomed)

    assert not doomed.exists()
