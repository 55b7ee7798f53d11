"""A bundle as lint and install look at it: what could be read, and what could not."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from simulator.bundles.entitlements import entitlements_file
from simulator.bundles.faults import build_variable
from simulator.bundles.info import EMBEDDED_MAX
from simulator.bundles.plist import read_plist
from simulator.bundles.tree import printable
from simulator.xpc.errors import BundleError

__all__ = ("APP", "EXTENSION", "EXTENSION_FOLDERS", "Subject", "read_subject", "settled")

APP: Final = "app"
EXTENSION: Final = "extension"

EXTENSION_FOLDERS: Final = ("PlugIns", "Extensions")
"""Where an app's extensions lie."""

_Keys = Mapping[str, object]


@dataclass(slots=True, eq=False)
class Subject:
    """One bundle, or one target of a source tree.

    Attributes:
        path: Its folder.
        label: What findings call it.
        kind: ``APP`` or ``EXTENSION``.
        keys: Its Info.plist, empty where it cannot be read.
        rights: Its entitlements, empty where there are none or they cannot be read.
        info_path, rights_path: The files; the latter None where there is none.
        info_file, rights_file: What findings call them.
        faults: Why something of it could not be read.
        app: An extension's app, None where it stands alone.
        extensions: An app's.
        is_source: Whether Xcode has not built it yet.
        neighbours: Other apps that are looked at in the same go.
    """

    path: Path
    label: str
    kind: str
    keys: _Keys = field(default_factory=dict)
    rights: _Keys = field(default_factory=dict)
    info_path: Path = Path()
    info_file: str = ""
    rights_path: Path | None = None
    rights_file: str = ""
    faults: list[BundleError] = field(default_factory=list)
    app: "Subject | None" = None
    extensions: "list[Subject]" = field(default_factory=list)
    is_source: bool = False
    neighbours: "list[Subject]" = field(default_factory=list)

    @property
    def is_readable(self) -> bool:
        """Whether its Info.plist could be read."""
        return not any(fault.file == self.info_file for fault in self.faults)

    @property
    def stem(self) -> str:
        """The folder's name without ``.app`` or ``.appex``."""
        return self.path.stem

    def text(self, key: str) -> str:
        """Return a top-level string without a build variable; nothing for all else."""
        return settled(self.keys.get(key))

    @property
    def declared(self) -> _Keys:
        """``NSExtension``, empty where it is missing or no dictionary."""
        return _dictionary(self.keys.get("NSExtension"))

    @property
    def kit(self) -> _Keys:
        """``EXAppExtensionAttributes``, likewise."""
        return _dictionary(self.keys.get("EXAppExtensionAttributes"))

    @property
    def attributes(self) -> _Keys:
        """``NSExtension.NSExtensionAttributes``, likewise."""
        return _dictionary(self.declared.get("NSExtensionAttributes"))

    @property
    def point(self) -> str:
        """The extension point's identifier, or nothing."""
        return settled(self.declared.get("NSExtensionPointIdentifier")) or settled(
            self.kit.get("EXExtensionPointIdentifier")
        )

    def groups(self) -> list[str]:
        """Return the App Groups that are strings without a build variable."""
        groups = self.rights.get("com.apple.security.application-groups")

        return (
            [group for group in map(settled, groups) if group] if isinstance(groups, list) else []
        )

    def everyone(self) -> "list[Subject]":
        """Return it and its extensions."""
        return [self, *self.extensions]


def settled(value: object) -> str:
    """Return a string that holds no build variable; nothing for all else."""
    return value if isinstance(value, str) and build_variable(value) is None else ""


def _dictionary(value: object) -> _Keys:
    return value if isinstance(value, dict) else {}


def read_subject(path: Path, *, label: str, app: Subject | None = None) -> Subject:
    """Return a ``.app`` with its extensions, or a ``.appex``; what cannot be read is a fault.

    Args:
        path: The folder, which exists.
        label: What findings call it.
        app: The app that it lies in.
    """
    kind = EXTENSION if path.suffix == ".appex" else APP
    subject = Subject(path, label, kind, app=app)
    subject.info_path, subject.info_file = path / "Info.plist", f"{label}/Info.plist"
    _read_info(subject)
    _read_rights(subject)

    if kind == APP:
        for folder, name in _extension_folders(subject):
            subject.extensions.append(read_subject(folder, label=name, app=subject))

    return subject


def _read_info(subject: Subject) -> None:
    if not os.path.lexists(subject.info_path):
        problem = "the file is missing; every bundle should have one that says what it is"
        subject.faults.append(BundleError(subject.info_file, "", problem))

        return

    try:
        subject.keys = read_plist(subject.info_path, name=subject.info_file)
    except BundleError as fault:
        subject.faults.append(fault)


def _read_rights(subject: Subject) -> None:
    try:
        found = entitlements_file(subject.path, name=subject.label)

        if found:
            subject.rights_path = subject.path / found
            subject.rights_file = f"{subject.label}/{found}"
            subject.rights = read_plist(subject.rights_path, name=subject.rights_file)
    except BundleError as fault:
        subject.faults.append(fault)


def _extension_folders(app: Subject) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []

    for place in EXTENSION_FOLDERS:
        folder = app.path / place

        if not os.path.lexists(folder):
            continue

        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            problem = "it is no folder; it should be the folder in which extensions lie"
            app.faults.append(BundleError(f"{app.label}/{place}", "", problem))

            continue

        for name in sorted(os.listdir(folder)):
            if not name.endswith(".appex"):
                continue

            file = f"{app.label}/{place}/{printable(name)}"

            if stat.S_ISDIR(os.lstat(folder / name).st_mode):
                found.append((folder / name, file))
            else:
                problem = "it is no folder; an extension is one, not a link to it"
                app.faults.append(BundleError(file, "", problem))

    if len(found) > EMBEDDED_MAX:
        problem = f"it has {len(found)} extensions; the limit is {EMBEDDED_MAX}"
        app.faults.append(BundleError(app.label, "", problem))

    return found[:EMBEDDED_MAX]
