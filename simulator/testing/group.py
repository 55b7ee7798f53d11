"""An App Group's container, as a test sees it from outside."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

__all__ = ("Group", "files_of")

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
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

    def read_bytes(self, path: str) -> bytes:
        """Return what a file in it holds; links that lead out are not followed.

        Raises:
            CommandError: There is none, or it is no file.
        """
        data = bytearray()

        while piece := cast("bytes", self._file("file_read", path, offset=len(data))["data"]):
            data += piece

        return bytes(data)

    def read_text(self, path: str) -> str:
        """Return the same as text; see :meth:`read_bytes`."""
        return self.read_bytes(path).decode()

    def push(self, source: str | Path, path: str) -> None:
        """Copy a file, or a folder, from outside into it: as ``simctl file push -r`` does.

        Raises:
            CommandError: The source is not there, or the path leads out.
        """
        self._file("file_push", path, source=str(Path(source).absolute()), recursive=True)

    def save(self, name: str) -> None:
        """Keep what it holds now, for :meth:`changes_since`."""
        self._ask("state_save", kind="group", identifier=self.group_id, name=name)

    def changes_since(self, name: str) -> list[str]:
        """Return what has changed since :meth:`save`: ``+ path``, ``- path``, ``~ path``, sorted.

        Raises:
            Misuse: Nothing is saved under that name.
        """
        answer = self._ask("state_diff", kind="group", identifier=self.group_id, name=name)
        found = cast("dict[str, list[dict[str, object]]]", answer)

        return [f"{_SIGNS[str(row['what'])]} {row['path']}" for row in found["changes"]]

    def _file(self, verb: str, path: str, **arguments: object) -> dict[str, object]:
        answer = self._ask(verb, kind="group", identifier=self.group_id, path=path, **arguments)

        return cast("dict[str, object]", answer)

    def __repr__(self) -> str:
        return f"<Group {self.group_id}: {self.files}>"
