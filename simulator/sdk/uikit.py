"""UIKit: what an app is, as far as its extensions are concerned.

An app is one subclass of :class:`Application` in ``<Name>.py`` of its bundle.
"""

import os

from shared_container.codec import decode, encode
from simulator.sdk._app_life import AppDelegate, AppLife
from simulator.sdk._process import current
from simulator.sdk._scenes import ConnectionOptions, OpenURLContext, SceneEvents
from simulator.sdk.foundation import URL
from simulator.xpc.frames import PAYLOAD_BYTES_MAX, Frame, Kind

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from simulator.sdk._process import Process

__all__ = ("Application", "ConnectionOptions", "OpenURLContext", "SceneDelegate", "View")

_NO_TEXTS: "Mapping[str, str]" = {}


class View:
    """What a process shows: a plain description, not pixels.

    Args:
        title: The first line.
        lines: The lines below it.
        images: Names of pictures.
        fields: Names of text fields, or name → text; the first has the focus. A field that was
            shown before keeps its text when only its name is given.
        buttons: Label → what a tap on it does.
    """

    __slots__ = ("buttons", "fields", "images", "lines", "title")

    def __init__(
        self,
        title: str,
        lines: "Sequence[str]" = (),
        *,
        images: "Sequence[str]" = (),
        fields: "Sequence[str] | dict[str, str]" = (),
        buttons: "dict[str, Callable[[], object]] | None" = None,
    ) -> None:
        self.title = title
        self.lines = list(lines)
        self.images = list(images)
        self.fields: dict[str, str | None] = (
            dict(fields) if isinstance(fields, dict) else dict.fromkeys(fields)
        )
        self.buttons = buttons or {}

    def described(self, texts: "Mapping[str, str]" = _NO_TEXTS) -> list[object]:
        """Return the view as the host reads it.

        Args:
            texts: What stands in fields that were shown before.
        """
        fields = {
            name: texts.get(name, "") if text is None else text
            for name, text in self.fields.items()
        }

        return [self.title, self.lines, self.images, fields, list(self.buttons)]


class Application(AppDelegate):
    """The main app's delegate: override what you need."""

    _view: View | None = None
    _texts: "Mapping[str, str]" = _NO_TEXTS

    def will_terminate(self) -> None:
        """Run before a polite end; a kill does not wait for it."""

    def text_changed(self, field: str, text: str) -> None:
        """Run when somebody, or a keyboard extension, has typed into a field."""

    def show(self, view: View) -> None:
        """Replace what this app shows."""
        description = view.described(self._texts)
        self._view = view
        fields = description[3]
        assert isinstance(fields, dict)
        self._texts = fields
        current().send(Kind.SHOW, encode(description))

    def field(self, name: str) -> str:
        """Return what stands in a text field."""
        return self._texts.get(name, "")

    def open(
        self,
        url: str | URL,
        options: "Mapping[str, object] | None" = None,
        completion: "Callable[[bool], object] | None" = None,
    ) -> bool:
        """Open a URL with whoever it belongs to; True when somebody took it.

        ``UIApplication.open(_:options:completionHandler:)``.

        Args:
            url: The URL.
            options: ``universal_links_only``: with an app associated with its domain, or not.
            completion: Is told the same, from the main run loop.
        """
        raw = _raw(url)
        only = int(bool((options or {}).get("universal_links_only")))
        took = False

        if raw is not None:
            reply, _ = current().ask(Kind.OPEN_URL, raw, arg=only)
            took = decode(reply.payload) is True

        if completion is not None:
            current().call_soon(lambda: completion(took))

        return took

    def can_open_url(self, url: str | URL) -> bool:
        """Say whether anybody opens a URL; of schemes in ``LSApplicationQueriesSchemes`` only.

        ``UIApplication.canOpenURL(_:)``. The first 50 of them count, and the device's log has
        Apple's line about any other.
        """
        raw = _raw(url)

        return raw is not None and current().call("lsd.can_open_url", raw.decode()) is True

    def launched_by(self, process: "Process") -> None:
        """Begin; the launch calls it once, apps never do."""
        process.handlers[Kind.INPUT] = self._input
        process.will_terminate = self.will_terminate
        options = process.info["options"]
        assert isinstance(options, dict)
        AppLife(self, process, SceneDelegate).begin(options)

    def _input(self, frame: Frame, files: list[int]) -> None:
        for descriptor in files:
            os.close(descriptor)

        match decode(frame.payload):
            case {"tap": str(label)}:
                handler = self._view.buttons.get(label) if self._view is not None else None

                if handler is not None:
                    handler()
            case {"field": str(name), "insert": str(text)}:
                self._typed(name, self.field(name) + text)
            case {"field": str(name), "delete": True}:
                self._typed(name, self.field(name)[:-1])
            case _:
                pass  # what a later host may send

    def _typed(self, name: str, text: str) -> None:
        self._texts = {**self._texts, name: text}
        shown = self._view

        if shown is not None and name in shown.fields:
            shown.fields[name] = text

        self.text_changed(name, text)

        if shown is not None and shown is self._view:  # the app did not show another view
            self.show(shown)


class SceneDelegate(SceneEvents):
    """The delegate of the app's one scene: override what you need.

    Attributes:
        application: The app; it shows views.
    """

    application: Application

    def belongs_to(self, application: object) -> None:
        """Begin; the launch calls it once, delegates never do."""
        assert isinstance(application, Application)
        self.application = application


def _raw(url: "str | URL") -> bytes | None:
    """Return a URL as a frame carries it; None for what no frame carries: nobody opens that."""
    try:
        raw = str(url).encode()
    except UnicodeEncodeError:
        return None

    return raw if len(raw) < PAYLOAD_BYTES_MAX - 100 else None
