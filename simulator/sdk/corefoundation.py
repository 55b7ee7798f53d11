"""CoreFoundation: the Darwin notification centre.

``CFNotificationCenter.darwin`` stands for ``CFNotificationCenterGetDarwinNotifyCenter()``. It
covers ``<notify.h>``, so its limits hold: no object, no user info, every process of the device.

Sources: Apple, CFNotificationCenter; the comments of ``CFNotificationCenter.h``.
"""

from simulator.sdk.darwin import (
    NOTIFY_STATUS_OK,
    notify_cancel,
    notify_post,
    notify_register_dispatch,
)

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    Callback = Callable[["CFNotificationCenter", object, str, object, object], object]

__all__ = ("CFNotificationCenter",)


class CFNotificationCenter:
    """A centre that carries notifications between processes: ``CFNotificationCenter.darwin``.

    Callbacks run while the main run loop runs.
    """

    darwin: "CFNotificationCenter"

    def __init__(self) -> None:
        self._observers: list[tuple[object, str, int]] = []  # observer, name, token

    def add_observer(
        self,
        observer: object,
        callback: "Callback",
        name: str,
        object: object = None,  # noqa: A002, ARG002  Apple's name; the Darwin centre ignores it
        suspension_behavior: object = None,  # noqa: ARG002  ignored too
    ) -> None:
        """Call ``callback(centre, observer, name, None, None)`` each time ``name`` is posted.

        An observer that is added twice is called twice. It may be None.

        Raises:
            ValueError: There is no name: one cannot observe every name here.
        """
        status, token = notify_register_dispatch(
            name, lambda _: callback(self, observer, name, None, None)
        )

        if status != NOTIFY_STATUS_OK:
            raise ValueError(
                f"add_observer needs a name, and got {name!r}: the Darwin centre has no observers "
                "of every name"
            )

        self._observers.append((observer, name, token))

    def remove_observer(
        self,
        observer: object,
        name: str | None = None,
        object: object = None,  # noqa: A002, ARG002  Apple's name; the Darwin centre ignores it
    ) -> None:
        """Call an observer no more for ``name``, or for any name; an unknown one is no error."""
        kept = []

        for entry in self._observers:
            if entry[0] is observer and name in {None, entry[1]}:
                notify_cancel(entry[2])
            else:
                kept.append(entry)

        self._observers = kept

    def remove_every_observer(self, observer: object) -> None:
        """Call an observer no more."""
        self.remove_observer(observer)

    def post_notification(
        self,
        name: str,
        object: object = None,  # noqa: A002, ARG002  Apple's name; the Darwin centre ignores it
        user_info: object = None,  # noqa: ARG002  ignored too
        deliver_immediately: object = False,  # noqa: ARG002, FBT002  ignored too
    ) -> None:
        """Post ``name``; whatever else is given is ignored, and reaches nobody."""
        notify_post(name)

    def post_notification_with_options(
        self,
        name: str,
        object: object = None,  # noqa: A002, ARG002  Apple's name; the Darwin centre ignores it
        user_info: object = None,  # noqa: ARG002  ignored too
        options: object = 0,  # noqa: ARG002  ignored too
    ) -> None:
        """Post ``name``; whatever else is given is ignored, and reaches nobody."""
        notify_post(name)


CFNotificationCenter.darwin = CFNotificationCenter()
