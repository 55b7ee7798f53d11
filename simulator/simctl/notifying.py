"""Darwin notifications: notify_post, notify_get_state, notify_set_state, notify_trace."""

import re
from collections.abc import Iterator
from typing import Annotated, Final, cast

import typer

from simulator.control.client import Client
from simulator.simctl.arguments import Usage, shape, with_device
from simulator.simctl.listing import to_json_line
from simulator.simctl.picture import harmless
from simulator.simctl.session import Row, Session, note
from simulator.simctl.trace import HEAD, Step, Trace, told_step
from simulator.xpc.errors import CommandError

__all__ = ("app",)

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_POSITION_MAX: Final = 1 << 62  # behind every event
_ASIDE: Final = frozenset(("register", "cancel", "state"))  # no part of a post's way

app = typer.Typer(rich_markup_mode=None)


@app.command("notify_post", **shape("[<device>] <name>"))
def notify_post(context: typer.Context) -> None:
    """Post a Darwin notification (notify_post), as somebody outside every app."""
    session: Session = context.obj
    device, (name,) = with_device(context.args, "name")

    with session.client(device) as client:
        client.ask("notify_post", name=name)


@app.command("notify_get_state", **shape("[<device>] <name>"))
def notify_get_state(context: typer.Context) -> None:
    """Print the state of a Darwin notification (notify_get_state); 0 where nobody has set it."""
    session: Session = context.obj
    device, (name,) = with_device(context.args, "name")

    with session.client(device) as client:
        print(client.ask("notify_get_state", name=name))


@app.command("notify_set_state", **shape("[<device>] <name> <state>"))
def notify_set_state(context: typer.Context) -> None:
    """Set the state of a Darwin notification (notify_set_state), 64 bits; nobody is told.

    A state lives with the registrations of its name: where there are none, it is lost.
    """
    session: Session = context.obj
    device, (name, word) = with_device(context.args, "name", "state")

    with session.client(device) as client:
        if not client.ask("notify_set_state", name=name, state=_state(word)):
            note(harmless(f"nobody is registered for {name}: its state is lost"))


def _state(word: str) -> int:
    is_number = re.fullmatch(r"[0-9]{1,20}|0x[0-9a-fA-F]{1,16}", word)
    state = int(word, 16 if word.startswith("0x") else 10) if is_number else -1

    if not 0 <= state < 1 << 64:
        raise CommandError(
            "NSPOSIXErrorDomain",
            22,
            "Simulator device failed to complete the requested operation.",
            "Invalid argument",
            f"{word} is no state: it has 64 bits, from 0 to 18446744073709551615",
        )

    return state


@app.command("notify_trace", **shape("[<device>]"))
def notify_trace(
    context: typer.Context,
    log: Annotated[
        bool, typer.Option("--log", help="What the event log has so far, and end.")
    ] = False,
    last: Annotated[
        str, typer.Option(metavar="TIME", help="The last 90, 90s, 5m, 2h or 1d of it, and end.")
    ] = "",
    name: Annotated[
        str, typer.Option(help="This name alone; a * at its end stands for anything.")
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", "-a", help="Registrations, cancels and states too.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", "-j", help="Print JSON, one object per line.")
    ] = False,
) -> None:
    """Trace Darwin notifications (notify_trace): who posts, who gets it, and when.

    Who is suspended gets it once, when it runs again; what was posted to it meanwhile is merged.
    Without --log or --last, what happens from now on is printed until you interrupt it.
    """
    session: Session = context.obj
    device, _ = with_device(context.args)
    seconds = _seconds(last) if last else None

    with session.client(device) as client:
        live = not log and seconds is None
        now = cast("Row", client.ask("events", since=_POSITION_MAX))

        if not json:
            print(HEAD, flush=True)

        for step in _steps(client, now, seconds, live=live):
            if not _is_named(step.name, name) or (step.what in _ASIDE and not everything):
                continue

            print(
                to_json_line(step.as_dict()) if json else harmless(told_step(step)),
                flush=live,
            )


def _steps(client: Client, now: Row, seconds: int | None, *, live: bool) -> Iterator[Step]:
    """Yield the steps of the log until ``now``, or those of its last seconds, or what comes."""
    trace = Trace()
    position = 0
    until = cast("int", now["position"])
    since_ns = 0 if seconds is None else cast("int", now["time_ns"]) - seconds * 10**9

    while True:
        # Also of what is not printed it must be known: it may have been pended.
        answer = cast("Row", client.ask("events", since=position, wait=live))
        position = cast("int", answer["position"])

        for event in cast("list[Row]", answer["events"]):
            for step in trace.steps(event):
                if (live and cast("int", event["id"]) > until) or (
                    not live and step.time_ns >= since_ns
                ):
                    yield step

        if not live and position >= until:
            return


def _is_named(name: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])

    return not pattern or name == pattern


def _seconds(word: str) -> int:
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", word)

    if match is None:
        raise Usage(f"--last takes a number of seconds, or as in 90s, 5m, 2h, 1d; not {word}")

    return int(match[1]) * _UNITS[match[2] or "s"]
