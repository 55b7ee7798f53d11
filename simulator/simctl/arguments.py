"""Positional arguments in Apple's order: the device comes first, and may be left out.

Option parsers have no optional *leading* argument, so commands take what is left and count.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer

from simulator.xpc.errors import CommandError, Misuse

__all__ = (
    "BOOTED",
    "SWITCHES",
    "Json",
    "Usage",
    "shape",
    "suggested",
    "suggestion",
    "switch",
    "told_switch",
    "with_device",
)

BOOTED = "booted"
SWITCHES = {"on": True, "off": False}

Json = Annotated[bool, typer.Option("--json", "-j", help="Print JSON.")]


class Usage(Misuse):
    """A command was given arguments of the wrong number or kind; its usage is printed below it."""


def shape(positional: str, *, options_first: bool = False) -> dict[str, Any]:
    """Return what Typer must know of a command whose positional arguments it leaves alone.

    Args:
        positional: Their shape as the usage line shows it, for example ``[<device>] <URL>``.
        options_first: Whether everything behind the first of them belongs to them.
    """
    return {
        "options_metavar": f"[options] {positional}".rstrip(),
        "context_settings": {
            "allow_extra_args": True,
            "allow_interspersed_args": not options_first,
        },
    }


def with_device(arguments: Sequence[str], *names: str) -> tuple[str, list[str]]:
    """Split arguments into the device, ``booted`` where none is given, and the rest.

    Args:
        arguments: What was typed behind the command.
        names: What the command takes besides the device, in order; all of them are required.

    Raises:
        Usage: There are too few or too many.
    """
    if len(arguments) < len(names):
        raise Usage(f"Missing argument: <{names[len(arguments)]}>")

    if len(arguments) > len(names) + 1:
        raise Usage(f"Unexpected argument: {arguments[len(names) + 1]}")

    split = len(arguments) - len(names)

    return (arguments[0] if split else BOOTED), list(arguments[split:])


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Return the known word that ``wrong`` resembles most, or an empty string."""
    import difflib

    words = {word.lower(): word for word in known}
    close = difflib.get_close_matches(wrong.lower(), words, n=1)

    return words[close[0]] if close and words[close[0]] != wrong else ""


def suggested(error: CommandError, wrong: str, known: Iterable[str]) -> CommandError:
    """Return the error with a last line ``Did you mean …?`` where something resembles."""
    close = suggestion(wrong, known)

    if not close or any(line.startswith("Did you mean") for line in error.lines):
        return error

    return CommandError(error.domain, error.code, *error.lines, f"Did you mean {close}?")


def switch(word: str, what: str) -> bool:
    """Return what ``on`` and ``off`` mean.

    Args:
        word: What was typed.
        what: Of what, for the refusal.

    Raises:
        Usage: It is neither.
    """
    if word not in SWITCHES:
        raise Usage(f"{what} is on or off, not {word}")

    return SWITCHES[word]


def told_switch(value: object) -> str:
    """Return ``on`` or ``off``."""
    return "on" if value else "off"
