"""The rows of Darwin notifications, beside a bare relay, Redis, D-Bus and ZeroMQ.

Every stage lives through the whole measurement and they take turns, run by run. *Pinned* is every
process of a stage on one processor; *unpinned* lets the kernel choose. *Ping-pong* is half of a
round there and back (this is the budget); *paced* is one post every two milliseconds, which wakes
processes that sleep (for information).
"""

import os
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

from simulator.control.service import Service
from tests.bench.ours import Ours
from tests.bench.stage import Stage
from tests.bench.table import Row
from tests.bench.theirs import Theirs

ROUNDS = 400
SHOTS = 50
GAP_US = 2000
FLOOD = 5000
CHECKS = 50_000
RECEIVERS = (1, 2, 5, 10, 20, 50, 100)
SIZES = (100, 1000, 10_000)
DUPLICATES = (10, 100, 1000)
_GAP_OF_A_RECEIVER_US = 300

Value = Callable[[Stage], float]


def rows(service: Service, folder: Path, python: str, peers: list[str], runs: int) -> list[Row]:
    """Measure a post to one receiver, a flood of them, and a check."""
    return _with_one_follower(service, folder, python, peers, runs)


def many(service: Service, folder: Path, python: str, peers: list[str], runs: int) -> list[Row]:
    """Measure a post to many receivers, and many names; a sixth of the runs, for each is long."""
    return [
        *_fan_out(service, folder, python, peers, max(3, runs // 6)),
        *_sizes(service, folder, max(3, runs // 6)),
    ]


@contextmanager
def _stages(
    service: Service, folder: Path, python: str, peers: list[str], followers: int
) -> Iterator[list[Stage]]:
    """Lend our stage and one of each peer."""
    place = Path(tempfile.mkdtemp(dir=folder))

    with ExitStack() as stack:
        stages: list[Stage] = [Ours(service, place, followers)]
        stack.callback(stages[0].close)

        for peer in peers:
            stages.append(Theirs(peer, python, followers))
            stack.callback(stages[-1].close)

        yield stages


def _cpus(*, pinned: bool) -> set[int]:
    every = os.sched_getaffinity(0)

    return {min(every)} if pinned else every


def _compare(
    row: str, what: str, stages: list[Stage], runs: int, value: Value, unit: str = "µs"
) -> Row:
    """Let the stages take turns; the first round does not count."""
    found: dict[str, list[float]] = {stage.name: [] for stage in stages}

    for number in range(runs + 1):
        for stage in stages:
            measured = value(stage)

            if number:
                found[stage.name].append(measured)

    return Row(row, what, found.pop("ours"), found, unit)


def _with_one_follower(
    service: Service, folder: Path, python: str, peers: list[str], runs: int
) -> list[Row]:
    found = []

    with _stages(service, folder, python, peers, 1) as stages:
        for pinned in (True, False):
            for stage in stages:
                stage.pin(_cpus(pinned=pinned))

            suffix, where = ("", "one CPU") if pinned else ("_unpinned", "any CPU")
            found += [
                _compare(
                    f"notify_latency{suffix}",
                    f"post to handler, ping-pong, {where}",
                    stages,
                    runs,
                    lambda stage: stage.ping_pong(ROUNDS),
                ),
                _compare(
                    f"notify_paced{suffix}",
                    f"post to handler, a post per 2 ms, {where}",
                    stages,
                    runs,
                    lambda stage: statistics.median(stage.shots(SHOTS, GAP_US)),
                ),
                _rate(f"notify_rate{suffix}", where, stages, runs),
            ]

        found.append(_check(cast("Ours", stages[0]), runs))

    return found


def _rate(row: str, where: str, stages: list[Stage], runs: int) -> Row:
    """Post without a pause, until the receiver heard what was posted last.

    Redis' client waits for an answer to each PUBLISH, as redis-py does it; the others fire and
    forget. What a receiver heard of the posts is part of the row: the rest was coalesced.
    """
    heard: dict[str, list[int]] = {}

    def value(stage: Stage) -> float:
        rate, _, count = stage.flood(FLOOD)
        heard.setdefault(stage.name, []).append(count)

        return rate

    found = _compare(row, "", stages, runs, value, "posts/s")
    shares = {name: statistics.mean(counts) / FLOOD for name, counts in heard.items()}
    told = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())

    return found._replace(what=f"{FLOOD} posts to one receiver, {where}; heard: {told}")


def _check(stage: Ours, runs: int) -> Row:
    """Ask for news that there is none of, beside a word of a memoryview in the same process."""
    pairs = [cast("list[float]", stage.tell("check", CHECKS)) for _ in range(runs + 1)][1:]

    return Row(
        "notify_check",
        "nothing new; the peer is words[i] in the same loop",
        [own for own, _ in pairs],
        {"memoryview": [peer for _, peer in pairs]},
        "ns",
    )


# -- many ---------------------------------------------------------------------------------------


def _fan_out(
    service: Service, folder: Path, python: str, peers: list[str], runs: int
) -> Iterator[Row]:
    """Post once to many receivers; what counts is when the last of them has it."""
    medians: dict[bool, dict[str, dict[int, float]]] = {True: {}, False: {}}
    most: dict[bool, dict[str, list[float]]] = {True: {}, False: {}}

    for receivers in RECEIVERS:
        with _stages(service, folder, python, peers, receivers) as stages:
            for pinned in (True, False):
                for stage in stages:
                    stage.pin(_cpus(pinned=pinned))

                gap = GAP_US + _GAP_OF_A_RECEIVER_US * receivers
                row = _compare("", "", stages, runs, _shot(gap))

                for name, values in {"ours": row.ours, **row.peers}.items():
                    medians[pinned].setdefault(name, {})[receivers] = statistics.median(values)
                    most[pinned][name] = values

                    if name == "ours" and receivers == 1:
                        most[pinned]["one receiver"] = values

    for pinned in (True, False):
        others = {name: values for name, values in most[pinned].items() if name != "ours"}
        where = "one CPU" if pinned else "any CPU"
        yield Row(
            "notify_fanout" if pinned else "notify_fanout_unpinned",
            f"post until the last of {RECEIVERS[-1]} receivers has it, {where}",
            most[pinned]["ours"],
            others,
            "µs",
            medians[pinned],
        )


def _shot(gap_us: int) -> Value:
    return lambda stage: statistics.median(stage.shots(20, gap_us))


def _sizes(service: Service, folder: Path, runs: int) -> Iterator[Row]:
    """Measure what a name costs among many, and a registration of one name among many."""
    stage = Ours(service, folder / "sizes", 1)
    stage.pin(_cpus(pinned=True))

    try:
        yield _at_sizes(stage, "notify_names", "a post each of many names", SIZES, 1, runs)
        yield _at_sizes(
            stage, "notify_duplicates", "a post of one name registered often", DUPLICATES, 0, runs
        )
    finally:
        stage.close()


def _at_sizes(stage: Ours, row: str, what: str, sizes: tuple[int, ...], gap: int, runs: int) -> Row:
    """Return the microseconds of one delivery at each size, every one of them counted."""
    found: dict[int, list[float]] = {size: [] for size in sizes}

    for _ in range(runs):
        for size in sizes:
            stage.ask(1, "names", size, gap)
            stage.device.ask("settle")
            start = cast("int", stage.tell("post_names", size, gap))
            heard = stage.hear(1)
            assert heard["count"] == size, f"{heard['count']} of {size} were heard"
            found[size].append((cast("int", heard["end"]) - start) / size / 1e3)
            stage.ask(1, "forget", 0)
            stage.device.ask("settle")

    medians = {size: statistics.median(values) for size, values in found.items()}
    least = sizes[0]

    return Row(
        row,
        f"{what}: µs a delivery at {sizes[-1]:,}; none was lost",
        found[sizes[-1]],
        {f"at {least}": found[least]},
        "µs",
        {"ours": medians},
    )
