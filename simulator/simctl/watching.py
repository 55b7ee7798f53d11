"""Watching: ps, screen, log."""

import shutil
from collections.abc import Callable, Iterator
from typing import Annotated, cast

import typer

from simulator.control.client import Client
from simulator.simctl.arguments import Json, shape, with_device
from simulator.simctl.listing import to_json_line, to_json_text
from simulator.simctl.phone import framed_screen
from simulator.simctl.picture import harmless, table
from simulator.simctl.session import Row, Session

__all__ = ("app", "events_of", "print_events", "told_event")

_WIDTH = 100  # where there is no terminal that has one

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("[<device>]"))
def ps(context: typer.Context, json: Json = False) -> None:
    """List the running processes of a device (ps): pid, bundle id, state, why it is alive."""
    session: Session = context.obj
    device, _ = with_device(context.args)

    with session.client(device) as client:
        rows = cast("list[list[object]]", client.ask("ps"))

    if json:
        keys = ("pid", "bundleIdentifier", "state", "why")
        value = [dict(zip(keys, row, strict=True)) for row in rows]
        print(to_json_text(value, escape_slashes=False))
    else:
        print("\n".join(table([("PID", "BUNDLE", "STATE", "WHY ALIVE"), *rows])))


@app.command(**shape("[<device>]"))
def screen(
    context: typer.Context,
    app: Annotated[
        str, typer.Option(metavar="BUNDLE_ID", help="This app's, instead of the front app's.")
    ] = "",
    json: Json = False,
) -> None:
    """Print the screen of a device, once everything on it has come to rest.

    Banners stand on top; below is the front app, or the home screen with its widgets.
    """
    session: Session = context.obj
    device, _ = with_device(context.args)

    with session.client(device) as client:
        client.ask("settle")
        found = cast("Row", client.ask("screen", bundle_id=app))
        apps = session.installed(client)

    if json:
        print(to_json_text(found, escape_slashes=False))
    else:
        width = shutil.get_terminal_size((_WIDTH, 24)).columns
        print("\n".join(framed_screen(found, apps, width)))


@app.command(**shape("[<device>]"))
def log(
    context: typer.Context,
    stream: Annotated[bool, typer.Option("--stream", help="Go on until interrupted.")] = False,
    json: Annotated[
        bool, typer.Option("--json", "-j", help="Print JSON, one object per line.")
    ] = False,
) -> None:
    """Print the event log of a device: who did what, and which event led to it."""
    session: Session = context.obj
    device, _ = with_device(context.args)

    with session.client(device) as client:
        print_events(client, stream=stream, as_json=json)


def print_events(
    client: Client,
    *,
    stream: bool,
    as_json: bool,
    wanted: Callable[[Row], bool] = lambda _: True,
) -> None:
    """Print the log from its beginning.

    Args:
        client: The device's.
        stream: Whether to go on until interrupted.
        as_json: Whether each event is an object on one line, or a line for a person.
        wanted: Which events.
    """
    for event in events_of(client, stream=stream):
        if wanted(event):
            print(to_json_line(event) if as_json else told_event(event), flush=stream)


def events_of(client: Client, *, stream: bool, since: int = 0) -> Iterator[Row]:
    """Yield the log from behind an event; with ``stream``, never end."""
    position: object = since

    while True:
        answer = cast("dict[str, object]", client.ask("events", since=position))
        events = cast("list[Row]", answer["events"])
        yield from events
        position = answer["position"]

        if not events:
            break

    while stream:
        answer = cast("dict[str, object]", client.ask("events", since=position, wait=True))
        yield from cast("list[Row]", answer["events"])
        position = answer["position"]


def told_event(event: Row) -> str:
    """Return an event as a line: id, seconds, who, what, details, and the event that led to it."""
    time_ns = event["time_ns"]
    assert isinstance(time_ns, int)
    told = cast("Row", event["detail"]).items()
    actor = event["actor"]
    # Who is told what he did himself needs no second mention.
    detail = " ".join(f"{key}={value!r}" for key, value in told if (key, value) != ("to", actor))
    parts = [
        f"{event['id']:>5} {time_ns / 1e9:12.6f}",
        f"{event['actor']}",
        f"{event['kind']}.{event['operation']}",
        f"{event['resource']}",
        detail,
        f"<- {event['cause']}" if event["cause"] else "",
        f"({event['line']})" if event["line"] else "",
    ]

    return harmless("  ".join(part for part in parts if part))
