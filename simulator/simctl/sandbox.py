"""The sandbox: what a bundle may do, how two differ, and what was refused."""

from typing import Annotated, cast

import typer

from simulator.control.client import Client
from simulator.simctl.arguments import BOOTED, Json, Usage, shape, with_device
from simulator.simctl.listing import to_json_line, to_json_text
from simulator.simctl.picture import harmless
from simulator.simctl.samples import bundle_id_of, is_path, meant_bundle
from simulator.simctl.session import Row, Session, note
from simulator.simctl.watching import events_of
from simulator.xpc.errors import Misuse, SimulatorError

__all__ = ("app", "told_denial")

app = typer.Typer(rich_markup_mode=None)
_nested = typer.Typer(rich_markup_mode=None, help="Show the sandbox: what it grants and refuses.")
app.add_typer(_nested, name="sandbox")


@_nested.command(**shape("[<device>]"))
def trace(
    context: typer.Context,
    bundle: Annotated[
        str, typer.Option(metavar="BUNDLE_ID", help="Of this app or extension only.")
    ] = "",
    log: Annotated[bool, typer.Option("--log", help="Print what was, and end.")] = False,
    files: Annotated[
        bool,
        typer.Option(
            "--trace-sandbox", help="Tell what C code is refused, too, of what is launched now."
        ),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", "-j", help="Print JSON, one object per line.")
    ] = False,
) -> None:
    """Print what the sandbox refuses from now on, and what would have allowed it (sandbox trace).

    With --log: what it has refused since the device was booted.
    """
    session: Session = context.obj
    device, _ = with_device(context.args)

    with session.client(device) as client:
        if bundle:
            _doubt(client, bundle)

        if files:
            client.ask("trace_sandbox", on=True)

        since = 0

        if not log:
            info = cast("Row", client.ask("info"))
            since = cast("int", cast("Row", info["statistics"])["events"])
            note(f"following {info['name']} ({info['udid']}); ^C ends")

        try:
            for event in events_of(client, stream=not log, since=since):
                actor = str(event["actor"]).partition("/")[0]

                if event["kind"] == "denial" and bundle in {"", actor}:
                    print(to_json_line(event) if json else told_denial(event), flush=not log)
        finally:
            if files:
                with session.client(device) as another:  # the first still waits for an answer
                    another.ask("trace_sandbox", on=False)


def _doubt(client: Client, bundle: str) -> None:
    """Say that a bundle is not there: it may be installed later, but most likely is misspelt."""
    try:
        client.ask("grants", bundle_id=bundle)
    except SimulatorError as problem:
        note(str(problem))


def told_denial(event: Row) -> str:
    """Return a denial as lines: Apple's, where in the source, and what it teaches."""
    detail = cast("Row", event["detail"])
    times = f" ({detail['times']} times so far)" if "times" in detail else ""
    lines = [f"{detail.get('apple', event['operation'])}{times}"]

    if event["line"]:
        lines.append(f"    {event['line']}  {detail.get('source', '')}".rstrip())

    lines.append(f"    {detail.get('reason', '')}")

    return "\n".join(harmless(line) for line in lines)


@_nested.command(**shape("[<device>] <bundle id | path to .app>"))
def show(context: typer.Context, json: Json = False) -> None:
    """Print what an app or extension may do (sandbox show); launch --dry-run has the steps."""
    session: Session = context.obj
    device, (word,) = with_device(context.args, "bundle id | path to .app")

    with session.client(device) as client:
        name, sentences = _grants(session, client, word)

    if json:
        print(to_json_text({"bundle": name, "may": sentences}, escape_slashes=False))
    else:
        print("\n".join(harmless(line) for line in (f"{name} may", *_listed(sentences))))


@_nested.command(**shape("[<device>] <A> <B>"))
def diff(context: typer.Context, json: Json = False) -> None:
    """Print what one of two bundles may do and the other may not (sandbox diff).

    A bundle is given by its id, or by the path of its .app, which need not be installed.
    """
    session: Session = context.obj
    device, words = _two(session, context.args)

    with session.client(device) as client:
        (first, of_first), (second, of_second) = (_grants(session, client, word) for word in words)

    only_first = [sentence for sentence in of_first if sentence not in of_second]
    only_second = [sentence for sentence in of_second if sentence not in of_first]
    both = [sentence for sentence in of_first if sentence in of_second]

    if json:
        value = {
            "bundles": [first, second],
            "only": {first: only_first, second: only_second},
            "both": both,
        }
        print(to_json_text(value, escape_slashes=False))
        return

    lines = []

    for name, sentences in ((first, only_first), (second, only_second)):
        lines += [f"only {name} may", *(_listed(sentences) or ["    (nothing more)"])]

    print("\n".join(harmless(line) for line in (*lines, "both may", *_listed(both))))


def _listed(sentences: list[str]) -> list[str]:
    return [f"    {sentence}" for sentence in sentences]


def _two(session: Session, arguments: list[str]) -> tuple[str, list[str]]:
    match arguments:
        case [first, second]:
            return BOOTED, [first, second]
        case [device, first, second] if session.is_device(device):
            return device, [first, second]
        case [] | [_]:
            raise Usage("Missing argument: <A> and <B>")
        case _:
            raise Usage(f"Unexpected argument: {arguments[-1]}")


def _grants(session: Session, client: Client, word: str) -> tuple[str, list[str]]:
    """Return the bundle id that a word means, and what that bundle may do."""
    path = meant_bundle(word, lambda: session.installed_ids(client)) if is_path(word) else None

    if path is None:
        return word, cast("list[str]", client.ask("grants", bundle_id=word))

    found = cast("dict[str, list[str]]", client.ask("grants_of_path", path=str(path)))
    name = bundle_id_of(path)

    if name not in found:
        raise Misuse(f"{path} is no app: give the folder of a .app, or a bundle id")

    return name, found[name]
