"""Foundation: UserDefaults, NotificationCenter, FileManager, Data, Bundle, URL, Timer.

Apple's names in snake_case; a ``URL`` of the file system is a ``pathlib.Path``.
"""

from pathlib import Path

from shared_container.float32 import Float
from simulator.sdk._cocoa_error import CocoaError, UserCancelledError
from simulator.sdk._data import Data
from simulator.sdk._defaults import UserDefaults
from simulator.sdk._directory_enumerator import DirectoryEnumerationOptions, DirectoryEnumerator
from simulator.sdk._exceptions import NSInvalidArgumentException
from simulator.sdk._file_attributes import FileAttributeKey, FileAttributeType, FileProtectionType
from simulator.sdk._file_coordinator import (
    FileAccessIntent,
    FileCoordinator,
    ReadingOptions,
    WritingOptions,
)
from simulator.sdk._file_manager import FileManager, ItemReplacementOptions, SearchPathDirectory
from simulator.sdk._file_presenter import FilePresenter
from simulator.sdk._notification_center import Notification, NotificationCenter
from simulator.sdk._observing import NSKeyValueObservingOptions, NSNull
from simulator.sdk._operation_queue import OperationQueue
from simulator.sdk._process import current
from simulator.sdk._url import URL
from simulator.sdk._user_activity import NSUserActivity, NSUserActivityTypeBrowsingWeb
from simulator.sdk.corefoundation import CFNotificationCenter

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = (
    "URL",
    "Bundle",
    "CFNotificationCenter",
    "CocoaError",
    "Data",
    "DirectoryEnumerationOptions",
    "DirectoryEnumerator",
    "FileAccessIntent",
    "FileAttributeKey",
    "FileAttributeType",
    "FileCoordinator",
    "FileManager",
    "FilePresenter",
    "FileProtectionType",
    "Float",
    "ItemReplacementOptions",
    "NSInvalidArgumentException",
    "NSKeyValueObservingOptions",
    "NSNull",
    "NSUserActivity",
    "NSUserActivityTypeBrowsingWeb",
    "Notification",
    "NotificationCenter",
    "OperationQueue",
    "ReadingOptions",
    "SearchPathDirectory",
    "Timer",
    "UserCancelledError",
    "UserDefaults",
    "WritingOptions",
)


class Bundle:
    """The bundle that this process was started from: ``Bundle.main``.

    Attributes:
        bundle_identifier: ``CFBundleIdentifier``.
        bundle_path: The folder.
    """

    main: "Bundle"

    @property
    def bundle_identifier(self) -> str:
        """``CFBundleIdentifier``."""
        return str(current().info["bundle_id"])

    @property
    def bundle_path(self) -> Path:
        """The bundle's folder, read-only."""
        return Path(str(current().info["bundle"]))

    @property
    def info_dictionary(self) -> dict[str, object]:
        """The bundle's Info.plist."""
        import plistlib

        loaded: dict[str, object] = plistlib.loads((self.bundle_path / "Info.plist").read_bytes())

        return loaded

    def path_for_resource(self, name: str) -> Path | None:
        """Return where the resource ``name`` lies, or None."""
        path = self.bundle_path / name

        return path if path.exists() else None


Bundle.main = Bundle()


class Timer:
    """A timer on the main run loop."""

    __slots__ = ("_handler", "_interval", "_number", "_repeats")

    def __init__(self, interval_s: float, handler: "Callable[[], None]", *, repeats: bool) -> None:
        self._interval = interval_s
        self._handler = handler
        self._repeats = repeats
        self._number = current().call_later(interval_s, self._fire)

    @classmethod
    def scheduled_timer(
        cls, interval_s: float, handler: "Callable[[], None]", *, repeats: bool = False
    ) -> "Timer":
        """Call ``handler`` after ``interval_s`` seconds, and again each time if it repeats."""
        return cls(interval_s, handler, repeats=repeats)

    def _fire(self) -> None:
        if self._repeats:
            self._number = current().call_later(self._interval, self._fire)

        self._handler()

    def invalidate(self) -> None:
        """Stop the timer; one that has fired is no error."""
        current().cancel_timer(self._number)
