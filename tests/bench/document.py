"""Writes the pages about what things cost: the table, the plot, how to read them."""

import os
import platform
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.table import plain

Values = dict[str, Any]

_HERE = Path(__file__).parent


class Page(NamedTuple):
    """A page of ``docs/``.

    Attributes:
        name: Of the page and its plot; the text above the table is a file of that name here.
        rows: How the ids of its rows begin.
        plot: The program that draws.
        heading: Above the plot.
        caption: What the plot shows.
    """

    name: str
    rows: str
    plot: Path
    heading: str
    caption: str


PAGES = (
    Page(
        "bench-notify",
        "notify_",
        _HERE / "plot.py",
        "Against the number of receivers",
        "Microseconds from a post to its last receiver",
    ),
    Page(
        "bench-defaults",
        "defaults_",
        _HERE / "plot_defaults.py",
        "Beside the stores, and against the number of keys",
        "What a read and a set cost, and a set in domains of many sizes",
    ),
)


def write(page: Page, rows: list[Values], folder: Path) -> None:
    """Write a page into a folder, from rows as ``build/bench.json`` has them."""
    text = (
        (_HERE / f"{page.name}.md")
        .read_text()
        .format(
            python=platform.python_version(),
            linux=platform.release().partition("-")[0],
            cpus=len(os.sched_getaffinity(0)),
            load=round(os.getloadavg()[1]),
        )
    )

    for row in rows:
        text += "".join(f"| {' | '.join(cells)} |\n" for cells in _lines(row))

    text += f"\n## {page.heading}\n\n![{page.caption}]({page.name}.svg)\n\n"
    text += "".join(_series(row) for row in rows if "series" in row)
    (folder / f"{page.name}.md").write_text(text)


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
