"""What was set comes into the plist, whatever was under way: nobody needs a journal to read it."""

import plistlib
import select
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"


@pytest.fixture
def plist(device: Device, shell: Callable[..., Any]) -> Path:
    """The plist of a group, in which a key was set while another set was being folded."""
    shell(groups=[GROUP])
    many = {f"key {number}": list(range(20)) for number in range(2000)}
    device.ask("defaults_write", domain=GROUP, changes=many)  # folded at once: nobody has it open
    device.ask("defaults_write", domain=GROUP, changes={"last": "set"})

    return device.group(GROUP).path / "Library" / "Preferences" / f"{GROUP}.plist"


def test_what_is_set_during_a_fold_is_in_the_plist_after_a_shutdown(
    device: Device, plist: Path
) -> None:
    device.shutdown()
    found = plistlib.loads(plist.read_bytes())

    assert len(found) == 2001
    assert found["last"] == "set"


def test_what_is_set_during_a_fold_is_folded_too_when_nobody_has_the_domain_open(
    plist: Path,
) -> None:
    with select.epoll() as pause:
        for _ in range(1000):
            if plist.exists() and "last" in plistlib.loads(plist.read_bytes()):
                break

            pause.poll(0.01)

    assert len(plistlib.loads(plist.read_bytes())) == 2001
