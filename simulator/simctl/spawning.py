"""Spawning: the built-in programs of a device, run as a shell runs its own."""

import os
import platform
import select
import signal
import sys
from contextlib import closing, suppress
from types import FrameType
from typing import Annotated, Final, Protocol, Self, cast

import typer

from simulator.control.client import Client
from simulator.device.settings import child_environment
from simulator.simctl.arguments import BOOTED, Usage, shape, suggested, suggestion
from simulator.simctl.session import Row, Session, note
from simulator.simctl.streams import Sink, Source, paths_of
from simulator.xpc.errors import CommandError, DeviceGone
from simulator.xpc.programs import program_names

__all__ = ("app", "run_program")

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
    """Spawn a built-in program on a device: defaults, notifyutil, launchctl.

    It gets the arguments behind its name, its output is printed as it comes, it reads simctl's
    standard input, ^C goes to it, and its exit status becomes simctl's. SIMCTL_CHILD_X=v in the
    environment becomes X=v in it.
    """
    del standalone
    session: Session = context.obj
    _check_architecture(arch)
    device, path, arguments = _asked(session, context.args)

    with session.client(device) as client:
        raise typer.Exit(run_program(client, path, arguments, stopped=wait_for_debugger))


def run_program(client: Client, path: str, arguments: list[str], *, stopped: bool = False) -> int:
    """Run a built-in program to its end, as a shell does, and return the status to exit with.

    Args:
        client: The device's; it serves this program alone from now on.
        path: The program's name, or where iOS has it.
        arguments: What stands behind its name.
        stopped: Whether it waits for a debugger.

    Raises:
        CommandError: There is no such program.
        Misuse: The file that its output is for cannot be written.
    """
    paths = paths_of(_name(path), arguments)
    source, sink = Source(paths.input), Sink(paths.output) if paths.output else None

    with closing(source), _Forwarding(client) as forwarding:
        found = _spawned(client, path, arguments, stopped=stopped)
        forwarding.begin()

        if stopped:
            note(f"{found['bundle_id']}: {found['pid']} is stopped until a debugger, or SIGCONT")

        status = _serve(client, source, sink or _Printed())

    if sink is not None and status == 0:
        sink.finish()

    if status < 0 and -status not in forwarding.came:
        note(f"Child process terminated with signal {-status}: {signal.strsignal(-status)}")

    return status if status >= 0 else _SIGNALLED - status


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


class _Forwarding:
    """Passes signals on to the program, for the time of a ``with``.

    A signal that comes while the program is spawned waits for it.

    Attributes:
        came: Their numbers.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waiting: list[int] | None = []
        self._before: dict[int, object] = {}
        self.came: set[int] = set()

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._forward) for number in _FORWARDED}

        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, cast("signal.Handlers", handler))

    def begin(self) -> None:
        """Pass on what has come: the program runs now."""
        waiting, self._waiting = self._waiting, None

        for number in waiting or ():
            self._pass_on(number)

    def _forward(self, number: int, _frame: FrameType | None) -> None:
        self.came.add(number)

        if self._waiting is not None:
            self._waiting.append(number)
        else:
            self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        with suppress(DeviceGone):  # who waits for the program's end hears of it
            self._client.say("signal", number=number)


class _Output(Protocol):
    def write(self, data: bytes) -> None: ...


class _Printed:
    """Our standard output."""

    def write(self, data: bytes) -> None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _serve(client: Client, source: Source, output: _Output) -> int:
    """Print what the program prints until it ends; return its status, or minus its signal.

    Our standard input is read only when the program reads its own.
    """
    wanted = 0

    while True:
        if wanted and _answered(client, source, wanted):
            wanted = 0

        match client.hear("spawn"):
            case ["printed", 1, bytes(data)]:
                output.write(data)
            case ["printed", 2, bytes(data)]:
                sys.stderr.buffer.write(data)
                sys.stderr.buffer.flush()
            case ["wants", int(size)]:
                wanted = size
            case ["ended", int(status), str()]:
                return status
            case _:
                raise DeviceGone("the device spoke nonsense during 'spawn'")


def _answered(client: Client, source: Source, size: int) -> bool:
    """Give the program what there is to read; False when the device has something to say first."""
    try:
        descriptor = source.fileno()

        if descriptor < 0:
            client.say("input", data=b"")
            return True

        ready, _, _ = select.select([client.fileno(), descriptor], [], [])

        if client.fileno() in ready:
            return False

        client.say("input", data=os.read(descriptor, size))
    except OSError as problem:
        client.say("input", problem=problem.strerror or str(problem))

    return True
