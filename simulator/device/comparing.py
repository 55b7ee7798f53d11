"""The verbs of saved states: a container as it was, and what has changed since."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from shared_container.atomic import write_atomically
from shared_container.layout import PREFERENCES_FOLDER, journal_name, preferences_name
from simulator.daemonkit.limits import CHANGES_TOLD_MAX
from simulator.device.container_states import Change, State, differences, shown_values, state_of
from simulator.device.filing import FileVerbs
from simulator.device.person import verb
from simulator.device.saved_states import SavedStates

__all__ = ("ComparingVerbs",)

_FOLDER: Final = "Library/containermanagerd/Saved"


class ComparingVerbs(FileVerbs):
    """What can be asked about states of containers; mixed into the verbs of a device."""

    @verb
    async def state_save(self, kind: str, identifier: str, name: str) -> int:
        """Keep what a container holds now under a name; return how many items that are.

        A name is the container's own: two containers can have a state of the same name.
        """
        root = self._root(kind, identifier)
        path = self._states.path(name, kind, identifier)
        state = await self._now(root, identifier)
        await self._do(name, lambda: _write(path, {"root": root, "items": state}))

        return len(state)

    @verb
    async def state_diff(
        self, name: str, kind: str = "", identifier: str = ""
    ) -> dict[str, object]:
        """Return what has changed in a container since its state was saved.

        Without a container it is the one of which a state of that name is saved.
        """
        found = await self._do(name, lambda: self._states.find(name, kind, identifier))
        kind, identifier = found.kind, found.identifier
        root = self._root(kind, identifier)
        saved = await self._do(name, lambda: _read(found.path))
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
    async def state_list(self, kind: str = "", identifier: str = "") -> list[dict[str, object]]:
        """Return the saved states, of one container or of all: name, container, when."""
        states = await self._do("", lambda: self._states.all(kind, identifier))

        return [
            {
                "name": each.name,
                "kind": each.kind,
                "identifier": each.identifier,
                "saved_ns": each.saved_ns,
            }
            for each in states
        ]

    @verb
    async def state_remove(self, name: str, kind: str = "", identifier: str = "") -> None:
        """Forget a saved state; without a container, the one of that name."""
        found = await self._do(name, lambda: self._states.find(name, kind, identifier))
        await self._do(name, lambda: Path(found.path).unlink(missing_ok=True))

    @property
    def _states(self) -> SavedStates:
        return SavedStates(Path(self._host.data, _FOLDER))

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


def _write(path: Path, content: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(str(path), json.dumps(content))


def _read(path: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads(path.read_bytes())

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
