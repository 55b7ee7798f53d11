"""Waiting for a condition: on the event log's growth, never by sleeping."""

import ast
import inspect
import textwrap
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from simulator.testing.record import Event
from simulator.testing.story import story
from simulator.xpc.errors import Misuse, WaitTimedOut

__all__ = ("Log", "Patience", "condition_text", "patience", "wait_until")

Result = TypeVar("Result")


_SLICE_S = 0.05  # what no event announces (a file, a lock, a watch) is looked at so often


class Patience:
    """How patient a test session is.

    Attributes:
        timeout_s: How long a wait lasts that does not say it: the option ``simulator_timeout``.
    """

    timeout_s = 2.0


patience = Patience()


class Log(Protocol):
    """The log of a device, as waiting needs it."""

    def position(self) -> int:
        """Return the id of the last event."""

    def wait_for_growth(self, position: int, timeout_s: float) -> int:
        """Wait until something stands behind ``position``; return the new position."""

    def all(self) -> list[Event]:
        """Return every event so far."""


def condition_text(condition: Callable[[], object]) -> str:
    """Return the source of a condition, for the first line of a failure."""
    try:
        source = textwrap.dedent(inspect.getsource(condition)).strip()
        tree = ast.parse(source)
    except (OSError, TypeError, SyntaxError):
        return getattr(condition, "__name__", repr(condition))

    lambdas = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda)]

    if len(lambdas) == 1:
        return ast.get_source_segment(source, lambdas[0].body) or source

    return getattr(condition, "__name__", source)


def wait_until(
    log: Log,
    condition: Callable[[], Result],
    *,
    timeout_s: float | None = None,
    give_up: Callable[[], str] = lambda: "",
) -> Result:
    """Return what ``condition`` returns once that is true.

    The condition is asked at once, then each time the device's log has grown, twenty times a second
    besides (a file in a container appears without an event), and a last time when the time is over.

    Args:
        log: The device's.
        condition: Called without arguments.
        timeout_s: Seconds; as patient as the session is if not said.
        give_up: Says why waiting on has no sense, or nothing.

    Raises:
        Misuse: ``condition`` is a value.
        WaitTimedOut: It did not come true; the text tells the story.
    """
    __tracebackhide__ = True

    if not callable(condition):
        raise Misuse(
            f"wait_until was given {condition!r}, a value that was computed before the wait began: "
            'pass a callable that is asked again, wait_until(lambda: "x" in notes.screen)'
        )

    if timeout_s is None:
        timeout_s = patience.timeout_s

    began = position = log.position()
    deadline = time.monotonic() + timeout_s

    while True:
        result = condition()

        if result:
            return result

        left = deadline - time.monotonic()
        why = give_up()

        if left <= 0 or why:
            head = f"never came true: {condition_text(condition)}"
            waited = why or f"waited {timeout_s:g} s of device time"
            raise WaitTimedOut(story(f"{head} ({waited})", log.all(), since=began))

        position = log.wait_for_growth(position, min(left, _SLICE_S))
