"""A source tree: the Info.plists and entitlements of an Xcode project's targets, side by side.

The project file itself is not read. A target is an Info.plist; its name is that of the folder it
lies in (folders such as ``Resources`` are passed over) or what stands before ``-Info.plist``; its
entitlements are those that lie beside it.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from simulator.bundles.lint.subject import APP, EXTENSION, Subject
from simulator.bundles.plist import read_plist
from simulator.bundles.tree import FOLDERS_DEEP_MAX, name_problem
from simulator.xpc.errors import BundleError, Misuse

__all__ = ("FILES_MAX", "Target", "read_project", "subjects_of")

FILES_MAX: Final = 50_000
"""How many files of a source tree are looked at."""

_PASSED_OVER: Final = frozenset((
    "application", "config", "configs", "configuration", "info", "ios", "other", "plist", "plists",
    "resource", "resources", "source", "sources", "support", "supporting files", "supportingfiles",
    "supporting_files",
))  # fmt: skip
_LEFT_OUT: Final = frozenset((
    "Pods", "Carthage", "DerivedData", "build", "node_modules", "vendor", "fastlane",
))  # fmt: skip
_BUNDLE_ENDS: Final = (".app", ".appex", ".bundle", ".framework", ".xcassets", ".xcodeproj",
                       ".xcworkspace", ".lproj", ".xcframework")  # fmt: skip
_MARKS: Final = ("CFBundleExecutable", "CFBundleIdentifier", "EXAppExtensionAttributes",
                 "NSExtension")  # fmt: skip
_WATCH: Final = ("WKApplication", "WKCompanionAppBundleIdentifier", "WKWatchKitApp", "WKWatchOnly")
_MAC: Final = ("LSMinimumSystemVersion", "NSMainNibFile", "NSMainStoryboardFile", "LSUIElement")
_OTHER_BUILDS = re.compile(
    r"debug|dev\b|alpha|beta|prototype|mac|catalyst|staging|test", re.IGNORECASE
)


class Target(NamedTuple):
    """What becomes one bundle.

    Attributes:
        name: Of the bundle's folder and, unless said otherwise, its program.
        kind: ``APP`` or ``EXTENSION``.
        info: Its Info.plist.
        keys: What stands there.
        rights: Its entitlements files that fit best: one, none, or several between which somebody
            must choose.
        why_not: Why it is left out: another platform, no bundle that can be installed; or nothing.
    """

    name: str
    kind: str
    info: Path
    keys: Mapping[str, object]
    rights: tuple[Path, ...]
    why_not: str

    def subject(self, root: Path) -> Subject:
        """Return it as lint looks at it, with names relative to ``root``."""
        label = str(self.info.parent.relative_to(root.parent))
        found = Subject(self.info.parent, label, self.kind, self.keys, is_source=True)
        found.info_path = self.info
        found.info_file = str(self.info.relative_to(root.parent))

        if len(self.rights) == 1:
            found.rights_path = self.rights[0]
            found.rights_file = str(found.rights_path.relative_to(root.parent))

            try:
                found.rights = read_plist(found.rights_path, name=found.rights_file)
            except BundleError as fault:
                found.faults.append(fault)

        return found


def read_project(root: Path) -> tuple[list[Target], list[BundleError]]:
    """Return the targets beneath a folder, apps first, and what cannot be read.

    Raises:
        Misuse: It holds more than ``FILES_MAX`` files, or no Info.plist at all.
    """
    targets: list[Target] = []
    faults: list[BundleError] = []

    for path, beside in _lists(root):
        try:
            keys = read_plist(path, name=str(path.relative_to(root.parent)))
        except BundleError as fault:
            if _is_info(path.name):
                faults.append(fault)

            continue

        if _is_info(path.name) or any(mark in keys for mark in _MARKS):
            targets.append(_target(root, path, keys, beside))

    if not targets and not faults:
        raise Misuse(f"{root} holds no Info.plist: give a .app, an .appex or a project's folder")

    targets.sort(key=lambda target: (target.kind != APP, bool(target.why_not), target.name))

    return _named_apart(targets), faults


def _named_apart(targets: list[Target]) -> list[Target]:
    """Give targets of one name numbers: each becomes a folder beside the others."""
    seen: dict[str, int] = {}
    found = []

    for target in targets:
        count = seen[target.name] = seen.get(target.name, 0) + 1
        found.append(target if count == 1 else target._replace(name=f"{target.name}{count}"))

    return found


def _lists(root: Path) -> Iterator[tuple[Path, list[Path]]]:
    """Yield each property list with the entitlements files of its folder and the one above."""
    count = 0

    for folder, folders, files in os.walk(root):
        here = Path(folder)
        is_deep = len(here.relative_to(root).parts) >= FOLDERS_DEEP_MAX
        folders[:] = [] if is_deep else sorted(filter(_is_looked_into, folders))
        count += len(files) + len(folders)

        if count > FILES_MAX:
            raise Misuse(f"{root} holds more than {FILES_MAX} files: give the project's own folder")

        lists = [name for name in sorted(files) if name.endswith(".plist")]
        beside = sorted(here.glob("*.entitlements"))

        if not beside and here.name.lower() in _PASSED_OVER and here != root:
            beside = sorted(here.parent.glob("*.entitlements"))

        if not beside and here != root:
            beside = sorted(here.glob("*/*.entitlements"))

        for name in lists:
            if name_problem(f"{folder}/{name}") is None:
                yield here / name, [path for path in beside if name_problem(path.name) is None]


def _is_looked_into(name: str) -> bool:
    return name[0] != "." and name not in _LEFT_OUT and not name.endswith(_BUNDLE_ENDS)


def _is_info(name: str) -> bool:
    return name == "Info.plist" or name.endswith(("-Info.plist", "_Info.plist"))


def _target(root: Path, path: Path, keys: Mapping[str, object], beside: list[Path]) -> Target:
    is_extension = "NSExtension" in keys or "EXAppExtensionAttributes" in keys
    name = _name_of(root, path)
    kind = EXTENSION if is_extension else APP

    return Target(name, kind, path, keys, _fitting(name, beside), _why_not(name, keys))


def _name_of(root: Path, path: Path) -> str:
    stem = path.stem

    if stem != "Info":
        return re.sub(r"[-_]Info$", "", stem)

    for folder in path.relative_to(root.parent).parents:
        if folder.name and folder.name.lower() not in _PASSED_OVER:
            return folder.name

    return root.name


def _fitting(name: str, beside: list[Path]) -> tuple[Path, ...]:
    """Return the entitlements that a target has: named like it, or the only ones of a release."""
    bare = _bare(name)
    same = [path for path in beside if _bare(path.stem) == bare]

    if len(same) == 1 or len(beside) <= 1:
        return tuple(same or beside)

    released = [path for path in beside if not _OTHER_BUILDS.search(path.stem)]

    if len(released) == 1:
        return (released[0],)

    close = [path for path in released if bare in _bare(path.stem) or _bare(path.stem) in bare]

    return tuple(close) if len(close) == 1 else tuple(released or beside)


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _why_not(name: str, keys: Mapping[str, object]) -> str:
    given = keys.get("CFBundlePackageType")

    if any(key in keys for key in _WATCH):
        return "it is for watchOS"

    is_phones = "LSRequiresIPhoneOS" in keys or "UIRequiredDeviceCapabilities" in keys

    if not is_phones and any(key in keys for key in _MAC):
        return "it is for macOS"

    if keys.get("NSPrincipalClass") == "NSApplication":
        return "it is for macOS"

    if isinstance(given, str) and "$" not in given and given not in {"APPL", "XPC!"}:
        return f"it is no app and no extension, but {given[:8]!r}"

    if name.endswith("Tests"):
        return "it is a target of tests"

    return ""


def subjects_of(root: Path, targets: list[Target], faults: list[BundleError]) -> list[Subject]:
    """Return targets as lint looks at them; extensions know their app where there is one.

    Args:
        root: The source folder.
        targets: What :func:`read_project` found; those left out are left out here.
        faults: What it could not read: each becomes a subject of its own.
    """
    found = [target.subject(root) for target in targets if not target.why_not]
    apps = [subject for subject in found if subject.kind == APP]

    if len(apps) == 1:
        for subject in found:
            subject.app = apps[0] if subject.kind == EXTENSION else None

    for fault in faults:
        broken = Subject(root / fault.file, fault.file, APP, is_source=True)
        broken.info_file = fault.file
        broken.faults.append(fault)
        found.append(broken)

    return found
