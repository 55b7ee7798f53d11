"""Locks: locks, who holds what in App Group containers, and who waits for it."""

from typing import cast

import typer

from simulator.simctl.arguments import Json, shape, with_device
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import table
from simulator.simctl.session import Row, Session, note

__all__ = ("app",)

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("[<device>]"))
def locks(context: typer.Context, json: Json = False) -> None:
    """List the locks on files of App Groups: who holds which, and who waits for one.

    A lock of SQLite is told in SQLite's words. Who holds one that is not idle when it is suspended
    is terminated with 0xdead10cc. SQLite itself never waits for a lock: it tries again.
    """
    session: Session = context.obj
    device, _ = with_device(context.args)

    with session.client(device) as client:
        answer = cast("Row", client.ask("locks"))

    rows = cast("list[Row]", answer["locks"])

    if answer["more"]:
        note(f"{answer['more']} more locks are not shown")

    if json:
        print(to_json_text([_described(row) for row in rows], escape_slashes=False))
    elif rows:
        told = [
            (row["pid"], row["bundle_id"], _state(row), row["words"], row["group"], _file(row))
            for row in rows
        ]
        head = ("PID", "BUNDLE", "STATE", "LOCK", "GROUP", "FILE")
        print("\n".join(table([head, *told])))
    else:
        print("No process holds a lock in an App Group.")


def _state(row: Row) -> str:
    if row["waiting"]:
        return "waits"

    return "idle" if row["idle"] else "holds"


def _file(row: Row) -> str:
    return f"{row['file']}{' (deleted)' if row['deleted'] else ''}"


def _described(row: Row) -> dict[str, object]:
    return {
        "pid": row["pid"],
        "bundleIdentifier": row["bundle_id"],
        "isSuspended": row["suspended"],
        "isWaiting": row["waiting"],
        "isIdle": row["idle"],
        "group": row["group"],
        "file": row["file"],
        "isDeleted": row["deleted"],
        "kind": row["kind"],
        "mode": row["mode"],
        "firstByte": row["start"],
        "lastByte": None if row["end"] == -1 else row["end"],
        "sqlite": row["sqlite"] or None,
        "journal": row["journal"] or None,
    }
