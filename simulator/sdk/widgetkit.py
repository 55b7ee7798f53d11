"""WidgetKit: what a home screen shows of an app that does not run.

A widget extension is one subclass of :class:`Widget` in ``<Name>.py`` of its ``.appex``. The
system starts it to ask for a timeline, keeps the answer, and ends it; what is shown later comes
from there.
"""

import os
from datetime import UTC, datetime, timedelta

from shared_container.codec import decode
from simulator.sdk._process import current
from simulator.sdk.uikit import View
from simulator.xpc.errors import Misuse
from simulator.xpc.frames import Frame, Kind

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulator.sdk._process import Process

__all__ = ("Entry", "Timeline", "View", "Widget", "WidgetCenter", "WidgetContext", "now")


def now() -> datetime:
    """Return the device's calendar time, in UTC."""
    return datetime.now(UTC)  # noqa: TID251  a guest sees the device's time


class Entry:
    """What the widget shows from a date on: ``TimelineEntry``."""

    __slots__ = ("date", "view")

    def __init__(self, date: datetime, view: View) -> None:
        self.date = date
        self.view = view


class Timeline:
    """Entries in the order of their dates, and when to ask again.

    Args:
        entries: At least one.
        policy: :attr:`at_end` (the default), :attr:`never`, or what :meth:`after` returns.
    """

    __slots__ = ("entries", "policy")

    at_end: "tuple[str, datetime | None]" = ("at_end", None)
    never: "tuple[str, datetime | None]" = ("never", None)

    def __init__(
        self, entries: "Sequence[Entry]", policy: "tuple[str, datetime | None]" = at_end
    ) -> None:
        self.entries = list(entries)
        self.policy = policy

    @staticmethod
    def after(
        date: datetime | None = None, *, minutes: float = 0.0
    ) -> "tuple[str, datetime | None]":
        """Ask again at a date, or so many minutes from now."""
        return "after", date if date is not None else now() + timedelta(minutes=minutes)


class WidgetContext:
    """What the system wants: ``TimelineProviderContext``.

    Attributes:
        family: The size, one of the widget's families.
    """

    __slots__ = ("family",)

    def __init__(self, family: str) -> None:
        self.family = family


class Widget:
    """The principal class of a ``com.apple.widgetkit-extension``.

    Attributes:
        kind: The widget's name; the class's unless it is set.
        families: The sizes it comes in.
    """

    kind: str = ""
    families: "tuple[str, ...]" = ("systemSmall",)

    def timeline(self, context: WidgetContext) -> Timeline:  # noqa: ARG002  for those who override
        """Return what to show from now on."""
        raise Misuse(f"{type(self).__name__} does not override timeline")

    def launched_by(self, process: "Process") -> None:
        """Begin; the launch calls it once, widgets never do."""
        process.handlers[Kind.REQUEST] = self._asked

    def _asked(self, frame: Frame, files: list[int]) -> None:
        for descriptor in files:
            os.close(descriptor)

        request = decode(frame.payload)
        assert isinstance(request, dict)
        family = str(request["family"]) or str(self.families[0])
        timeline = self.timeline(WidgetContext(family))
        policy, after = timeline.policy
        entries = [[entry.date, entry.view.described()] for entry in timeline.entries]
        answer = [self.kind or type(self).__name__, family, entries, policy, after]
        current().tell("chronod.timeline", [request["id"], answer])


class WidgetCenter:
    """An app's way to have its widgets asked again: ``WidgetCenter.shared``."""

    shared: "WidgetCenter"

    def reload_timelines(self, of_kind: str) -> None:
        """Ask this app's widgets of a kind again, soon."""
        current().tell("chronod.reload", of_kind)

    def reload_all_timelines(self) -> None:
        """Ask all of this app's widgets again, soon."""
        current().tell("chronod.reload", "")


WidgetCenter.shared = WidgetCenter()
