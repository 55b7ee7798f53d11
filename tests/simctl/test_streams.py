"""Which files stand for a program's streams, and how they are written."""

import os
import stat
import threading
from pathlib import Path

import pytest

from simulator.simctl.streams import Paths, Sink, paths_of
from simulator.xpc.errors import Misuse


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import D a.plist", Paths(input="a.plist")),
        ("IMPORT D a.plist", Paths(input="a.plist")),
        ("export D a.plist", Paths(output="a.plist")),
        ("export -app Notes a.plist", Paths(output="a.plist")),
        ("-currentHost import D a.plist", Paths(input="a.plist")),
        ("-host h export D a.plist", Paths(output="a.plist")),
        ("import D -", Paths()),
        ("export D", Paths()),
        ("write import export", Paths()),
        ("read D a.plist", Paths()),
        ("-host", Paths()),
        ("", Paths()),
    ],
)
def test_the_paths_of_a_line(line: str, expected: Paths) -> None:
    assert paths_of("defaults", line.split()) == expected


def test_only_defaults_has_paths() -> None:
    assert paths_of("notifyutil", ["import", "D", "a.plist"]) == Paths()


def test_a_blank_dash_is_a_dash() -> None:
    assert paths_of("defaults", ["import", "D", " - "]) == Paths()


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "out"
    file.write_bytes(b"old and longer")
    file.chmod(0o640)
    (tmp_path / "link").symlink_to("out")
    before = file.stat().st_ino
    sink = Sink(str(tmp_path / "link"))
    sink.write(b"ne")
    sink.write(b"w")

    assert file.read_bytes() == b"old and longer"

    sink.finish()

    assert file.read_bytes() == b"new"
    assert (tmp_path / "link").is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.stat().st_ino != before
    assert sorted(each.name for each in tmp_path.iterdir()) == ["link", "out"]


def test_a_new_file_has_the_mode_of_the_mask(tmp_path: Path) -> None:
    mask = os.umask(0o027)

    try:
        Sink(str(tmp_path / "out")).finish()
    finally:
        os.umask(mask)

    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


def test_what_is_no_regular_file_is_written_into(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    sink = Sink(str(tmp_path / "pipe"))
    sink.write(b"data")
    sink.finish()
    reader.join()

    assert read == [b"data"]


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match=r"Could not write data to .*/no/out: No such file"):
        Sink(str(tmp_path / "no" / "out")).finish()
