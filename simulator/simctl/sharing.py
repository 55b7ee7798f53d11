"""Sharing: share, the share sheet at a person's fingertips."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from simulator.daemons.pkd.uti import uti_for_file_name
from simulator.simctl.arguments import Json, Usage, shape, with_device
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import harmless, table
from simulator.simctl.session import Row, Session  # noqa: TC001  Typer reads annotations
from simulator.xpc.errors import Misuse, WorldError

if TYPE_CHECKING:
    from simulator.control.client import Client

__all__ = (
    "Item",
    "app",
    "choose",
    "file_item",
    "items_of",
    "known_to",
    "text_item",
    "type_of",
    "url_item",
)

Item = tuple[list[str], str, bytes]
"""One thing to share: its types, its name, its data."""

_BYTES_MAX = 255 << 20  # a control message carries 256 MiB

_UNKNOWN = "public.data"
_FAMILIES = {
    "audio": "public.audio",
    "image": "public.image",
    "text": "public.plain-text",
    "video": "public.movie",
}

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("[<device>]"))
def share(
    context: typer.Context,
    text: Annotated[list[str] | None, typer.Option(metavar="TEXT", help="A text to share.")] = None,
    url: Annotated[list[str] | None, typer.Option(metavar="URL", help="A URL to share.")] = None,
    file: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="A file to share; its suffix tells the type."),
    ] = None,
    with_: Annotated[
        str, typer.Option("--with", metavar="BUNDLE_ID", help="The extension to choose.")
    ] = "",
    json: Json = False,
) -> None:
    """Share items with a share extension, and wait until it is done with them.

    --text, --url and --file can be repeated. Without --with, what the share sheet offers for the
    items is listed, and of everything else why it is not offered.
    """
    session: Session = context.obj
    device, _ = with_device(context.args)
    items = items_of(text or [], url or [], file or [])

    with session.client(device) as client:
        if with_:
            choose(client, with_, items)
        else:
            offers = client.ask("share_offers", items=known_to(client, items))
            _print_offers(offers, as_json=json)


def choose(client: "Client", bundle_id: str, items: Sequence[Item]) -> None:
    """Choose an extension for items; print its id and pid, and what it returned."""
    shared = known_to(client, items)
    found = cast("Row", client.ask("share", bundle_id=bundle_id, items=shared))
    print(f"{found['bundle_id']}: {found['pid']}")

    for denial in cast("list[str]", found["denials"]):  # it went well, and yet lost something
        print(harmless(denial), file=sys.stderr)

    for returned in cast("list[str]", found["returned"]):
        print(harmless(returned))


def items_of(texts: Sequence[str], urls: Sequence[str], paths: Sequence[str]) -> list[Item]:
    """Return what the options ``--text``, ``--url`` and ``--file`` say, as items.

    Raises:
        Usage: There is none.
        Misuse: They are too large.
        WorldError: A file cannot be read.
    """
    items = [
        *map(text_item, texts),
        *map(url_item, urls),
        *(file_item(Path(path).absolute()) for path in paths),
    ]

    if not items:
        raise Usage("There is nothing to share: give --text, --url or --file")

    if sum(len(data) for _, _, data in items) > _BYTES_MAX:
        raise Misuse(f"the items are too large: {_BYTES_MAX} bytes are the most together")

    return items


def _print_offers(offers: object, *, as_json: bool) -> None:
    rows = cast("list[tuple[str, str, bool, str]]", offers)

    if as_json:
        keys = ("bundleIdentifier", "name", "isOffered", "reason")
        value = [dict(zip(keys, row, strict=True)) for row in rows]
        print(to_json_text(value, escape_slashes=False))
    elif not rows:
        print("No share extension is installed.")
    else:
        told = [
            (bundle_id, name, f"{'offered' if offered else 'not offered'}: {reason}")
            for bundle_id, name, offered, reason in rows
        ]
        print("\n".join(table(told)))


def text_item(text: str) -> Item:
    """Return a text as an item of a share request: its types, its name, its data."""
    return ["public.plain-text"], "", os.fsencode(text)


def url_item(url: str) -> Item:
    """Return a URL as an item of a share request."""
    return ["public.url"], "", os.fsencode(url)


def file_item(path: Path) -> Item:
    """Return a file as an item of a share request.

    Raises:
        WorldError: It cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise WorldError(f"{path} cannot be shared: {problem.strerror}") from problem

    return [type_of(path.name)], path.name, data


def known_to(client: "Client", items: Sequence[Item]) -> list[Item]:
    """Return the items with the types of files that only an app of the device declares."""
    names = [name for types, name, _ in items if types == [_UNKNOWN] and name]

    if not names:
        return list(items)

    types_of = dict(
        zip(names, cast("list[str]", client.ask("types_of_files", names=names)), strict=True)
    )

    return [
        ([types_of[name]], name, data) if types == [_UNKNOWN] and name else (types, name, data)
        for types, name, data in items
    ]


def type_of(name: str) -> str:
    """Return the uniform type identifier that a file's suffix stands for.

    Source: Apple, *System-Declared Uniform Type Identifiers*; for other suffixes the MIME type's
    family decides, and ``public.data`` says that nothing is known.
    """
    known = uti_for_file_name(name)

    if known != _UNKNOWN:
        return known

    import mimetypes

    mime, _ = mimetypes.guess_type(name)

    return _FAMILIES.get((mime or "").partition("/")[0], _UNKNOWN)
