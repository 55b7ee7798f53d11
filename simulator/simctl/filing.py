"""Files in containers: file ls, pull, push, rm, tail, read, write, mv, mkdir; idb's shapes."""

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from stat import S_IFDIR, S_IFLNK, S_IFREG, filemode
from typing import Annotated, Final, cast

import typer

from simulator.control.client import Client
from simulator.simctl.arguments import BOOTED, Json, Usage, shape
from simulator.simctl.containers import (
    AppOption,
    Container,
    ExtensionOption,
    GroupOption,
    container_of,
    opened,
)
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import harmless
from simulator.simctl.session import Row, Session, note

__all__ = ("app",)

_WAIT_S: Final = 30.0
_LETTERS: Final = {"file": S_IFREG, "folder": S_IFDIR, "link": S_IFLNK}
_SHAPE: Final = "(--group ID | --app ID | --extension ID)"

_Recursive = Annotated[
    bool, typer.Option("--recursive", "-r", help="A folder, with all that is in it.")
]

app = typer.Typer(rich_markup_mode=None)
_file = typer.Typer(
    rich_markup_mode=None,
    help="List, read and change a file of a container; paths are relative to it.",
)
app.add_typer(_file, name="file")


@_file.command("ls", **shape(f"{_SHAPE} [<device>] [<path>]"))
def _ls(
    context: typer.Context,
    group: GroupOption = "",
    application: AppOption = "",
    extension: ExtensionOption = "",
    long: Annotated[
        bool, typer.Option("--long", "-l", help="Modes, sizes and dates, too.")
    ] = False,
    json: Json = False,
) -> None:
    """List the files in a folder (file ls), sorted; a folder ends in a slash."""
    container = container_of(group, application, extension)
    client, words = opened(context, 0, 1)

    with client:
        entries = list(_entries(client, container, words[0] if words else ""))

    if json:
        print(to_json_text([_described(entry) for entry in entries], escape_slashes=False))
    else:
        for entry in entries:
            print(_told_long(entry) if long else _named(entry))


def _entries(client: Client, container: Container, path: str) -> Iterator[Row]:
    """Yield what lies in a folder; a large one comes in several answers."""
    keys = ("name", "kind", "size", "modified_ns", "mode", "target")
    after = ""

    while True:
        rows = cast("list[list[object]]", container.ask(client, "file_ls", path, after=after))
        yield from (dict(zip(keys, row, strict=True)) for row in rows)

        if len(rows) < 2:  # the last answer, or one file
            return

        after = str(rows[-1][0])


def _named(entry: Row) -> str:
    name = harmless(str(entry["name"]))

    match entry["kind"]:
        case "file":
            return name
        case "folder":
            return f"{name}/"
        case "link":
            return f"{name} -> {harmless(str(entry['target']))}"
        case kind:
            return f"{name} ({kind})"


def _told_long(entry: Row) -> str:
    mode = filemode(cast("int", entry["mode"]) | _LETTERS.get(str(entry["kind"]), 0))
    date = datetime.fromtimestamp(cast("int", entry["modified_ns"]) / 1e9).astimezone()

    return f"{mode} {entry['size']:>10} {date:%Y-%m-%d %H:%M} {_named(entry)}"


def _described(entry: Row) -> dict[str, object]:
    date = datetime.fromtimestamp(cast("int", entry["modified_ns"]) / 1e9).astimezone()
    target = {"target": entry["target"]} if entry["kind"] == "link" else {}

    return {
        "name": entry["name"],
        "kind": entry["kind"],
        "size": entry["size"],
        "modified": date.isoformat(),
        "mode": f"{entry['mode']:04o}",
        **target,
    }


@_file.command("pull", **shape(f"{_SHAPE} [<device>] <path> [<path outside>]"))
def _pull(
    context: typer.Context,
    group: GroupOption = "",
    application: AppOption = "",
    extension: ExtensionOption = "",
    recursive: _Recursive = False,
) -> None:
    """Copy a file out of a container (file pull), into a folder that exists or to a new name.

    Links, FIFOs and devices in a folder are left out, which is said.
    """
    container = container_of(group, application, extension)
    client, words = opened(context, 1, 2)
    target = str(Path(words[1] if len(words) > 1 else ".").absolute())

    with client:
        copied = container.ask(client, "file_pull", words[0], target=target, recursive=recursive)

    _say_skipped(cast("Row", copied))


@_file.command("push", **shape(f"{_SHAPE} [<device>] <path outside> ... <path>"))
def _push(
    context: typer.Context,
    group: GroupOption = "",
    application: AppOption = "",
    extension: ExtensionOption = "",
    recursive: _Recursive = False,
) -> None:
    """Copy a file into a container (file push), into a folder that exists or to a new name.

    Several files need a folder to lie in; one whose name ends in a slash is made.
    """
    session: Session = context.obj
    container = container_of(group, application, extension)
    device, words = BOOTED, list(context.args)

    if len(words) > 2 and session.is_device(words[0]):
        device, words = words[0], words[1:]

    if len(words) < 2:
        raise Usage("Missing argument: <path>" if words else "Missing argument: <path outside>")

    *sources, target = words

    if len(sources) > 1 and not target.endswith("/"):
        target = f"{target}/"

    with session.client(device) as client:
        for source in sources:
            outside = str(Path(source).absolute())
            copied = container.ask(client, "file_push", target, source=outside, recursive=recursive)
            _say_skipped(cast("Row", copied))


def _say_skipped(copied: Row) -> None:
    skipped = cast("list[list[str]]", copied["skipped"])

    for path, why in skipped:
        note(harmless(f"left out: {path}: {why}"))

    more = cast("int", copied["skips"]) - len(skipped)

    if more:
        note(f"left out: {more} more")


@_file.command("rm", **shape(f"{_SHAPE} [<device>] <path>"))
def _rm(
    context: typer.Context,
    group: GroupOption = "",
    application: AppOption = "",
    extension: ExtensionOption = "",
    recursive: _Recursive = False,
) -> None:
    """Remove a file of a container (file rm); a link itself, not what it leads to."""
    container = container_of(group, application, extension)
    client, (path,) = opened(context, 1, 1)

    with client:
        container.ask(client, "file_rm", path, recursive=recursive)


@_file.command("mv", **shape(f"{_SHAPE} [<device>] <path> <new path>"))
def _mv(
    context: typer.Context,
    group: GroupOption = "",
    application: AppOption = "",
    extension: ExtensionOption = "",
) -> None:
    """Move a file within a container (file mv), into a folder that exists or to a new name."""
    container = container_of(group, application, extension)
    client, (path, target) = opened(context, 2, 2)

    with client:
        container.ask(client, "file_mv", path, target=container.at(target))


@_file.command("mkdir", **shape(f"{_SHAPE} [<device>] <path>"))
def _mkdir(
    context: typer.Context,
    group: GroupOption = "",
    application: AppOption = "",
    extension: ExtensionOption = "",
) -> None:
    """Make a folder for files in a container (file mkdir), and what is missing above it."""
    container = container_of(group, application, extension)
    client, (path,) = opened(context, 1, 1)

    with client:
        container.ask(client, "file_mkdir", path)


@_file.command("read", **shape(f"{_SHAPE} [<device>] <path>"))
def _read(
    context: typer.Context,
    group: GroupOption = "",
    application: AppOption = "",
    extension: ExtensionOption = "",
) -> None:
    """Print a file of a container (file read): its bytes, on a terminal made harmless."""
    container = container_of(group, application, extension)
    client, (path,) = opened(context, 1, 1)

    with client:
        _print_from(client, container, path, 0)


def _print_from(client: Client, container: Container, path: str, offset: int) -> Row:
    """Print a file from an offset to its end; return the last piece, which is empty."""
    known: object = None

    while True:
        piece = cast("Row", container.ask(client, "file_read", path, offset=offset))
        data = cast("bytes", piece["data"])

        if known not in {None, _identity(piece)}:
            note(f"{harmless(path)} was replaced while it was read; the rest is of the new file")

        known = _identity(piece)

        if not data:
            return piece

        _put(data)
        offset = cast("int", piece["offset"]) + len(data)


def _identity(piece: Row) -> tuple[object, ...]:
    return tuple(cast("list[object]", piece["identity"]))


def _put(data: bytes) -> None:
    if sys.stdout.isatty():
        sys.stdout.write(harmless(data.decode("utf-8", "backslashreplace"), keep="\n\t"))
        sys.stdout.flush()
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


@_file.command("tail", **shape(f"{_SHAPE} [<device>] <path>"))
def _tail(
    context: typer.Context,
    group: GroupOption = "",
    application: AppOption = "",
    extension: ExtensionOption = "",
    lines: Annotated[str, typer.Option("-n", metavar="LINES", help="How many lines.")] = "10",
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as it grows, until interrupted.")
    ] = False,
) -> None:
    """Print the last lines of a file of a container (file tail)."""
    if not lines.isdecimal():
        raise Usage(f"-n takes a number of lines, not {lines}")

    container = container_of(group, application, extension)
    client, (path,) = opened(context, 1, 1)

    with client:
        piece = cast("Row", container.ask(client, "file_read", path, offset=-(1 << 20)))
        data = cast("bytes", piece["data"])
        _put(_last_lines(data, int(lines)))

        if follow:
            _follow(client, container, path, piece)


def _last_lines(data: bytes, count: int) -> bytes:
    if count <= 0:
        return b""

    at = len(data) - data.endswith(b"\n")

    for _ in range(count):
        at = data.rfind(b"\n", 0, at)

        if at < 0:
            return data

    return data[at + 1 :]


def _follow(client: Client, container: Container, path: str, piece: Row) -> None:
    """Print what is added to a file, from its beginning when it is replaced or cut."""
    offset = cast("int", piece["offset"]) + len(cast("bytes", piece["data"]))

    while True:
        has_changed = container.ask(
            client,
            "file_wait",
            path,
            size=offset,
            file_identity=piece["identity"],
            timeout_s=_WAIT_S,
        )

        if has_changed:
            now = cast("Row", container.ask(client, "file_read", path, offset=offset))
            is_other = _identity(now) != _identity(piece) or cast("int", now["size"]) < offset
            piece = _print_from(client, container, path, 0 if is_other else offset)
            offset = cast("int", piece["offset"])


@_file.command("write", **shape(f"{_SHAPE} [<device>] <path>"))
def _write(
    context: typer.Context,
    group: GroupOption = "",
    application: AppOption = "",
    extension: ExtensionOption = "",
) -> None:
    """Make or replace a file of a container by what stands on standard input (file write)."""
    container = container_of(group, application, extension)
    client, (path,) = opened(context, 1, 1)

    with client, tempfile.NamedTemporaryFile() as spooled:
        while data := sys.stdin.buffer.read(1 << 20):
            spooled.write(data)

        spooled.flush()
        os.chmod(spooled.name, 0o644)
        container.ask(client, "file_push", path, source=spooled.name, exactly=True)
