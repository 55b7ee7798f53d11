"""Nothing stands between two who write a file of their group; the device tells who asks."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.testing.device import Device
    from tests.conftest import Shell

GROUP = "group.com.example.shared"
FILE = f"FileManager.default.container_url({GROUP!r}) / 'x'"


@pytest.fixture
def writers(device: "Device", shell: "Callable[..., Shell]") -> "list[Shell]":
    device.look_for_races()

    return [shell(name, groups=[GROUP]) for name in ("First", "Second")]


@pytest.mark.contract("R1")
def test_two_who_write_in_place_make_a_mixture(device: "Device", writers: "list[Shell]") -> None:
    for writer in writers:
        writer.do(f"file = open({FILE}, 'w')")

    for part in range(3):
        for writer in writers:
            writer.do(f"file.write('{writer.scheme}{part} '); file.flush()")

    device.settle()

    assert (device.group(GROUP).path / "x").read_text() == "second0fsecondfisecond2 "
    assert device.races.only().kind == "two-writers"


@pytest.mark.contract("R1")
def test_two_who_replace_what_they_have_read_lose_an_update(
    device: "Device", writers: "list[Shell]"
) -> None:
    for writer in writers:
        writer.do(f"known = (FileManager.default.contents({FILE}) or b'')")

    for writer in writers:
        writer.do(f"FileManager.default.write_atomically(known + b'{writer.scheme} ', {FILE})")

    device.settle()

    assert (device.group(GROUP).path / "x").read_text() == "second "
    assert device.races.only().kind == "lost-update"
