"""The verbs of saved states: a container as it was, and what has changed since."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from shared_container.atomic import write_atomically
from shared_container.layout import PREFERENCES_FOLDER, journal_name, preferences_name
from simulator.daemonkit.limits import CHANGES_TOLD_MAX
from simulator.device.container_states import Change, State, differences, shown_values, state_of
from simulator.device.filing import FileVerbs
from simulator.device.person import verb
from simulator.xpc.errors import Misuse

__all__ = ("ComparingVerbs",)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_FOLDER: Final = "Library/containermanagerd/Saved"


class ComparingVerbs(FileVerbs):
    """What can be asked about states of containers; mixed into the verbs of a device."""

    @verb
    async def state_save(self, kind: str, identifier: str, name: str) -> int:
        """Keep what a container holds now under a name; return how many items that are."""
        path = self._saved(name)
        root = self._root(kind, identifier)
        state = await self._now(root, identifier)
        content = {"kind": kind, "identifier": identifier, "root": root, "items": state}
        await self._do(name, lambda: _write(path, content))

        return len(state)

    @verb
    async def state_diff(self, name: str) -> dict[str, object]:
        """Return what has changed in a container since its state was saved."""
        saved = await self._do(name, lambda: _read(self._saved(name)))

        if saved is None:
            known = ", ".join(self.state_list()) or "none"
            raise Misuse(f"no state is saved as {name!r} (saved: {known})")

        kind, identifier = str(saved["kind"]), str(saved["identifier"])
        root = self._root(kind, identifier)
        before = cast("State", saved["items"])
        now = await self._now(root, identifier)
        changes = await self._do(name, lambda: differences(before, now))

        return {
            "kind": kind,
            "identifier": identifier,
            "is_new": root != saved["root"],
            "changes": [_row(change) for change in changes[:CHANGES_TOLD_MAX]],
            "more": max(0, len(changes) - CHANGES_TOLD_MAX),
        }

    @verb
    def state_list(self) -> list[str]:
        """Return the names of the saved states, sorted."""
        folder = Path(self._host.data, _FOLDER)

        return sorted(path.stem for path in folder.glob("*.json"))

    @verb
    def state_remove(self, name: str) -> None:
        """Forget a saved state; one that is not there is no error."""
        Path(self._saved(name)).unlink(missing_ok=True)

    def _saved(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise Misuse(
                f"{name!r} is no name for a state: 1 to 64 letters, digits, '.', '_' and '-'"
            )

        return os.path.join(self._host.data, _FOLDER, f"{name}.json")

    async def _now(self, root: str, identifier: str) -> State:
        """Return what a container holds, its own preferences as cfprefsd has them.

        Their plist is written a while after they were set, and the journal beside it is ours.
        """
        plist = f"{PREFERENCES_FOLDER}/{preferences_name(identifier)}"
        journal = f"{PREFERENCES_FOLDER}/{journal_name(identifier)}"
        state = await self._do(identifier, lambda: state_of(root))

        if state.pop(journal, None) is None and plist not in state:
            return state  # opening them would make a folder for them

        values = await self._host.cfprefsd.outside.read(identifier)
        keys = await self._do(identifier, lambda: shown_values(values))
        state[plist] = {"kind": "file", "size": -1, "keys": keys}

        return state


def _write(path: str, content: Mapping[str, object]) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_atomically(path, json.dumps(content))


def _read(path: str) -> dict[str, object] | None:
    try:
        content: dict[str, object] = json.loads(Path(path).read_bytes())
    except FileNotFoundError:
        return None

    return content


def _row(change: Change) -> dict[str, object]:
    before, after = change.size

    return {
        "what": change.what,
        "path": change.path,
        "kind": change.kind,
        "before": before,
        "after": after,
        "details": list(change.details),
    }
