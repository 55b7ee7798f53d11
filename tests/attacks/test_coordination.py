"""Guests that make use of filecoordinationd: against other guests, and against the host."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.daemons.filecoordinationd.claims import Claims
from simulator.daemons.filecoordinationd.state import Claim, Intent, Place
from simulator.testing.device import Device
from simulator.xpc.coordination import Writing

pytestmark = pytest.mark.slow

GROUP = "group.com.example.shared"

SPY = """
from simulator.sdk.foundation import *
group = FileManager.default.container_url("group.com.example.shared")
calls = []

class Spy(FilePresenter):
    def presented_item_did_change(self): calls.append("did change")
    def presented_subitem_did_change(self, at): calls.append(at.name)
    def presented_subitem_did_appear(self, at): calls.append(at.name)
    def presented_subitem_did_move(self, at, to): calls.extend([at.name, to.name])

for decoy in range(8):
    for number in range(1500):
        (group / f"decoy-{decoy}" / f"{number}").mkdir(parents=True)

(group / "way" / "folder").mkdir(parents=True)
(group / "way" / "folder" / "mine").touch()
"""

# The decoys are walked through before the folder is watched: time enough to put a link there.
SWAP = """
decoys = [Spy(group / f"decoy-{number}") for number in range(8)]
spy = Spy(group / "way" / "folder")
for each in (*decoys, spy): FileCoordinator.add_file_presenter(each)
os.rename(group / "way", group / "old")
os.symlink(OUTSIDE, group / "way")
"""


def test_a_folder_that_becomes_a_link_tells_nothing_of_where_it_leads(
    shell: Callable[..., Any], device: Device, tmp_path: Path
) -> None:
    outside = tmp_path / "outside" / "folder"
    outside.mkdir(parents=True)
    (outside / "secret").touch()
    one = shell("Probe", groups=[GROUP])
    one.do(SPY, timeout_s=30)
    one.do(SWAP.replace("OUTSIDE", repr(str(outside.parent))))

    def is_done() -> bool:
        *decoys, spy = device.coordination.presenters
        gone = device.events.of(kind="coordination", operation="unwatched")

        return all(each.watched for each in decoys) and (spy.watched or bool(gone))

    device.wait_until(is_done, timeout_s=30)
    (outside / "secret").unlink()
    (device.group(GROUP).path / "decoy-0" / "marker").touch()
    one.app.wait_until(lambda: one.do("'marker' in calls"))

    assert not one.do("'secret' in calls")


DEEP = """
for name in ("deep", "in", "in/seen"): (group / name).mkdir()
here = os.getcwd()
os.chdir(group / "deep")
for _ in range(1500): os.mkdir("d"); os.chdir("d")
os.chdir(here)
spy = Spy(group / "in")
FileCoordinator.add_file_presenter(spy)
"""


def test_a_tree_deeper_than_any_walk_does_not_end_what_others_hear(
    shell: Callable[..., Any], device: Device
) -> None:
    one = shell("Probe", groups=[GROUP])
    one.do(SPY.replace("range(8)", "range(0)"))
    one.do(DEEP)
    device.wait_until(lambda: device.coordination.presenters[0].watched)
    one.do("os.rename(group / 'deep', group / 'in' / 'deep')")
    one.app.wait_until(lambda: one.do("'deep' in calls"), timeout_s=30)
    one.do("calls.clear()")
    (device.group(GROUP).path / "in" / "seen" / "marker").touch()
    one.app.wait_until(lambda: one.do("'marker' in calls"))
    one.do("deep = Spy(group / 'in' / 'deep'); FileCoordinator.add_file_presenter(deep)")
    device.wait_until(lambda: all(each.watched for each in device.coordination.presenters))

    assert (
        "TREE_DEPTH_MAX" in device.events.of(kind="coordination", operation="unwatched")[0].reason
    )


MOVES = """
(group / "in").mkdir()
spy = Spy(group / "in")
FileCoordinator.add_file_presenter(spy)
"""
MOVE = """
for number in range(30):
    old, new = group / "in" / f"old-{number}", group / "in" / f"new-{number}"
    old.mkdir()
    os.rename(old, new)
    os.rename(new, group / f"away-{number}")
    os.symlink(OUTSIDE, new)
"""


def test_a_moved_folder_that_becomes_a_link_tells_no_names_of_where_it_leads(
    shell: Callable[..., Any], device: Device, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").touch()
    one = shell("Probe", groups=[GROUP])
    one.do(SPY.replace("range(8)", "range(0)"))
    one.do(MOVES)
    device.wait_until(lambda: device.coordination.presenters[0].watched)
    one.do(MOVE.replace("OUTSIDE", repr(str(tmp_path / "outside"))))
    (device.group(GROUP).path / "in" / "marker").touch()
    one.app.wait_until(lambda: one.do("'marker' in calls"))

    assert not one.do("'secret' in calls")


def time_of_a_claim_of_all(others: int) -> float:
    """Return how long it takes to claim a folder in which so much is claimed for one purpose."""
    claims: Claims[str] = Claims()

    for number in range(others):
        claims.add(claim_of(number, f"/c/{number}", 0))

    began = time.process_time()

    for number in range(others, others + 100):
        assert claims.add(claim_of(number, "/c", Writing.FOR_DELETING))

    return time.process_time() - began


def claim_of(number: int, path: str, options: int) -> Claim[str]:
    intent: Intent[str] = Intent(Place("/c", path, path), is_write=True, options=options)

    return Claim("A", number, "purpose", (intent,))


def test_a_folder_is_claimed_at_the_same_cost_however_much_of_ones_own_lies_in_it() -> None:
    """Each of thousands of items was looked at, for each of the 64 of a claim."""
    few, many = (min(time_of_a_claim_of_all(n) for _ in range(3)) for n in (50, 5000))

    assert many < 20 * few


def time_of_moves(others: int) -> float:
    """Return how long a hundred moves take while so much is claimed somewhere else."""
    claims: Claims[str] = Claims()

    for number in range(others):
        claims.add(claim_of(number, f"/c/{number}", 0))

    mover = claim_of(others, "/c/old", Writing.FOR_MOVING)
    assert claims.add(mover)
    claims.grant(mover)
    began = time.process_time()

    for _ in range(100):
        assert claims.move(Place("/c", "/c/old", ""), Place("/c", "/c/new", "")) == []

    return time.process_time() - began


def test_an_item_is_moved_at_the_same_cost_however_much_is_claimed_elsewhere() -> None:
    """Every claim of the device was looked at for each move."""
    few, many = (min(time_of_moves(n) for _ in range(3)) for n in (50, 5000))

    assert many < 20 * few
