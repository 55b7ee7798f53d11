"""Kills writers, readers and the host, and looks what is left: ``make campaign``.

First at random instants (``--kills``), then the host before and after every system call of a set
and of a fold. Ends with status 1, the seed and the line that runs it again when anything was lost,
torn or resurrected.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

# Behind everything else: the package that is tried is the installed one.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from tests.campaign import results
from tests.campaign.account import Fault
from tests.campaign.killing import Kills
from tests.campaign.services import campaign_service
from tests.campaign.striking import Strikes
from tests.campaign.tracing import name_of

if TYPE_CHECKING:
    from simulator.control.service import Service

_TOLD_EVERY = 100


def random_kills(
    service: "Service", folder: Path, seed: int, kills: int, keep: Path
) -> results.Row:
    """Kill at random instants; return what came of it."""
    start = monotonic()
    campaign = Kills(service, folder, seed)

    try:
        for number in range(kills):
            campaign.kill_one()

            if campaign.faults:
                campaign.keep(keep)
                break

            if number % _TOLD_EVERY == _TOLD_EVERY - 1:
                sys.stderr.write(f"{number + 1} kills, {campaign.operations:,} operations\n")

        if not campaign.faults:
            campaign.kill_all()
    finally:
        campaign.close()

    return {
        "id": "kills",
        "what": "SIGKILL at random instants",
        "seed": seed,
        "kills": {kind: campaign.counts[kind] for kind in ("writer", "reader", "host")},
        "stops": campaign.counts["stopped"],
        "operations": campaign.operations,
        "reads": campaign.reads,
        "plist_reads": campaign.plist_reads,
        "plist_states": campaign.plist_states,
        **counted(campaign.faults),
        "took_s": round(monotonic() - start, 1),
    }


def every_call(service: "Service", folder: Path, seed: int, step: int) -> results.Row:
    """Kill the host at every system call of a set and of a fold; return what came of it."""
    start = monotonic()
    strikes = Strikes(service, folder / "strikes", seed)
    calls = []

    try:
        for grown in (False, True):
            if grown:
                strikes.grow()

            for after in (False, True):
                at = 1

                while strikes.strike(at, after=after) and not strikes.faults:
                    at += step

                calls.append(at - 1)
                sys.stderr.write(f"{at - 1} system calls, {'after' if after else 'before'} each\n")
    finally:
        strikes.close()

    return {
        "id": "system_calls",
        "what": "the host killed before and after each system call of a set and of a fold",
        "seed": seed,
        "calls_of_each_way": calls,
        "kills": dict(strikes.kills),
        "killed_at": {name_of(number): count for number, count in strikes.calls.most_common()},
        **counted(strikes.faults),
        "took_s": round(monotonic() - start, 1),
    }


def counted(faults: list[Fault]) -> results.Row:
    """Return how many faults of each kind there are, and their sentences."""
    kinds = ("lost", "torn", "resurrected", "mixed", "ended")

    return {
        **{kind: sum(fault.kind == kind for fault in faults) for kind in kinds},
        "faults": [f"{fault.kind}: {fault.text}" for fault in faults],
    }


def main() -> int:
    """Kill, look, say what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument(
        "--step", type=int, default=1, help="which system calls: every so-manieth; 0 for none"
    )
    parser.add_argument("--out", type=Path, default=None)
    chosen = parser.parse_args()
    seed = random.SystemRandom().randrange(1 << 32) if chosen.seed is None else chosen.seed
    sys.stderr.write(f"seed {seed}\n")
    keep = Path(tempfile.gettempdir()) / f"campaign-{seed}"

    with campaign_service() as (service, folder):
        rows = [random_kills(service, folder, seed, chosen.kills, keep)]

        if chosen.step:
            rows.append(every_call(service, folder, seed, chosen.step))

    results.show(rows)
    results.keep(rows, chosen.out)

    if any(row["faults"] for row in rows):
        sys.stdout.write(
            f"WRONG. The domain's files are in {keep}. Again:\n"
            f"  {sys.executable} -P {sys.argv[0]} --seed {seed} --kills {chosen.kills} "
            f"--step {chosen.step}\n"
        )
        return 1

    return 0


if __name__ == "__main__":
    sys.exit(main())
