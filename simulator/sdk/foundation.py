"""Foundation: UserDefaults, NotificationCenter, FileManager, Bundle, URL, Timer.

Apple's names in snake_case; a ``URL`` of the file system is a ``pathlib.Path``.
"""

import os
from pathlib import Path

from shared_container import atomic
from shared_container.float32 import Float
from simulator.sdk._audit import tell_denied
from simulator.sdk._defaults import UserDefaults
from simulator.sdk._exceptions import NSInvalidArgumentException
from simulator.sdk._file_coordinator import (
    CocoaError,
    FileAccessIntent,
    FileCoordinator,
    ReadingOptions,
    UserCancelledError,
    WritingOptions,
)
from simulator.sdk._file_presenter import FilePresenter
from simulator.sdk._notification_center import Notification, NotificationCenter
from simulator.sdk._observing import NSKeyValueObservingOptions, NSNull
from simulator.sdk._operation_queue import OperationQueue
from simulator.sdk._process import current, point
from simulator.sdk._url import URL
from simulator.sdk.corefoundation import CFNotificationCenter

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = (
    "URL",
    "Bundle",
    "CFNotificationCenter",
    "CocoaError",
    "FileAccessIntent",
    "FileCoordinator",
    "FileManager",
    "FilePresenter",
    "Float",
    "NSInvalidArgumentException",
    "NSKeyValueObservingOptions",
    "NSNull",
    "Notification",
    "NotificationCenter",
    "OperationQueue",
    "ReadingOptions",
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


class FileManager:
    """Files: where they may lie, and how to replace one safely. ``FileManager.default``."""

    default: "FileManager"

    def container_url(self, group: str) -> Path | None:
        """Return the folder of an App Group, or None without the entitlement.

        ``containerURL(forSecurityApplicationGroupIdentifier:)``: nil unless the id is exactly one
        of ``com.apple.security.application-groups``; the device's log then says why.
        """
        groups = current().info["groups"]
        assert isinstance(groups, dict)
        folder = groups.get(group)

        if folder is None:
            tell_denied("container-url", group)
            return None

        return Path(str(folder))

    @property
    def home_directory(self) -> Path:
        """The process's own data container: ``NSHomeDirectory()``."""
        return Path(str(current().info["home"]))

    @property
    def documents_directory(self) -> Path:
        """``Documents`` of the own data container."""
        return self.home_directory / "Documents"

    @property
    def temporary_directory(self) -> Path:
        """``tmp`` of the own data container."""
        return self.home_directory / "tmp"

    def create_directory(self, path: Path) -> None:
        """Make a folder and what is missing above it; an existing one is no error."""
        point("file-create", str(path), "w")
        os.makedirs(path, exist_ok=True)

    def write_atomically(self, data: str | bytes, path: Path) -> None:
        """Replace ``path`` by ``data`` (str as UTF-8): a reader sees the old file or the new one.

        ``Data.write(to:options: .atomic)``.

        Raises:
            OSError: The folder is missing, not ours, or full.
        """
        point("file-write", str(path), "w")
        atomic.write_atomically(str(path), data)

    def contents(self, path: Path) -> bytes | None:
        """Return a file's bytes, or None when it cannot be read."""
        point("file-read", str(path), "r")

        try:
            return Path(path).read_bytes()
        except OSError:
            return None

    def contents_of_directory(self, path: Path) -> list[Path]:
        """Return what lies in a folder, sorted by name, so that a run can be replayed."""
        point("file-read", str(path), "r")

        return [Path(path, name) for name in sorted(os.listdir(path))]

    def remove_item(self, path: Path) -> None:
        """Remove a file or a folder with all that is in it."""
        point("file-unlink", str(path), "w")

        if os.path.isdir(path) and not os.path.islink(path):
            import shutil

            shutil.rmtree(path)
        else:
            os.unlink(path)


FileManager.default = FileManager()


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
