"""The rows of preferences, beside the stores that a program would pick instead.

Everything lives through the whole measurement and takes turns, run by run. A set is measured in
bursts of 200 and paced; *until it returns* is what the program waits for, *until it is accepted*
what cfprefsd and the journal cost besides.
"""

import os
import plistlib
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import cast

from simulator.control.service import Service
from tests.bench.ours import Ours
from tests.bench.stored import Stored
from tests.bench.table import Row
from tests.bench.theirs import Theirs

KEYS = 200
READS = 20_000
BURST = 200
PACED = 50
GAP_US = 2000
ROUNDS = 200
LARGE = 10_000
SIZES = (100, 1000, 10_000, 100_000)
WRITERS = 8
SETS_OF_A_WRITER = 2000
_GROUP = "group.com.example.bench"
_PROGRAM = Path(__file__).with_name("Keeper.py")
_SIZED = ("lmdb", "sqlite normal", "plist")
_SLOW_SETS = {"plist": 1}  # how many in a burst, of what rewrites everything
_START_MS = 60

Measure = Callable[[], float]


def rows(service: Service, folder: Path, python: str, stores: list[str], runs: int) -> list[Row]:
    """Measure reads, sets, what is visible, a large domain, domains of all sizes, and many."""
    found: list[Row] = []

    with (
        _stage(service, folder / "alone", 1) as ours,
        _stored(stores, python, folder) as theirs,
        _stored(["none"], python, folder) as (bare,),
    ):
        ours.ask(0, "fill", KEYS)
        found += [
            _reads(ours, theirs, runs),
            _bursts(ours, theirs, runs),
            _paced(ours, theirs, bare, max(3, runs // 3)),
            _sizes(ours, theirs, max(3, runs // 5)),
        ]
        found += _visible(ours, python, runs)

        found.append(_opening(service, folder, bare, max(5, runs // 2)))

    found.append(_crowd(service, folder, max(5, runs // 3)))

    return found


@contextmanager
def _stage(service: Service, folder: Path, followers: int) -> Iterator[Ours]:
    ours = Ours(service, folder, followers, _PROGRAM, (_GROUP,))

    try:
        yield ours
    finally:
        ours.close()


@contextmanager
def _stored(names: list[str], python: str, programs: Path) -> Iterator[list[Stored]]:
    with ExitStack() as stack:
        found = []

        for name in names:
            found.append(Stored(name, python, programs))
            stack.callback(found[-1].close)

        yield found


def _turns(
    row: str, what: str, runs: int, measures: Mapping[str, Measure], unit: str = "µs"
) -> Row:
    """Let them take turns; the first round does not count."""
    found: dict[str, list[float]] = {name: [] for name in measures}

    for number in range(runs + 1):
        for name, measure in measures.items():
            value = measure()

            if number:
                found[name].append(value)

    return Row(row, what, found.pop("ours"), found, unit)


def _reads(ours: Ours, theirs: list[Stored], runs: int) -> Row:
    measures: dict[str, Measure] = {"ours": lambda: cast("float", ours.ask(0, "read", READS))}
    counts = {"plist": 60}

    for store in theirs:
        measures[store.name] = _telling(store, "read", counts.get(store.name, READS // 4), 1)

    what = f"a read of one of {KEYS} keys that sees what other processes have set (gnustep: not)"

    return _turns("defaults_read", what, runs, measures, "ns")


def _telling(store: Stored, what: str, n: int, scale: float, gap: int = 0) -> Measure:
    return lambda: cast("float", store.tell(what, n, gap)) / scale


def _bursts(ours: Ours, theirs: list[Stored], runs: int) -> Row:
    def burst(part: int) -> Measure:
        return lambda: cast("list[float]", ours.ask(0, "burst", BURST))[part] / 1e3

    measures = {"ours": burst(0), "ours, accepted": burst(1)}
    counts = {"plist": 20}

    for store in theirs:
        measures[store.name] = _telling(store, "burst", counts.get(store.name, BURST), 1e3)

    what = f"a set until it returns, in bursts of {BURST}; {KEYS} keys (gnustep: in memory)"

    return _turns("defaults_write", what, runs, measures)


def _paced(ours: Ours, theirs: list[Stored], bare: Stored, runs: int) -> Row:
    def median(values: object) -> float:
        return statistics.median(cast("list[int]", values)) / 1e3

    measures: dict[str, Measure] = {
        "ours": lambda: median(ours.ask(0, "paced", PACED, GAP_US)),
        "bare send": lambda: median(bare.tell("sends", PACED, GAP_US)),
    }

    for store in theirs:
        measures[store.name] = _pacing(store, median)

    what = (
        f"a set until it returns, one every {GAP_US // 1000} ms (bare send: to a process that "
        "sleeps, nothing else)"
    )

    return _turns("defaults_write_paced", what, runs, measures)


def _pacing(store: Stored, median: Callable[[object], float]) -> Measure:
    return lambda: median(store.tell("paced", PACED, GAP_US))


# -- other processes ----------------------------------------------------------------------------


def _visible(ours: Ours, python: str, runs: int) -> Iterator[Row]:
    """Set until another process that waits for it has it, beside the relay of notifications."""
    relay = Theirs("relay", python, 1)
    ours.ask(1, "watch", 0)

    try:
        for pinned in (True, False):
            cpus = os.sched_getaffinity(0)
            chosen = {min(cpus)} if pinned else cpus

            for stage in (ours, relay):
                stage.pin(chosen)

            measures = {
                "ours": lambda: ours.ping_pong(ROUNDS),
                "relay": lambda: relay.ping_pong(ROUNDS),
            }
            where = "one CPU" if pinned else "any CPU"
            yield _turns(
                f"defaults_visible{'' if pinned else '_unpinned'}",
                f"set until an observer in another process has it, ping-pong, {where}",
                runs,
                measures,
            )
    finally:
        relay.close()


def _crowd(service: Service, folder: Path, runs: int) -> Row:
    """Count what eight writers get accepted in a second, beside what one does."""
    with _stage(service, folder / "crowd", WRITERS - 1) as ours:

        def together(writers: int) -> Measure:
            return lambda: _rate(ours, writers)

        return _turns(
            "defaults_eight_writers",
            f"sets that are accepted in a second, {WRITERS} writers together and one alone",
            runs,
            {"ours": together(WRITERS), "one writer": together(1)},
            "sets/s",
        )


def _rate(ours: Ours, writers: int) -> float:
    moment = time.perf_counter_ns() // 1_000_000 + _START_MS

    for ordinal in range(writers):
        ours.say(ordinal, "crowd", SETS_OF_A_WRITER, moment)

    times = [cast("list[int]", ours.answer(ordinal)) for ordinal in range(writers)]
    began, ended = min(start for start, _ in times), max(end for _, end in times)

    return SETS_OF_A_WRITER * writers * 1e9 / (ended - began)


# -- large domains ------------------------------------------------------------------------------


def _opening(service: Service, folder: Path, bare: Stored, runs: int) -> Row:
    """Open a large domain that nobody has open, beside plistlib's load of the same file."""
    values = {f"key {number}": f"value {number}" for number in range(LARGE)}
    data = plistlib.dumps(values, fmt=plistlib.FMT_BINARY)

    with _stage(service, folder / "large", 0) as ours:
        preferences = ours.home(0) / "Library" / "Preferences"
        preferences.mkdir(parents=True, exist_ok=True)

        for number in range(runs + 1):
            (preferences / f"large-{number}.plist").write_bytes(data)

        path = str(preferences / "large-0.plist")
        numbers = iter(range(runs + 1))
        measures: dict[str, Measure] = {
            "ours": lambda: cast("int", ours.ask(0, "load", next(numbers))) / 1e6,
            "plistlib": lambda: cast("int", bare.tell("load", path)) / 1e6,
        }
        what = f"a domain of {LARGE:,} keys, until the first of them is read"

        return _turns("defaults_open", what, runs, measures, "ms")


def _sizes(ours: Ours, theirs: list[Stored], runs: int) -> Row:
    """Measure what a set costs in domains of many sizes, until it is accepted."""
    sized = [store for store in theirs if store.name in _SIZED]
    found: dict[str, dict[int, list[float]]] = {
        name: {size: [] for size in SIZES}
        for name in ("ours", "ours, accepted", *(store.name for store in sized))
    }

    for size in SIZES:
        ours.ask(0, "fill", size, 1)

        for store in sized:
            store.tell("fill", size)

    for _ in range(runs):
        for size in SIZES:
            returned, accepted = cast("list[float]", ours.ask(0, "burst_in", BURST, size))
            found["ours"][size].append(returned / 1e3)
            found["ours, accepted"][size].append(accepted / 1e3)

            for store in sized:
                sets = _SLOW_SETS.get(store.name, BURST)
                taken = cast("float", store.tell("burst", sets, size))
                found[store.name][size].append(taken / 1e3)

    medians = {
        name: {size: statistics.median(values) for size, values in sizes.items()}
        for name, sizes in found.items()
    }

    return Row(
        "defaults_write_sizes",
        f"a set until it returns, in a domain of {SIZES[-1]:,} keys beside one of {SIZES[0]}",
        found["ours"][SIZES[-1]],
        {
            f"at {SIZES[0]}": found["ours"][SIZES[0]],
            f"accepted, at {SIZES[-1]:,}": found["ours, accepted"][SIZES[-1]],
            f"accepted, at {SIZES[0]}": found["ours, accepted"][SIZES[0]],
        },
        "µs",
        medians,
    )
