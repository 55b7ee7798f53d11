"""Rules of a bundle's form: the plist, identifiers, versions, where it lies, its program."""

import os
import re
import stat
from collections.abc import Iterator
from typing import Final

from simulator.bundles.faults import build_variable
from simulator.bundles.info import info_faults
from simulator.bundles.lint.rule import INSTALL, PHONE, REVIEW, Flaw, Rule
from simulator.bundles.lint.subject import APP, EXTENSION, EXTENSION_FOLDERS, Subject
from simulator.bundles.points import find_point

__all__ = ("RULES",)

_BUNDLES: Final = "Apple, Bundle Programming Guide"
_KEYS: Final = "Apple, Information Property List Key Reference"
_TYPES: Final = {APP: "APPL", EXTENSION: "XPC!"}
_WORDS: Final = {APP: "an app", EXTENSION: "an extension"}
_VERSION: Final = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18}){0,2}", re.ASCII)
_VERSION_KEYS: Final = ("CFBundleVersion", "CFBundleShortVersionString")


def _types(subject: Subject) -> Iterator[Flaw]:
    keys = dict(subject.keys)

    if subject.is_source and not subject.text("CFBundleIdentifier"):
        keys["CFBundleIdentifier"] = "com.example.later"  # Xcode's build puts it there

    for fault in info_faults(keys, file=subject.info_file, stem=subject.stem):
        yield Flaw(fault.key, fault.problem)


def _package_type(subject: Subject) -> Iterator[Flaw]:
    given, wanted = subject.text("CFBundlePackageType"), _TYPES[subject.kind]

    if given and given != wanted:
        problem = f"it is {given!r}; in {_WORDS[subject.kind]} it should be {wanted!r}"

        yield Flaw("CFBundlePackageType", problem)


def _prefix(subject: Subject) -> Iterator[Flaw]:
    app = subject.app.text("CFBundleIdentifier") if subject.app is not None else ""
    own = subject.text("CFBundleIdentifier")

    if app and own and not own.startswith(f"{app}."):
        problem = (
            "Embedded binary's bundle identifier is not prefixed with the parent app's bundle "
            f"identifier: it is {own}, and should start with {app}."
        )

        yield Flaw("CFBundleIdentifier", problem, f"call it {app}.{own.rpartition('.')[2]}")


def _twice(subject: Subject) -> Iterator[Flaw]:
    own = subject.text("CFBundleIdentifier").lower()  # iOS compares without regard to case

    if subject.app is None or not own:
        return

    for other in subject.app.extensions:
        if other is subject:
            return

        if other.text("CFBundleIdentifier").lower() == own:
            problem = (
                f"{other.label} has the identifier {subject.text('CFBundleIdentifier')} too; "
                "each needs its own"
            )

            yield Flaw("CFBundleIdentifier", problem)


def _program(subject: Subject) -> Iterator[Flaw]:
    if subject.is_source:
        return

    name = subject.text("CFBundleExecutable") or subject.stem
    program = subject.path / f"{name}.py"
    file = f"{subject.label}/{name}.py"

    if not os.path.lexists(program):
        problem = (
            "the file is missing; it should be the Python program that runs when the bundle "
            "is started (its name is CFBundleExecutable, or else the folder's, "
            "with '.py'); 'simctl stub' writes one to begin with"
        )

        yield Flaw("", problem, "", file)
    elif not stat.S_ISREG(os.lstat(program).st_mode):
        yield Flaw(
            "", f"it is no regular file; it should be the {subject.kind}'s program", "", file
        )


def _version_mismatch(subject: Subject) -> Iterator[Flaw]:
    if subject.app is None:
        return

    for key in _VERSION_KEYS:
        own, apps = subject.text(key), subject.app.text(key)

        if own and apps and own != apps:
            problem = f"it is {own}; the app's is {apps}, and both should be the same"

            yield Flaw(key, problem, "give all targets one MARKETING_VERSION and project version")


def _version_form(subject: Subject) -> Iterator[Flaw]:
    for key in _VERSION_KEYS:
        given = subject.keys.get(key)

        if given is None and not subject.is_source:
            yield Flaw(key, "the key is missing; App Store Connect wants it", "add it, as 1.0")
        elif given == "":
            yield Flaw(key, "it is empty; App Store Connect wants a version", "give it, as 1.0")
        elif (
            key == "CFBundleShortVersionString"
            and (own := subject.text(key))
            and not _VERSION.fullmatch(own)
        ):
            yield Flaw(key, f"it is {own[:40]!r}; it should be one to three numbers with dots")


def _minimum_os(subject: Subject) -> Iterator[Flaw]:
    own = _numbers(subject.text("MinimumOSVersion"))
    point = find_point(subject.point)

    if own is None:
        if subject.text("MinimumOSVersion"):
            yield Flaw("MinimumOSVersion", "it is no version; it should be numbers, as 17.0")

        return

    system, _, since = point.since.partition(" ") if point is not None else ("", "", "")

    if subject.kind == EXTENSION and system == "iOS" and own < (_numbers(since) or ()):
        problem = f"{subject.point} begins with iOS {since}, and below it nothing starts this"

        yield Flaw("MinimumOSVersion", problem, f"raise it to {since}")

    apps = _numbers(subject.app.text("MinimumOSVersion")) if subject.app is not None else None

    if apps is not None and own > apps:
        problem = "it is higher than the app's: on older systems the app has no such extension"

        yield Flaw("MinimumOSVersion", problem, "lower it to the app's, unless that is meant")


def _numbers(text: str) -> tuple[int, ...] | None:
    return tuple(map(int, text.split("."))) if _VERSION.fullmatch(text) else None


def _place(subject: Subject) -> Iterator[Flaw]:
    if subject.app is None or subject.is_source or not (subject.declared or subject.kit):
        return

    wanted = EXTENSION_FOLDERS[0] if subject.declared else EXTENSION_FOLDERS[1]

    if subject.path.parent.name != wanted:
        what = "NSExtension" if subject.declared else "EXAppExtensionAttributes"
        problem = f"it lies in {subject.path.parent.name}; one with {what} belongs into {wanted}"

        yield Flaw("", problem, f"move it to {wanted}", subject.label)


def _nested(subject: Subject) -> Iterator[Flaw]:
    if subject.kind != EXTENSION or subject.is_source:
        return

    for place in EXTENSION_FOLDERS:
        if os.path.lexists(subject.path / place):
            problem = "an extension cannot have extensions of its own; what lies there never runs"

            yield Flaw("", problem, "embed it in the app", f"{subject.label}/{place}")


def _unresolved_identifier(subject: Subject) -> Iterator[Flaw]:
    given = subject.keys.get("CFBundleIdentifier")

    if subject.is_source and isinstance(given, str) and build_variable(given) is None:
        app = subject.app.text("CFBundleIdentifier") if subject.app is not None else ""

        if app and given == app:
            yield Flaw("CFBundleIdentifier", "it is the app's own; each target needs its own")


RULES: Final = (
    Rule(
        "plist-types",
        INSTALL,
        "Each key that is understood has its type, and CFBundleIdentifier is a proper name.",
        _KEYS,
        _types,
    ),
    Rule(
        "package-type",
        INSTALL,
        "CFBundlePackageType is APPL in an app and XPC! in an extension.",
        _BUNDLES,
        _package_type,
    ),
    Rule(
        "identifier-prefix",
        INSTALL,
        "An extension's bundle identifier begins with its app's and a dot.",
        "Xcode's build error; Apple, App Extension Programming Guide",
        _prefix,
    ),
    Rule(
        "identifier-twice",
        INSTALL,
        "No two extensions of an app have one identifier.",
        _BUNDLES,
        _twice,
    ),
    Rule(
        "identifier-of-app",
        PHONE,
        "In a source tree no extension's target has the app's own identifier.",
        _BUNDLES,
        _unresolved_identifier,
    ),
    Rule(
        "version-form",
        REVIEW,
        "Both versions are there, and the short one is up to three numbers with dots.",
        _KEYS,
        _version_form,
    ),
    Rule(
        "version-mismatch",
        PHONE,
        "App and extensions have the same versions.",
        "Xcode's build warning",
        _version_mismatch,
    ),
    Rule(
        "minimum-os",
        PHONE,
        "MinimumOSVersion is a version, not below the extension point's nor above the app's.",
        _KEYS,
        _minimum_os,
    ),
    Rule(
        "extension-place",
        PHONE,
        "NSExtension's bundles lie in PlugIns, ExtensionKit's in Extensions.",
        _BUNDLES,
        _place,
    ),
    Rule(
        "extension-nested",
        REVIEW,
        "No extension has extensions in it.",
        "Apple, developer forums, thread 846017",
        _nested,
    ),
    Rule(
        "program-missing",
        INSTALL,
        "Each bundle has its program, <CFBundleExecutable>.py.",
        "this simulator",
        _program,
    ),
)
"""In the order in which they are told."""
