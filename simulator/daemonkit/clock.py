"""Device time: no daemon reads the clock, it takes a :class:`Clock`."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

__all__ = ("Clock", "RealClock", "Timer")


class Timer(Protocol):
    """Something that will happen, and can be called off."""

    def cancel(self) -> None:
        """Call it off; harmless when it has happened."""


class Clock(Protocol):
    """The time of one device."""

    def now_ns(self) -> int:
        """Return device time: nanoseconds since boot, never going back."""

    def wall(self) -> datetime:
        """Return the calendar time of the device, in UTC."""

    def call_later(self, delay_s: float, act: Callable[[], None]) -> Timer:
        """Run ``act`` after ``delay_s`` seconds of device time."""


class RealClock:
    """The machine's time. The one place that reads it."""

    def __init__(self) -> None:
        self._started = time.monotonic_ns()

    def now_ns(self) -> int:
        """Return nanoseconds since this clock was made."""
        return time.monotonic_ns() - self._started

    def wall(self) -> datetime:
        """Return now, in UTC."""
        return datetime.now(UTC)

    def call_later(self, delay_s: float, act: Callable[[], None]) -> Timer:
        """Run ``act`` on the running loop after ``delay_s`` seconds."""
        return asyncio.get_running_loop().call_later(delay_s, act)
