"""Who coordinates which file: coordination."""

from typing import Annotated, Final, cast

import typer

from simulator.control.client import Client
from simulator.simctl.arguments import Json, Usage, shape, with_device
from simulator.simctl.listing import to_json_line, to_json_text
from simulator.simctl.picture import harmless, table
from simulator.simctl.session import Row, Session
from simulator.simctl.watching import events_of, told_event

__all__ = ("app",)

_POSITION_MAX: Final = 1 << 62  # behind every event
_SETTINGS: Final = ("presenter_s", "report_s", "wait_s")

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("[<device>]"))
def coordination(  # noqa: PLR0913, PLR0917  a command's options
    context: typer.Context,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Print what happens, until interrupted.")
    ] = False,
    json: Json = False,
    presenter_s: Annotated[
        str,
        typer.Option(metavar="SECONDS", help="Pass a presenter over after this time."),
    ] = "",
    report_s: Annotated[
        str,
        typer.Option(metavar="SECONDS", help="Write down who waits longer than this."),
    ] = "",
    wait_s: Annotated[
        str,
        typer.Option(metavar="SECONDS", help="Let waiting fail after this time; 0 is never."),
    ] = "",
    suspended: Annotated[
        str,
        typer.Option(
            metavar="holds|yields", help="Whether a suspended process keeps what it holds."
        ),
    ] = "",
) -> None:
    """Print the coordination of files on a device (NSFileCoordinator): who holds, who waits.

    Each with its process, since when, the line of its source, and who is in the way; below, who
    presents what. With one of the times, or --suspended, the device is changed first.
    """
    session: Session = context.obj
    device, _ = with_device(context.args)

    if suspended not in {"", "holds", "yields"}:
        raise Usage(f"--suspended takes holds or yields, not {suspended}")

    given: dict[str, object] = {
        name: _seconds(name, word)
        for name, word in zip(_SETTINGS, (presenter_s, report_s, wait_s), strict=True)
        if word
    }

    if suspended:
        given["suspended_holds"] = suspended == "holds"

    with session.client(device) as client:
        if given:
            client.ask("coordination_settings", **given)

        if watch:
            _watch(client, as_json=json)
            return

        shown = cast("Row", client.ask("coordination"))

        if json:
            settings = cast("Row", client.ask("coordination_settings"))
            print(to_json_text({**shown, "settings": settings}, escape_slashes=False))
        else:
            print("\n".join(_told(shown)))


def _seconds(name: str, word: str) -> float:
    try:
        return float(word)
    except ValueError:
        option = name.replace("_", "-")
        raise Usage(f"--{option} takes a number of seconds, not {word}") from None


def _watch(client: Client, *, as_json: bool) -> None:
    now = cast("Row", client.ask("events", since=_POSITION_MAX))

    for event in events_of(client, stream=True, since=cast("int", now["position"])):
        if event["kind"] == "coordination":
            print(to_json_line(event) if as_json else told_event(event), flush=True)


def _told(shown: Row) -> list[str]:
    claims = cast("list[Row]", shown["claims"])
    presenters = cast("list[Row]", shown["presenters"])
    lines = []

    if claims:
        rows = [
            (
                claim["pid"],
                claim["bundle_id"],
                f"{claim['state']}, suspended" if claim["suspended"] else claim["state"],
                f"{claim['seconds']:.1f} s",
                f"{item['access']} {item['item']}",
                claim["line"],
            )
            for claim in claims
            for item in cast("list[Row]", claim["items"])
        ]
        lines += table([("PID", "BUNDLE", "STATE", "SINCE", "WHAT", "WHERE"), *rows])
        lines += [
            f"{claim['bundle_id']} ({claim['pid']}) waits: {claim['waits_for']}"
            for claim in claims
            if claim["waits_for"]
        ]
    else:
        lines.append("nobody holds or waits for a file")

    if presenters:
        presented = [
            (
                each["pid"],
                each["bundle_id"],
                each["item"],
                each["queue"],
                "suspended" if each["suspended"] else ("yes" if each["answers"] else "passed over"),
                each["line"],
            )
            for each in presenters
        ]
        lines += [
            "",
            *table([("PID", "BUNDLE", "PRESENTS", "QUEUE", "ANSWERS", "WHERE"), *presented]),
        ]

    return [harmless(line) for line in lines]
