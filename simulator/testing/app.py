"""One launched process, as a test holds it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from simulator.testing.record import DeviceLog, Event, Events
from simulator.testing.waiting import wait_until

__all__ = ("App", "rows_of", "screen_text")

Result = TypeVar("Result")


def rows_of(ask: Callable[..., object]) -> list[tuple[int, str, str, str]]:
    """Return a row per process of a device: pid, bundle id, state, why it lives."""
    rows = cast("list[list[object]]", ask("ps"))

    return [(cast("int", row[0]), str(row[1]), str(row[2]), str(row[3])) for row in rows]


def screen_text(ask: Callable[..., object], bundle_id: str) -> str:
    """Return what an app shows, or the front app for an empty id; nothing when it shows nothing."""
    view = cast("dict[str, object]", ask("screen", bundle_id=bundle_id))
    lines = [str(line) for line in cast("list[object]", view["lines"])]

    return "\n".join([str(view["title"]), *lines])


class App:
    """A process of an app.

    Args:
        ask: Asks the device.
        log: The device's.
        name: As below.
        pid: As below.

    Attributes:
        bundle_id: Whose.
        pid: The process.
        name: The process in the event log: bundle id and ordinal.
    """

    def __init__(self, ask: Callable[..., object], log: DeviceLog, name: str, pid: int) -> None:
        self._ask = ask
        self._log = log
        self._end_is_known = False  # the test ended it, or has waited for its end
        self.name = name
        self.bundle_id = name.partition("/")[0]
        self.pid = pid

    @property
    def _events(self) -> Events:
        return Events(self._log.all()).of(actor=self.name)

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return any(pid == self.pid for pid, *_ in rows_of(self._ask))

    @property
    def screen(self) -> str:
        """What it shows, as text: the title and the lines below it."""
        return screen_text(self._ask, self.bundle_id)

    @property
    def output(self) -> list[str]:
        """The lines it printed, standard output and error."""
        return [event.resource for event in self._events.of(kind="output")]

    @property
    def defaults(self) -> dict[str, object]:
        """The app's own preferences, as cfprefsd has them."""
        return cast("dict[str, object]", self._ask("defaults", domain=self.bundle_id))

    @property
    def container(self) -> Path:
        """Its data container."""
        return Path(str(self._ask("get_app_container", bundle_id=self.bundle_id, container="data")))

    def terminate(self) -> None:
        """End it, politely first."""
        self._end_is_known = True
        self._ask("terminate", bundle_id=self.bundle_id)

    def suspend(self) -> None:
        """Stop it, as iOS does a while after it went to the background.

        What it is told by Darwin notifications meanwhile waits, once per name.
        """
        self._ask("suspend", bundle_id=self.bundle_id)

    def resume(self) -> None:
        """Let it run on."""
        self._ask("resume", bundle_id=self.bundle_id)

    def _exit(self) -> Event | None:
        found = self._events.of(kind="exit")

        return found[0] if found else None

    def wait_until(self, condition: Callable[[], Result], timeout_s: float | None = None) -> Result:
        """Return what ``condition`` returns once that is true.

        Gives up at once when the process has ended, unless the test knows that it has.

        Args:
            condition: Called without arguments, again and again.
            timeout_s: Seconds; those of the option ``simulator_timeout`` if not said.

        Raises:
            WaitTimedOut: It did not come true; the text tells the story.
        """
        __tracebackhide__ = True

        def give_up() -> str:
            end = None if self._end_is_known else self._exit()

            return f"{self.bundle_id} {end.reason}" if end is not None else ""

        return wait_until(self._log, condition, timeout_s=timeout_s, give_up=give_up)

    def wait_until_exit(self, timeout_s: float | None = None) -> str:
        """Wait until the process is gone and return the reason.

        Raises:
            WaitTimedOut: It lives on.
        """
        __tracebackhide__ = True

        def it_has_ended() -> Event | None:
            return self._exit()

        end = wait_until(self._log, it_has_ended, timeout_s=timeout_s)
        assert end is not None
        self._end_is_known = True

        return end.reason

    def __repr__(self) -> str:
        return f"<App {self.name} pid {self.pid}>"
