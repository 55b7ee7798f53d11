"""The rows of the bench: runs side by side, medians, spread, and how they are shown."""

import statistics
import sys
from collections.abc import Callable
from time import monotonic_ns
from typing import NamedTuple

Measure = Callable[[], float]


class Row(NamedTuple):
    """A row of the table: ours and its peers, each with all its runs.

    Attributes:
        id: As design.md §11 names it; variants have a suffix.
        what: What was measured, for a person.
        ours: One value a run.
        peers: The same for each peer.
        unit: Of all values.
        series: For a row that is measured at several sizes, the median at each, per name.
    """

    id: str
    what: str
    ours: list[float]
    peers: dict[str, list[float]]
    unit: str = "ms"
    series: dict[str, dict[int, float]] | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the row as ``build/bench.json`` has it."""
        ours = statistics.median(self.ours)
        peers = {name: statistics.median(runs) for name, runs in self.peers.items()}
        found: dict[str, object] = {
            "id": self.id,
            "what": self.what,
            "unit": self.unit,
            "ours": round(ours, 3),
            "peers": {name: round(value, 3) for name, value in peers.items()},
            "ratio": {name: round(ours / value, 3) for name, value in peers.items()},
            "runs": len(self.ours),
            "spread": {
                name: spread(runs) for name, runs in {"ours": self.ours, **self.peers}.items()
            },
        }

        if self.series is not None:
            found["series"] = {
                name: {str(size): round(value, 3) for size, value in sizes.items()}
                for name, sizes in self.series.items()
            }

        return found


def spread(runs: list[float]) -> dict[str, float]:
    """Return least, quartiles and most."""
    first, _, third = statistics.quantiles(runs, n=4) if len(runs) > 1 else (runs[0],) * 3
    found = {"min": min(runs), "p25": first, "p75": third, "max": max(runs)}

    return {name: round(value, 3) for name, value in found.items()}


def take_turns(
    row: str,
    what: str,
    runs: int,
    ours: Measure,
    peers: dict[str, Measure],
    warm_up: int = 2,
) -> Row:
    """Measure ours and each peer ``runs`` times, alternating; the first rounds do not count."""
    own: list[float] = []
    others: dict[str, list[float]] = {name: [] for name in peers}

    for number in range(runs + warm_up):
        taken = ours()
        beside = {name: peer() for name, peer in peers.items()}

        if number >= warm_up:
            own.append(taken)

            for name, value in beside.items():
                others[name].append(value)

    return Row(row, what, own, others)


def since(start_ns: int) -> float:
    """Return the milliseconds since a reading of the monotonic clock."""
    return (monotonic_ns() - start_ns) / 1e6


def show(rows: list[Row]) -> None:
    """Print the table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"medians; Python {sys.version.split()[0]}", title_justify="left")

    for head in ("id", "unit", "ours", "p25–p75", "peer", "it", "ratio", "what"):
        right = head in {"ours", "p25–p75", "it", "ratio"}
        table.add_column(head, justify="right" if right else "left")

    for row in rows:
        ours = statistics.median(row.ours)
        middle = spread(row.ours)
        peers = [(name, statistics.median(runs)) for name, runs in row.peers.items()]
        table.add_row(
            row.id,
            row.unit,
            plain(ours),
            f"{plain(middle['p25'])}–{plain(middle['p75'])}",
            "\n".join(name for name, _ in peers),
            "\n".join(plain(value) for _, value in peers),
            "\n".join(f"{ours / value:.2f}" for _, value in peers),
            row.what,
        )

    Console(width=None if sys.stdout.isatty() else 140).print(table)


def plain(value: float) -> str:
    """Return a number with about three digits that matter."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 100 else f"{value:.2f}"
