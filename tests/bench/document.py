"""Writes the page about what notifications cost: the table, the plot, how to read them."""

import os
import platform
from pathlib import Path
from typing import Any

from tests.bench.table import plain

Values = dict[str, Any]

_HEAD = Path(__file__).with_name("bench-notify.md")
_PLOT = """
## Against the number of receivers

![Microseconds from a post to its last receiver](bench-notify.svg)

"""


def write(rows: list[Values], folder: Path) -> None:
    """Write ``bench-notify.md`` into a folder, from rows as ``build/bench.json`` has them."""
    text = _HEAD.read_text().format(
        python=platform.python_version(),
        linux=platform.release().partition("-")[0],
        cpus=len(os.sched_getaffinity(0)),
        load=round(os.getloadavg()[1]),
    )

    for row in rows:
        text += "".join(f"| {' | '.join(cells)} |\n" for cells in _lines(row))

    text += _PLOT
    text += "".join(_series(row) for row in rows if "series" in row)
    (folder / "bench-notify.md").write_text(text)


def _range(spread: dict[str, float]) -> str:
    return f"{plain(spread['p25'])}–{plain(spread['p75'])}"


def _lines(row: Values) -> list[list[str]]:
    """Return the cells of a row: a line for each peer."""
    lines: list[list[str]] = []

    for name, value in row["peers"].items():
        spread = row["spread"]
        first = [f"`{row['id']}`", row["unit"], plain(row["ours"]), _range(spread["ours"])]
        own = [""] * 4 if lines else first
        what = "" if lines else f"{row['what']} ({row['runs']} runs)"
        ratio = f"{row['ratio'][name]:.2f}"
        lines.append([*own, name, plain(value), _range(spread[name]), ratio, what])

    return lines


def _series(row: Values) -> str:
    """Return a small table: a column for each size."""
    sizes = sorted(int(size) for size in row["series"]["ours"])
    text = f"| `{row['id']}`, {row['unit']} | {' | '.join(f'{size:,}' for size in sizes)} |\n"
    text += f"| --- {'| ---: ' * len(sizes)}|\n"

    for name, values in row["series"].items():
        text += f"| {name} | {' | '.join(plain(values[str(size)]) for size in sizes)} |\n"

    return f"{text}\n"
