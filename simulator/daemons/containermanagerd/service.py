"""Containers on disk, and the calls that are done for guests beneath them."""

import asyncio
import errno
import os
import plistlib
from pathlib import Path

from shared_container.atomic import write_atomically
from shared_container.layout import METADATA_FILE
from shared_container.plist import decode_plist
from shared_container.protection import DEFAULT, NUMBERS
from simulator.bundles.assemble import remove_tree
from simulator.bundles.bundle import Bundle
from simulator.daemonkit.beneath import opened_beneath, relative_to
from simulator.daemonkit.broken import keep_broken
from simulator.daemonkit.chance import Chance
from simulator.daemonkit.limits import PROTECTION_ITEMS_MAX
from simulator.daemonkit.rooms import Kit, Owner, Violations
from simulator.daemons.containermanagerd.own import own_descriptor, own_file
from simulator.daemons.containermanagerd.protecting import (
    OpenItems,
    Protecting,
    is_still_open,
    open_items,
    stamp,
)
from simulator.daemons.containermanagerd.rebuilding import rebuilt, set_aside
from simulator.daemons.containermanagerd.state import (
    APP_BUNDLE,
    APP_DATA,
    FOLDERS,
    GROUP,
    KINDS,
    PLUGIN_DATA,
    Index,
    index_problem,
    metadata,
)
from simulator.xpc.errors import StepFailed

__all__ = ("Containermanagerd",)

_REMOVED = "Removed"
_UNKNOWN = "Unknown"


class Containermanagerd:
    """The containers of one device.

    Args:
        kit: The device's.
        chance: Makes the UUIDs.
        data: The device's ``data`` folder.
    """

    own_file = staticmethod(own_file)
    own_descriptor = staticmethod(own_descriptor)

    def __init__(self, kit: Kit, chance: Chance, data: str) -> None:
        self._kit = kit
        self._chance = chance
        self._root = os.path.join(data, "Containers")
        self._index_file = os.path.join(data, "Library", "containermanagerd", "index.plist")
        self._index = self._read_index()
        self.violations: Violations  # the device's; wired after it is made
        self._protecting = Protecting(kit)
        self._open: dict[str, OpenItems] = {}  # while the device waits for its first unlock

    def _read_index(self) -> Index:
        """Return the index on disk, or, where it is broken, the one that the folders tell.

        Raises:
            OSError: It cannot be read, and what nobody seems to own must not be removed then.
        """
        try:
            content, _ = decode_plist(Path(self._index_file).read_bytes())
        except FileNotFoundError:
            return Index({})
        except ValueError as refusal:
            return self._rebuild_index(str(refusal))

        problem = index_problem(content)

        return self._rebuild_index(problem) if problem else Index(content)

    def _rebuild_index(self, problem: str) -> Index:
        # It stays until the new one replaces it: with none, every container would be nobody's.
        said = [keep_broken(self._index_file, problem, stay=True)]
        state = rebuilt(self._root, self._chance)
        folder = os.path.join(os.path.dirname(self._index_file), _UNKNOWN)

        for inside in state.unknown:
            set_aside(self._root, inside, folder)
            said.append(f"{inside} belongs to no installed app, and lies in {folder}")

        self._index = state.found

        for app in state.apps:
            self._ensure_all(app)

        try:
            self.commit()
        except OSError as refusal:  # a full disk: the next boot finds the same
            said.append(f"the new one cannot be written: {refusal}")

        for sentence in said:
            self._kit.log.append(
                "container", "salvage", "index", actor="containermanagerd", reason=sentence
            )

        return self._index

    def sweep(self) -> None:
        """Remove what a kill left half-made: an index, and folders that the index does not know."""
        folder, name = os.path.split(self._index_file)

        for left in Path(folder).glob(f".{name}.*.new"):  # as write_atomically names it
            left.unlink()

        remove_tree(Path(folder, _REMOVED))

        for kind in KINDS:
            folder = os.path.join(self._root, kind)
            os.makedirs(folder, exist_ok=True)

            for name in set(os.listdir(folder)) - self._index.uuids(kind):
                remove_tree(Path(folder, name))

    @property
    def bin_folder(self) -> str:
        """A folder that no guest sees, for what is being removed."""
        return os.path.join(os.path.dirname(self._index_file), _REMOVED)

    # -- who has what ------------------------------------------------------------------------

    def installed(self) -> list[tuple[str, str]]:
        """Return bundle id and bundle container of every installed app."""
        return [
            (identifier, self._path(APP_BUNDLE, identifier))
            for identifier in self._index.identifiers(APP_BUNDLE)
        ]

    def data_container(self, bundle: Bundle) -> str:
        """Return the data container of an installed app or extension."""
        return self._path(PLUGIN_DATA if bundle.is_extension else APP_DATA, bundle.bundle_id)

    def group_containers(self, bundle: Bundle) -> dict[str, str]:
        """Return group id → folder for the groups of the bundle's entitlements."""
        return {group: self._path(GROUP, group) for group in bundle.groups}

    def group_container(self, group: str) -> str | None:
        """Return the folder of a group, or None when no app has it."""
        return self._path(GROUP, group) if self._index.find(GROUP, group) else None

    def groups(self) -> list[str]:
        """Return the ids of all groups, sorted."""
        return self._index.identifiers(GROUP)

    def every_container(self) -> list[str]:
        """Return the folder of every container there is."""
        return [
            os.path.join(self._root, kind, uuid)
            for kind in KINDS
            for uuid in self._index.uuids(kind)
        ]

    def owner_of(self, path: str) -> Owner | None:
        """Return whose container a path lies in by name, or None."""
        inside = relative_to(self._root, path)

        return None if inside is None else self._index.owner_of(inside)

    # -- data protection ---------------------------------------------------------------------

    async def lock(self, *, locked: bool) -> None:
        """Wait for the first unlock, or no longer.

        What is open until then is looked up once, off the loop; whoever is launched meanwhile is
        granted that and no more.
        """
        if locked:
            found = {
                folder: await asyncio.to_thread(_opened, folder)
                for kind in (APP_DATA, PLUGIN_DATA, GROUP)
                for folder in (self._path(kind, owner) for owner in self._index.identifiers(kind))
            }
            self._open = found

            for folder, items in found.items():
                if items.left_out:
                    self._kit.log.append(
                        "protection",
                        "left-out",
                        folder,
                        actor="containermanagerd",
                        reason=f"{items.left_out} more items of the class None stay closed: "
                        f"{PROTECTION_ITEMS_MAX} are granted one by one (PROTECTION_ITEMS_MAX)",
                    )

        self._protecting.locked = locked

    def open_items(self, container: str) -> tuple[str, ...] | None:
        """Return what of a container may be opened now; None where that is all of it."""
        if not self._protecting.locked:
            return None

        if container not in self._open:  # made since, and holds no more than it began with
            self._open[container] = open_items(container)

        return tuple(path for path in self._open[container].paths if is_still_open(container, path))

    def _path(self, kind: str, identifier: str) -> str:
        uuid = self._index.find(kind, identifier)

        if uuid is None:
            raise StepFailed(f"container of {identifier}", errno.ENOENT)

        return os.path.join(self._root, kind, uuid)

    # -- making and removing -----------------------------------------------------------------

    def make_app(self, app: Bundle) -> str:
        """Make what is missing for an app and its extensions; return a new bundle container.

        Nothing counts before :meth:`commit`: a kill in between leaves folders for :meth:`sweep`.
        """
        self._ensure_all(app)

        return self._make(APP_BUNDLE, app.bundle_id)

    def _ensure_all(self, app: Bundle) -> None:
        for bundle in (app, *app.extensions):
            kind = PLUGIN_DATA if bundle.is_extension else APP_DATA
            self._ensure(kind, bundle.bundle_id, bundle.protection)

            for group in bundle.groups:
                self._ensure(GROUP, group, bundle.protection)

    def _ensure(self, kind: str, identifier: str, protection: str) -> None:
        if self._index.find(kind, identifier) is None:
            self._make(kind, identifier, protection)

    def _make(self, kind: str, identifier: str, protection: str = DEFAULT) -> str:
        uuid = self._chance.uuid(kind, identifier, self._index.made)
        path = os.path.join(self._root, kind, uuid)
        os.makedirs(path, mode=0o755)

        for folder in FOLDERS[kind]:
            os.makedirs(os.path.join(path, folder), exist_ok=True)

        if protection != DEFAULT:
            with opened_beneath(path, ".", os.O_PATH) as descriptor:
                stamp(descriptor, protection)

        content = metadata(kind, identifier, uuid, NUMBERS[protection])
        Path(path, METADATA_FILE).write_bytes(plistlib.dumps(content, fmt=plistlib.FMT_BINARY))
        self._index.put(kind, identifier, uuid)

        return path

    def forget_app(self, app: Bundle, kept_groups: frozenset[str]) -> None:
        """Take an app's containers out of the index, and those of groups that are not kept.

        The folders go at the next :meth:`sweep`, which :meth:`commit` makes safe.
        """
        self._index.remove(APP_BUNDLE, app.bundle_id)

        for bundle in (app, *app.extensions):
            self._index.remove(PLUGIN_DATA if bundle.is_extension else APP_DATA, bundle.bundle_id)

            for group in set(bundle.groups) - kept_groups:
                self._index.remove(GROUP, group)

    def commit(self) -> None:
        """Write the index down: from here on the change survives a kill."""
        os.makedirs(os.path.dirname(self._index_file), exist_ok=True)
        content = plistlib.dumps(self._index.as_dict(), fmt=plistlib.FMT_BINARY)
        write_atomically(self._index_file, content)

    def revert(self) -> None:
        """Forget what was not committed, and remove its folders."""
        self._index = self._read_index()
        self.sweep()


def _opened(folder: str) -> OpenItems:
    try:
        return open_items(folder)
    except FileNotFoundError:  # its app is being removed
        return OpenItems(())
