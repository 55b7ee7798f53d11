"""Nothing on a device is random outside its seed, and no guest learns the seed."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.testing.bundles import make_app
from simulator.testing.device import Device

Make = Callable[..., Device]

SOURCE = """
import os, random, secrets, tempfile, uuid
from simulator.sdk.uikit import Application, View


class Chance(Application):
    def did_finish_launching(self, options):
        self.show(View("chance", [
            repr(random.random()),
            repr(random.Random().random()),
            str(uuid.uuid4()),
            str(hash("x")),
            secrets.token_hex(8),
            os.path.basename(tempfile.mktemp()),
        ]))
"""


def play(device: Device, scratch: Path) -> tuple[list[str], list[str]]:
    """Return the names of a device's containers and what a guest of it draws."""
    bundle_id = device.install(make_app(scratch, "Chance", source=SOURCE, groups=["group.x"]))
    app = device.launch(bundle_id)
    names = [
        device.container(bundle_id).name,
        device.container(bundle_id, "app").parent.name,
        device.container(bundle_id, "group.x").name,
    ]

    return names, app.screen.splitlines()[1:]


def test_the_same_seed_gives_the_same_device(make_device: Make, tmp_path: Path) -> None:
    first = play(make_device(seed="5eed"), tmp_path)
    second = play(make_device(seed="5eed"), tmp_path)

    assert first == second
    assert len(set(first[0])) == 3
    assert len(set(first[1])) == 6


def test_another_seed_gives_another_device(make_device: Make, tmp_path: Path) -> None:
    first = play(make_device(seed="5eed"), tmp_path)
    second = play(make_device(seed="5eee"), tmp_path)

    assert not set(first[0]) & set(second[0])
    assert not set(first[1]) & set(second[1])


def test_a_device_without_a_seed_is_like_no_other(make_device: Make, tmp_path: Path) -> None:
    first, second = play(make_device(), tmp_path), play(make_device(), tmp_path)

    assert not set(first[1]) & set(second[1])


@pytest.mark.device(seed="5eed")
def test_a_guest_does_not_learn_the_seed_from_its_randomness(
    device: Device, tmp_path: Path
) -> None:
    _, drawn = play(device, tmp_path)

    for seed in (device.seed, int.from_bytes(device.seed, "big"), 0x5EED):
        assert repr(random.Random(seed).random()) not in drawn


@pytest.mark.device(seed="5eed")
def test_the_second_process_of_an_app_draws_something_else(device: Device, tmp_path: Path) -> None:
    _, first = play(device, tmp_path)
    app = device.launch("Chance", terminate_running=True)
    second = app.screen.splitlines()[1:]

    assert first[3] == second[3]  # the hash seed is the device's
    assert not set(first[:3]) & set(second[:3])


def test_chance_is_the_same_after_a_reboot(make_device: Make, tmp_path: Path) -> None:
    device = make_device()
    names, drawn = play(device, tmp_path)
    device.reboot()
    app = device.launch("Chance")

    assert device.container(app.bundle_id).name == names[0]
    assert app.screen.splitlines()[1:] == drawn
