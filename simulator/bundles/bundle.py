"""A whole ``.app`` with the extensions in it, validated, as one frozen value.

What iOS and Xcode check with tools and signatures is checked here by reading, by the rules of
``lint`` whose stage is the installation: what they find is refused.
Sources: Apple, Bundle Programming Guide; App Extension Programming Guide; Xcode's build errors.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from simulator.bundles.entitlements import Entitlements, parse_entitlements
from simulator.bundles.faults import build_variable
from simulator.bundles.info import InfoPlist, parse_info
from simulator.bundles.lint.run import first_refusal
from simulator.bundles.lint.subject import Subject, read_subject
from simulator.bundles.tree import check_name, check_tree, printable
from simulator.xpc.errors import BundleError

__all__ = ("Bundle", "read_bundle")


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
    subject = read_subject(app, label=label)
    refusal = first_refusal(subject)

    if refusal is not None:
        raise refusal

    bundle = _bundle_of(subject)

    return replace(
        bundle,
        extensions=tuple(
            _bundle_of(extension, app_name=bundle.info.name) for extension in subject.extensions
        ),
    )


def _bundle_of(subject: Subject, *, app_name: str = "") -> Bundle:
    info = parse_info(dict(subject.keys), file=subject.info_file, stem=subject.stem)
    rights = parse_entitlements(dict(subject.rights), file=subject.rights_file)

    return Bundle(subject.path, info, rights, app_name=app_name)
