"""FileManager: what Foundation does with files, and which error each refusal is."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"


@pytest.fixture
def probe(one: Any) -> Any:
    """A guest with ``code(deed)``: the Cocoa code and the errno that it ends with, or None."""
    one.do(
        "def code(deed):\n"
        "    try: deed()\n"
        "    except CocoaError as problem:\n"
        "        assert isinstance(problem, OSError) and problem.domain == 'NSCocoaErrorDomain'\n"
        "        assert problem.user_info['NSUnderlyingError'][1] == problem.errno\n"
        "        return [problem.code, errno.errorcode[problem.errno]]"
    )

    return one


REFUSED = {
    "files.contents_of_directory(docs / 'no')": [260, "ENOENT"],
    "files.attributes_of_item(docs / 'no')": [260, "ENOENT"],
    "files.remove_item(docs / 'no')": [4, "ENOENT"],
    "files.move_item(docs / 'no', docs / 'new')": [4, "ENOENT"],
    "files.copy_item(docs / 'no', docs / 'new')": [260, "ENOENT"],
    "files.replace_item(docs / 'file', docs / 'no')": [4, "ENOENT"],
    "files.write_atomically(b'', docs / 'no' / 'file')": [4, "ENOENT"],
    "files.write_atomically(b'', docs / ('n' * 256))": [514, "ENAMETOOLONG"],
    "files.move_item(docs / 'file', docs / 'other')": [516, "EEXIST"],
    "files.copy_item(docs / 'file', docs / 'other')": [516, "EEXIST"],
    "files.link_item(docs / 'file', docs / 'other')": [516, "EEXIST"],
    "files.create_symbolic_link(docs / 'other', 'file')": [516, "EEXIST"],
    "files.create_directory(docs, with_intermediate_directories=False)": [516, "EEXIST"],
    "files.create_directory(docs / 'a' / 'b', with_intermediate_directories=False)": [4, "ENOENT"],
    "files.create_directory(docs / 'file' / 'b')": [4, "ENOTDIR"],
    "files.contents_of_directory('/etc')": [257, "EPERM"],
    "Data.contents_of('/etc/passwd')": [257, "EPERM"],
    "Data.contents_of(docs / 'no')": [260, "ENOENT"],
    "files.write_atomically(b'', '/etc/new')": [513, "EPERM"],
    "files.link_item(Bundle.main.bundle_path / 'Info.plist', docs / 'own')": [513, "EPERM"],
    "files.set_attributes({'NSFilePosixPermissions': 0o600}, '/etc/passwd')": [513, "EPERM"],
    "files.set_attributes({'NSFileImmutable': True}, docs / 'file')": [512, "ENOTSUP"],
    "files.destination_of_symbolic_link(docs / 'file')": [256, "EINVAL"],
    "Data(b'').write(docs / 'file', Data.WritingOptions.WITHOUT_OVERWRITING)": [516, "EEXIST"],
}


def test_each_refusal_has_its_cocoa_code_and_its_posix_error(probe: Any) -> None:
    probe.do("for name in ('file', 'other'): (docs / name).write_text('x')")
    found = probe.do(f"[code(lambda: eval(deed)) for deed in {list(REFUSED)!r}]")

    # EOPNOTSUPP and ENOTSUP are one number on Linux.
    told = [[pair[0], pair[1].replace("EOPNOTSUPP", "ENOTSUP")] for pair in found]
    assert dict(zip(REFUSED, told, strict=True)) == REFUSED


def test_an_error_says_what_a_phone_says(probe: Any) -> None:
    probe.do(
        "try: files.contents_of_directory(docs / 'no')\n"
        "except FileNotFoundError as problem: text, shown = str(problem), "
        "problem.localized_description"
    )

    assert probe.do("shown") == ("The file “no” couldn’t be opened because there is no such file.")
    assert probe.do("'Code=260' in text and 'NSPOSIXErrorDomain Code=2' in text") is True


def test_items_are_copied_moved_linked_and_compared_whole(probe: Any) -> None:
    probe.do(
        "files.create_directory(docs / 'tree' / 'deep')\n"
        "(docs / 'tree' / 'deep' / 'note').write_text('text')\n"
        "files.create_symbolic_link(docs / 'tree' / 'link', 'deep/note')\n"
        "permissions = {FileAttributeKey.POSIX_PERMISSIONS: 0o640}\n"
        "files.set_attributes(permissions, docs / 'tree' / 'deep' / 'note')\n"
        "files.copy_item(docs / 'tree', group / 'copy')"
    )

    assert probe.do("files.contents_equal(docs / 'tree', group / 'copy')") is True
    assert probe.do("files.destination_of_symbolic_link(group / 'copy' / 'link')") == "deep/note"
    assert probe.do("oct(os.stat(group / 'copy/deep/note').st_mode & 0o777)") == "0o640"

    probe.do("(group / 'copy' / 'deep' / 'note').write_text('test')")
    assert probe.do("files.contents_equal(docs / 'tree', group / 'copy')") is False

    probe.do("files.move_item(group / 'copy', docs / 'moved')")
    probe.do("files.link_item(docs / 'moved/deep/note', docs / 'second')")
    attributes = "files.attributes_of_item(docs / 'second')[FileAttributeKey.{}]"

    assert probe.do(attributes.format("REFERENCE_COUNT")) == 2
    assert probe.do(attributes.format("TYPE")) == "NSFileTypeRegular"
    assert probe.do("files.remove_item(docs / 'moved'); files.file_exists(docs / 'moved')") is None
    assert probe.do("files.file_exists(docs / 'moved')") is False


def test_dates_can_be_read_and_the_one_of_modification_set(probe: Any) -> None:
    probe.do(
        "from datetime import UTC, datetime\n"
        "key = FileAttributeKey\n"
        "(docs / 'file').touch()\n"
        "date = datetime(2020, 1, 2, 3, 4, 5, 600, tzinfo=UTC)\n"
        "files.set_attributes({key.MODIFICATION_DATE: date}, docs / 'file')\n"
        "found = files.attributes_of_item(docs / 'file')"
    )

    assert probe.do("found[key.MODIFICATION_DATE] == date") is True
    assert probe.do("found[key.CREATION_DATE] > date") is True


def test_an_enumerator_goes_in_order_and_passes_over_what_it_is_told_to(probe: Any) -> None:
    probe.do(
        "for name in ('b/2', 'b/1', 'a.app/inside', '.hidden/x', 'c'):\n"
        "    (docs / 'e' / name).parent.mkdir(parents=True, exist_ok=True)\n"
        "    (docs / 'e' / name).touch()\n"
        "files.create_symbolic_link(docs / 'e' / 'out', '/etc')\n"
        "def walk(**options):\n"
        "    found = files.enumerator(docs / 'e', **options)\n"
        "    return [str(path.relative_to(docs / 'e')) for path in found]"
    )

    assert probe.do("walk()") == [
        ".hidden", ".hidden/x", "a.app", "a.app/inside", "b", "b/1", "b/2", "c", "out",
    ]  # fmt: skip
    assert probe.do("walk(skips_hidden_files=True, skips_package_descendants=True)") == [
        "a.app", "b", "b/1", "b/2", "c", "out",
    ]  # fmt: skip
    assert probe.do("walk(skips_subdirectory_descendants=True)") == [
        ".hidden", "a.app", "b", "c", "out",
    ]  # fmt: skip

    probe.do(
        "found, e = [], files.enumerator(docs / 'e')\n"
        "for path in e:\n"
        "    found.append([path.name, e.level])\n"
        "    if path.name == 'b': e.skip_descendants()"
    )
    assert ["b", 1] in probe.do("found")
    assert ["1", 2] not in probe.do("found")


def test_replacing_keeps_permissions_and_a_backup_if_asked(probe: Any) -> None:
    probe.do(
        "(group / 'doc').write_text('old'); os.chmod(group / 'doc', 0o640)\n"
        "directory = SearchPathDirectory.ITEM_REPLACEMENT_DIRECTORY\n"
        "folder = files.url(directory, appropriate_for=group / 'doc')\n"
        "other = files.url(directory, appropriate_for=group / 'doc')\n"
        "(folder / 'doc').write_text('new')"
    )
    probe.do(
        "files.replace_item(group / 'doc', folder / 'doc', 'doc~',\n"
        "    ItemReplacementOptions.WITHOUT_DELETING_BACKUP_ITEM)"
    )

    assert probe.do("folder != other and folder.is_dir() and not os.listdir(folder)") is True
    assert probe.do("(group / 'doc').read_text(), (group / 'doc~').read_text()") == ["new", "old"]
    assert probe.do("oct(os.stat(group / 'doc').st_mode & 0o777)") == "0o640"

    probe.do("(group / 'pack').mkdir(); (group / 'pack' / 'a').touch()")
    probe.do("(folder / 'pack').mkdir(); (folder / 'pack' / 'b').touch()")
    probe.do("files.replace_item(group / 'pack', folder / 'pack')")

    assert probe.do("os.listdir(group / 'pack')") == ["b"]
    assert probe.do("sorted(os.listdir(group))[-3:]") == ["doc", "doc~", "pack"]
    assert probe.do("os.listdir(folder)") == []


REPLACE = f"""
import threading
from simulator.sdk.foundation import *
files = FileManager.default
group, docs = files.container_url({GROUP!r}), files.documents_directory
def replace(first):
    for number in range(first, 10**9):
        (docs / "next").write_bytes(bytes([number % 251]) * 300_000)
        files.replace_item(group / "doc", docs / "next")
"""


def test_a_kill_at_any_moment_leaves_the_old_document_or_the_new_one(
    probe: Any, device: Device, until: Callable[[Callable[[], object]], None]
) -> None:
    document = device.group(GROUP).path / "doc"
    document.write_bytes(bytes(300_000))
    kept = set()

    for begin in range(1, 201, 20):
        probe.do(REPLACE)
        inode = document.stat().st_ino
        probe.do(f"threading.Thread(target=replace, args=[{begin}], daemon=True).start()")
        until(lambda last=inode: document.stat().st_ino != last)  # type: ignore[misc]
        handle = os.pidfd_open(probe.app.pid)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        os.close(handle)
        probe.app.wait_until_exit()
        data = document.read_bytes()
        kept.add(data[:1])

        assert data == data[:1] * 300_000

        probe.relaunch()

    assert len(kept) > 1


@pytest.mark.parametrize("kind", ["files.create_file(path, b'x')", "Data(b'x').write(path)"])
def test_files_are_made_by_other_ways_too(kind: str, process: Callable[..., Any]) -> None:
    one = process("One")
    one.do(f"path = group / 'made'; {kind}")

    assert one.do("files.contents(path).decode()") == "x"


def test_a_thread_that_asks_and_the_run_loop_do_not_wait_for_each_other(probe: Any) -> None:
    probe.do(
        "import threading\n"
        "(docs / 'file').touch()\n"
        "def ask():\n"
        "    for _ in range(500): files.attributes_of_item(docs / 'file')\n"
        "    print('asked')\n"
        "threading.Thread(target=ask, daemon=True).start()"
    )
    probe.app.wait_until(lambda: "asked" in probe.app.output, timeout_s=20.0)
