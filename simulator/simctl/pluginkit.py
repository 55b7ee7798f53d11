"""Installed extensions as macOS' own tool shows them, and the user's choice among them: pluginkit.

Source: pluginkit(8), and its output on macOS.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from simulator.simctl.arguments import Json, Usage, shape, suggestion, with_device
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import harmless
from simulator.simctl.session import Row, Session
from simulator.xpc.errors import Misuse

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ("app",)

_SIGNS: Final = {"use": "+", "ignore": "-"}
_DETAILS: Final = {
    "Path": "path",
    "UUID": "uuid",
    "Timestamp": "timestamp",
    "SDK": "point",
    "Parent Bundle": "app",
    "Display Name": "display_name",
    "Short Name": "short_name",
    "Parent Name": "app_name",
}

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("[<device>]"))
def pluginkit(  # noqa: PLR0913, PLR0917  these are its options
    context: typer.Context,
    match: Annotated[bool, typer.Option("--match", "-m", help="List what matches.")] = False,
    protocol: Annotated[
        str, typer.Option("--protocol", "-p", metavar="POINT", help="Of this extension point.")
    ] = "",
    identifier: Annotated[
        str, typer.Option("--identifier", "-i", metavar="ID", help="The one of this id.")
    ] = "",
    elect: Annotated[
        str,
        typer.Option("-e", metavar="use|ignore|default", help="Use or ignore what matches."),
    ] = "",
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="More of each; -vv still more.")
    ] = 0,
    all_versions: Annotated[
        bool, typer.Option("--all-versions", "-A", help="Taken; there is one version of each.")
    ] = False,
    duplicates: Annotated[
        bool, typer.Option("--duplicates", "-D", help="Taken; there is one copy of each.")
    ] = False,
    json: Json = False,
) -> None:
    """List installed extensions as macOS' tool does, or switch them on and off (pluginkit).

    + is an extension that the user has elected to use, - one to be ignored: that is never offered.
    """
    del all_versions, duplicates  # a device has one of each
    session: Session = context.obj
    device, _ = with_device(context.args)

    if not match and not elect:
        raise Usage("What to do? -m lists, -e use, -e ignore and -e default elect")

    with session.client(device) as client:
        every = cast("list[Row]", client.ask("plug_ins"))
        rows = [
            row
            for row in every
            if protocol in {"", row["point"]} and identifier in {"", row["bundle_id"]}
        ]

        if elect and not identifier and not protocol:
            raise Usage("Elect which? Give -i or -p")

        if elect and not rows:
            close = suggestion(identifier, [str(row["bundle_id"]) for row in every])
            hint = f"; did you mean {close}?" if close else ""
            raise Misuse(f"no installed extension matches{hint}")

        for row in rows if elect else ():
            client.ask("elect", bundle_id=row["bundle_id"], election=elect)

    if match:
        _print_plug_ins(rows, verbose, as_json=json)


def _print_plug_ins(rows: Sequence[Row], verbose: int, *, as_json: bool) -> None:
    if as_json:
        value = [{**row, "timestamp": _timestamp(row)} for row in rows]
        print(to_json_text(value, escape_slashes=False))
        return

    if not rows:
        print("  (no matches)")
        return

    for row in rows:
        head = f"{_SIGNS.get(str(row['election']), ' ')}    {row['bundle_id']}({row['version']})"

        if verbose == 1:
            head = "\t".join((head, str(row["uuid"]), _timestamp(row), str(row["path"])))

        print(harmless(head, keep="\t"))

        if verbose > 1:
            shown = {**row, "timestamp": _timestamp(row)}
            details = [f"\t{name:>16} = {shown[key]}" for name, key in _DETAILS.items()]
            print("\n".join(harmless(line, keep="\t") for line in (*details, "")))

    if verbose:
        print(f" ({len(rows)} plug-in{'' if len(rows) == 1 else 's'})")


def _timestamp(row: Row) -> str:
    return f"{cast('datetime', row['timestamp']):%Y-%m-%d %H:%M:%S +0000}"
