"""A whole ``.app`` with the extensions in it, validated, as one frozen value.

What iOS and Xcode check with tools and signatures is checked here by reading: the identifiers, the
package types, the extension points, and that each bundle has its program.
Sources: Apple, Bundle Programming Guide; App Extension Programming Guide; Xcode's build errors.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from simulator.bundles.entitlements import GROUPS_KEY, GROUPS_MAX, Entitlements, read_entitlements
from simulator.bundles.faults import build_variable
from simulator.bundles.info import EMBEDDED_MAX, InfoPlist, read_info
from simulator.bundles.tree import check_name, check_tree, printable
from simulator.xpc.errors import BundleError

__all__ = ("Bundle", "read_bundle")

_EXTENSION_FOLDERS = ("PlugIns", "Extensions")


@dataclass(frozen=True, slots=True)
class Bundle:
    """An app, or one of its extensions, as it lies on disk.

    Attributes:
        path: The bundle's folder, absolute.
        info: Its Info.plist.
        entitlements: What it may do.
        extensions: An app's extensions, in the order of their folders' names; empty in an
            extension, which can have none of its own.
        app_name: In an extension the containing app's ``CFBundleName``, else empty.
    """

    path: Path
    info: InfoPlist
    entitlements: Entitlements
    extensions: tuple["Bundle", ...] = ()
    app_name: str = ""

    @property
    def bundle_id(self) -> str:
        """``CFBundleIdentifier``."""
        return self.info.bundle_id

    @property
    def name(self) -> str:
        """What people see: the display name; failing that the name, an extension's app's first.

        Names in which Xcode left a build variable count as missing; the folder's stem is the last
        resort.
        """
        for name in (self.info.display_name, self.app_name, self.info.name):
            if name and build_variable(name) is None:
                return name

        return self.path.stem

    @property
    def executable(self) -> Path:
        """The Python program that runs when the bundle is started."""
        return self.path / f"{self.info.executable}.py"

    @property
    def frameworks(self) -> Path:
        """The folder of code beside the program; it need not exist. An app's serves all."""
        return self.path / "Frameworks"

    @property
    def is_extension(self) -> bool:
        """Whether this is an ``.appex``."""
        return self.path.suffix == ".appex"

    @property
    def extension_point(self) -> str:
        """The extension point's identifier, empty in an app."""
        declared = self.info.extension or self.info.extension_kit

        return declared.point if declared is not None and self.is_extension else ""

    @property
    def principal_class(self) -> str | None:
        """The principal class without its module, which is Swift's; None where none is named."""
        declared = self.info.extension or self.info.extension_kit
        name = "" if declared is None else declared.principal_class.rpartition(".")[2]

        return name if name and build_variable(name) is None else None

    @property
    def url_schemes(self) -> tuple[str, ...]:
        """The URL schemes that it opens, in lower case (RFC 3986), each once, in their order."""
        schemes = (scheme for kind in self.info.url_types for scheme in kind.schemes)
        usable = (scheme.lower() for scheme in schemes if scheme and build_variable(scheme) is None)

        return tuple(dict.fromkeys(usable))

    @property
    def groups(self) -> tuple[str, ...]:
        """The App Groups that it is a member of."""
        return self.entitlements.application_groups

    @property
    def protection(self) -> str:
        """The class of data protection that its containers begin with."""
        return self.entitlements.data_protection


def read_bundle(path: Path) -> Bundle:
    """Return a validated app with its extensions.

    ``path`` itself may be a link, because the user named it; nothing beneath may lead out.

    Args:
        path: A ``.app`` folder; extensions lie in its ``PlugIns`` and ``Extensions``.

    Raises:
        BundleError: Something is wrong. Its ``file`` is relative to the folder that the app lies
            in, for example ``Notes.app/PlugIns/ShareToNotes.appex/Info.plist``.
    """
    app = Path(os.path.abspath(path))
    label = printable(app.name) or "/"

    if app.suffix != ".app":
        problem = "its name does not end in '.app'; an app is a folder such as Notes.app"

        raise BundleError(label, "", problem)

    if not app.exists():
        raise BundleError(label, "", f"there is no such folder in {printable(str(app.parent))}")

    if not app.is_dir():
        raise BundleError(label, "", "it is no folder; an app is a folder with an Info.plist")

    check_name(app.name)
    check_tree(str(app), name=label)
    info = read_info(app, name=label)
    _check_type(info, "APPL", "an app", file=f"{label}/Info.plist")
    bundle = Bundle(app, info, read_entitlements(app, name=label))
    _check_executable(bundle, "app", label=label)

    return Bundle(app, info, bundle.entitlements, _read_extensions(bundle, label=label))


def _read_extensions(app: Bundle, *, label: str) -> tuple[Bundle, ...]:
    extensions: list[Bundle] = []
    owners: dict[str, str] = {}
    groups = set(app.groups)

    for folder, name in _extension_folders(app.path, label=label):
        extension = _read_extension(folder, app=app, label=name)
        # iOS compares bundle identifiers without regard to case.
        first = owners.setdefault(extension.bundle_id.lower(), name)

        if first != name:
            problem = f"{first} has the identifier {extension.bundle_id} too; each needs its own"

            raise BundleError(f"{name}/Info.plist", "CFBundleIdentifier", problem)

        groups.update(extension.groups)

        if len(groups) > GROUPS_MAX:
            problem = f"with it the app and its extensions have more than {GROUPS_MAX} groups"

            raise BundleError(name, GROUPS_KEY, f"{problem}, which is the limit")

        extensions.append(extension)

    return tuple(extensions)


def _extension_folders(app: Path, *, label: str) -> list[tuple[Path, str]]:
    found: list[tuple[Path, str]] = []

    for place in _EXTENSION_FOLDERS:
        folder = app / place

        if not os.path.lexists(folder):
            continue

        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            problem = "it is no folder; it should be the folder in which extensions lie"

            raise BundleError(f"{label}/{place}", "", problem)

        for name in sorted(os.listdir(folder)):
            if not name.endswith(".appex"):
                continue

            file = f"{label}/{place}/{name}"

            if not stat.S_ISDIR(os.lstat(folder / name).st_mode):
                raise BundleError(
                    file, "", "it is no folder; an extension is one, not a link to it"
                )

            found.append((folder / name, file))

    if len(found) > EMBEDDED_MAX:
        problem = f"it has {len(found)} extensions; the limit is {EMBEDDED_MAX}"

        raise BundleError(label, "", problem)

    return found


def _read_extension(folder: Path, *, app: Bundle, label: str) -> Bundle:
    file = f"{label}/Info.plist"
    info = read_info(folder, name=label)
    _check_type(info, "XPC!", "an extension", file=file)

    if not info.bundle_id.startswith(f"{app.bundle_id}."):
        problem = (
            "Embedded binary's bundle identifier is not prefixed with the parent app's bundle "
            f"identifier: it is {info.bundle_id}, and should start with {app.bundle_id}."
        )

        raise BundleError(file, "CFBundleIdentifier", problem)

    if info.extension is None and info.extension_kit is None:
        problem = (
            "the key is missing; an extension should have this dictionary "
            "(or EXAppExtensionAttributes), which says what it extends"
        )

        raise BundleError(file, "NSExtension", problem)

    if "UIBackgroundModes" in info.raw:
        problem = "an extension may not have it; background modes are the app's alone"

        raise BundleError(file, "UIBackgroundModes", problem)

    app_name = app.info.name
    bundle = Bundle(folder, info, read_entitlements(folder, name=label), app_name=app_name)
    _check_executable(bundle, "extension", label=label)

    return bundle


def _check_type(info: InfoPlist, wanted: str, what: str, *, file: str) -> None:
    given = info.package_type

    if given and given != wanted and build_variable(given) is None:
        problem = f"it is {given!r}; in {what} it should be {wanted!r}"

        raise BundleError(file, "CFBundlePackageType", problem)


def _check_executable(bundle: Bundle, what: str, *, label: str) -> None:
    program = bundle.executable
    file = f"{label}/{program.name}"

    if not os.path.lexists(program):
        problem = (
            f"the file is missing; it should be the Python program that runs when the {what} is "
            "started (its name is CFBundleExecutable, or else the folder's, with '.py')"
        )

        raise BundleError(file, "", problem)

    if not stat.S_ISREG(os.lstat(program).st_mode):
        problem = f"it is no regular file; it should be the {what}'s Python program"

        raise BundleError(file, "", problem)
