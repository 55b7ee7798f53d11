"""A process of a peer's stage: ``member.py PEER FOLDER ORDINAL``; the lead has ordinal 0.

The lead takes a line of JSON from its standard input and answers with one; a follower writes a line
when it hears the end of a round. What each does is what ``Probe.py`` does in our guests.
"""

import json
import select
import sys
from pathlib import Path
from time import perf_counter_ns

sys.path.append(str(Path(__file__).resolve().parents[3]))

from tests.bench.peers.kinds import hub_of, link_of
from tests.bench.peers.link import END, PING, PONG, RATE, SHOT, Link


def say(value: object) -> None:
    """Write a line of JSON."""
    print(json.dumps(value), flush=True)


def follow(link: Link) -> None:
    """Answer, keep times and count until the link breaks."""
    shots: list[int] = []
    count = 0

    while True:
        name = link.wait()

        if name == PING:
            link.post(PONG)
        elif name == SHOT:
            shots.append(perf_counter_ns())
        elif name == RATE:
            count += 1
        elif name == END:
            say({"end": perf_counter_ns(), "shots": shots, "count": count})
            shots.clear()
            count = 0


def ping(link: Link, n: int) -> list[int]:
    """Go there and back; return when it began and when each round ended."""
    times = [perf_counter_ns()]

    for _ in range(n):
        link.post(PING)

        while link.wait() != PONG:
            pass

        times.append(perf_counter_ns())

    return times


def shoot(link: Link, n: int, gap_us: int) -> list[int]:
    """Post at a pace; return the times."""
    posted = []

    for _ in range(n):
        select.select([], [], [], gap_us / 1e6)
        posted.append(perf_counter_ns())
        link.post(SHOT)

    select.select([], [], [], gap_us / 1e6)
    link.post(END)

    return posted


def flood(link: Link, n: int) -> list[int]:
    """Post without a pause; return when it began and when the last call returned."""
    start = perf_counter_ns()

    for _ in range(n):
        link.post(RATE)

    returned = perf_counter_ns()
    link.post(END)

    return [start, returned]


def lead(link: Link) -> None:
    """Do what the lines of standard input say."""
    for line in sys.stdin:
        what, n, gap_us = json.loads(line)

        if what == "ping":
            say(ping(link, n))
        elif what == "shoot":
            say(shoot(link, n, gap_us))
        else:
            say(flood(link, n))


def main() -> None:
    """Be the hub or a member."""
    peer, folder, ordinal = sys.argv[1], sys.argv[2], int(sys.argv[3])

    if ordinal < 0:
        hub_of(peer)(folder, -ordinal)
        return

    names = (PONG,) if not ordinal else (PING, RATE, SHOT, END) if ordinal == 1 else (SHOT, END)

    try:
        link = link_of(peer)(folder, names, ordinal)
        say("ready")

        if ordinal:
            follow(link)
        else:
            lead(link)
    except (ConnectionError, KeyboardInterrupt):
        return


if __name__ == "__main__":
    main()
