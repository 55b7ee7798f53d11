"""The rows of a URL: two running apps that open each other's, beside a bare relay.

Half of a round there and back, as with notifications: from the call of ``open`` to the other app's
``open_url``. Each comes to the front with it, as on a phone. The notification of the same device
stands beside it, for information.
"""

import os
import statistics
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import cast

from simulator.control.service import Service
from tests.bench.ours import Ours
from tests.bench.stage import MICRO
from tests.bench.table import Row
from tests.bench.theirs import Theirs

ROUNDS = 200


class _Opening(Ours):
    """Our stage, whose lead and follower open URLs of each other."""

    def tell(self, what: str, n: int, gap_us: int = 0) -> object:
        """Let the lead do something, and return what it measured."""
        return super().tell("open_ping" if what == "ping" else what, n, gap_us)

    def posting(self, n: int) -> float:
        """Return the same of notifications."""
        times = cast("list[int]", super().tell("ping", n))

        return statistics.median(end - start for start, end in pairwise(times)) / 2 / MICRO


def rows(service: Service, folder: Path, python: str, runs: int) -> list[Row]:
    """Measure a URL that a running app opens with another."""
    ours = _Opening(service, Path(tempfile.mkdtemp(dir=folder)), 1)
    relay = Theirs("relay", python, 1)
    found = []

    try:
        for pinned in (True, False):
            every = os.sched_getaffinity(0)

            ours.pin({min(every)} if pinned else every)
            relay.pin({min(every)} if pinned else every)

            found.append(_row(ours, relay, runs, pinned=pinned))
    finally:
        relay.close()
        ours.close()

    return found


def _row(ours: _Opening, relay: Theirs, runs: int, *, pinned: bool) -> Row:
    opened: list[float] = []
    peers: dict[str, list[float]] = {"relay": [], "notify": []}

    for number in range(runs + 1):
        values = ours.ping_pong(ROUNDS), relay.ping_pong(ROUNDS), ours.posting(ROUNDS)

        if number:
            opened.append(values[0])
            peers["relay"].append(values[1])
            peers["notify"].append(values[2])

    return Row(
        "url_open" if pinned else "url_open_unpinned",
        f"open to the other app's open_url, ping-pong, {'one' if pinned else 'any'} CPU",
        opened,
        peers,
        "µs",
    )
