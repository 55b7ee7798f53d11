"""Walking a folder, in an order that a run can repeat. Source: Apple, ``DirectoryEnumerator``."""

import os
from pathlib import Path

from simulator.sdk._cocoa_error import CocoaError, cocoa_error
from simulator.sdk._file_attributes import read_attributes
from simulator.sdk._process import point

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

__all__ = ("DirectoryEnumerationOptions", "DirectoryEnumerator")

_PACKAGES = (
    ".app", ".appex", ".bundle", ".framework", ".kext", ".photoslibrary", ".playground", ".plugin",
    ".rtfd", ".xcodeproj", ".xcworkspace", ".xpc",
)  # fmt: skip


class DirectoryEnumerationOptions:
    """What an enumerator passes over. Add them up."""

    SKIPS_SUBDIRECTORY_DESCENDANTS = 1
    SKIPS_PACKAGE_DESCENDANTS = 2
    SKIPS_HIDDEN_FILES = 4


class DirectoryEnumerator:
    """What lies beneath a folder, each folder before what is in it, names in order.

    Links are named and not followed. A folder that cannot be read is told to ``error_handler``,
    and the walk goes on where that returns true; without one it is passed over, as on a phone.

    Args:
        folder: Where to begin; it is not itself among what is found.
        options: Of :class:`DirectoryEnumerationOptions`.
        error_handler: Called with the path and the :class:`CocoaError`.
    """

    def __init__(
        self,
        folder: Path,
        options: int = 0,
        error_handler: "Callable[[Path, CocoaError], bool] | None" = None,
    ) -> None:
        self._options = options
        self._handler = error_handler
        self._folders: list[Iterator[tuple[str, bool]]] = []
        self._paths: list[str] = []
        self._into: str | None = os.fspath(folder)  # what is entered at the next step
        self._last = ""

    @property
    def level(self) -> int:
        """How deep the last item lies: 1 in the folder itself."""
        return len(self._folders)

    @property
    def file_attributes(self) -> dict[str, object]:
        """The attributes of the last item."""
        return read_attributes(self._last)

    def skip_descendants(self) -> None:
        """Do not go into the folder that came last."""
        self._into = None

    def __iter__(self) -> "Self":
        return self

    def __next__(self) -> Path:
        options = DirectoryEnumerationOptions
        self._enter()

        while self._folders:
            for name, is_folder in self._folders[-1]:
                if name.startswith(".") and self._options & options.SKIPS_HIDDEN_FILES:
                    continue

                self._last = os.path.join(self._paths[-1], name)
                skipped = self._options & options.SKIPS_SUBDIRECTORY_DESCENDANTS or (
                    self._options & options.SKIPS_PACKAGE_DESCENDANTS
                    and name.lower().endswith(_PACKAGES)
                )

                if is_folder and not skipped:
                    self._into = self._last

                return Path(self._last)

            self._folders.pop()
            self._paths.pop()

        raise StopIteration

    def _enter(self) -> None:
        into, self._into = self._into, None

        if into is None:
            return

        point("file-read", into, "r")

        try:
            with os.scandir(into) as entries:
                found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        except OSError as problem:
            error = cocoa_error(problem, into, writing=False)

            if self._handler is not None and not self._handler(Path(into), error):
                self._folders.clear()
                self._paths.clear()

            return

        found.sort(key=lambda item: os.fsencode(item[0]))
        self._folders.append(iter(found))
        self._paths.append(into)
