"""Preferences: defaults, its watch and its settings.

``simctl defaults read DOMAIN`` and the like are short for ``simctl spawn booted defaults …``.
"""

import select
import time
from collections.abc import Iterator
from typing import Annotated, Any, cast

import typer

from simulator.control.client import Client
from simulator.simctl.arguments import (
    BOOTED,
    Json,
    Usage,
    shape,
    switch,
    told_switch,
    with_device,
)
from simulator.simctl.changes import HEAD, change_as_json, told_change
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import harmless
from simulator.simctl.session import Row, Session, note
from simulator.simctl.spawning import run_program
from simulator.xpc.errors import DeviceGone

__all__ = ("app",)

_SHORT = (
    ("read", "[<domain> [<key>]]", "Print all domains, a domain, or one value of it."),
    ("read-type", "<domain> <key>", "Print the type of a value."),
    ("write", "<domain> (<rep> | <key> <value>)", "Replace a domain, or set a value."),
    ("rename", "<domain> <old key> <new key>", "Rename a key."),
    ("delete", "<domain> [<key>]", "Remove a domain, or one value of it."),
    ("delete-all", "<domain> [<key>]", "Remove it wherever a plist has that name."),
    ("import", "<domain> (<path> | -)", "Set what a plist has."),
    ("export", "<domain> (<path> | -)", "Write a plist: binary, or XML to standard output."),
    ("domains", "", "Print the names of all domains."),
    ("find", "<word>", "Print the values that contain a word."),
)

app = typer.Typer(rich_markup_mode=None)
_nested = typer.Typer(
    rich_markup_mode=None, help="Read, write and watch preferences of a device (defaults)."
)
app.add_typer(_nested, name="defaults")


# -- short for spawn -------------------------------------------------------------------------


def _add_short(verb: str, positional: str, help_text: str) -> None:
    asked = shape(f"[<device>] {positional}".rstrip(), options_first=True)
    settings = {**asked["context_settings"], "ignore_unknown_options": True}

    def run(context: typer.Context) -> None:
        if context.args[:1] == ["--help"]:  # no domain is called so
            print(context.get_help())
            return

        session: Session = context.obj
        device, *words = context.args or [BOOTED]

        if not session.is_device(device):
            device, words = BOOTED, list(context.args)

        with session.client(device) as client:
            raise typer.Exit(run_program(client, "defaults", [verb, *words]))

    run.__doc__ = f"{help_text}\n\nShort for: simctl spawn [<device>] defaults {verb} {positional}"
    # Behind the first word --help and -h are words like any other, a value for example.
    options: dict[str, Any] = {**asked, "context_settings": settings, "add_help_option": False}
    _nested.command(verb, **options)(run)


for _verb, _positional, _help in _SHORT:
    _add_short(_verb, _positional, _help)


# -- watching --------------------------------------------------------------------------------


@_nested.command(**shape("[<device>] <domain>"))
def watch(
    context: typer.Context,
    key: Annotated[str, typer.Option(metavar="KEY", help="This key's changes only.")] = "",
    count: Annotated[str, typer.Option(metavar="N", help="End after so many changes.")] = "",
    timeout: Annotated[
        str,
        typer.Option(metavar="SECONDS", help="End then; status 1 if --count was not reached."),
    ] = "",
    json: Annotated[
        bool, typer.Option("--json", "-j", help="Print JSON, one object per line.")
    ] = False,
) -> None:
    """Print what changes in a domain from now on (defaults watch): who, the key, old → new, why.

    The domain is an App Group, a bundle id, or NSGlobalDomain. ^C ends.
    """
    session: Session = context.obj
    device, (domain,) = with_device(context.args, "domain")
    wanted = _number(count, "--count") if count else 0
    deadline = time.monotonic() + _seconds(timeout, "--timeout") if timeout else None
    seen = 0

    with session.client(device) as client:
        begun = cast("Row", client.ask("defaults_follow", domain=domain))
        note(harmless(f"watching {begun['domain']}, which has {begun['keys']} keys; ^C ends"))

        if not json:
            print(HEAD, flush=True)

        for row in _changes(client, deadline):
            if key in {"", row["key"]}:
                print(change_as_json(row) if json else told_change(row), flush=True)
                seen += 1

            if wanted and seen == wanted:
                return

    if wanted:
        note(f"{seen} of {wanted} changes")
        raise typer.Exit(1)


def _changes(client: Client, deadline: float | None) -> Iterator[Row]:
    """Yield the changes until the deadline, or until the domain is gone."""
    while True:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([client.fileno()], [], [], left)

        if not ready:
            return

        match client.hear("defaults_follow"):
            case ["changes", list(rows)]:
                yield from cast("list[Row]", rows)
            case ["lost", count]:
                note(f"{count} changes came too fast and are lost")
            case ["ended", reason]:
                note(harmless(str(reason)))
                return
            case _:
                raise DeviceGone("the device spoke nonsense during 'defaults watch'")


# -- settings --------------------------------------------------------------------------------


@_nested.command(**shape("[<device>]"))
def settings(
    context: typer.Context,
    staleness: Annotated[
        str,
        typer.Option(metavar="SECONDS", help="How long others do not hear of a set; device time."),
    ] = "",
    strict: Annotated[
        str, typer.Option(metavar="on|off", help="A suite without the entitlement is an error.")
    ] = "",
    dotted_keys: Annotated[
        str, typer.Option(metavar="on|off", help="Observers hear of keys with dots, too.")
    ] = "",
    json: Json = False,
) -> None:
    """Print how preferences behave on a device (defaults settings), or change it.

    It counts at once, and until it is changed again or the device is erased.
    """
    session: Session = context.obj
    device, _ = with_device(context.args)
    changes: dict[str, object] = {}

    if staleness:
        changes["staleness_s"] = _seconds(staleness, "--staleness")

    for name, word in (("strict", strict), ("dotted_keys", dotted_keys)):
        if word:
            changes[name] = switch(word, f"--{name.replace('_', '-')}")

    with session.client(device) as client:
        found = cast("Row", client.ask("defaults_settings", **changes))

    if json:
        shown = {
            "staleness": found["staleness_s"],
            "strict": found["strict"],
            "dottedKeys": found["dotted_keys"],
        }
        print(to_json_text(shown, escape_slashes=False))
    elif not changes:
        print(f"staleness    {found['staleness_s']:g} s")
        print(f"strict       {told_switch(found['strict'])}")
        print(f"dotted-keys  {told_switch(found['dotted_keys'])}")


def _number(word: str, option: str) -> int:
    if not word.isascii() or not word.isdecimal() or len(word) > 9 or not int(word):
        raise Usage(f"{option} takes a number, 1 or more, not {word}")

    return int(word)


def _seconds(word: str, option: str) -> float:
    try:
        seconds = float(word.removesuffix("s"))
    except ValueError:
        seconds = -1.0

    if not 0 <= seconds < 1e9:
        raise Usage(f"{option} takes seconds, 0 or more, not {word}")

    return seconds
