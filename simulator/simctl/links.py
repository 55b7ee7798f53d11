"""Links: openurl, schemes."""

from typing import Annotated, cast

import typer

from simulator.simctl.arguments import BOOTED, Json, Usage, shape, with_device
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import harmless
from simulator.simctl.session import Row, Session  # noqa: TC001  Typer reads annotations

__all__ = ("app",)

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("[<device>] <URL>"))
def openurl(
    context: typer.Context,
    with_app: Annotated[
        str,
        typer.Option("--with", metavar="BUNDLE_ID", help="This one of several apps that claim it."),
    ] = "",
    always: Annotated[
        bool, typer.Option("--always", help="Choose that app from now on; schemes shows it.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print who took it, and why.")
    ] = False,
    json: Json = False,
) -> None:
    """Open a URL (openurl) with the app that it belongs to, starting it if need be.

    A web page goes to the app that its site names, else to the browser; file:///path is copied to
    an app that opens such documents; of any other scheme it is the app that claims it.
    """
    session: Session = context.obj
    device, (url,) = with_device(context.args, "URL")

    if always and not with_app:
        raise Usage("--always needs --with")

    with session.client(device) as client:
        found = cast("Row", client.ask("openurl", url=url, with_app=with_app, always=always))

    if json:
        keys = {"bundle_id": "bundleIdentifier", "pid": "pid", "name": "name", "how": "how",
                "reason": "reason"}  # fmt: skip
        print(to_json_text({said: found[key] for key, said in keys.items()}, escape_slashes=False))
    elif verbose:
        print(harmless(f"app: {found['bundle_id']} ({found['name']})"))
        print(harmless(f"how: {found['how']}"))
        print(harmless(f"why: {found['reason']}"))


@app.command(**shape("[<device>] [choose <scheme> [<bundle id>]]"))
def schemes(context: typer.Context, json: Json = False) -> None:
    """List the URL schemes that apps claim, or choose the app for one that several claim.

    With a scheme alone the choice is forgotten. The last rows are the system's own.
    """
    session: Session = context.obj
    device, rest = _choice(context.args)

    with session.client(device) as client:
        if rest:
            client.ask("choose_scheme", scheme=rest[0], bundle_id=rest[1])
            return

        rows = cast("list[list[object]]", client.ask("schemes"))

    if json:
        described = [
            {"scheme": scheme, "apps": apps, "chosen": chosen} for scheme, apps, chosen in rows
        ]
        print(to_json_text(described, escape_slashes=False))
        return

    for scheme, apps, chosen in rows:
        names = [
            f"{name} (chosen)" if name == chosen else str(name)
            for name in cast("list[object]", apps)
        ]
        print(harmless(f"{scheme}\t{', '.join(names)}", keep="\t"))


def _choice(arguments: list[str]) -> tuple[str, tuple[str, str] | None]:
    """Return the device, and the scheme and app to choose, if one is."""
    device, words = BOOTED, list(arguments)

    if words and words[0] != "choose":
        device = words.pop(0)

    match words:
        case []:
            return device, None
        case ["choose", scheme]:
            return device, (scheme, "")
        case ["choose", scheme, bundle_id]:
            return device, (scheme, bundle_id)
        case _:
            raise Usage("choose takes a scheme and a bundle id")
