"""The campaign, small enough for every day: holders and waiters that are killed.

The real one is ``tests/campaign/coordination.py --kills 1000``.
"""

from pathlib import Path

import pytest

from simulator.testing.device import Device


@pytest.mark.slow
@pytest.mark.contract("C60")
def test_killed_holders_and_waiters_leave_nobody_hanging_and_nothing_torn(
    device: Device, tmp_path: Path
) -> None:
    from tests.campaign.coordination import Campaign

    campaign = Campaign(device._service, tmp_path, seed=1)

    try:
        outcome = campaign.run(kills=12)
    finally:
        campaign.close()

    assert outcome.wrong == []
    assert outcome.kills == 12
