"""Files, inside a guest: what apps do daily works, and what leaves the container does not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"


@pytest.fixture
def probe(shell: Callable[..., Any]) -> Any:
    """A guest with ``docs``, ``group`` and a file in each."""
    made = shell(groups=[GROUP])
    made.do(
        "import pathlib, shutil, sqlite3, stat, tempfile, zipfile\n"
        "docs = FileManager.default.documents_directory\n"
        f"group = FileManager.default.container_url({GROUP!r})\n"
        "for folder in (docs, group): (folder / 'file').write_text('content')"
    )

    return made


@pytest.mark.parametrize("folder", ["docs", "group"])
def test_modes_and_times_of_own_files_can_be_changed(folder: str, probe: Any) -> None:
    probe.do(f"os.chmod({folder} / 'file', 0o600)")
    probe.do(f"os.utime({folder} / 'file', (1000, 2000))")

    assert probe.do(f"oct(os.stat({folder} / 'file').st_mode & 0o7777)") == "0o600"
    assert probe.do(f"os.stat({folder} / 'file').st_mtime") == 2000.0


def test_touching_a_file_sets_its_time(probe: Any) -> None:
    probe.do("os.utime(docs / 'file', (1, 1))")
    probe.do("(docs / 'file').touch()")

    assert probe.do("os.stat(docs / 'file').st_mtime > 1_000_000_000") is True


def test_the_mode_of_an_open_file_can_be_changed(probe: Any) -> None:
    probe.do("with open(docs / 'file') as file: os.fchmod(file.fileno(), 0o640)")

    assert probe.do("oct(os.stat(docs / 'file').st_mode & 0o7777)") == "0o640"


def test_a_tree_is_copied_with_times(probe: Any) -> None:
    probe.do("(docs / 'a' / 'b').mkdir(parents=True); (docs / 'a' / 'b' / 'c').write_text('deep')")
    probe.do("os.utime(docs / 'a' / 'b' / 'c', (5, 5))")
    probe.do("shutil.copytree(docs / 'a', group / 'copy')")

    assert probe.do("(group / 'copy' / 'b' / 'c').read_text()") == "deep"
    assert probe.do("os.stat(group / 'copy' / 'b' / 'c').st_mtime") == 5.0


def test_a_file_is_copied_and_moved_into_the_group(probe: Any, device: Device) -> None:
    probe.do("shutil.copy2(docs / 'file', group / 'copied')")
    probe.do("shutil.move(docs / 'file', group / 'moved')")

    assert device.group(GROUP).files == ["copied", "file", "moved"]
    assert probe.do("os.path.exists(docs / 'file')") is False


def test_a_replace_into_the_group_is_one_rename(probe: Any) -> None:
    probe.do("number = os.stat(docs / 'file').st_ino; os.replace(docs / 'file', group / 'file')")

    assert probe.do("os.stat(group / 'file').st_ino == number") is True


def test_a_zip_archive_is_extracted(probe: Any) -> None:
    probe.do(
        "with zipfile.ZipFile(docs / 'a.zip', 'w') as archive: archive.writestr('x/y', 'inside')"
    )
    probe.do("zipfile.ZipFile(docs / 'a.zip').extractall(group)")

    assert probe.do("(group / 'x' / 'y').read_text()") == "inside"


def test_temporary_files_lie_in_the_own_tmp(probe: Any) -> None:
    name = probe.do("tempfile.mkstemp()[1]")

    assert Path(str(name)).parent == probe.app.container / "tmp"


def test_sqlite_works_with_a_write_ahead_log_in_the_group(probe: Any, device: Device) -> None:
    probe.do(
        "base = sqlite3.connect(group / 'notes.sqlite')\n"
        "mode = base.execute('pragma journal_mode=wal').fetchone()[0]\n"
        "base.execute('create table note (text)')\n"
        "base.execute('insert into note values (?)', ('buy milk',))\n"
        "base.commit()"
    )

    assert probe.do("mode") == "wal"
    assert probe.do("base.execute('select text from note').fetchall()") == [["buy milk"]]
    assert "notes.sqlite-wal" in device.group(GROUP).files


def changeable(path: Path) -> tuple[int, ...]:
    """Return what a guest could change of a file, but not when somebody has read it last."""
    found = path.stat()

    return (
        found.st_mode,
        found.st_uid,
        found.st_gid,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
    )


@pytest.mark.enforces
@pytest.mark.parametrize("call", ["os.chmod({!r}, 0o777)", "os.utime({!r}, (1, 1))"])
def test_other_peoples_files_cannot_be_changed(call: str, probe: Any, device: Device) -> None:
    notes = device.launch("Notes")
    sibling = notes.container / "Documents"
    program = device.container(probe.bundle_id, "app") / "Probe.py"

    for path in (sibling, program, Path("/etc/passwd"), device.folder / "device.plist"):
        before = changeable(path)

        with pytest.raises(Exception, match="PermissionError EPERM"):
            probe.do(call.format(str(path)))

        assert changeable(path) == before

    operations = {event.operation for event in device.events.of(kind="denial")}

    assert operations <= {"file-write-mode", "file-write-times"}
    assert operations


@pytest.mark.enforces
@pytest.mark.parametrize("call", ["os.chmod(docs / 'link', 0o777)", "os.utime(docs / 'link')"])
def test_a_link_out_is_not_followed(call: str, probe: Any, device: Device) -> None:
    target = device.folder / "device.plist"
    before = changeable(target)
    probe.do(f"os.symlink({str(target)!r}, docs / 'link')")

    with pytest.raises(Exception, match=r"EXDEV|EPERM|ELOOP"):
        probe.do(call)

    assert changeable(target) == before


@pytest.mark.enforces
def test_a_folder_that_is_a_link_leads_nowhere(probe: Any, device: Device) -> None:
    sibling = device.launch("Notes").container
    probe.do(f"os.symlink({str(sibling)!r}, docs / 'way')")
    before = changeable(sibling / "Documents")

    with pytest.raises(Exception, match=r"EXDEV|EPERM|ELOOP"):
        probe.do("os.chmod(docs / 'way' / 'Documents', 0o777)")

    assert changeable(sibling / "Documents") == before


def test_set_id_bits_are_stripped(probe: Any) -> None:
    probe.do("os.chmod(docs / 'file', 0o6755)")

    assert probe.do("oct(os.stat(docs / 'file').st_mode & 0o7777)") == "0o755"


@pytest.mark.enforces
def test_the_own_bundle_is_read_only(probe: Any, device: Device) -> None:
    folder = device.container(probe.bundle_id, "app")

    with pytest.raises(Exception, match="PermissionError EPERM"):
        probe.do(f"open({str(folder / 'new')!r}, 'w')")

    probe.do("import ctypes; libc = ctypes.CDLL(None, use_errno=True)")
    asked = f"libc.open({bytes(folder / 'new')!r}, os.O_WRONLY | os.O_CREAT, 0o600)"

    answer = probe.do(f"[{asked}, errno.errorcode[ctypes.get_errno()]]")

    assert answer in ([-1, "EACCES"], [-1, "EROFS"])

    assert probe.do(f"len(open({str(folder / 'Probe.py')!r}).read()) > 0") is True
