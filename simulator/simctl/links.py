"""Links: openurl."""

import typer

from simulator.simctl.arguments import shape, with_device
from simulator.simctl.session import Session  # noqa: TC001  Typer reads annotations

__all__ = ("app",)

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("[<device>] <URL>"))
def openurl(context: typer.Context) -> None:
    """Open a URL (openurl) with the app that claims its scheme, starting it if need be."""
    session: Session = context.obj
    device, (url,) = with_device(context.args, "URL")

    with session.client(device) as client:
        client.ask("openurl", url=url)
