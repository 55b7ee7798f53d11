"""Histories of eight processes, small enough for every day. The real ones are ``make campaign``."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.device import Device

GROUP = "group.com.example.shared"
SUITE = f"""
import select
suite = UserDefaults(suite_name={GROUP!r})
folder = FileManager.default.container_url({GROUP!r})

def wait(name):
    while not os.path.exists(folder / name):
        select.select([], [], [], 0.001)

def say(name, text):
    (folder / f"{{name}}.part").write_text(text)
    os.rename(folder / f"{{name}}.part", folder / name)
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fresh", "unwaited", "stale"])
def test_a_history_of_eight_processes_is_in_order(
    name: str, device: Device, tmp_path: Path
) -> None:
    from tests.campaign.playing import MODES, Playground

    playground = Playground(device._service, tmp_path)

    try:
        done = playground.play(MODES[name], 6000, seed=20, slack_s=20.0)
    finally:
        playground.close()

    assert done.operations == 6000
    assert done.faults == []


def test_a_set_that_has_returned_may_not_be_accepted_yet(
    device: Device, shell: Callable[..., Any]
) -> None:
    """So a history is in order only if a set lasts until it is accepted: ``docs/campaign.md``."""
    from tests.campaign.stage import Held, host_of, wait_for

    one, two = shell("One", groups=[GROUP]), shell("Two", groups=[GROUP])
    one.do(f"{SUITE}\nsuite.set('old', 'key'); suite.synchronize()")
    two.do(f"{SUITE}\nsuite.string('key')")
    one.tell("wait('go'); suite.set('new', 'key'); say('returned', suite.string('key'))")
    two.tell("say('ready', ''); wait('returned'); say('seen', suite.string('key'))")
    folder = device.group(GROUP).path
    wait_for((folder / "ready").exists, "both wait")
    host = Held(host_of(device._service, device.udid))
    host.signal(signal.SIGSTOP)

    try:
        (folder / "go").write_text("")
        wait_for((folder / "seen").exists, "the other one reads")
    finally:
        host.signal(signal.SIGCONT)
        host.close()

    assert (folder / "returned").read_text() == "new"
    assert (folder / "seen").read_text() == "old"
    assert two.do("suite.string('key')") == "new"
