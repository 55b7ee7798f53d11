"""The crash campaign, small enough for every day. The real one is ``make campaign``."""

from pathlib import Path

import pytest

from simulator.testing.device import Device


@pytest.mark.slow
def test_thirty_kills_lose_and_tear_nothing(device: Device, tmp_path: Path) -> None:
    from tests.campaign.killing import Kills

    campaign = Kills(device._service, tmp_path, seed=20)

    try:
        for _ in range(30):
            campaign.kill_one()

        campaign.kill_all()
    finally:
        campaign.close()

    assert [each.text for each in campaign.faults] == []
    assert {kind for kind, count in campaign.counts.items() if count} == {
        "writer",
        "reader",
        "host",
        "stopped",
    }
    assert campaign.operations > 0
    assert campaign.reads > 0
    assert campaign.plist_states > 1


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_the_host_may_die_at_a_system_call_of_a_set_and_of_a_fold(
    after: bool,  # noqa: FBT001  a parameter of the test
    device: Device,
    tmp_path: Path,
) -> None:
    """Every fortieth call; all of them are the campaign's."""
    from tests.campaign.striking import Strikes

    strikes = Strikes(device._service, tmp_path, seed=20)

    try:
        at = 1 + 20 * after

        while strikes.strike(at, after=after):
            at += 40
    finally:
        strikes.close()

    assert [each.text for each in strikes.faults] == []
    assert len(strikes.kills) == 2  # of the set, and of the fold
