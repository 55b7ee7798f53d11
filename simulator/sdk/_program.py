"""From GO to the end of a built-in program: what ``_launch`` is for an app."""

import os
import signal
import sys

from simulator.sdk import _random
from simulator.sdk._standard_input import standard_input

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from simulator.sdk._process import Process

__all__ = ("run_program",)

# The zygote ignores the first, Python the others; a program in a shell dies of them.
_DEADLY = (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ)


def run_program(process: "Process") -> int:
    """Run the built-in program that the launch names, and return its exit status.

    Args:
        process: This process; its launch information has ``program``, ``arguments`` and
            ``environment``.
    """
    info = process.info
    name = str(info["program"])
    _random.reseed(bytes(info["random"]))  # type: ignore[call-overload]
    environment = info["environment"]
    arguments = info["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    os.environ.clear()  # noqa: TID251  a guest's environment is what its launch says
    os.environ.update(environment)  # noqa: TID251
    os.chdir("/")
    sys.argv = [name, *map(str, arguments)]
    sys.stdin, sys.stdout, sys.stderr = standard_input(), _text(1), _text(2)

    for number in _DEADLY:
        signal.signal(number, signal.SIG_DFL)

    main: Callable[[list[str]], int] = __import__(
        f"simulator.programs.{name}", fromlist=["main"]
    ).main

    return main(sys.argv[1:])


def _text(descriptor: int) -> "TextIO":
    """Return a stream that prints whatever bytes an argument had, line by line."""
    return open(
        descriptor, "w", buffering=1, encoding="utf-8", errors="surrogateescape", closefd=False
    )
