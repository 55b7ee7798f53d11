"""Asking widgets for timelines, keeping them, asking again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from simulator.bundles.bundle import Bundle
from simulator.bundles.points import WIDGET
from simulator.daemonkit.clock import Timer
from simulator.daemonkit.requests import Requests
from simulator.daemonkit.rooms import Kit, Launcher, Registry, ViewReader
from simulator.daemonkit.router import Heard
from simulator.daemons.chronod.launched import LaunchedApps
from simulator.daemons.chronod.state import Timeline, timeline_of
from simulator.xpc.errors import Misbehaved, Misuse, SimulatorError

__all__ = ("Chronod", "Shown")

_TIMELINE_S = 30.0
_RELOAD_MIN_S = 1.0  # a policy of "at once, for ever" must not spin


@dataclass(slots=True)
class _Widget:
    """One widget on the home screen."""

    extension: Bundle
    timeline: Timeline | None = None
    problem: str = ""
    reloads: int = 0
    asking: bool = False
    again: bool = False
    timer: Timer | None = None
    done: list[asyncio.Future[None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """A widget as it is shown now.

    Attributes:
        bundle_id: Of the extension.
        name: For a person.
        kind, family: Of the widget, empty before its first answer.
        view: What it shows, None for the placeholder.
        until: When it will be asked again, None for when its app asks.
        reloads: How often it was asked on this boot.
        problem: Why the last answer was refused, or nothing.
    """

    bundle_id: str
    name: str
    kind: str
    family: str
    view: dict[str, object] | None
    until: datetime | None
    reloads: int
    problem: str


class Chronod:
    """The widgets of one device.

    Args:
        kit: The device's.
        launcher: Starts the extensions.
        registry: Knows bundles.
        views: Reads a view that a guest describes.
        data: The device's ``data`` folder.
    """

    def __init__(
        self, kit: Kit, launcher: Launcher, registry: Registry, views: ViewReader, data: str
    ) -> None:
        self._kit = kit
        self._launched = LaunchedApps(data)
        self._registry = registry
        self._views = views
        self._requests = Requests(kit, launcher)
        self._widgets: dict[str, _Widget] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        kit.router.verb("chronod.timeline", self._answered)
        kit.router.verb("chronod.reload", self._reload_from_app)

    def load(self) -> None:
        """Put the widgets of apps that were launched before this boot on the home screen."""
        for app in self._registry.apps():
            if app.bundle_id in self._launched:
                self._show_widgets(app, 0)

    def app_was_launched(self, app: Bundle, cause: int) -> None:
        """Put an app's widgets on the home screen: its first launch allows it (E12)."""
        if any(extension.extension_point == WIDGET for extension in app.extensions):
            self._remember(self._launched.add, app.bundle_id)
            self._show_widgets(app, cause)

    def app_was_removed(self, bundle_id: str) -> None:
        """Forget that an app was launched, and its widgets: installed again, it begins anew."""
        self._remember(self._launched.forget, bundle_id)

        for widget in [each for each in self._widgets if self._registry.find(each) is None]:
            self._forget(widget)

    def _remember(self, change: Callable[[str], None], bundle_id: str) -> None:
        try:
            change(bundle_id)
        except OSError as problem:  # a full disk is no reason not to launch
            self._kit.log.append(
                "widget", "unwritten", bundle_id, actor="chronod", reason=str(problem)
            )

    def _show_widgets(self, app: Bundle, cause: int) -> None:
        for extension in app.extensions:
            if extension.extension_point == WIDGET:
                known = self._widgets.get(extension.bundle_id)

                if known is None or known.extension.path != extension.path:  # new, or upgraded
                    self._widgets[extension.bundle_id] = _Widget(extension)
                    self._ask_soon(extension.bundle_id, cause)

    def shown(self) -> list[Shown]:
        """Return every widget as it is shown now; those of removed apps are gone."""
        now = self._kit.clock.wall()
        found = []

        for bundle_id in sorted(self._widgets):
            widget = self._widgets[bundle_id]

            if self._registry.find(bundle_id) is None:
                self._forget(bundle_id)
                continue

            timeline = widget.timeline
            entry = timeline.current(now) if timeline is not None else None
            found.append(
                Shown(
                    bundle_id,
                    widget.extension.name,
                    timeline.kind if timeline else "",
                    timeline.family if timeline else "",
                    self._views(entry.view) if entry else None,
                    timeline.reload_at() if timeline else None,
                    widget.reloads,
                    widget.problem,
                )
            )

        return found

    async def reload(self, bundle_id: str) -> None:
        """Ask a widget for a timeline now, and wait for its answer.

        Raises:
            Misuse: It is no widget, its app was never launched, or its answer was refused.
        """
        bundle = self._registry.find(bundle_id)

        if bundle is None or bundle.extension_point != WIDGET:
            raise Misuse(f"{bundle_id} is no installed widget extension")

        widget = self._widgets.get(bundle_id)

        if widget is None:
            raise Misuse(f"{bundle_id} is on no home screen: its app was never launched (E12)")

        waiter = asyncio.get_running_loop().create_future()
        widget.done.append(waiter)
        self._ask_soon(bundle_id, 0)
        await waiter

        if widget.problem:
            raise Misuse(widget.problem)

    def _reload_from_app(self, heard: Heard, kind: object) -> None:
        """``WidgetCenter``: an app reloads its own widgets, of one kind or all."""
        if not isinstance(kind, str):
            raise Misbehaved("a widget kind that is no string")

        app = self._registry.app_of(heard.guest.bundle_id)

        for extension in app.extensions if app is not None else ():
            widget = self._widgets.get(extension.bundle_id)

            if widget is not None and (
                not kind or widget.timeline is None or widget.timeline.kind == kind
            ):
                event = self._kit.log.append(
                    "widget",
                    "reload",
                    extension.bundle_id,
                    actor=heard.guest.name,
                    cause=heard.cause,
                )
                self._ask_soon(extension.bundle_id, event)

    # -- asking ------------------------------------------------------------------------------

    def _ask_soon(self, bundle_id: str, cause: int) -> None:
        """Ask now, or once more when an answer is under way: reloads are coalesced."""
        widget = self._widgets[bundle_id]

        if widget.asking:
            widget.again = True
            return

        widget.asking = True
        task = asyncio.ensure_future(self._ask(bundle_id, widget, cause))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, bundle_id: str, widget: _Widget, cause: int) -> None:
        if widget.timer is not None:
            widget.timer.cancel()
            widget.timer = None

        widget.reloads += 1
        event = self._kit.log.append(
            "widget", "request", bundle_id, actor="chronod", cause=cause, reload=widget.reloads
        )

        try:
            _, answer = await self._requests.run(
                self._registry.find(bundle_id) or widget.extension,
                {"family": ""},
                timeout_s=_TIMELINE_S,
                cause=event,
            )

            if answer.how != "answered":
                raise Misuse(f"{bundle_id} gave no timeline: {answer.detail}")

            timeline = timeline_of(answer.value)

            for entry in timeline.entries:
                self._views(entry.view)

            widget.timeline, widget.problem = timeline, ""
        except (SimulatorError, ValueError) as problem:
            widget.problem = str(problem)  # what was shown before stays

        self._finish(bundle_id, widget, event)

    def _finish(self, bundle_id: str, widget: _Widget, cause: int) -> None:
        refused = bool(widget.problem)
        self._kit.log.append(
            "widget",
            "refuse" if refused else "timeline",
            bundle_id,
            actor="chronod",
            cause=cause,
            **({"reason": widget.problem} if refused else {}),
        )
        widget.asking = False

        if widget.again and self._widgets.get(bundle_id) is widget:  # neither gone nor upgraded
            widget.again = False
            self._ask_soon(bundle_id, cause)
            return

        done, widget.done = widget.done, []

        for waiter in done:
            if not waiter.done():
                waiter.set_result(None)

        self._schedule(bundle_id, widget)

    def _schedule(self, bundle_id: str, widget: _Widget) -> None:
        when = widget.timeline.reload_at() if widget.timeline is not None else None

        if when is None or widget.problem:
            return

        delay_s = max(_RELOAD_MIN_S, (when - self._kit.clock.wall()).total_seconds())

        def due() -> None:
            if self._widgets.get(bundle_id) is widget:
                self._ask_soon(bundle_id, 0)

        widget.timer = self._kit.clock.call_later(delay_s, due)

    def _answered(self, heard: Heard, arguments: object) -> None:
        match arguments:
            case [int(number), list(timeline)]:
                self._requests.answer(heard.guest, number, timeline)
            case _:
                raise Misbehaved("a timeline of the wrong shape")

    def _forget(self, bundle_id: str) -> None:
        widget = self._widgets.pop(bundle_id)

        if widget.timer is not None:
            widget.timer.cancel()
