"""Extensions: extension list, run, kill, log; a process of its own each, and a noun of its own."""

from typing import TYPE_CHECKING, Annotated, cast

import typer

from simulator.bundles.points import KEYBOARD, NOTIFICATION_SERVICE, SHARE, WIDGET
from simulator.simctl.arguments import Json, Usage, shape, suggestion, with_device
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import table
from simulator.simctl.pushing import deliver, told_delivery
from simulator.simctl.session import Row, Session
from simulator.simctl.sharing import choose, items_of
from simulator.simctl.watching import print_events
from simulator.simctl.widgets import reload_widget, told_widget
from simulator.xpc.errors import Misuse, WorldError

if TYPE_CHECKING:
    from simulator.control.client import Client

__all__ = ("app",)

app = typer.Typer(rich_markup_mode=None)
_extension = typer.Typer(
    rich_markup_mode=None, help="List extensions; run, kill and watch an extension by its id."
)
app.add_typer(_extension, name="extension")


@_extension.command("list", **shape("[<device>]"))
def _list(context: typer.Context, json: Json = False) -> None:
    """List the installed extensions: id, extension point, process."""
    session: Session = context.obj
    device, _ = with_device(context.args)

    with session.client(device) as client:
        rows = cast("list[Row]", client.ask("extensions"))

    if json:
        print(to_json_text([_described(row) for row in rows], escape_slashes=False))
    elif rows:
        told = [(row["bundle_id"], row["name"], row["point"], _process(row)) for row in rows]
        print("\n".join(table([("EXTENSION", "NAME", "POINT", "PROCESS"), *told])))
    else:
        print("No extension is installed.")


def _described(row: Row) -> dict[str, object]:
    return {
        "bundleIdentifier": row["bundle_id"],
        "name": row["name"],
        "NSExtensionPointIdentifier": row["point"],
        "isSimulated": row["simulated"],
        "standing": row["standing"],
        "containingApp": row["app"],
        "pid": row["pid"] or None,
    }


def _process(row: Row) -> str:
    if not row["simulated"]:
        return str(row["standing"])

    return str(row["pid"] or "-")


def _find(client: "Client", bundle_id: str) -> Row:
    """Return the installed extension of that id.

    Raises:
        Misuse: There is none; what resembles is named.
    """
    rows = cast("list[Row]", client.ask("extensions"))
    known = [str(row["bundle_id"]) for row in rows]

    if bundle_id in known:
        return rows[known.index(bundle_id)]

    close = suggestion(bundle_id, known)
    hint = f"\nDid you mean {close}?" if close else ""

    raise Misuse(f"{bundle_id} is no installed extension{hint}")


@_extension.command("run", **shape("[<device>] <extension id>"))
def _run(
    context: typer.Context,
    text: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Share: a text to share.")
    ] = None,
    url: Annotated[
        list[str] | None, typer.Option(metavar="URL", help="Share: a URL to share.")
    ] = None,
    file: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="Share: a file to share.")
    ] = None,
    payload: Annotated[
        str, typer.Option(metavar="PATH", help="Notification service: a payload, - for stdin.")
    ] = "",
    key: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Keyboard: a key to tap.")
    ] = None,
) -> None:
    """Run an extension as the system would, and print what becomes of it.

    A share extension is given items, a notification service a payload, a keyboard keys for the
    field with the focus; a widget is asked for a timeline.
    """
    session: Session = context.obj
    device, (bundle_id,) = session.split(context.args, "extension id")
    given = {
        "--text": bool(text),
        "--url": bool(url),
        "--file": bool(file),
        "--payload": bool(payload),
        "--key": bool(key),
    }

    with session.client(device) as client:
        row = _find(client, bundle_id)
        _expect_options(row, [name for name, is_given in given.items() if is_given])

        if row["point"] == SHARE:
            choose(client, bundle_id, items_of(text or [], url or [], file or []))
        elif row["point"] == WIDGET:
            print("\n".join(told_widget(reload_widget(client, bundle_id))))
        elif row["point"] == NOTIFICATION_SERVICE:
            _push_through(client, row, payload)
        else:
            client.ask("type", text="", keyboard=bundle_id, keys=key)


_OPTIONS = {
    SHARE: ("--text", "--url", "--file"),
    WIDGET: (),
    NOTIFICATION_SERVICE: ("--payload",),
    KEYBOARD: ("--key",),
}
"""What the extensions of each point can be given; where there are such options, one is needed."""


def _expect_options(row: Row, given: list[str]) -> None:
    """Say what an extension must be given instead.

    Raises:
        WorldError: Its extension point is not simulated.
        Usage: It was given something else.
    """
    point = str(row["point"])

    if not row["simulated"] or point not in _OPTIONS:
        raise WorldError(f"{row['bundle_id']} cannot run: {point} is not simulated")

    wanted = _OPTIONS[point]
    strange = [name for name in given if name not in wanted]

    if strange:
        raise Usage(f"{strange[0]} is nothing for {row['bundle_id']}, which extends {point}")

    if wanted and not given:
        raise Usage(f"{row['bundle_id']} extends {point}: give {' or '.join(wanted)}")


def _push_through(client: "Client", row: Row, payload: str) -> None:
    """Push to an extension's app; fail unless the extension changed what is shown."""
    found = deliver(client, str(row["app"]), payload)
    print("\n".join(told_delivery(found)))

    if found["changed_by"] != row["bundle_id"]:
        why = found["note"] or "the payload has no aps.mutable-content that is 1"
        raise WorldError(f"{row['bundle_id']} has changed nothing: {why}")


@_extension.command("kill", **shape("[<device>] <extension id>"))
def _kill(context: typer.Context) -> None:
    """Kill the running process of an extension."""
    session: Session = context.obj
    device, (bundle_id,) = session.split(context.args, "extension id")

    with session.client(device) as client:
        _find(client, bundle_id)
        client.ask("terminate", bundle_id=bundle_id)


@_extension.command("log", **shape("[<device>] <extension id>"))
def _log(
    context: typer.Context,
    stream: Annotated[bool, typer.Option("--stream", help="Go on until interrupted.")] = False,
    json: Annotated[
        bool, typer.Option("--json", "-j", help="Print JSON, one object per line.")
    ] = False,
) -> None:
    """Print the events of the log in which an extension has a part, of all its processes."""
    session: Session = context.obj
    device, (bundle_id,) = session.split(context.args, "extension id")

    def has_part(event: Row) -> bool:
        other = str(cast("Row", event["detail"]).get("to", ""))
        actors = [name.rpartition("/")[0] for name in (str(event["actor"]), other)]

        return bundle_id in {*actors, event["resource"]}

    with session.client(device) as client:
        _find(client, bundle_id)
        print_events(client, stream=stream, as_json=json, wanted=has_part)
