"""Access: full-access, what a person allows a keyboard in Settings."""

import sys
from typing import cast

import typer

from simulator.simctl.arguments import BOOTED, Json, Usage, shape, switch, told_switch
from simulator.simctl.listing import to_json_text
from simulator.simctl.session import Row, Session  # noqa: TC001  Typer reads annotations

__all__ = ("app",)

app = typer.Typer(rich_markup_mode=None)


@app.command("full-access", **shape("[<device>] [<keyboard id> [on|off]]"))
def full_access(context: typer.Context, json: Json = False) -> None:
    """Print which keyboards have Full Access, or switch it for one (full-access).

    As in Settings, Keyboards, Allow Full Access. Without it a keyboard reads its App Groups, files
    and preferences, and writes neither. Its process ends when this is switched: what it may do was
    decided at its launch.
    """
    session: Session = context.obj
    words = list(context.args)
    device = words.pop(0) if words and session.is_device(words[0]) else BOOTED
    bundle_id = words.pop(0) if words else ""
    allowed = switch(words.pop(0), "Full Access") if words else None

    if words:
        raise Usage(f"Unexpected argument: {words[0]}")

    with session.client(device) as client:
        if allowed is not None:
            client.ask("full_access", bundle_id=bundle_id, on=allowed)
            return

        rows = cast("list[Row]", client.ask("full_access_list"))

    if bundle_id:
        rows = [row for row in rows if row["bundle_id"] == bundle_id]

        if not rows:
            raise Usage(f"{bundle_id} is no keyboard of this device that asks for Full Access")

    if json:
        shown = [{"bundleIdentifier": row["bundle_id"], "fullAccess": row["on"]} for row in rows]
        print(to_json_text(shown, escape_slashes=False))
        return

    if not rows:
        print("no keyboard asks for Full Access", file=sys.stderr)

    for row in rows:
        print(f"{row['bundle_id']}\t{told_switch(row['on'])}")
