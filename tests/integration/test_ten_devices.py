"""Ten devices at once: each sees its own text only, and nothing is left."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator.control.service import Service
from simulator.device.settings import runtime_folder
from simulator.testing.device import Device

GROUP = "group.com.example.notes"
DEVICES = 10


def scenario(number: int, own_set: Path, scratch: Path) -> tuple[str, str, object, list[str]]:
    """Share, open a URL, and return udid, screen, defaults and files of a device of its own."""
    service = Service(own_set, start=False)

    try:
        device = Device(service, scratch, bytes([number]) * 32, f"device {number}")
        device.boot()
        notes = device.launch("Notes")
        device.share(f"shared on {number}", to="com.example.Notes.ShareToNotes")
        notes.wait_until(lambda: f"shared on {number}" in notes.screen, timeout_s=20)
        device.open_url(f"notes:new?text=opened%20on%20{number}")
        notes.wait_until(lambda: f"opened on {number}" in notes.screen, timeout_s=20)
        group = device.group(GROUP)
        found = (device.udid, notes.screen, group.defaults, group.files)
        device.delete()
    finally:
        service.close()

    return found


@pytest.mark.slow
def test_ten_devices_at_once_do_not_meet(
    own_set: Path, make_service: Callable[[Path], Service], tmp_path: Path
) -> None:
    service = make_service(own_set)

    with ThreadPoolExecutor(DEVICES) as pool:
        found = list(pool.map(lambda number: scenario(number, own_set, tmp_path), range(DEVICES)))

    for number, (_, screen, defaults, files) in enumerate(found):
        assert screen == f"Notes (2)\nshared on {number}\nopened on {number}"
        assert defaults == {"count": 2}
        assert files == ["notes/0000.txt", "notes/0001.txt"]

    udids = {udid for udid, *_ in found}

    assert len(udids) == DEVICES
    assert service.devices() == []
    assert [path.name for path in runtime_folder(own_set).glob("*.sock")] == ["service.sock"]
    assert not [name for name in os.listdir("/dev/shm") for udid in udids if udid in name]
    assert not [path for path in own_set.iterdir() if path.name in udids]
