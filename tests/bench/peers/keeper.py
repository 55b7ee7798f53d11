"""A process that drives a store: ``keeper.py STORE FOLDER``; it does what ``Keeper.py`` does.

A line of JSON on its standard input says what, one on its standard output is what it measured.
"""

import json
import os
import plistlib
import select
import socket
import sys
from pathlib import Path
from time import perf_counter_ns

sys.path.append(str(Path(__file__).resolve().parents[3]))

from tests.bench.peers.stores import Store, open_store

KEYS = 200
CHUNK = 20
_FRAME = 48  # as large as that of a small set


def read(store: Store, n: int) -> float:
    """Return the nanoseconds of a read: the median of chunks."""
    get = store.get
    found = []

    for _ in range(max(1, n // CHUNK)):
        start = perf_counter_ns()

        for key in range(CHUNK):
            get(key)

        found.append(perf_counter_ns() - start)

    return sorted(found)[len(found) // 2] / CHUNK


def burst(store: Store, n: int, value: int) -> float:
    """Return the nanoseconds of a set."""
    put = store.put
    start = perf_counter_ns()

    for number in range(n):
        put(number % 100, value + number)

    return (perf_counter_ns() - start) / n


def paced(store: Store, n: int, gap_us: int, value: int) -> list[int]:
    """Return the nanoseconds of each of ``n`` sets, ``gap_us`` apart."""
    found = []

    for number in range(n):
        select.select([], [], [], gap_us / 1e6)
        start = perf_counter_ns()
        store.put(number % KEYS, value + number)
        found.append(perf_counter_ns() - start)

    return found


def sends(n: int, gap_us: int) -> list[int]:
    """Return the nanoseconds of each of ``n`` bare sends to a process that sleeps."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    if os.fork() == 0:
        ours.close()

        while theirs.recv(_FRAME):
            pass

        os._exit(0)

    theirs.close()
    found = []

    for _ in range(n):
        select.select([], [], [], gap_us / 1e6)
        start = perf_counter_ns()
        ours.send(bytes(_FRAME))
        found.append(perf_counter_ns() - start)

    ours.close()
    os.wait()

    return found


def load(path: str) -> int:
    """Return the nanoseconds that plistlib takes for a file."""
    start = perf_counter_ns()

    with open(path, "rb") as file:
        found = plistlib.load(file)

    taken = perf_counter_ns() - start
    assert found

    return taken


def main() -> None:
    """Do what the lines of standard input say."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    stores = {KEYS: open_store(name, folder / "200", KEYS)} if name != "none" else {}
    value = 0
    print(json.dumps("ready"), flush=True)

    for line in sys.stdin:
        what, n, gap = json.loads(line)
        value += 100_000

        if what == "load":
            found: object = load(n)
        elif what == "sends":
            found = sends(n, gap)
        elif what == "fill":
            stores[n] = open_store(name, folder / str(n), n)
            found = n
        elif what == "read":
            found = read(stores[KEYS], n)
        elif what == "paced":
            found = paced(stores[KEYS], n, gap, value)
        else:
            found = burst(stores[gap or KEYS], n, value)

        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
