"""The life of an app as it is told of it: launched, opened with something, in front, behind.

The order is Apple's. Without scenes: ``did_finish_launching`` (options first), what it was opened
with, ``did_become_active``; while it runs ``will_enter_foreground``, what it is opened with,
``did_become_active``. With scenes a launch has its reason among the connection options and nowhere
else, and ``will_enter_foreground`` is told at the launch too.
Sources: Apple, Managing your app's life cycle; ``UIApplicationDelegate``; ``UISceneDelegate``.
"""

import os

from shared_container.codec import decode
from simulator.sdk._scenes import ConnectionOptions, OpenURLContext, SceneEvents, delegate_of
from simulator.sdk._url import URL
from simulator.sdk._user_activity import NSUserActivity
from simulator.xpc.frames import Frame, Kind, Opening, unpack_text_pair

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.sdk._process import Process

__all__ = ("AppDelegate", "AppLife")

_ROLE = "UIWindowSceneSessionRoleApplication"


class AppDelegate:
    """What an app is told: ``UIApplicationDelegate``."""

    def did_finish_launching(self, options: dict[str, object]) -> object:
        """Run once, first.

        ``options`` holds ``url``, or ``user_activity``, when that started the app, and
        ``source_application`` as below; with scenes it is empty. An app that returns False has
        dealt with it: ``open_url`` and ``continue_user_activity`` are not called for it.
        """

    def open_url(self, url: URL, options: dict[str, object]) -> object:
        """Run when a URL is opened with this app, cold (after launching) or warm; without scenes.

        ``options`` holds ``source_application``, the bundle id of the sender if it is of the
        same team, and of a file ``open_in_place``: if that is false, it is a copy in
        ``Documents/Inbox``.
        """

    def continue_user_activity(self, activity: NSUserActivity) -> object:
        """Run when a universal link is opened with this app, cold or warm; without scenes.

        ``application(_:continue:restorationHandler:)``.
        """

    def will_enter_foreground(self) -> None:
        """Run before the app comes back to the front; without scenes."""

    def did_become_active(self) -> None:
        """Run when the app is in front, after what it was opened with; without scenes."""

    def will_resign_active(self) -> None:
        """Run before something else comes to the front; without scenes."""

    def did_enter_background(self) -> None:
        """Run when the app is no longer seen; without scenes."""


class AppLife:
    """What an app, or its scene, is told.

    Args:
        application: The app.
        process: This process.
        scenes: What scene delegates are subclasses of.
    """

    def __init__(
        self, application: AppDelegate, process: "Process", scenes: type[SceneEvents]
    ) -> None:
        named = process.info.get("scene_delegate")
        self._app = application
        self._has_scenes = isinstance(named, str)
        self._scene = delegate_of(application, scenes, str(named)) if self._has_scenes else None
        self._is_lost = bool(named) and self._scene is None
        self._is_in_front = False
        self._was_in_front = False
        self._wants_launch_url = True
        process.handlers[Kind.URL] = self._url
        process.handlers[Kind.ACTIVITY] = self._activity
        process.handlers[Kind.LIFECYCLE] = self._lifecycle

    def begin(self, told: dict[str, object]) -> None:
        """Tell of the launch.

        Args:
            told: The launch options as the host gives them.
        """
        options = dict(told)

        if "url" in options:
            options["url"] = URL(str(options["url"]))

        if "user_activity" in options:
            options["user_activity"] = NSUserActivity.from_host(options["user_activity"])

        # With scenes UIKit tells the app itself nothing of what it was opened with.
        answer = self._app.did_finish_launching({} if self._has_scenes else options)
        self._wants_launch_url = answer is not False

        if self._scene is not None:
            self._scene.will_connect_to(_ROLE, _connection_options(options))

    def _front(self) -> AppDelegate | SceneEvents | None:
        """Return who is told: the scene, or the app where it has none."""
        return None if self._is_lost else self._scene or self._app

    def _url(self, frame: Frame, files: list[int]) -> None:
        _close(files)
        source, text = unpack_text_pair(frame.payload)
        options: dict[str, object] = {"source_application": source} if source else {}
        url = URL(text)

        if url.scheme == "file":
            options["open_in_place"] = bool(frame.arg & Opening.IN_PLACE)

        def tell() -> None:
            if self._scene is not None:
                self._scene.open_url_contexts([OpenURLContext(url, options)])
            else:
                self._app.open_url(url, options)

        self._open(frame.arg, tell)

    def _activity(self, frame: Frame, files: list[int]) -> None:
        _close(files)
        activity = NSUserActivity.from_host(decode(frame.payload))

        def tell() -> None:
            (self._scene or self._app).continue_user_activity(activity)

        self._open(frame.arg, tell)

    def _open(self, bits: int, tell: "Callable[[], None]") -> None:
        if bits & Opening.FRONT:
            self._enter()

        is_told = bits & Opening.LAUNCH and (self._scene is not None or not self._wants_launch_url)

        if not is_told and not self._is_lost:
            tell()

        if bits & Opening.FRONT:
            self._become_active()

    def _lifecycle(self, frame: Frame, files: list[int]) -> None:
        _close(files)

        if frame.arg & 1:
            self._enter()
            self._become_active()
        else:
            self._leave()

    def _enter(self) -> None:
        told = self._front()

        # Without scenes a launch is no way back from the background.
        if told is not None and (self._was_in_front or self._scene is not None):
            told.will_enter_foreground()

    def _become_active(self) -> None:
        told = self._front()
        self._is_in_front = self._was_in_front = True

        if told is not None:
            told.did_become_active()

    def _leave(self) -> None:
        told = self._front()

        if told is not None and self._is_in_front:
            told.will_resign_active()
            told.did_enter_background()

        self._is_in_front = False


def _connection_options(options: dict[str, object]) -> ConnectionOptions:
    url, activity = options.get("url"), options.get("user_activity")
    source = str(options.get("source_application", ""))
    own: dict[str, object] = {
        name: options[name] for name in ("source_application", "open_in_place") if name in options
    }

    return ConnectionOptions(
        [OpenURLContext(url, own)] if isinstance(url, URL) else [],
        [activity] if isinstance(activity, NSUserActivity) else [],
        source,
    )


def _close(files: list[int]) -> None:
    for descriptor in files:
        os.close(descriptor)
