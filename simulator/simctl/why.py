"""Why an extension is or is not offered for items: why-offered."""

from pathlib import Path
from typing import Annotated, Final, cast

import typer

from simulator.daemons.pkd.words import items_of_types
from simulator.simctl.arguments import Json, Usage, shape
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import harmless
from simulator.simctl.session import Row, Session  # noqa: TC001  Typer reads annotations
from simulator.xpc.errors import Misuse

__all__ = ("app",)

_NAMES: Final = {
    "bundle_id": "bundleIdentifier",
    "point": "NSExtensionPointIdentifier",
    "offered": "isOffered",
    "form": "rule",
}

app = typer.Typer(rich_markup_mode=None)


@app.command("why-offered", **shape("[<device>] <extension id | path> --item <types>"))
def why_offered(
    context: typer.Context,
    item: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TYPE[+TYPE…][:COUNT][@N]",
            help="What is shared: the types of an item, how many, in the Nth extension item.",
        ),
    ] = None,
    host_bundle: Annotated[
        str, typer.Option(metavar="ID|PATH", help="The app in which it is shared.")
    ] = "",
    json: Json = False,
) -> None:
    """Say why an extension is or is not offered for items (why-offered), clause by clause.

    The extension is an installed one, or the path of a .appex or an Info.plist. --item can be
    repeated. Ends with status 0 when the extension is offered, 1 when it is not.
    """
    session: Session = context.obj
    device, (extension,) = session.split(context.args, "extension id | path")

    try:
        items = items_of_types(item or [])
    except Misuse as problem:
        raise Usage(str(problem)) from None

    with session.client(device) as client:
        known = session.installed_ids(client)
        found = cast(
            "Row",
            client.ask(
                "why_offered",
                extension=_absolute(extension, known),
                items=items,
                host_bundle=_absolute(host_bundle, known),
            ),
        )

    if json:
        value = {_NAMES.get(key, key): value for key, value in found.items() if key != "lines"}
        print(to_json_text(value, escape_slashes=False))
    else:
        print("\n".join(harmless(line) for line in cast("list[str]", found["lines"])))

    if not found["offered"]:
        raise typer.Exit(1)


def _absolute(word: str, installed: set[str]) -> str:
    """Return a path that the host understands, too; an id as it is.

    What ends in ``.app`` and is not here is an id, however it looks: many end so.
    """
    is_path = "/" in word or (
        word not in installed
        and (word.endswith((".appex", ".plist")) or (word.endswith(".app") and Path(word).exists()))
    )

    return str(Path(word).absolute()) if is_path else word
