"""What a campaign found, as a table and as ``build/campaign.json``."""

import json
import sys
from pathlib import Path

__all__ = ("Row", "keep", "show")

Row = dict[str, object]


def show(rows: list[Row]) -> None:
    """Print a small table for each row."""
    for row in rows:
        sys.stdout.write(f"\n{row['id']}: {row['what']}\n")

        for name, value in row.items():
            if name not in {"id", "what", "faults"}:
                text = str(value) if name == "seed" else _plain(value)
                sys.stdout.write(f"  {name.replace('_', ' '):<20} {text}\n")

        faults = row.get("faults")

        for text in faults if isinstance(faults, list) else []:
            sys.stdout.write(f"  WRONG: {text}\n")


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())

    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)

    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def keep(rows: list[Row], out: Path | None) -> None:
    """Write the rows into a file; those of another program in it stay."""
    if out is None:
        return

    out.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(out.read_bytes()) if out.exists() else []
    found = {row["id"]: row for row in (*kept, *rows)}
    out.write_text(json.dumps([*found.values()], indent=2) + "\n")
