"""Where the states of containers are kept: a file for each, by its container and its name."""

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from simulator.device.hints import did_you_mean
from simulator.xpc.errors import Misuse

__all__ = ("SavedState", "SavedStates")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


class SavedState(NamedTuple):
    """One of them.

    Attributes:
        name: As it was saved.
        kind: Of the container: ``group``, ``app`` or ``extension``.
        identifier: Of the container.
        path: Of its file.
        saved_ns: When, since 1970.
    """

    name: str
    kind: str
    identifier: str
    path: Path
    saved_ns: int

    @property
    def container(self) -> str:
        """The container, in words."""
        return f"{self.kind} {self.identifier}"


class SavedStates:
    """The states of one device.

    Args:
        folder: Where they are kept; a folder per container, a file per name.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str, kind: str, identifier: str) -> Path:
        """Return where the state of that container and name is kept, or would be.

        Raises:
            Misuse: It is no name for a state.
        """
        if not _NAME.fullmatch(name):
            raise Misuse(
                f"{name!r} is no name for a state: 1 to 64 letters, digits, '.', '_' and '-'"
            )

        return self._folder / kind / quote(identifier, safe="") / f"{name}.json"

    def all(self, kind: str = "", identifier: str = "") -> list[SavedState]:
        """Return the states of one container, or all; sorted by name and container."""
        found = []

        for path in self._folder.glob("*/*/*.json"):
            folder = path.parent
            its_kind, its_identifier = folder.parent.name, unquote(folder.name)

            if kind and (kind, identifier) != (its_kind, its_identifier):
                continue

            saved_ns = path.stat().st_mtime_ns
            found.append(SavedState(path.stem, its_kind, its_identifier, path, saved_ns))

        return sorted(found)

    def find(self, name: str, kind: str = "", identifier: str = "") -> SavedState:
        """Return a saved state, without a container the only one of that name.

        Raises:
            Misuse: There is none, or there are several; what there is stands in the text.
        """
        self.path(name, kind, identifier)
        states = self.all()
        named = [each for each in states if each.name == name]
        meant = [each for each in named if not kind or each[1:3] == (kind, identifier)]

        if len(meant) == 1:
            return meant[0]

        if meant:
            containers = ", ".join(each.container for each in meant)
            raise Misuse(f"{name!r} is saved of several containers: say which, {containers}")

        if named:
            containers = ", ".join(each.container for each in named)
            raise Misuse(
                f"no state of {kind} {identifier} is saved as {name!r}, but of {containers}"
            )

        raise Misuse(_unknown(name, [each.name for each in states]))


def _unknown(name: str, names: list[str]) -> str:
    known = list(dict.fromkeys(names))
    hint = did_you_mean(name, known)

    return f"no state is saved as {name!r} (saved: {', '.join(known) or 'none'}){hint}"
