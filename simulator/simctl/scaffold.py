"""New bundles: new app, new extension; each with a test that passes before a line is changed."""

import os
from pathlib import Path
from typing import Annotated

import typer

from simulator.simctl.arguments import Usage, shape
from simulator.simctl.bundling import Plan, app_plan, class_name, extension_plan
from simulator.xpc.errors import Misuse, WorldError

__all__ = ("app",)

_POINTS = ("share", "widget", "notification-service", "keyboard")

app = typer.Typer(rich_markup_mode=None)
_new = typer.Typer(
    rich_markup_mode=None, help="Make a new app or a new extension here, with a test that passes."
)
app.add_typer(_new, name="new")


@_new.command("app", **shape("NAME"))
def _app(context: typer.Context) -> None:
    """Make an app in the current folder: NAME.app, and test_name.py beside it."""
    name = _only_name(context.args)
    _carry_out(app_plan(Path.cwd(), name))
    _tell_next(f"simctl launch {name}.app", "simctl screen", f"pytest test_{name.lower()}.py")


@_new.command("extension", **shape("NAME"))
def _extension(
    context: typer.Context,
    point: Annotated[
        str, typer.Option(metavar="POINT", help=f"What it extends: {', '.join(_POINTS)}.")
    ] = "",
    app: Annotated[
        str,
        typer.Option(metavar="APP", help="The app that embeds it; made where there is none."),
    ] = "",
) -> None:
    """Make an extension in the current folder: NAME.appex, and test_name.py beside it.

    The app's Info.plist then lists it under SIMEmbeddedExtensions. Without --app it is the only
    app here, or a new one.
    """
    name = _only_name(context.args)

    if point not in _POINTS:
        raise Usage(
            f"There is no extension point {point}: --point is one of {', '.join(_POINTS)}"
            if point
            else f"Missing option: --point, one of {', '.join(_POINTS)}"
        )

    here = Path.cwd()
    host = _host(here, app, name)
    plan = extension_plan(here, name, point, host)
    _carry_out(plan)
    extension_id = plan.bundle_id
    how_to_run = {
        "share": f"simctl share --text hello --with {extension_id}",
        "widget": f"simctl widget reload {extension_id}",
        "notification-service": (
            """echo '{"aps": {"alert": "hello", "mutable-content": 1}}' """
            f"| simctl extension run {extension_id} --payload -"
        ),
        "keyboard": f"simctl type --keyboard {extension_id} hello",
    }
    _tell_next(f"simctl launch {host}.app", how_to_run[point], f"pytest test_{name.lower()}.py")


def _only_name(arguments: list[str]) -> str:
    if not arguments:
        raise Usage("Missing argument: NAME")

    if len(arguments) > 1:
        raise Usage(f"Unexpected argument: {arguments[1]}")

    return class_name(arguments[0])


def _host(here: Path, wanted: str, name: str) -> str:
    """Return the name of the app that is to embed an extension; it need not exist."""
    if wanted:
        return class_name(wanted.rstrip("/").removesuffix(".app"))

    found = sorted(path.stem for path in here.glob("*.app") if path.is_dir())

    if len(found) > 1:
        raise Usage(f"There are several apps here: give --app, one of {', '.join(found)}")

    return found[0] if found else f"{name}App"


def _carry_out(plan: Plan) -> None:
    """Write what is planned, or nothing at all.

    Raises:
        Misuse: Something is in the way; all of it is named.
        WorldError: It cannot be written.
    """
    in_the_way = [path for path in plan.claimed if os.path.lexists(path)]

    if in_the_way:
        listed = "".join(f"\n\t{os.path.relpath(path)}" for path in in_the_way)
        raise Misuse(f"Nothing was made, because this is in the way:{listed}")

    made = []  # told at the end: who reads it may leave early, and has the whole project then

    try:
        for path, content in plan.files.items():
            path.parent.mkdir(exist_ok=True)

            with path.open("xb") as file:
                file.write(content)

            made.append(f"Created {os.path.relpath(path)}")

        for path, content in plan.changed.items():
            new = path.with_name(f".{path.name}.new")
            new.write_bytes(content)
            new.replace(path)
            made.append(f"Changed {os.path.relpath(path)}")
    except OSError as problem:
        raise WorldError(f"{problem.filename} cannot be written: {problem.strerror}") from problem

    print("\n".join(made))


def _tell_next(*commands: str) -> None:
    print("\nNext:")

    for command in commands:
        print(f"  {command}")
