"""Which apps were launched since they were installed: their widgets can be had (E12).

Written down, because a reboot does not change it; an upgrade keeps it and a removal ends it.
"""

import os
import plistlib
from contextlib import suppress
from pathlib import Path

from shared_container.atomic import write_atomically
from simulator.bundles.plist import read_plist
from simulator.xpc.errors import BundleError

__all__ = ("LaunchedApps",)

_KEY = "launched"


class LaunchedApps:
    """The bundle identifiers of apps with widgets that were launched once.

    Args:
        data: The device's ``data`` folder.
    """

    def __init__(self, data: str) -> None:
        self._file = os.path.join(data, "Library", "chronod", "launched.plist")
        self._known = self._read()

    def _read(self) -> set[str]:
        with suppress(BundleError):  # missing, or somebody has broken it: launched is soon said
            found = read_plist(Path(self._file), name="launched.plist").get(_KEY)

            return {str(each) for each in found} if isinstance(found, list) else set()

        return set()

    def __contains__(self, bundle_id: str) -> bool:
        return bundle_id in self._known

    def add(self, bundle_id: str) -> None:
        """Remember an app.

        Raises:
            OSError: The device cannot be written; it is remembered until the next boot.
        """
        if bundle_id not in self._known:
            self._known.add(bundle_id)
            self._write()

    def forget(self, bundle_id: str) -> None:
        """Forget an app that was removed.

        Raises:
            OSError: The device cannot be written.
        """
        if bundle_id in self._known:
            self._known.discard(bundle_id)
            self._write()

    def _write(self) -> None:
        os.makedirs(os.path.dirname(self._file), exist_ok=True)
        content = plistlib.dumps({_KEY: sorted(self._known)}, fmt=plistlib.FMT_BINARY)
        write_atomically(self._file, content)
