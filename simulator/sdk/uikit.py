"""UIKit: what an app is, as far as its extensions are concerned.

An app is one subclass of :class:`Application` in ``<Name>.py`` of its bundle.
"""

import os

from shared_container.codec import decode, encode
from simulator.sdk._process import current
from simulator.sdk.foundation import URL
from simulator.xpc.frames import Frame, Kind, unpack_text_pair

TYPE_CHECKING = False

if TYPE_CHECKING:
    from simulator.sdk._process import Process

__all__ = ("Application", "View")


class View:
    """What a process shows: a plain description, not pixels.

    Args:
        title: The first line.
        lines: The lines below it.
    """

    __slots__ = ("lines", "title")

    def __init__(self, title: str, lines: list[str] | tuple[str, ...] = ()) -> None:
        self.title = title
        self.lines = list(lines)


class Application:
    """The main app's delegate: override what you need."""

    def did_finish_launching(self, options: dict[str, object]) -> None:
        """Run once, first. ``options`` holds ``url`` when a URL started the app."""

    def open_url(self, url: URL, options: dict[str, object]) -> None:
        """Run when a URL is opened with this app, cold (after launching) or warm.

        ``options`` holds ``source_application``, the bundle id of the sender if it is of the
        same team.
        """

    def will_terminate(self) -> None:
        """Run before a polite end; a kill does not wait for it."""

    def show(self, view: View) -> None:
        """Replace what this app shows."""
        current().send(Kind.SHOW, encode([view.title, view.lines]))

    def open(self, url: str | URL) -> bool:
        """Open a URL with whoever claims its scheme; True when an app took it.

        ``UIApplication.open(_:)``.
        """
        reply, _ = current().ask(Kind.OPEN_URL, str(url).encode())

        return decode(reply.payload) is True

    def launched_by(self, process: "Process") -> None:
        """Begin; the launch calls it once, apps never do."""
        process.handlers[Kind.URL] = self._open_url
        process.will_terminate = self.will_terminate
        options = process.info["options"]
        assert isinstance(options, dict)

        if "url" in options:
            options["url"] = URL(options["url"])

        self.did_finish_launching(options)

    def _open_url(self, frame: Frame, files: list[int]) -> None:
        for descriptor in files:
            os.close(descriptor)

        source, text = unpack_text_pair(frame.payload)
        options: dict[str, object] = {"source_application": source} if source else {}
        self.open_url(URL(text), options)
