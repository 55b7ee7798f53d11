"""Spawning: the built-in programs of a device, run as a shell runs its own."""

import platform
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Annotated, Final, cast

import typer

from simulator.control.client import Client
from simulator.device.settings import child_environment
from simulator.simctl.arguments import BOOTED, Usage, shape, suggested, suggestion
from simulator.simctl.session import Row, Session, note
from simulator.xpc.errors import CommandError, DeviceGone
from simulator.xpc.programs import program_names

__all__ = ("app",)

_FORWARDED: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
_NO_SUCH_FILE: Final = 2
_SIGNALLED: Final = 128  # added to a signal's number, as shells do
_ARCHITECTURES: Final = ("arm64", "x86_64")  # of Apple's Simulator
_FOLDERS: Final = ("bin", "usr/bin", "sbin", "usr/sbin", "usr/local/bin")

app = typer.Typer(rich_markup_mode=None)


@app.command(**shape("[<device>] <program> [<argv 1> <argv 2> ...]", options_first=True))
def spawn(
    context: typer.Context,
    wait_for_debugger: Annotated[
        bool,
        typer.Option("-w", "--wait-for-debugger", help="Stop it before its first line."),
    ] = False,
    standalone: Annotated[
        bool,
        typer.Option("-s", "--standalone", help="Taken, and changes nothing: see docs/simctl.md."),
    ] = False,
    arch: Annotated[
        str, typer.Option("-a", "--arch", metavar="ARCH", help="arm64, x86_64 or this machine's.")
    ] = "",
) -> None:
    """Spawn a built-in program on a device: notifyutil, launchctl.

    It gets the arguments behind its name, its output is printed as it comes, ^C goes to it, and
    its exit status becomes simctl's. SIMCTL_CHILD_X=v in the environment becomes X=v in it.
    """
    del standalone
    session: Session = context.obj
    _check_architecture(arch)
    device, path, arguments = _asked(session, context.args)

    with session.client(device) as client:
        found = _spawned(client, path, arguments, stopped=wait_for_debugger)

        if wait_for_debugger:
            note(f"{found['bundle_id']}: {found['pid']} is stopped until a debugger, or SIGCONT")

        with _forwarding(client) as forwarded:
            status = _serve(client)

        if status < 0 and -status not in forwarded:
            note(f"Child process terminated with signal {-status}: {signal.strsignal(-status)}")

    raise typer.Exit(status if status >= 0 else _SIGNALLED - status)


def _check_architecture(arch: str) -> None:
    if arch and arch not in {*_ARCHITECTURES, platform.machine()}:
        raise CommandError(
            "NSPOSIXErrorDomain",
            86,
            "The operation couldn’t be completed. Bad CPU type in executable",
            "Bad CPU type in executable",
        )


def _asked(session: Session, arguments: list[str]) -> tuple[str, str, list[str]]:
    """Return the device, the program and its arguments; a program in front means ``booted``."""
    if not arguments:
        raise Usage("Missing argument: <program>")

    first, *rest = arguments

    if _name(first) in program_names() and not session.is_device(first):
        return BOOTED, first, rest

    if not rest:
        if session.is_device(first):
            raise Usage("Missing argument: <program>")

        return BOOTED, first, []

    return first, rest[0], rest[1:]


def _name(path: str) -> str:
    """Return the program that a path means: its name alone, or where iOS has it."""
    folder, _, name = path.strip("/").rpartition("/")

    return name if not folder or folder in _FOLDERS else path


def _spawned(client: Client, path: str, arguments: list[str], *, stopped: bool) -> Row:
    try:
        return cast(
            "Row",
            client.ask(
                "spawn",
                program=_name(path),
                arguments=arguments,
                environment=child_environment(),
                stopped=stopped,
            ),
        )
    except CommandError as problem:
        names = program_names()

        if problem.code == _NO_SUCH_FILE and not suggestion(path, names):
            listed = f"programs here: {', '.join(names)}"
            raise CommandError(problem.domain, problem.code, *problem.lines, listed) from None

        raise suggested(problem, path, names) from None


@contextmanager
def _forwarding(client: Client) -> Iterator[set[int]]:
    """Pass signals on to the program, for the time of a ``with``; yield those that came."""
    forwarded: set[int] = set()

    def forward(number: int, _frame: FrameType | None) -> None:
        forwarded.add(number)

        with suppress(DeviceGone):  # who waits for the program's end hears of it
            client.say("signal", number=number)

    before = {number: signal.signal(number, forward) for number in _FORWARDED}

    try:
        yield forwarded
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _serve(client: Client) -> int:
    """Print what the program prints until it ends; return its status, or minus its signal."""
    while True:
        match client.hear("spawn"):
            case ["printed", int(stream), bytes(data)]:
                pipe = (sys.stdout if stream == 1 else sys.stderr).buffer
                pipe.write(data)
                pipe.flush()
            case ["ended", int(status), str()]:
                return status
            case _:
                raise DeviceGone("the device spoke nonsense during 'spawn'")
