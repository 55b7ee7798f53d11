"""Draws what a read and a set cost beside the stores: ``plot_defaults.py BENCH.json OUT.svg``.

Run by the interpreter that has the bench extra.
"""

import json
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

BARS = {"defaults_read": "a read, ns", "defaults_write": "a set until it returns, µs"}
LINES = "defaults_write_sizes"


def main() -> None:
    """Draw a panel for each row that was measured."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "bench"  # the same figures, the same file
    mpl.rcParams["svg.fonttype"] = "none"
    source, target = sys.argv[1:]
    rows = {row["id"]: row for row in json.loads(Path(source).read_bytes())}
    figure, axes = plt.subplots(1, 3, figsize=(15, 4))

    for axis, (name, title) in zip(axes, BARS.items(), strict=False):
        if name in rows:
            _bars(axis, rows[name], title)

    if LINES in rows:
        _lines(axes[2], rows[LINES])

    figure.tight_layout()
    figure.savefig(target, metadata={"Date": None})


def _bars(axis: plt.Axes, row: dict[str, dict[str, float]], title: str) -> None:
    values = {"ours": row["ours"], **row["peers"]}
    names = list(values)[::-1]
    bars = axis.barh(
        names,
        [values[name] for name in names],
        color=["C0" if name.startswith("ours") else "0.7" for name in names],
    )
    axis.bar_label(bars, fmt=_label, padding=3)
    axis.set(xscale="log", title=title)
    axis.margins(x=0.25)


def _label(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _lines(axis: plt.Axes, row: dict[str, dict[str, dict[str, float]]]) -> None:
    for name, series in row["series"].items():
        points = sorted((int(size), value) for size, value in series.items())
        axis.plot(
            *zip(*points, strict=True),
            marker="o",
            label=name,
            linewidth=3 if name.startswith("ours") else 1,
        )

    axis.set(xscale="log", yscale="log", title="a set, µs", xlabel="keys in the domain")
    axis.grid(visible=True, alpha=0.3)
    axis.legend()


if __name__ == "__main__":
    main()
