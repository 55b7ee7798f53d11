"""The domain's file is read by plist tools while it is written; the long form is the campaign's."""

import plistlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"
STORM = f"""
import itertools
enough = FileManager.default.container_url({GROUP!r}) / 'enough'
suite = UserDefaults(suite_name={GROUP!r})
suite.set(True, 'first')

for n in itertools.count():
    suite.set([n] * 50, f'key {{n % 40}}')
    if n % 40 == 39:
        suite.synchronize()
        if enough.exists(): break

suite.set('over', 'last')
"""
ROUNDS = 20


@pytest.mark.slow
def test_every_reader_of_this_machine_reads_the_plist_at_any_moment_of_a_storm(
    device: Device, shell: Callable[..., Any]
) -> None:
    from tests.campaign.stage import wait_for
    from tests.campaign.storm import readers

    one, two = shell("One", groups=[GROUP]), shell("Two", groups=[GROUP])
    one.tell(STORM)
    two.tell(STORM)
    path = device.group(GROUP).path / "Library" / "Preferences" / f"{GROUP}.plist"
    wait_for(path.exists, "the first fold")
    counts = []

    for _ in range(ROUNDS):
        counts += [read(path) for read in readers()]

    (device.group(GROUP).path / "enough").touch()

    while "last" not in plistlib.loads(path.read_bytes()):
        counts += [read(path) for read in readers()]

    assert min(counts) > 0
    assert [read(path) for read in readers()] == [42] * len(readers())


def test_a_broken_file_is_no_plist_for_any_reader(tmp_path: Path) -> None:
    """Else the test above proves nothing."""
    from tests.campaign.storm import readers

    whole = plistlib.dumps({"key": 1, "other": {"a": 1}}, fmt=plistlib.FMT_BINARY)
    path = tmp_path / "broken.plist"

    for read in readers():
        path.write_bytes(whole)

        assert read(path) == 2

        path.write_bytes(whole[: len(whole) // 2])

        with pytest.raises(ValueError, match=r"no binary plist|pldes"):
            read(path)
