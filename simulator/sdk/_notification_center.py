"""NotificationCenter: notifications inside one process.

Posting calls the observers at once, on the thread that posts, in the order in which they were
added. What another process does is never posted here (Apple, ``UserDefaults.didChangeNotification``
and ``NotificationCenter``).
"""

import builtins

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Notification", "NotificationCenter")


class Notification:
    """What is posted.

    Attributes:
        name: For example ``NSUserDefaultsDidChangeNotification``.
        object: Who posted it, or None.
        user_info: What else there is to know, or None.
    """

    __slots__ = ("name", "object", "user_info")

    def __init__(
        self,
        name: str,
        object: builtins.object = None,  # noqa: A002  Apple's name
        user_info: "dict[str, builtins.object] | None" = None,
    ) -> None:
        self.name = name
        self.object = object
        self.user_info = user_info

    def __repr__(self) -> str:
        return f"Notification({self.name!r}, {self.object!r})"


class _Observer:
    """A registration: what ``remove_observer`` takes."""

    __slots__ = ("name", "object", "using")

    def __init__(
        self, name: str | None, using: "Callable[[Notification], object]", object_: object
    ) -> None:
        self.name = name
        self.using = using
        self.object = object_

    def wants(self, notification: Notification) -> bool:
        """Whether it is to be called."""
        named = self.name is None or self.name == notification.name

        return named and (self.object is None or self.object is notification.object)


class NotificationCenter:
    """Who wants to hear what. ``NotificationCenter.default`` is the process's."""

    default: "NotificationCenter"

    def __init__(self) -> None:
        self._observers: tuple[_Observer, ...] = ()  # replaced whole: a thread may be posting

    def add_observer(
        self,
        name: str | None,
        using: "Callable[[Notification], builtins.object]",
        *,
        object: builtins.object = None,  # noqa: A002  Apple's name
    ) -> builtins.object:
        """Call ``using`` with each notification; ``addObserver(forName:object:queue:using:)``.

        Args:
            name: Which; None for all.
            using: What to call.
            object: Only those of this poster; None for any.

        Returns:
            What :meth:`remove_observer` takes.
        """
        observer = _Observer(name, using, object)
        self._observers = (*self._observers, observer)

        return observer

    def remove_observer(self, observer: builtins.object) -> None:
        """Forget what :meth:`add_observer` returned; anything else is no error."""
        self._observers = tuple(each for each in self._observers if each is not observer)

    def post(
        self,
        name: str,
        object: builtins.object = None,  # noqa: A002  Apple's name
        user_info: "dict[str, builtins.object] | None" = None,
    ) -> None:
        """Call everybody who wants to hear ``name``, here and now."""
        if self._observers:
            notification = Notification(name, object, user_info)

            for observer in self._observers:
                if observer.wants(notification):
                    observer.using(notification)


NotificationCenter.default = NotificationCenter()
