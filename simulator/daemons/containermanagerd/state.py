"""The index: which container belongs to whom. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from shared_container.layout import DATA_FOLDERS, GROUP_FOLDERS
from simulator.daemonkit.rooms import Owner

__all__ = (
    "APP_BUNDLE",
    "APP_DATA",
    "FOLDERS",
    "GROUP",
    "KINDS",
    "PLUGIN_DATA",
    "Index",
    "index_problem",
    "metadata",
)

APP_BUNDLE: Final = "Bundle/Application"
APP_DATA: Final = "Data/Application"
PLUGIN_DATA: Final = "Data/PluginKitPlugin"
GROUP: Final = "Shared/AppGroup"
KINDS: Final = (APP_BUNDLE, APP_DATA, PLUGIN_DATA, GROUP)

FOLDERS: Final[Mapping[str, Iterable[str]]] = {
    APP_BUNDLE: (),
    APP_DATA: DATA_FOLDERS,
    PLUGIN_DATA: DATA_FOLDERS,
    GROUP: GROUP_FOLDERS,
}

_OWNERS = {APP_BUNDLE: "app", APP_DATA: "data", PLUGIN_DATA: "data", GROUP: "group"}
_CONTENT_PROTECTION = "com.apple.MobileInstallation.ContentProtectionClass"
_CLASSES = {APP_BUNDLE: 1, APP_DATA: 2, PLUGIN_DATA: 4, GROUP: 7}  # MCMMetadataContentClass


_UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


def index_problem(content: Mapping[str, object]) -> str:
    """Return why this is nothing that :meth:`Index.as_dict` returned, or nothing.

    What an index has lost would be taken for folders that nobody owns, and removed.
    """
    if not isinstance(content.get("made"), int):
        return "it does not say how many containers were made"

    for kind in KINDS:
        entries = content.get(kind)

        if not isinstance(entries, dict):
            return f"it does not say whose the containers in {kind} are"

        for identifier, uuid in entries.items():
            if not isinstance(uuid, str) or not _UUID.fullmatch(uuid):
                return f"the container of {identifier:.200} in {kind} has no proper name"

    return ""


class Index:
    """Kind and identifier → UUID of the folder.

    Args:
        content: What :meth:`as_dict` returned, or an empty dict.
    """

    def __init__(self, content: Mapping[str, object]) -> None:
        self._uuids: dict[tuple[str, str], str] = {}
        made = content.get("made", 0)
        self.made = made if isinstance(made, int) else 0

        for kind in KINDS:
            entries = content.get(kind, {})

            if isinstance(entries, dict):
                for identifier, uuid in entries.items():
                    self._uuids[kind, str(identifier)] = str(uuid)

    def find(self, kind: str, identifier: str) -> str | None:
        """Return the UUID of a container, or None."""
        return self._uuids.get((kind, identifier))

    def put(self, kind: str, identifier: str, uuid: str) -> None:
        """Let a container belong to ``identifier``."""
        self._uuids[kind, identifier] = uuid
        self.made += 1

    def remove(self, kind: str, identifier: str) -> str | None:
        """Forget a container; return its UUID."""
        return self._uuids.pop((kind, identifier), None)

    def identifiers(self, kind: str) -> list[str]:
        """Return everybody who has a container of a kind, sorted."""
        return sorted(identifier for known, identifier in self._uuids if known == kind)

    def uuids(self, kind: str) -> set[str]:
        """Return the folder names of a kind."""
        return {uuid for (known, _), uuid in self._uuids.items() if known == kind}

    def owner_of(self, inside: str) -> Owner | None:
        """Return whose container a path below ``Containers`` lies in, or None."""
        outer, inner, uuid, *_ = (*inside.split("/", 3), "", "", "")
        kind = f"{outer}/{inner}"

        for (known, identifier), name in self._uuids.items():
            if known == kind and name == uuid:
                return Owner(_OWNERS[kind], identifier)

        return None

    def as_dict(self) -> dict[str, object]:
        """Return the index as a property list."""
        content: dict[str, object] = {"made": self.made}

        for kind in KINDS:
            content[kind] = {
                identifier: uuid
                for (known, identifier), uuid in sorted(self._uuids.items())
                if known == kind
            }

        return content


def metadata(kind: str, identifier: str, uuid: str, protection: int) -> dict[str, object]:
    """Return a container's metadata plist, for tools that browse device sets.

    Args:
        kind: One of ``KINDS``.
        identifier: Whose it is.
        uuid: Its folder's name.
        protection: The number of its class of data protection.
    """
    info = {} if kind == APP_BUNDLE else {_CONTENT_PROTECTION: protection}

    return {
        "MCMMetadataActiveDPClass": protection,
        "MCMMetadataContentClass": _CLASSES[kind],
        "MCMMetadataIdentifier": identifier,
        "MCMMetadataInfo": info,
        "MCMMetadataSchemaVersion": 1,
        "MCMMetadataUUID": uuid,
        "MCMMetadataVersion": 6,
    }
