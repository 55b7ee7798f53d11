"""Data protection: classes of files, and what can be opened before the first unlock."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"
DEFAULT = "NSFileProtectionCompleteUntilFirstUserAuthentication"
PROTECTION = "com.apple.developer.default-data-protection"

LEVELS = [
    pytest.param(level, marks=pytest.mark.device(level=level)) for level in ("SEALED", "STRONG")
]


@pytest.fixture
def locked(one: Any, device: Device) -> Iterator[Any]:
    """A guest that was launched before the first unlock; its files were made before."""
    one.do(
        "for folder in (docs, group):\n"
        "    (folder / 'secret').write_text('kept')\n"
        "    (folder / 'public').write_text('open')\n"
        "    files.create_directory(folder / 'Open')\n"
        "    (folder / 'Open' / 'inside').write_text('open too')\n"
        "    files.set_attributes({KEY: NONE}, folder / 'public')\n"
        "    files.set_attributes({KEY: NONE}, folder / 'Open')"
    )
    one.do("UserDefaults.standard.set('kept', 'key'); UserDefaults.standard.synchronize()")
    device.ask("lock_state", state="before-first-unlock")
    one.relaunch()
    one.do(HELPERS)
    yield one
    device.ask("lock_state", state="unlocked")


HELPERS = f"""
import ctypes
from simulator.sdk.foundation import *
files = FileManager.default
group = files.container_url({GROUP!r})
docs = files.documents_directory
KEY, NONE = FileAttributeKey.PROTECTION_KEY, FileProtectionType.NONE
libc = ctypes.CDLL(None, use_errno=True)

def raw(path, flags):
    number = libc.open(os.fsencode(path), flags, 0o600)
    return errno.errorcode[ctypes.get_errno()] if number < 0 else os.close(number)
"""


def test_a_file_has_the_class_of_its_folder_until_it_gets_its_own(one: Any) -> None:
    one.do("files.create_directory(docs / 'Open', attributes={KEY: NONE})")
    one.do("(docs / 'Open' / 'file').touch(); (docs / 'file').touch()")
    protection = "files.attributes_of_item(docs / {!r})[KEY]"

    assert one.do(protection.format("file")) == DEFAULT
    assert one.do(protection.format("Open/file")) == "NSFileProtectionNone"

    one.do("files.set_attributes({KEY: FileProtectionType.COMPLETE}, docs / 'Open' / 'file')")
    one.do("files.move_item(docs / 'Open' / 'file', docs / 'moved')")

    assert one.do(protection.format("moved")) == "NSFileProtectionComplete"


def test_the_entitlement_gives_a_container_its_class(process: Callable[..., Any]) -> None:
    one = process("One", entitlements={PROTECTION: "NSFileProtectionComplete"})
    one.do("Data(b'x').write(docs / 'file', Data.WritingOptions.ATOMIC)")
    one.do("Data(b'x').write(docs / 'open', Data.WritingOptions.NO_FILE_PROTECTION)")

    assert one.do("files.attributes_of_item(docs / 'file')[KEY]") == "NSFileProtectionComplete"
    assert one.do("files.attributes_of_item(docs / 'open')[KEY]") == "NSFileProtectionNone"


def test_there_are_four_classes_and_they_are_given_to_own_files_only(
    one: Any, device: Device
) -> None:
    one.do("(docs / 'file').touch()")
    one.do(
        "def code(name, path):\n"
        "    try: files.set_attributes({KEY: name}, path)\n"
        "    except CocoaError as problem: return [problem.code, problem.errno]"
    )

    assert one.do("code('NSFileProtectionMost', docs / 'file')") == [512, 95]
    assert one.do("code(NONE, '/etc/hostname')") == [513, 1]
    assert one.do(f"code(NONE, {str(device.folder / 'device.plist')!r})") == [513, 1]
    assert one.do("os.symlink('/etc', docs / 'out'), code(NONE, docs / 'out' / 'hostname')")[1] == [
        513,
        1,
    ]
    assert one.do("code(NONE, docs / 'missing')") == [4, 2]


@pytest.mark.contract("D80")
@pytest.mark.parametrize("level", LEVELS)
def test_before_the_first_unlock_the_kernel_opens_no_protected_file(
    level: str, locked: Any, device: Device
) -> None:
    assert device.level == level

    for folder in ("docs", "group"):
        assert locked.do(f"files.contents({folder} / 'secret')") is None
        assert locked.do(f"raw({folder} / 'secret', os.O_RDONLY)") == "EACCES"
        assert locked.do(f"raw({folder} / 'secret', os.O_WRONLY | os.O_TRUNC)") == "EACCES"
        assert locked.do(f"raw({folder} / 'new', os.O_CREAT | os.O_WRONLY)") == "EACCES"

    assert "launched before the first unlock" in device.denials[0].reason


@pytest.mark.contract("D80")
def test_what_has_the_class_none_is_open(locked: Any) -> None:
    for folder in ("docs", "group"):
        assert locked.do(f"({folder} / 'public').read_text()") == "open"
        assert locked.do(f"({folder} / 'Open' / 'inside').read_text()") == "open too"

        locked.do(f"files.write_atomically('new', {folder} / 'Open' / 'new')")
        names = f"[path.name for path in files.contents_of_directory({folder} / 'Open')]"

        assert locked.do(names) == ["inside", "new"]


@pytest.mark.contract("D80")
def test_names_sizes_and_classes_can_be_seen_and_no_class_changed(locked: Any) -> None:
    assert locked.do("'secret' in [path.name for path in files.contents_of_directory(docs)]")
    assert locked.do("files.attributes_of_item(docs / 'secret')['NSFileSize']") == 4
    assert locked.do("files.attributes_of_item(docs / 'secret')[KEY]") == DEFAULT

    locked.do(
        "try: files.set_attributes({KEY: NONE}, docs / 'secret')\n"
        "except CocoaError as problem: code = problem.code"
    )
    locked.do(
        "try: os.chmod(docs / 'secret', 0o600)\n"
        "except PermissionError as problem: mode = problem.errno"
    )

    assert locked.do("[code, mode]") == [513, 1]


@pytest.mark.contract("D80")
def test_what_was_there_is_there_after_the_unlock(locked: Any, device: Device) -> None:
    assert locked.do("UserDefaults.standard.string('key')") is None
    assert locked.do("files.contents(docs / 'secret')") is None

    device.ask("lock_state", state="unlocked")

    assert locked.do("UserDefaults.standard.string('key')") == "kept"
    # Rights are given at launch: unlike on a phone, the process does not see its files yet.
    assert locked.do("files.contents(docs / 'secret')") is None

    locked.relaunch()
    locked.do(HELPERS)

    assert locked.do("files.contents(docs / 'secret').decode()") == "kept"


def test_a_folder_with_something_protected_in_it_is_opened_item_by_item(
    one: Any, device: Device
) -> None:
    one.do(
        "files.create_directory(docs / 'Open' / 'deep', attributes=None)\n"
        "for name in ('a', 'deep/b', 'deep/c'): (docs / 'Open' / name).write_text(name)\n"
        "files.set_attributes({KEY: NONE}, docs / 'Open')\n"
        "files.set_attributes({KEY: FileProtectionType.COMPLETE}, docs / 'Open' / 'deep' / 'c')"
    )
    device.ask("lock_state", state="before-first-unlock")
    one.relaunch()
    one.do(HELPERS)

    assert one.do("(docs / 'Open' / 'a').read_text()") == "a"
    assert one.do("(docs / 'Open' / 'deep' / 'b').read_text()") == "deep/b"
    assert one.do("raw(docs / 'Open' / 'deep' / 'c', os.O_RDONLY)") == "EACCES"
