"""Races between processes: looking for them, and those that were found."""

from typing import cast

import typer

from simulator.simctl.arguments import BOOTED, SWITCHES, Json, Usage, shape, suggestion
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import harmless
from simulator.simctl.session import Row, Session, note

__all__ = ("app",)

app = typer.Typer(rich_markup_mode=None)


@app.command("races", **shape("[<device>] [on|off]"))
def races(context: typer.Context, json: Json = False) -> None:
    """Print the races for files of App Groups (races), or look for them, on or off.

    Two processes race when both touch a file, one of them changes it, and nothing puts one before
    the other. Looking for them costs, and is off until it is switched on.
    """
    session: Session = context.obj
    words = list(context.args)
    switch = words.pop() if words and words[-1] in SWITCHES else None

    if len(words) > 1:
        raise Usage(f"Neither on nor off: {words[1]}")

    device = words[0] if words else BOOTED

    if words and switch is None and not session.is_device(device):
        close = suggestion(device, [*SWITCHES, *session.device_names()])
        hint = f"; did you mean {close}?" if close else ""
        raise Usage(f"{device} is no device, and neither on nor off{hint}")

    with session.client(device) as client:
        on = None if switch is None else SWITCHES[switch]
        found = cast("Row", client.ask("races", on=on))

    if switch is not None:
        return

    if json:
        print(to_json_text(found, escape_slashes=False))
    else:
        _print(found)


def _print(found: Row) -> None:
    for race in cast("list[Row]", found["races"]):
        head, *rest = cast("list[str]", race["text"])
        times = cast("int", race["times"])
        print(harmless(f"{head}, {times} times" if times > 1 else head))
        print("\n".join(harmless(line) for line in rest))

    if found["untold"]:
        note(f"there were {found['untold']} more that are not kept (RACES_KEPT)")

    if not found["on"]:
        note("races are not looked for; simctl races on")
    elif not found["races"]:
        note("no races were found")
