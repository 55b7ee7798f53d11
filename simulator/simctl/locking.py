"""Locking: lock-state."""

import typer

from simulator.simctl.arguments import BOOTED, Usage, shape, suggestion
from simulator.simctl.session import Session  # noqa: TC001  Typer reads annotations

__all__ = ("app",)

_STATES = ("before-first-unlock", "unlocked")
_OTHER_WORDS = ("locked", "lock")  # resemble "unlocked", and mean its opposite

app = typer.Typer(rich_markup_mode=None)


@app.command("lock-state", **shape(f"[<device>] [{'|'.join(_STATES)}]"))
def lock_state(context: typer.Context) -> None:
    """Print the lock-state of a device, or change it.

    Before the first unlock protected data cannot be read: every preference is empty, and setting
    one is refused. What is stored is kept, and is there again once the device is unlocked.
    """
    session: Session = context.obj
    words = list(context.args)
    state = words.pop() if words and words[-1] in _STATES else None

    if len(words) > 1:
        raise Usage(f"Neither {' nor '.join(_STATES)}: {words[1]}")

    device = words[0] if words else BOOTED

    if state is None and not session.is_device(device):
        meant = [] if device.lower() in _OTHER_WORDS else [*_STATES, *session.device_names()]
        close = suggestion(device, meant)
        hint = f"; did you mean {close}?" if close else ""

        if device.lower() in _OTHER_WORDS:
            hint = "; a device that was never unlocked since it was switched on is the former"

        raise Usage(f"{device} is no device, and neither {' nor '.join(_STATES)}{hint}")

    with session.client(device) as client:
        print(client.ask("lock_state", state=state))
