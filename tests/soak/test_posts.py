"""The soak, small enough for every day: counts that add up, and nothing left behind.

The real one is ``make soak``.
"""

from pathlib import Path

import pytest

from simulator.testing.device import Device


@pytest.mark.slow
def test_twenty_thousand_posts_add_up_and_leave_nothing_behind(
    device: Device, tmp_path: Path
) -> None:
    from tests.soak.crowd import Crowd

    crowd = Crowd(device._service, tmp_path)

    try:
        crowd.post(4000)
        before = crowd.host()
        done = crowd.post(20_000)
        after = crowd.host()

        assert [each.heard + each.merged for each in done.receivers] == [20_004] * 4
        assert [each.waits for each in done.receivers] == [0] * 4
        assert all(each.merged for each in done.receivers[1::2])  # the slow ones
        assert done.refused == 0
        assert after.descriptors == before.descriptors
        assert crowd.running() == 8
        assert [each.heard for each in crowd.post(4).receivers] == [8] * 4
    finally:
        crowd.close()
