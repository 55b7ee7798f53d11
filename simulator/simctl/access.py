"""Access: full-access, what a person allows a keyboard in Settings."""

import typer

from simulator.simctl.arguments import BOOTED, Usage, shape
from simulator.simctl.session import Session  # noqa: TC001  Typer reads annotations

__all__ = ("app",)

_WORDS = {"on": True, "off": False}

app = typer.Typer(rich_markup_mode=None)


@app.command("full-access", **shape("[<device>] <keyboard id> on|off"))
def full_access(context: typer.Context) -> None:
    """Allow a keyboard Full Access, or no longer (full-access).

    Without it a keyboard reads its App Groups, files and preferences, and writes neither. Its
    process ends when this is switched, as on a phone: what it may do was decided at its launch.
    """
    session: Session = context.obj

    match context.args:
        case [device, bundle_id, word] if word in _WORDS:
            pass
        case [bundle_id, word] if word in _WORDS:
            device = BOOTED
        case [_, _] | [_, _, _]:
            raise Usage(f"Neither on nor off: {context.args[-1]}")
        case words if len(words) > 3:
            raise Usage(f"Unexpected argument: {words[3]}")
        case _:
            raise Usage("Missing argument: <keyboard id> on|off")

    with session.client(device) as client:
        client.ask("full_access", bundle_id=bundle_id, on=_WORDS[word])
