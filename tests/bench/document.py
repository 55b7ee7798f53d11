"""Writes the page about what notifications cost: the table, the plot, how to read them."""

import os
import platform
import statistics
from pathlib import Path

from tests.bench.table import Row, plain, spread

_HEAD = Path(__file__).with_name("bench-notify.md")
_PLOT = """
## Against the number of receivers

![Microseconds from a post to its last receiver](bench-notify.svg)

"""


def write(rows: list[Row], folder: Path) -> None:
    """Write ``bench-notify.md`` into a folder."""
    runs = max(len(row.ours) for row in rows)
    text = _HEAD.read_text().format(
        python=platform.python_version(),
        linux=platform.release().partition("-")[0],
        cpus=len(os.sched_getaffinity(0)),
        runs=runs,
    )

    for row in rows:
        text += "".join(f"| {' | '.join(cells)} |\n" for cells in _lines(row))

    text += _PLOT
    text += "".join(_series(row) for row in rows if row.series is not None)
    (folder / "bench-notify.md").write_text(text)


def _range(values: list[float]) -> str:
    found = spread(values)

    return f"{plain(found['p25'])}–{plain(found['p75'])}"


def _lines(row: Row) -> list[list[str]]:
    """Return the cells of a row: a line for each peer."""
    ours = statistics.median(row.ours)
    lines: list[list[str]] = []

    for name, values in row.peers.items():
        peer = statistics.median(values)
        own = [f"`{row.id}`", row.unit, plain(ours), _range(row.ours)] if not lines else [""] * 4
        what = row.what if not lines else ""
        lines.append(
            [*own, name, plain(peer), _range(values), f"{ours / peer:.2f}", what],
        )

    return lines


def _series(row: Row) -> str:
    """Return a small table: a column for each size."""
    assert row.series is not None
    sizes = sorted(row.series["ours"])
    head = f"`{row.id}`, {row.unit}"
    text = f"| {head} | {' | '.join(f'{size:,}' for size in sizes)} |\n"
    text += f"| --- {'| ---: ' * len(sizes)}|\n"

    for name, values in row.series.items():
        text += f"| {name} | {' | '.join(plain(values[size]) for size in sizes)} |\n"

    return f"{text}\n"
