"""The files of preferences: read by anybody, replaced by somebody, broken."""

import json
import os
import plistlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared_container.journal import new_journal, record
from simulator.testing.device import Device

Until = Callable[[Callable[[], object]], None]

GROUP = "group.com.example.shared"


@pytest.fixture
def plist(device: Device, one: Any, until: Until) -> Path:
    """The plist of the group, in which ``kept`` is 1."""
    one.do("suite.set(1, 'kept'); suite.synchronize()")
    path = device.group(GROUP).path / "Library" / "Preferences" / f"{GROUP}.plist"
    until(path.exists)

    return path


def replace(path: Path, values: dict[str, object]) -> None:
    """Put another file in the place of a plist, as an editor does."""
    other = path.with_suffix(".other")
    other.write_bytes(plistlib.dumps(values))
    os.replace(other, path)


@pytest.mark.contract("D74")
def test_the_plist_can_be_read_at_any_moment_of_a_storm_of_sets(
    one: Any, device: Device, plist: Path
) -> None:
    one.tell(
        "for n in range(6000): suite.set([n] * 100, f'key {n % 50}')\nsuite.set('over', 'last')"
    )
    values: dict[str, object] = {}
    states = 0

    while "last" not in values:
        before, values = values, plistlib.loads(plist.read_bytes())
        states += values != before

        assert values["kept"] == 1
        assert all(len(set(value)) == 1 for value in values.values() if isinstance(value, list))

    assert states > 2
    assert len(device.group(GROUP).defaults) == 52


def test_a_plist_that_is_replaced_is_seen_while_the_device_runs(
    one: Any, two: Any, device: Device, plist: Path
) -> None:
    two.do("watch('new'); watch('kept')")
    replace(plist, {"new": "fixture"})
    device.wait_until(lambda: device.events.of(kind="defaults", operation="replace"))

    assert one.do("[suite.string('new'), suite.object('kept')]") == ["fixture", None]
    assert sorted(json.dumps(change) for change in two.changes()) == [
        '{"kind": 1, "new": "fixture", "old": null}',
        '{"kind": 1, "new": null, "old": 1}',
    ]
    assert device.group(GROUP).defaults == {"new": "fixture"}


def test_a_plist_that_is_written_in_place_is_seen_too(
    one: Any, device: Device, plist: Path
) -> None:
    plist.write_bytes(plistlib.dumps({"kept": 1, "new": True}, fmt=plistlib.FMT_XML))
    device.wait_until(lambda: device.events.of(kind="defaults", operation="replace"))

    assert one.do("[suite.object('new'), suite.integer('kept')]") == [True, 1]


def test_a_set_that_no_plist_has_yet_wins_over_a_replaced_one(
    one: Any, device: Device, plist: Path, until: Until
) -> None:
    one.do(
        "import plistlib\n"
        f"path = {str(plist)!r}\n"
        "other = open(path + '.other', 'wb')\n"
        "other.write(plistlib.dumps({'key': 'file', 'new': 'file'}))\n"
        "other.close()\n"
        "before = None\n"
        "while before != os.stat(path).st_ino:  # else the plist had the set by then\n"
        "    before = os.stat(path).st_ino\n"
        "    suite.remove_object('key')\n"
        "    suite.set('set', 'key')\n"
        "    suite.synchronize()\n"
        "os.replace(path + '.other', path)"
    )
    device.wait_until(lambda: device.events.of(kind="defaults", operation="replace"))
    until(lambda: plistlib.loads(plist.read_bytes()).get("key") == "set")

    assert device.group(GROUP).defaults == {"key": "set", "new": "file"}
    assert one.do("[suite.string('key'), suite.string('new')]") == ["set", "file"]


def test_a_plist_that_is_replaced_while_the_device_is_off_is_seen_at_boot(
    one: Any, device: Device, plist: Path
) -> None:
    device.shutdown()
    replace(plist, {"new": "fixture"})
    device.boot()
    one.relaunch()

    assert one.do("suite.persistent_domain('group.com.example.shared')") == {"new": "fixture"}


def test_a_plist_that_is_removed_is_written_again_with_the_next_set(
    one: Any, plist: Path, until: Until
) -> None:
    plist.unlink()

    assert one.do("suite.integer('kept')") == 1

    one.do("suite.set(2, 'more')")
    until(plist.exists)

    assert plistlib.loads(plist.read_bytes()) == {"kept": 1, "more": 2}


def test_a_plist_replaced_by_rubbish_is_kept_aside_and_written_again(
    one: Any, device: Device, plist: Path, until: Until
) -> None:
    plist.write_bytes(b"rubbish")
    salvage = device.wait_until(lambda: device.events.of(kind="defaults", operation="salvage"))

    assert "cannot be used: it is no property list" in salvage.only().reason
    assert f"kept as {plist.name}.corrupt" in salvage.only().reason

    until(plist.exists)

    assert plistlib.loads(plist.read_bytes()) == {"kept": 1}
    assert plist.with_name(f"{plist.name}.corrupt").read_bytes() == b"rubbish"
    assert one.do("suite.integer('kept')") == 1


@pytest.mark.parametrize(
    ("name", "damage", "sentence"),
    [
        ("{}", lambda data: data[:-9], "cannot be used"),
        (".{}.journal", lambda data: data[:-3], "records of it are good"),
        (".{}.journal", lambda data: data[:70] + b"\xff" + data[71:], "records of it are good"),
    ],
    ids=["a truncated plist", "a truncated journal", "a flipped journal"],
)
def test_a_broken_file_found_at_boot_is_salvaged_kept_aside_and_told(
    name: str,
    damage: Callable[[bytes], bytes],
    sentence: str,
    one: Any,
    device: Device,
    plist: Path,
) -> None:
    path = plist.with_name(name.format(plist.name))
    device.shutdown()

    if path.suffix == ".journal":  # one with records, as a killed host leaves it
        records = record(101, "first", 1) + record(102, "second", 2)
        path.write_bytes(new_journal(9, 100, records))

    path.write_bytes(damage(path.read_bytes()))
    device.boot()
    one.relaunch()

    assert one.do("suite.set('goes on', 'key')") is None

    salvage = device.events.of(kind="defaults", operation="salvage").only()

    assert sentence in salvage.reason
    assert path.with_name(f"{path.name}.corrupt").exists()
    assert device.group(GROUP).defaults["key"] == "goes on"


@pytest.mark.usefixtures("plist")
@pytest.mark.parametrize("suffix", [".plist", ""])
def test_a_guest_that_writes_files_there_without_end_is_watched_no_longer(
    one: Any, two: Any, device: Device, suffix: str
) -> None:
    one.do(
        "folder = FileManager.default.container_url('group.com.example.shared') / 'Library'\n"
        "end = time.monotonic() + 2\n"
        "while time.monotonic() < end:\n"
        f"    for n in range(50): open(folder / 'Preferences' / f'{{n}}{suffix}', 'w').close()",
        timeout_s=30,
    )
    device.wait_until(lambda: device.events.of(kind="defaults", operation="unwatched"))
    reason = device.events.of(kind="defaults", operation="unwatched")[0].reason

    assert "WATCHED_EVENTS_MAX" in reason
    assert two.do("suite.integer('kept')") == 1
