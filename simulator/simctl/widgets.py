"""Widgets: widget, what the home screen's show, and asking them again."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

import typer

from simulator.simctl.arguments import Json, Usage, shape, with_device
from simulator.simctl.listing import to_json_text
from simulator.simctl.phone import view_rows
from simulator.simctl.picture import harmless
from simulator.simctl.session import Row, Session
from simulator.xpc.errors import Misuse

if TYPE_CHECKING:
    from simulator.control.client import Client

__all__ = ("app", "reload_widget", "told_widget")

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("[list] [<device>] | reload [<device>] <extension id>"))
def widget(context: typer.Context, json: Json = False) -> None:
    """List every widget on the home screen, or reload a widget now.

    A widget is on the home screen once its app was launched. The list has what each shows, and
    until when; reload asks one for a timeline, and waits for its answer.
    """
    session: Session = context.obj

    match context.args:
        case ["reload", *words]:
            device, (bundle_id,) = session.split(words, "extension id")
        case ["list", *words]:
            device, bundle_id = with_device(words)[0], ""
        case words if len(words) < 2:
            device, bundle_id = with_device(words)[0], ""
        case words:
            raise Usage(f"Neither list nor reload: {words[0]}")

    with session.client(device) as client:
        if bundle_id:
            reload_widget(client, bundle_id)
            return

        rows = cast("list[Row]", client.ask("widgets"))

    if json:
        print(to_json_text([_described(row) for row in rows], escape_slashes=False))
    elif rows:
        print("\n".join(line for row in rows for line in told_widget(row)))
    else:
        print("No widget is on the home screen.")


def reload_widget(client: "Client", bundle_id: str) -> Row:
    """Ask a widget for a timeline, and return what it shows then.

    Raises:
        Misuse: It is none, or its answer was refused.
    """
    client.ask("reload_widget", bundle_id=bundle_id)

    for row in cast("list[Row]", client.ask("widgets")):
        if row["bundle_id"] == bundle_id:
            return row

    raise Misuse(f"{bundle_id} was removed meanwhile")


def _described(row: Row) -> dict[str, object]:
    return {
        "bundleIdentifier": row["bundle_id"],
        "name": row["name"],
        "kind": row["kind"],
        "family": row["family"],
        "view": row["view"],
        "until": row["until"],
        "reloads": row["reloads"],
        "problem": row["problem"],
    }


def told_widget(row: Row) -> list[str]:
    """Return a widget as lines: whose it is and until when it is shown, then what it shows."""
    until = row["until"]
    parts = (
        str(row["bundle_id"]),
        f"{row['kind']} ({row['family']})" if row["kind"] else "",
        f"until {until:%Y-%m-%d %H:%M:%S} UTC" if isinstance(until, datetime) else "until asked",
        f"reloads: {row['reloads']}",
        f"problem: {row['problem']}" if row["problem"] else "",
    )
    view = cast("Row | None", row["view"])
    rows = view_rows(view) if view is not None else ["(placeholder)"]

    return [harmless("  ".join(part for part in parts if part)), *(f"    {line}" for line in rows)]
