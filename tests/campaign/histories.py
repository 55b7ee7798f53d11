"""Histories of eight processes, checked: ``make campaign``.

``fresh``: every set waits for cfprefsd, and the history of each key is linearizable. ``unwaited``:
sets return at once. ``stale``: the device holds news for a tenth of a second. What must hold of
each is in docs/campaign.md. Ends with status 1, the seed and the line that runs it again when it
does not.
"""

import argparse
import random
import sys
from pathlib import Path

# Behind everything else: the package that is tried is the installed one.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from tests.campaign import results
from tests.campaign.playing import MODES, Playground, Round
from tests.campaign.services import campaign_service


def row_of(name: str, seed: int, rounds: list[Round]) -> results.Row:
    """Return what came of the rounds of one mode."""
    return {
        "id": f"histories_{name}",
        "what": MODES[name].what,
        "seed": seed,
        "runs": len(rounds),
        "operations": [each.operations for each in rounds],
        "latest_read_ms": [round(each.late_ns / 1e6, 2) for each in rounds],
        "keys_unordered_if_a_set_ends_with_its_return": [each.unordered for each in rounds],
        "took_s": [round(each.took_s, 1) for each in rounds],
        "faults": [text for each in rounds for text in each.faults],
    }


def main() -> int:
    """Let them play, check, say what was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument(
        "--slack-s", type=float, default=0.5, help="how late news may be beyond the staleness"
    )
    parser.add_argument("--out", type=Path, default=None)
    chosen = parser.parse_args()
    seed = random.SystemRandom().randrange(1 << 32) if chosen.seed is None else chosen.seed
    sys.stderr.write(f"seed {seed}\n")
    rows = []

    with campaign_service() as (service, folder):
        playground = Playground(service, folder)

        for mode in chosen.only:
            rounds = [
                playground.play(MODES[mode], chosen.operations, seed + run, chosen.slack_s)
                for run in range(chosen.runs)
            ]
            rows.append(row_of(mode, seed, rounds))

        playground.close()

    results.show(rows)
    results.keep(rows, chosen.out)

    if any(row["faults"] for row in rows):
        sys.stdout.write(
            f"WRONG. Again:\n  {sys.executable} -P {sys.argv[0]} --seed {seed} "
            f"--runs {chosen.runs} --operations {chosen.operations}\n"
        )
        return 1

    return 0


if __name__ == "__main__":
    sys.exit(main())
