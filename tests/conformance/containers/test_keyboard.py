"""A keyboard with and without Full Access, at the files of its group: the kernel decides."""

from collections.abc import Callable
from typing import cast

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"
KEYS = "com.example.Form.Keys"

LEVELS = [
    pytest.param(level, marks=pytest.mark.device(level=level)) for level in ("SEALED", "STRONG")
]

TRY = """
libc = ctypes.CDLL(None, use_errno=True)
path = os.fsencode(group / "note")
read = (group / "note").read_bytes().decode()
raw = libc.open(path, os.O_WRONLY)
found = [read, "" if raw >= 0 else os.strerror(ctypes.get_errno())]

for deed in (
    lambda: FileManager.default.write_atomically("typed", group / "note"),
    lambda: os.chmod(group / "note", 0o600),
    lambda: os.utime(group / "note", (1, 1)),
    lambda: os.link(group / "note", group / "other"),
    lambda: FileManager.default.set_attributes(
        {FileAttributeKey.PROTECTION_KEY: FileProtectionType.NONE}, group / "note"
    ),
):
    try:
        deed()
        found.append("done")
    except OSError as problem:
        found.append(type(problem).__name__)

suite = UserDefaults("group.com.example.shared")
suite.set("typed", "key")
suite.synchronize()
found.append(suite.string("key") or "nothing")
say("|".join(found) + ";")
"""


def typed(device: Device) -> str:
    """Return what stands in the field."""
    screen = cast("dict[str, list[list[object]]]", device.ask("screen"))

    return str({field[0]: field[1] for field in screen["fields"]}["name"])


def press(device: Device) -> list[str]:
    before = typed(device).count(";")
    device.ask("type", text="a", keyboard=KEYS)
    device.wait_until(lambda: typed(device).count(";") > before, timeout_s=5.0)

    return typed(device).split(";")[before].split("|")


@pytest.mark.contract("D79")
@pytest.mark.parametrize("level", LEVELS)
def test_without_full_access_a_keyboard_reads_the_files_of_its_group_and_changes_none(
    level: str, keyboard: Callable[[str], None], device: Device
) -> None:
    assert device.level == level
    keyboard(TRY)
    note = device.group(GROUP).path / "note"
    note.write_text("from the app")
    note.chmod(0o640)
    before = note.stat()

    found = press(device)

    assert found == [
        "from the app",
        "Permission denied",
        "CocoaError",
        *["PermissionError"] * 3,
        "CocoaError",
        "nothing",
    ]
    assert note.read_text() == "from the app"
    assert (note.stat().st_mode, note.stat().st_mtime) == (before.st_mode, before.st_mtime)
    assert device.group(GROUP).files == ["note"]
    assert device.group(GROUP).defaults == {}
    assert "a keyboard without Full Access may read its App Groups" in device.denials[0].reason


@pytest.mark.contract("D79")
def test_with_full_access_it_changes_them_in_a_new_process(
    keyboard: Callable[[str], None], device: Device
) -> None:
    keyboard(TRY)
    note = device.group(GROUP).path / "note"
    note.write_text("from the app")
    assert press(device)[1] == "Permission denied"
    device.ask("full_access", bundle_id=KEYS, on=True)

    assert KEYS not in [row[1] for row in device.ps]

    found = press(device)

    assert found[1:3] == ["", "done"]
    assert note.read_text() == "typed"
