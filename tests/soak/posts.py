"""A million posts from four processes to four, and whether the counts add up: ``make soak``.

Ends with status 1 and a sentence when a post was neither heard nor merged into one that was, when
something still waits, or when the host holds more than before.
"""

import argparse
import sys
import tempfile
from pathlib import Path

# Behind everything else: the package that is tried is the installed one.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from simulator.control.service import Service
from tests.bench.devices import stop
from tests.soak.crowd import Crowd, Host, Round

MEMORY_GROWTH_MAX = 8 << 20
_WARM_UP = 40_000  # the log in memory is full after these: it holds 100,000 events


def faults(done: Round, before: Host, after: Host) -> list[str]:
    """Return what is wrong, a sentence each."""
    found = [
        f"receiver {number} heard {each.heard} and {each.merged} were merged of {each.posted}, "
        f"{each.waits} wait"
        for number, each in enumerate(done.receivers)
        if each.heard + each.merged != each.posted or each.waits
    ]

    if done.refused:
        found.append(f"{done.refused} posts were not OK")

    if after.descriptors != before.descriptors:
        found.append(f"the host had {before.descriptors} descriptors, now {after.descriptors}")

    if after.memory > before.memory + MEMORY_GROWTH_MAX:
        found.append(f"the host's memory grew by {(after.memory - before.memory) >> 20} MiB")

    return found


def main() -> int:
    """Post, count, say what was counted."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--posts", type=int, default=1_000_000)
    posts = parser.parse_args().posts

    with tempfile.TemporaryDirectory() as name:
        service = Service(Path(name) / "Devices")

        try:
            crowd = Crowd(service, Path(name))
            crowd.post(_WARM_UP)
            before = crowd.host()
            done = crowd.post(posts)
            after = crowd.host()
            running = crowd.running()
            healthy = crowd.post(4)
            crowd.close()
        finally:
            stop(service)

    for number, each in enumerate(done.receivers):
        sys.stdout.write(
            f"receiver {number}: posted {each.posted:,}, heard {each.heard:,}, "
            f"merged {each.merged:,}, waiting {each.waits}\n"
        )

    sys.stdout.write(
        f"{done.took_s:.1f} s, {posts / done.took_s:,.0f} posts/s; another client waited "
        f"{done.slowest_answer_s * 1e3:.0f} ms at most\n"
        f"host: descriptors {before.descriptors} → {after.descriptors}, "
        f"memory {before.memory / 2**20:.1f} → {after.memory / 2**20:.1f} MiB\n"
        f"{running} processes run; a post each afterwards: "
        f"{[each.heard for each in healthy.receivers]}\n"
    )
    wrong = faults(done, before, after)
    sys.stdout.writelines(f"WRONG: {sentence}\n" for sentence in wrong)

    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
