"""Comparing: diff-container, what has changed in a container since its state was saved."""

from datetime import datetime
from typing import Final, cast

import typer

from simulator.simctl.arguments import Json, Usage, shape
from simulator.simctl.containers import AppOption, ExtensionOption, GroupOption, container_of
from simulator.simctl.listing import to_json_text
from simulator.simctl.picture import harmless
from simulator.simctl.session import Row, Session, note

__all__ = ("app",)

_SIGNS: Final = {"added": "+", "removed": "-", "changed": "~"}

app = typer.Typer(rich_markup_mode=None)


@app.command(
    "diff-container",
    **shape(
        "save [<device>] <name> (--group ID | …) | ([<device>] <name> | list | rm <name>) "
        "[--group ID | …]"
    ),
)
def diff_container(
    context: typer.Context,
    group: GroupOption = "",
    application: AppOption = "",
    extension: ExtensionOption = "",
    json: Json = False,
) -> None:
    """Save a container, or print what has changed in it since (diff-container).

    Each container has names of its own; where several have a state of one name, say which.

    A line each: + added, - removed, ~ changed, with sizes in bytes; below it which keys of a
    property list differ. Preferences are compared as cfprefsd has them.
    """
    session: Session = context.obj
    container = None

    if group or application or extension or context.args[:1] == ["save"]:
        container = container_of(group, application, extension)

        if container.prefix:
            raise Usage(f"A whole container is compared: --{container.kind} takes its id alone")

    which = {"kind": container.kind, "identifier": container.identifier} if container else {}

    match context.args:
        case ["save", *words]:
            device, (name,) = session.split(words, "name")

            with session.client(device) as client:
                count = client.ask("state_save", name=name, **which)

            note(f"Saved {count} items as {name}")
        case ["list", *words]:
            device, _ = session.split(words)

            with session.client(device) as client:
                _print_states(cast("list[Row]", client.ask("state_list", **which)), as_json=json)
        case ["rm", *words]:
            device, (name,) = session.split(words, "name")

            with session.client(device) as client:
                client.ask("state_remove", name=name, **which)
        case words:
            device, (name,) = session.split(words, "name")

            with session.client(device) as client:
                _print(cast("Row", client.ask("state_diff", name=name, **which)), as_json=json)


def _print_states(states: list[Row], *, as_json: bool) -> None:
    if as_json:
        print(to_json_text([_described(state) for state in states], escape_slashes=False))
        return

    if not states:
        note("No state is saved")

    rows = [(str(state["name"]), f"{state['kind']} {state['identifier']}") for state in states]
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]

    for (name, container), state in zip(rows, states, strict=True):
        date = f"{_date(state):%Y-%m-%d %H:%M:%S}"
        print(harmless(f"{name:<{widths[0]}}  {container:<{widths[1]}}  {date}"))


def _described(state: Row) -> dict[str, object]:
    return {
        "name": state["name"],
        "kind": state["kind"],
        "identifier": state["identifier"],
        "saved": _date(state).isoformat(),
    }


def _date(state: Row) -> datetime:
    return datetime.fromtimestamp(cast("int", state["saved_ns"]) / 1e9).astimezone()


def _print(found: Row, *, as_json: bool) -> None:
    changes = cast("list[Row]", found["changes"])

    if as_json:
        print(to_json_text([dict(change) for change in changes], escape_slashes=False))
        return

    if found["is_new"]:
        note(f"{found['identifier']} has another container now: it was removed and made again")

    for change in changes:
        print(harmless(f"{_SIGNS[str(change['what'])]} {change['path']}{_sizes(change)}"))

        for detail in cast("list[str]", change["details"]):
            print(f"    {harmless(detail)}")

    if found["more"]:
        print(f"and {found['more']} more")

    if not changes:
        print("Nothing has changed.")


def _sizes(change: Row) -> str:
    if change["kind"] != "file":
        return f" ({change['kind']})"

    sizes = [str(size) for size in (change["before"], change["after"]) if cast("int", size) >= 0]

    return f" ({' → '.join(dict.fromkeys(sizes))} bytes)" if sizes else ""
