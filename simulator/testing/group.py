"""An App Group's container, as a test sees it from outside."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

__all__ = ("Group", "files_of")

_HIDDEN = (".com.apple.mobile_container_manager.metadata.plist", "Library")


def files_of(folder: Path) -> list[str]:
    """Return the files in a container, relative and sorted, less what the system keeps there."""
    found = []

    for parent, folders, names in os.walk(folder):
        if Path(parent) == folder:
            folders[:] = [name for name in folders if name not in _HIDDEN]

        found += [str(Path(parent, name).relative_to(folder)) for name in names]

    return sorted(name for name in found if name not in _HIDDEN)


class Group:
    """An App Group.

    Args:
        ask: Asks the device.
        group_id: For example ``group.com.example.notes``.

    Raises:
        Misuse: No installed app is in it.
    """

    def __init__(self, ask: Callable[..., object], group_id: str) -> None:
        self._ask = ask
        self.group_id = group_id
        self.path = Path(str(ask("group", group=group_id)))

    @property
    def defaults(self) -> dict[str, object]:
        """The suite's values, as cfprefsd has them."""
        return cast("dict[str, object]", self._ask("defaults", domain=self.group_id))

    @property
    def files(self) -> list[str]:
        """The files in it, relative and sorted, less what the system keeps there."""
        return files_of(self.path)

    def __repr__(self) -> str:
        return f"<Group {self.group_id}: {self.files}>"
