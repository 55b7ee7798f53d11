"""Files replaced whole, and what is found in a folder that somebody hostile can write to."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_container.atomic import (
    ASIDE_MAX,
    keep_aside_at,
    read_at,
    replace_and_open_at,
    write_atomically,
)


def replace_at(folder: int, name: str, data: bytes, mode: int = 0o600) -> None:
    os.close(replace_and_open_at(folder, name, data, mode))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_made_with_text_or_bytes(tmp_path: Path) -> None:
    write_atomically(str(tmp_path / "text"), "né")
    write_atomically(str(tmp_path / "data"), b"\0\xff")

    assert (tmp_path / "text").read_bytes() == "né".encode()
    assert (tmp_path / "data").read_bytes() == b"\0\xff"
    assert sorted(os.listdir(tmp_path)) == ["data", "text"]


def test_a_new_file_has_the_usual_mode_less_the_umask_and_an_old_one_keeps_its_own(
    tmp_path: Path,
) -> None:
    old = os.umask(0o027)

    try:
        write_atomically(str(tmp_path / "new"), "a")
    finally:
        os.umask(old)

    (tmp_path / "old").touch()
    (tmp_path / "old").chmod(0o666)
    write_atomically(str(tmp_path / "old"), "b")

    assert mode_of(tmp_path / "new") == 0o640
    assert mode_of(tmp_path / "old") == 0o666


def test_a_link_is_replaced_and_what_it_points_to_left_alone(tmp_path: Path, folder: int) -> None:
    (tmp_path / "secret").write_text("secret")

    for name in ("one", "two"):
        (tmp_path / name).symlink_to("secret")

    write_atomically(str(tmp_path / "one"), "mine")
    replace_at(folder, "two", b"mine")

    assert (tmp_path / "secret").read_text() == "secret"
    assert (tmp_path / "one").read_text() == (tmp_path / "two").read_text() == "mine"
    assert not (tmp_path / "one").is_symlink()


@pytest.mark.parametrize("call", ["pwrite", "fsync", "rename", "fchmod"])
def test_a_failure_leaves_the_old_file_and_no_other(
    tmp_path: Path, folder: int, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "f").write_text("old")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)

        with pytest.raises(OSError, match="No space"):
            write_atomically(str(tmp_path / "f"), "new")

        with pytest.raises(OSError, match="No space"):
            replace_at(folder, "f", b"new")

    assert (tmp_path / "f").read_text() == "old"
    assert os.listdir(tmp_path) == ["f"]


def test_a_folder_in_the_place_is_an_error_and_nothing_is_left(tmp_path: Path, folder: int) -> None:
    (tmp_path / "f").mkdir()

    with pytest.raises(IsADirectoryError):
        write_atomically(str(tmp_path / "f"), "new")

    with pytest.raises(IsADirectoryError):
        replace_at(folder, "f", b"new")

    assert os.listdir(tmp_path) == ["f"]


def test_short_writes_are_continued(
    tmp_path: Path, folder: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", lambda fd, data, at: real(fd, data[:3], at))
        replace_at(folder, "f", b"0123456789")

    assert (tmp_path / "f").read_bytes() == b"0123456789"


def test_what_a_killed_writer_left_is_cleared_by_the_next(tmp_path: Path, folder: int) -> None:
    (tmp_path / ".f.new").write_text("half")
    replace_at(folder, "f", b"whole")

    assert os.listdir(tmp_path) == ["f"]


def test_a_folder_planted_where_the_temporary_file_goes_stops_nobody(
    tmp_path: Path, folder: int
) -> None:
    (tmp_path / ".f.new" / "x").mkdir(parents=True)
    replace_at(folder, "f", b"whole", 0o604)

    assert (tmp_path / "f").read_bytes() == b"whole"
    assert mode_of(tmp_path / "f") == 0o604
    assert sorted(os.listdir(tmp_path)) == [".f.new", "f"]


def test_the_descriptor_returned_is_of_the_new_file(tmp_path: Path, folder: int) -> None:
    fd = replace_and_open_at(folder, "f", b"abc", sync=False)
    os.pwrite(fd, b"X", 1)
    os.close(fd)

    assert (tmp_path / "f").read_bytes() == b"aXc"


def test_reading_is_bounded(tmp_path: Path, folder: int) -> None:
    (tmp_path / "f").write_bytes(b"0123456789")
    data, status = read_at(folder, "f", 4)

    assert data == b"0123"
    assert status.st_size == 10


def test_reading_follows_no_link_and_waits_for_no_writer(tmp_path: Path, folder: int) -> None:
    (tmp_path / "target").touch()
    (tmp_path / "link").symlink_to("target")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "fifo")

    for name in ("link", "folder", "fifo"):
        with pytest.raises(ValueError, match="no regular file"):
            read_at(folder, name, 10)

    with pytest.raises(FileNotFoundError):
        read_at(folder, "absent", 10)


@pytest.mark.parametrize("stay", [True, False])
def test_broken_files_are_kept_aside_under_new_names_up_to_a_limit(
    tmp_path: Path,
    folder: int,
    stay: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    names = []

    for number in range(ASIDE_MAX + 1):
        write_atomically(str(tmp_path / "f"), str(number))
        names.append(keep_aside_at(folder, "f", stay=stay))

    assert names[:3] == ["f.corrupt", "f.corrupt-2", "f.corrupt-3"]
    assert names[-1] is None
    assert (tmp_path / "f.corrupt-2").read_text() == "1"
    assert len(os.listdir(tmp_path)) == ASIDE_MAX + stay
