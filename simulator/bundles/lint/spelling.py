"""Rules of keys that are nearly right."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Final

from simulator.bundles.lint.extensions import ATTRIBUTE_KEYS, CHILD_KEYS
from simulator.bundles.lint.rule import PHONE, Flaw, Rule
from simulator.bundles.lint.subject import Subject

__all__ = ("RULES", "TOP_KEYS")

TOP_KEYS: Final = (
    "CFBundleDevelopmentRegion",
    "CFBundleDisplayName",
    "CFBundleExecutable",
    "CFBundleIdentifier",
    "CFBundleInfoDictionaryVersion",
    "CFBundleName",
    "CFBundlePackageType",
    "CFBundleShortVersionString",
    "CFBundleURLTypes",
    "CFBundleVersion",
    "EXAppExtensionAttributes",
    "LSApplicationQueriesSchemes",
    "LSRequiresIPhoneOS",
    "LSSupportsOpeningDocumentsInPlace",
    "MinimumOSVersion",
    "NSExtension",
    "SIMEmbeddedExtensions",
    "UIApplicationSceneManifest",
    "UIBackgroundModes",
    "UIFileSharingEnabled",
    "UTExportedTypeDeclarations",
    "UTImportedTypeDeclarations",
)
"""Keys of the top level that decide what a bundle is; a neighbour of one is a slip of the pen."""

_APPLES: Final = frozenset((
    "CFBundleAllowMixedLocalizations", "CFBundleDocumentTypes", "CFBundleGetInfoString",
    "CFBundleIconFile", "CFBundleIconFiles", "CFBundleIconName", "CFBundleIcons",
    "CFBundleLocalizations", "CFBundleSignature", "CFBundleSupportedPlatforms",
    "LSMinimumSystemVersion", "NSExtensionAttributes",
))  # fmt: skip
"""Apple's own neighbours of those."""

_RESEMBLES: Final = 0.88
_LOOKED_AT_MAX: Final = 300


def _misspelt(subject: Subject) -> Iterator[Flaw]:
    attributes = "NSExtension.NSExtensionAttributes"

    yield from _among(subject.keys, TOP_KEYS, "")
    yield from _among(subject.declared, CHILD_KEYS, "NSExtension.")
    yield from _among(subject.attributes, ATTRIBUTE_KEYS, f"{attributes}.")


def _among(keys: Mapping[str, object], known: tuple[str, ...], place: str) -> Iterator[Flaw]:
    lower = {name.lower(): name for name in known}
    strangers = [key for key in keys if key not in known and key not in _APPLES and len(key) < 100]

    for key in strangers[:_LOOKED_AT_MAX]:
        if key in (*CHILD_KEYS, *ATTRIBUTE_KEYS):
            continue  # spelt well, and at the wrong depth

        close = difflib.get_close_matches(key.lower(), lower, n=1, cutoff=_RESEMBLES)

        if close and lower[close[0]] not in keys:
            problem = "no such key is known, and it is ignored"

            yield Flaw(f"{place}{key}", problem, f"did you mean {lower[close[0]]}?")


RULES: Final = (
    Rule(
        "key-misspelt",
        PHONE,
        "No key is nearly one that counts.",
        "Apple, Information Property List Key Reference",
        _misspelt,
    ),
)
"""In the order in which they are told."""
