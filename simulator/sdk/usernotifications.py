"""UserNotifications: changing a push before it is shown.

A notification service extension is one subclass of :class:`NotificationServiceExtension`. The
system starts it for an alert with ``mutable-content``; it has about 30 seconds to answer.
"""

import os

from shared_container.codec import decode
from simulator.sdk._process import current
from simulator.xpc.frames import Frame, Kind

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    from simulator.sdk._process import Process

__all__ = ("NotificationContent", "NotificationRequest", "NotificationServiceExtension")


class NotificationContent:
    """What a notification says: ``UNNotificationContent``, mutable.

    Attributes:
        title, subtitle, body: The text.
        badge: The number on the icon, or None to leave it.
        category_identifier: ``aps.category``.
        thread_identifier: ``aps.thread-id``.
        user_info: The whole payload; custom keys are peers of ``aps``.
    """

    __slots__ = (
        "badge", "body", "category_identifier", "subtitle", "thread_identifier", "title",
        "user_info",
    )  # fmt: skip

    def __init__(
        self, title: str = "", subtitle: str = "", body: str = "", badge: int | None = None
    ) -> None:
        self.title = title
        self.subtitle = subtitle
        self.body = body
        self.badge = badge
        self.category_identifier = ""
        self.thread_identifier = ""
        self.user_info: dict[str, object] = {}

    def mutable_copy(self) -> "NotificationContent":
        """Return a copy, to be changed."""
        copy = NotificationContent(self.title, self.subtitle, self.body, self.badge)
        copy.category_identifier = self.category_identifier
        copy.thread_identifier = self.thread_identifier
        copy.user_info = dict(self.user_info)

        return copy


class NotificationRequest:
    """What arrived: ``UNNotificationRequest``."""

    __slots__ = ("content", "identifier")

    def __init__(self, identifier: str, content: NotificationContent) -> None:
        self.identifier = identifier
        self.content = content


class NotificationServiceExtension:
    """The principal class of a ``com.apple.usernotifications.service`` extension.

    Attributes:
        content_handler: The way to answer, once; the same that ``did_receive`` is given.
    """

    content_handler: "Callable[[NotificationContent], None]"

    def did_receive(
        self,
        request: NotificationRequest,
        content_handler: "Callable[[NotificationContent], None]",
    ) -> None:
        """Change the content and hand it to ``content_handler``, now or later."""
        content_handler(request.content)

    def service_extension_time_will_expire(self) -> None:
        """Run shortly before the time is over: hand over the best attempt at once.

        Without an answer the original is shown.
        """

    def launched_by(self, process: "Process") -> None:
        """Begin; the launch calls it once, extensions never do."""
        process.handlers[Kind.REQUEST] = self._asked
        process.handlers[Kind.EXPIRE] = self._expire

    def _asked(self, frame: Frame, files: list[int]) -> None:
        for descriptor in files:
            os.close(descriptor)

        asked = decode(frame.payload)
        assert isinstance(asked, dict)
        content = NotificationContent(
            asked["title"], asked["subtitle"], asked["body"], asked["badge"]
        )
        content.category_identifier = asked["category"]
        content.thread_identifier = asked["thread"]
        content.user_info = asked["user_info"]
        open_requests = [asked["id"]]

        def answer(changed: NotificationContent) -> None:
            if open_requests:  # the first answer counts, as on a phone
                text = {
                    "title": changed.title,
                    "subtitle": changed.subtitle,
                    "body": changed.body,
                    "badge": changed.badge,
                }
                current().tell("apsd.content", [open_requests.pop(), text])

        self.content_handler = answer
        self.did_receive(NotificationRequest(asked["identifier"], content), answer)

    def _expire(self, _frame: Frame, _files: list[int]) -> None:
        self.service_extension_time_will_expire()
