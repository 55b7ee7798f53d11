"""Scenes: what an app shows, and who is told of it, since iOS 13.

An app whose Info.plist has a ``UIApplicationSceneManifest`` is told of URLs and of the front by its
scene delegate, a subclass of ``uikit.SceneDelegate`` beside the application. The manifest names it
(``UISceneDelegateClassName``). Where it names none, as with SwiftUI, the single subclass is taken,
and without one the application itself is told.
Source: Apple, ``UISceneDelegate``; ``UIScene.ConnectionOptions``.
"""

import sys

from simulator.sdk._url import URL
from simulator.sdk._user_activity import NSUserActivity

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("ConnectionOptions", "OpenURLContext", "SceneEvents", "delegate_of")


class OpenURLContext:
    """A URL that is opened: ``UIOpenURLContext``.

    Attributes:
        url: The URL.
        options: ``source_application`` where the sender is of the same team; of a file,
            ``open_in_place``.
    """

    __slots__ = ("options", "url")

    def __init__(self, url: URL, options: dict[str, object]) -> None:
        self.url = url
        self.options = options


class ConnectionOptions:
    """Why a scene is made: ``UIScene.ConnectionOptions``.

    Attributes:
        url_contexts: The URLs that started the app.
        user_activities: The universal link that did.
        source_application: Who opened it, of the same team, or an empty string.
    """

    __slots__ = ("source_application", "url_contexts", "user_activities")

    def __init__(
        self,
        url_contexts: "Sequence[OpenURLContext]" = (),
        user_activities: "Sequence[NSUserActivity]" = (),
        source_application: str = "",
    ) -> None:
        self.url_contexts = list(url_contexts)
        self.user_activities = list(user_activities)
        self.source_application = source_application


class SceneEvents:
    """What a scene delegate is told."""

    def belongs_to(self, application: object) -> None:
        """Learn whose scene it is; the launch calls it once."""

    def will_connect_to(self, session: str, connection_options: ConnectionOptions) -> None:
        """Run once, after the app's ``did_finish_launching``; what started the app is told here.

        ``scene(_:willConnectTo:options:)``; the session is its role.
        """

    def open_url_contexts(self, contexts: list[OpenURLContext]) -> None:
        """Run when a URL is opened while the app runs: ``scene(_:openURLContexts:)``."""

    def continue_user_activity(self, activity: NSUserActivity) -> None:
        """Run when a universal link is opened while the app runs: ``scene(_:continue:)``."""

    def will_enter_foreground(self) -> None:
        """Run before the scene comes to the front."""

    def did_become_active(self) -> None:
        """Run when it is in front, after what it was opened for."""

    def will_resign_active(self) -> None:
        """Run before something else comes to the front."""

    def did_enter_background(self) -> None:
        """Run when it is no longer seen."""


def delegate_of(application: object, base: type[SceneEvents], named: str) -> SceneEvents | None:
    """Return the scene delegate of an app, made; None where there is none.

    Args:
        application: The app; delegates are sought beside its class.
        base: What delegates are subclasses of.
        named: The class that the manifest names, or nothing.
    """
    module = sys.modules[type(application).__module__]
    own = [
        value
        for value in module.__dict__.values()
        if isinstance(value, type)
        and issubclass(value, base)
        and value.__module__ == module.__name__
    ]
    found = [each for each in own if each.__name__ == named] if named else own

    if len(found) == 1:
        delegate = found[0]()
        delegate.belongs_to(application)

        return delegate

    if named or found:
        _complain(module.__name__, named, [each.__name__ for each in own])

    return None


def _complain(module: str, named: str, own: list[str]) -> None:
    """Say in the log, as a phone does, that there is no delegate: the scene stays black there."""
    known = ", ".join(own) or "none"

    if named:
        sys.stderr.write(
            "[SceneConfiguration] Info.plist configuration for UIWindowSceneSessionRoleApplication "
            "contained UISceneDelegateClassName key, but could not load class with name "
            f'"{named}".\n'
        )

    sys.stderr.write(
        f"{module}.py needs one subclass of simulator.sdk.uikit.SceneDelegate"
        f"{f' called {named}' if named else ''}; it has {known}. URLs reach nobody.\n"
    )
