"""What things cost, beside a peer that is driven in the same minute: ``make bench``.

Ours and its peers take turns, run by run, so that a machine that slows down slows both. Ratios of
medians are what counts; absolute times drift. The table goes to the terminal and, as a list of
objects, to a file: ``id``, ``unit``, ``ours``, ``peers``, ``ratio`` (ours / peer), ``runs``,
``spread`` (of ours, and of each peer).
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Behind everything else: the package that is measured is the installed one.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from simulator.control.service import Service
from tests.bench import (
    bundles,
    containers,
    defaults,
    document,
    files,
    launching,
    lifecycle,
    links,
    notify,
)
from tests.bench.devices import stop
from tests.bench.stored import every_store, missing_store
from tests.bench.table import Row, show
from tests.bench.theirs import PEERS, missing

GROUPS = (
    "lifecycle",
    "containers",
    "notify",
    "many",
    "defaults",
    "links",
    "bundles",
    "files",
)
_DOCS = Path(__file__).resolve().parents[2] / "docs"


def measure(service: Service, folder: Path, chosen: argparse.Namespace) -> list[Row]:
    """Measure the groups of rows that were chosen."""
    rows: list[Row] = []

    if "lifecycle" in chosen.only:
        rows += [
            *launching.launches(service, folder, chosen.runs),
            launching.sandbox_open(service, folder, chosen.runs),
            lifecycle.boot_warm(service, chosen.runs),
            lifecycle.boot_cold(folder, max(5, chosen.runs // 5)),
            lifecycle.scenario(service, chosen.runs),
        ]

    if "containers" in chosen.only:
        rows += containers.rows(service, folder, chosen.runs)

    if {"notify", "many"} & set(chosen.only):
        absent = {peer: missing(peer, chosen.peers_python) for peer in PEERS}
        sys.stderr.writelines(f"{sentence}\n" for sentence in absent.values() if sentence)
        present = [peer for peer, sentence in absent.items() if not sentence]
        measured = service, folder, chosen.peers_python, present, chosen.runs
        rows += notify.rows(*measured) if "notify" in chosen.only else []
        rows += notify.many(*measured) if "many" in chosen.only else []

    if "defaults" in chosen.only:
        python = chosen.peers_python
        lacks = {store: missing_store(store, python, folder) for store in every_store()}
        sys.stderr.writelines(f"{sentence}\n" for sentence in lacks.values() if sentence)
        stores = [store for store, sentence in lacks.items() if not sentence]
        rows += defaults.rows(service, folder, python, stores, chosen.runs)

    if "links" in chosen.only:
        rows += links.rows(service, folder, chosen.peers_python, chosen.runs)

    if "bundles" in chosen.only:
        rows += bundles.rows(service, folder, chosen.runs)

    if "files" in chosen.only:
        rows += files.rows(service, folder, chosen.peers_python, chosen.runs)

    return rows


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=GROUPS)
    parser.add_argument(
        "--peers-python", default=sys.executable, help="the interpreter that has the bench extra"
    )
    parser.add_argument(
        "--docs", action="store_true", help="write docs/bench-*.md and their plots, too"
    )
    parser.add_argument("--profile", action="store_true", help="one boot and one launch, by steps")

    return parser.parse_args()


def main() -> None:
    """Measure everything, print the table, write the file."""
    chosen = arguments()

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        service = Service(folder / "Devices")

        try:
            if chosen.profile:
                lifecycle.profile(service, folder)
                return

            rows = measure(service, folder, chosen)
        finally:
            stop(service)

    show(rows)

    if chosen.out is not None:
        keep(rows, chosen)


def keep(rows: list[Row], chosen: argparse.Namespace) -> None:
    """Write the file, the plots, and on demand the pages; a row that was not measured stays."""
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(chosen.out.read_bytes()) if chosen.out.exists() else []
    found = {row["id"]: row for row in kept} | {row.id: row.as_dict() for row in rows}
    chosen.out.write_text(json.dumps([*found.values()], indent=2) + "\n")

    for page in document.PAGES:
        measured = [row for row in rows if row.id.startswith(page.rows)]

        if not any(row.series for row in measured) and not (measured and chosen.docs):
            continue

        picture = chosen.out.with_name(f"{page.name}.svg")
        plot = [chosen.peers_python, "-P", str(page.plot), str(chosen.out), str(picture)]

        if subprocess.run(plot, check=False).returncode:
            sys.stderr.write(f"no plot: {chosen.peers_python} cannot draw (the bench extra)\n")
        elif chosen.docs:
            told = [row for name, row in found.items() if name.startswith(page.rows)]
            document.write(page, told, _DOCS)
            shutil.copyfile(picture, _DOCS / picture.name)


if __name__ == "__main__":
    main()
