"""What a person has set about preferences is kept over a reboot; a broken file is no trouble."""

import plistlib
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.testing.device import Device
from simulator.testing.preferring import DefaultsSettings
from simulator.xpc.errors import Misuse


@pytest.fixture
def loose(make_device: Callable[..., Device]) -> Device:
    """A device whose settings no fixture changes."""
    return make_device(strict=False)


def kept(device: Device) -> Path:
    return device.folder / "data" / "Library" / "cfprefsd" / "settings.plist"


def test_settings_are_kept_and_nothing_is_written_before_something_is_set(loose: Device) -> None:
    assert loose.defaults_settings() == DefaultsSettings(0.0, strict=False, dotted_keys=False)
    assert not kept(loose).exists()

    changed = loose.defaults_settings(staleness_s=1.5, dotted_keys=True)
    loose.reboot()

    assert changed == DefaultsSettings(1.5, strict=False, dotted_keys=True)
    assert loose.defaults_settings() == changed
    assert loose.defaults_settings(strict=True, staleness_s=0) == DefaultsSettings(
        0, strict=True, dotted_keys=True
    )


@pytest.mark.parametrize("staleness_s", [-1.0, float("inf"), float("nan")])
def test_a_staleness_that_is_no_time_is_refused(loose: Device, staleness_s: float) -> None:
    with pytest.raises(Misuse, match="is no time"):
        loose.defaults_settings(staleness_s=staleness_s)

    assert loose.defaults_settings().staleness_s == 0.0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"bplist00 and nothing behind",
        plistlib.dumps([1]),
        plistlib.dumps({"staleness_s": "long"}),
        plistlib.dumps({"staleness_s": -1.0}),
        plistlib.dumps({"full_access": "everybody"}),
    ],
)
def test_a_file_that_cannot_be_used_is_said_and_counts_for_nothing(
    loose: Device, content: bytes
) -> None:
    loose.defaults_settings(staleness_s=1.5)
    loose.shutdown()
    kept(loose).write_bytes(content)
    loose.boot()
    said = loose.events.of(kind="defaults", operation="salvage").only()

    assert loose.defaults_settings() == DefaultsSettings(0.0, strict=False, dotted_keys=False)
    assert "settings.plist cannot be used" in said.reason
