"""Pushing: push, Apple's push service at a person's fingertips."""

import os
import sys
from typing import TYPE_CHECKING, Annotated, Final, cast

import typer

from simulator.simctl.arguments import BOOTED, Usage, shape, suggested
from simulator.simctl.picture import harmless
from simulator.simctl.session import Row, Session, note
from simulator.xpc.errors import CommandError, Misuse

if TYPE_CHECKING:
    from simulator.control.client import Client

__all__ = ("app", "deliver", "told_delivery")

_BYTES_MAX: Final = 64 << 10
"""What is read of a payload; the device says that 4096 bytes are the most, and how many it has."""

_EINVAL: Final = 22
_STANDARD_INPUT: Final = "-"

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("[<device>] [<bundle id>] (<json file> | -)"))
def push(
    context: typer.Context,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print what became of it.")
    ] = False,
) -> None:
    """Push a notification (push) to an app, through its notification service extension.

    The payload is an object with the key "aps", as Apple's push service takes it; - reads it from
    standard input. Without a bundle id, its key "Simulator Target Bundle" names the app.
    """
    session: Session = context.obj
    device, bundle_id, source = _push_asked(session, context.args)

    with session.client(device) as client:
        try:
            found = deliver(client, bundle_id, source)
        except CommandError as problem:
            known = [str(row["bundle_id"]) for row in session.installed(client)]
            raise (suggested(problem, bundle_id, known) if bundle_id else problem) from None

    if verbose:
        print("\n".join(told_delivery(found)))

    if not found["shown"] or found["note"]:
        note(harmless(f"{found['bundle_id']}: {found['note'] or 'only its badge has changed'}"))


def _push_asked(session: Session, arguments: list[str]) -> tuple[str, str, str]:
    """Return the device, the bundle id or nothing, and where the payload is."""
    match arguments:
        case []:
            raise Usage("Missing argument: <json file>")
        case [source]:
            return BOOTED, "", source
        case [word, source] if session.is_device(word) or "." not in word:
            return word, "", source
        case [bundle_id, source]:
            return BOOTED, bundle_id, source
        case [device, bundle_id, source]:
            return device, bundle_id, source
        case _:
            raise Usage(f"Unexpected argument: {arguments[3]}")


def deliver(client: "Client", bundle_id: str, source: str) -> Row:
    """Push a payload; return whose it was, whether it is shown, who changed it, and a note.

    Args:
        client: The device's.
        bundle_id: The app's, or nothing where the payload names it.
        source: The payload's path, or ``-`` for standard input.

    Raises:
        CommandError: It cannot be read or is no payload, or there is no such app.
    """
    payload = _read(source)

    if len(payload) > _BYTES_MAX:
        raise _refused(_EINVAL, "Invalid argument", f"the payload has over {_BYTES_MAX} bytes")

    try:
        return cast("Row", client.ask("push", bundle_id=bundle_id, payload=payload))
    except Misuse as problem:
        raise _refused(_EINVAL, "Invalid argument", str(problem)) from problem


def _read(source: str) -> bytes:
    """Return a payload, and of one that is too long one byte too many."""
    try:
        if source == _STANDARD_INPUT:
            return sys.stdin.buffer.read(_BYTES_MAX + 1)

        with open(source, "rb") as file:
            return file.read(_BYTES_MAX + 1)
    except OSError as problem:
        number = problem.errno or _EINVAL
        raise _refused(number, os.strerror(number), source) from problem


def _refused(code: int, *reason: str) -> CommandError:
    failed = "Simulator device failed to complete the requested operation."

    return CommandError("NSPOSIXErrorDomain", code, failed, *reason)


def told_delivery(found: Row) -> list[str]:
    """Return what became of a push, as lines for a person."""
    lines = [
        f"app:        {found['bundle_id']}",
        f"shown:      {'yes' if found['shown'] else 'no'}",
        f"changed by: {found['changed_by'] or 'nobody'}",
        *([f"note:       {found['note']}"] if found["note"] else []),
    ]

    return [harmless(line) for line in lines]
