"""Draws a post's way to its last receiver against their number: ``plot.py BENCH.json OUT.svg``.

Run by the interpreter that has the bench extra.
"""

import json
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

ROWS = {"notify_fanout": "one CPU", "notify_fanout_unpinned": "any CPU"}


def main() -> None:
    """Draw a panel for each row that was measured."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "bench"  # the same figures, the same file
    mpl.rcParams["svg.fonttype"] = "none"
    source, target = sys.argv[1:]
    rows = {row["id"]: row for row in json.loads(Path(source).read_bytes())}
    shown = [name for name in ROWS if name in rows]
    figure, axes = plt.subplots(1, len(shown), figsize=(5 * len(shown), 4), sharey=True)

    for axis, name in zip(axes if len(shown) > 1 else [axes], shown, strict=True):
        for stage, series in rows[name]["series"].items():
            points = sorted((int(size), value) for size, value in series.items())
            axis.plot(
                *zip(*points, strict=True),
                marker="o",
                label=stage,
                linewidth=3 if stage == "ours" else 1,
            )

        axis.set(xscale="log", yscale="log", title=ROWS[name], xlabel="receivers")
        sizes = sorted(int(size) for size in rows[name]["series"]["ours"])
        axis.set_xticks(sizes, [str(size) for size in sizes])
        axis.grid(visible=True, alpha=0.3)

    figure.axes[0].set_ylabel("µs from the post to the last receiver")
    figure.axes[0].legend()
    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


if __name__ == "__main__":
    main()
