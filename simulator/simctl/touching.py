"""Touching: type, tap and home, a person's fingers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from simulator.control.client import Client
from simulator.simctl.arguments import BOOTED, Usage, shape, with_device
from simulator.simctl.ending import expect_alive, last_position, shown_app
from simulator.simctl.session import Session

__all__ = ("app",)

app = typer.Typer(rich_markup_mode=None)


@app.command("type", **shape("[<device>] <text>"))
def type_(
    context: typer.Context,
    keyboard: Annotated[
        str, typer.Option(metavar="BUNDLE_ID", help="Tap the keys of this keyboard extension.")
    ] = "",
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY", help="A key of it to tap; can be repeated."),
    ] = None,
) -> None:
    """Type a text into the field with the focus.

    With --keyboard the extension types: the keys are tapped, then each character of the text.
    """
    session: Session = context.obj
    keys = key or []

    if keys and not keyboard:
        raise Usage("--key needs --keyboard: the system's own keyboard has no keys of its own")

    device, text = _type_asked(session, context.args, text_is_optional=bool(keys))

    with session.client(device) as client, _expecting(client, "type", keyboard):
        if keyboard:
            client.ask("type", text="", keyboard=keyboard, keys=[*keys, *text])
        else:
            client.ask("type", text=text)


def _type_asked(
    session: Session, arguments: list[str], *, text_is_optional: bool
) -> tuple[str, str]:
    if text_is_optional and not arguments:
        return BOOTED, ""

    if text_is_optional and len(arguments) == 1 and session.is_device(arguments[0]):
        return arguments[0], ""

    device, (text,) = with_device(arguments, "text")

    return device, text


@app.command(**shape("[<device>] <label>"))
def tap(
    context: typer.Context,
    app: Annotated[
        str, typer.Option(metavar="BUNDLE_ID", help="A button of this app, not of the front app.")
    ] = "",
) -> None:
    """Tap the button of that label."""
    session: Session = context.obj
    device, (label,) = with_device(context.args, "label")

    with session.client(device) as client, _expecting(client, f"tap {label}", app=app):
        client.ask("tap", label=label, bundle_id=app)


@contextmanager
def _expecting(client: Client, what: str, *others: str, app: str = "") -> Iterator[None]:
    """Tell of a crash of the app that is touched, or of one of ``others``, in the ``with``.

    Raises:
        CommandError: It ended, with its status and what it said last.
    """
    touched = {app or shown_app(client), *others}
    position = last_position(client)
    yield
    expect_alive(client, touched, position, f"Simulator device failed to {what}.")


@app.command(**shape("[<device>]"))
def home(context: typer.Context) -> None:
    """Show the home screen; the front app goes to the background."""
    session: Session = context.obj
    device, _ = with_device(context.args)

    with session.client(device) as client:
        client.ask("press_home")
