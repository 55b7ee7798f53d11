"""What an exit status means."""

import pytest

from simulator.daemonkit.guest import Crash
from simulator.daemons.launchd.state import exit_of


@pytest.mark.parametrize(
    ("status", "crash", "asked", "reason"),
    [
        (0, None, "", "exited"),
        (3, None, "", "exited with status 3"),
        (-9, None, "", "killed by SIGKILL"),
        (-11, None, "", "killed by SIGSEGV"),
        (-9, None, "simctl terminate", "ended by the system: simctl terminate"),
        (
            -6,
            Crash("ValueError", "no", "Notes.py", 14),
            "",
            "crashed: ValueError: no (Notes.py:14)",
        ),
    ],
)
def test_an_end_is_told_in_a_sentence(
    status: int, crash: Crash | None, asked: str, reason: str
) -> None:
    end = exit_of(status, crash=crash, asked_to_end=asked)

    assert end.status == status
    assert end.reason == reason
