"""The program: global options, help, dispatch, errors, exit statuses.

Statuses are Apple's: an error's code truncated to eight bits; 1 for wrong usage and everything else
of ours; 130 after an interrupt; 141 when the reader of the output has gone.
"""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, cast

import typer
from typer.main import get_command

from simulator.device.settings import default_set
from simulator.simctl import (
    access,
    apps,
    comparing,
    coordinating,
    defaults,
    demo,
    devices,
    doctor,
    domains,
    extensions,
    filing,
    links,
    linting,
    locking,
    locks,
    notifying,
    pluginkit,
    pushing,
    racing,
    sandbox,
    scaffold,
    sharing,
    spawning,
    stubs,
    touching,
    watching,
    why,
    widgets,
)
from simulator.simctl.arguments import Usage, suggestion
from simulator.simctl.picture import harmless
from simulator.simctl.session import Session
from simulator.xpc.errors import BundleError, CommandError, SimulatorBug, SimulatorError

__all__ = ("run",)

_INTERRUPTED: Final = 130
_PIPE_CLOSED: Final = 141
_BUG: Final = "This is a bug of the simulator, please report it: "
_NOUNS: Final = (
    devices, apps, links, domains, notifying, sharing, pushing, widgets, touching, access, locking,
    extensions, filing, comparing, locks, coordinating, spawning, defaults, watching, racing,
    sandbox, doctor, scaffold, stubs, linting, demo, pluginkit, why,
)  # fmt: skip

_USAGE: Final = """\
usage: simctl [--set <path>] <subcommand> ...
       simctl help [subcommand]

Controls simulated iOS devices, their apps and their app extensions.

--set <path> is the folder of the device set; else it is $SIMULATOR_DEVICE_SET, or one of yours.
Where a <device> is wanted, give a UDID, a name, or "booted", which is also what is meant when it
is left out.

Subcommands:"""


class _Context(Protocol):
    def get_help(self) -> str: ...

    def get_usage(self) -> str: ...


class _Command(Protocol):
    """The part of Typer's command that is used here; its class has moved between versions."""

    name: str
    commands: "dict[str, _Command]"
    params: list[Any]

    def get_short_help_str(self, limit: int = ...) -> str: ...

    def make_context(
        self, info_name: str, args: list[str], **extra: object
    ) -> AbstractContextManager[_Context]: ...

    def invoke(self, context: _Context) -> object: ...


class _Globals(NamedTuple):
    device_set: Path
    rest: list[str]


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line and return the exit status; nothing is raised.

    Args:
        arguments: What was typed behind ``simctl``.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name may hold what the terminal cannot show
            stream.reconfigure(errors="backslashreplace")

    try:
        status = _run(list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # What is buffered cannot be written; without this the interpreter complains at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except KeyboardInterrupt:
        return _INTERRUPTED

    return status


def _run(arguments: list[str]) -> int:
    try:
        device_set, rest = _globals(arguments)

        return _dispatch(device_set, rest)
    except BrokenPipeError:
        raise
    except Usage as problem:
        return _complain(str(problem), "Run 'simctl help' for the subcommands.")
    except SimulatorError as problem:
        return _fail(problem)
    except Exception as problem:  # noqa: BLE001  a traceback is no answer to a person
        return _fail(SimulatorBug(f"{type(problem).__name__}: {problem}"))


def _globals(arguments: list[str]) -> _Globals:
    """Take the global options off the front; Apple's ``--profiles`` is taken and ignored."""
    chosen = ""

    while arguments and arguments[0].startswith("--"):
        name, equals, value = arguments[0].partition("=")

        if name not in {"--set", "--profiles"}:
            break

        if not equals:
            if len(arguments) < 2:
                raise Usage(f"{name} needs a path")

            value = arguments[1]

        arguments = arguments[1 if equals else 2 :]

        if name == "--set":
            chosen = value

            if not value:
                raise Usage("--set needs a path")

    return _Globals(Path(chosen).absolute() if chosen else default_set(), arguments)


def _root() -> _Command:
    root = typer.Typer(add_completion=False, rich_markup_mode=None)

    for noun in _NOUNS:
        root.add_typer(noun.app)

    return cast("_Command", get_command(root))


def _dispatch(device_set: Path, arguments: list[str]) -> int:
    commands = _root().commands

    match arguments:
        case [] | ["help"] | ["help", "help"] | ["--help" | "-h", *_]:
            _print_usage(commands)
            return 0 if arguments else 1
        case ["help", *words]:
            wants_help = True
        case words:
            wants_help = False

    name, command, rest = _resolve(commands, words)

    if rest == ["help"]:  # further behind it is an argument, of a program for example
        wants_help, rest = True, []

    if command is None:
        return _unrecognized(name, commands)

    inner = _inner(command)

    if inner and rest and not rest[0].startswith("-"):
        close = suggestion(rest[0], inner)
        hint = f"; did you mean {close}?" if close else ""

        return _complain(
            f"No such subcommand: {name} {rest[0]}{hint}", _context(command, name).get_help()
        )

    if wants_help or (inner and rest[:1] in ([], ["--help"], ["-h"])):
        print(_context(command, name).get_help())
        return 0 if wants_help or rest else 1

    if inner:  # whose options stand behind the subcommand
        return _complain(f"No such option: {rest[0]}", _context(command, name).get_help())

    return _call(command, name, rest, Session(device_set))


def _inner(command: _Command) -> dict[str, _Command]:
    """Return the subcommands of a subcommand; most have none."""
    return getattr(command, "commands", {})


def _resolve(
    commands: dict[str, _Command], words: list[str]
) -> tuple[str, _Command | None, list[str]]:
    """Return a command's full name, itself, and what stands behind its name."""
    command = commands.get(words[0])
    name, rest = words[0], words[1:]

    while command is not None and rest and rest[0] in _inner(command):
        command = _inner(command)[rest[0]]
        name, rest = f"{name} {rest[0]}", rest[1:]

    return name, command, rest


def _print_usage(commands: dict[str, _Command]) -> None:
    print(_USAGE)

    for name, command in commands.items():
        print(f"\t{name:<20}{command.get_short_help_str(limit=100)}")


def _unrecognized(name: str, commands: dict[str, _Command]) -> int:
    """Complain as Apple's tool does: a sentence on standard error, the usage on standard output."""
    close = suggestion(name, commands)
    print(f"Unrecognized subcommand: {name}", file=sys.stderr)

    if close:
        print(f"Did you mean {close}?", file=sys.stderr)

    sys.stderr.flush()
    _print_usage(commands)

    return 1


def _context(command: _Command, name: str) -> _Context:
    with command.make_context(f"simctl {name}", [], resilient_parsing=True) as context:
        return context


def _call(command: _Command, name: str, arguments: list[str], session: Session) -> int:
    _take_as_typed(command)

    try:
        # Not its main(), which has ideas of its own about interrupts and closed pipes.
        with command.make_context(f"simctl {name}", arguments, obj=session) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except Usage as problem:
        return _complain(str(problem), _context(command, name).get_usage())
    except (SimulatorError, OSError):
        raise
    except Exception as problem:
        # Wrong usage that Typer found. It used to raise click's errors and now raises its own,
        # which have this method in common.
        say = getattr(problem, "format_message", None)

        if say is None:
            raise

        return _complain(str(say()), _context(command, name).get_usage())

    return 0


def _take_as_typed(command: _Command) -> None:
    """Keep Typer from converting strings to strings, for which it imports pydantic: 100 ms."""
    for option in command.params:
        if hasattr(option, "get_runtime_param"):  # click has its own, quick way
            option.process_value = lambda _, value: value


def _complain(sentence: str, usage: str) -> int:
    print(f"{sentence}\n{usage}", file=sys.stderr)

    return 1


def _fail(problem: SimulatorError) -> int:
    """Print an error in Apple's frame where it has one, and return its exit status."""
    if isinstance(problem, BundleError):
        problem = CommandError(
            "IXErrorDomain",
            13,
            "Simulator device failed to install the application.",
            str(problem),
        )

    sys.stdout.flush()

    is_bug = isinstance(problem, SimulatorBug)
    text = f"{_BUG if is_bug else ''}{problem}"
    print(harmless(text, keep="\n\t"), file=sys.stderr)  # a guest may have worded it

    return (problem.code & 0xFF or 1) if isinstance(problem, CommandError) else 1
