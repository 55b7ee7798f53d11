"""The uniform types that a bundle's Info.plist declares, and what is wrong with them.

``UTExportedTypeDeclarations`` are the bundle's own types, ``UTImportedTypeDeclarations`` those of
others that it wants to be known. A list may be written as its only member, as Xcode did of old.
What is wrong is left out and told: on a phone it is left out silently.
Source: Apple, Uniform Type Identifiers Overview, Declaring New Uniform Type Identifiers.
"""

from collections.abc import Mapping
from typing import Final

from simulator.bundles.faults import build_variable, describe
from simulator.daemonkit.limits import TYPE_CHARACTERS_MAX, TYPES_DECLARED_MAX
from simulator.daemons.pkd.uti import SYSTEM, Declaration

__all__ = ("declared_types",)

_KEYS: Final = {"UTExportedTypeDeclarations": True, "UTImportedTypeDeclarations": False}
_SUFFIX: Final = "public.filename-extension"
_MEDIA: Final = "public.mime-type"
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._")  # _ is wrong, and common


def declared_types(keys: Mapping[str, object]) -> tuple[list[Declaration], list[str]]:
    """Return the types that an Info.plist declares, and sentences on what is wrong.

    Args:
        keys: The property list's top level.
    """
    found: list[Declaration] = []
    wrong: list[str] = []

    for key, is_export in _KEYS.items():
        value = keys.get(key)

        if value is None:
            continue

        entries = value if isinstance(value, list | tuple) else [value]

        if len(entries) > TYPES_DECLARED_MAX:
            wrong.append(
                f"{key} has {len(entries)} types; only the first {TYPES_DECLARED_MAX} count "
                "(TYPES_DECLARED_MAX)"
            )

        for number, entry in enumerate(entries[:TYPES_DECLARED_MAX]):
            place = f"{key}[{number}]"

            if not isinstance(entry, Mapping):
                wrong.append(f"{place} is {describe(entry)}; it should be a dictionary")
                continue

            declaration = _declaration(entry, place, wrong, is_export=is_export)

            if declaration is not None:
                found.append(declaration)

    return found, wrong


def _declaration(
    entry: Mapping[object, object], place: str, wrong: list[str], *, is_export: bool
) -> Declaration | None:
    names = _words(entry.get("UTTypeIdentifier"), f"{place}.UTTypeIdentifier", wrong)

    if len(names) != 1 or not _is_identifier(names[0]):
        wrong.append(f"{place}.UTTypeIdentifier should be one name such as com.example.note")
        return None

    (identifier,) = names

    if is_export and SYSTEM.knows(identifier):
        wrong.append(f"{place} exports {identifier}, which is the system's and stays as it is")

    parents = _words(entry.get("UTTypeConformsTo"), f"{place}.UTTypeConformsTo", wrong)
    tags = entry.get("UTTypeTagSpecification", {})

    if not isinstance(tags, Mapping):
        wrong.append(
            f"{place}.UTTypeTagSpecification is {describe(tags)}; it should be a dictionary"
        )
        tags = {}

    return Declaration(
        identifier,
        tuple(parent for parent in parents if _is_identifier(parent)),
        tuple(each.removeprefix(".") for each in _words(tags.get(_SUFFIX), place, wrong)),
        tuple(_words(tags.get(_MEDIA), place, wrong)),
        is_export,
    )


def _words(value: object, place: str, wrong: list[str]) -> list[str]:
    """Return the strings of a list, or of a string that should have been one, in lower case."""
    words = value if isinstance(value, list | tuple) else [] if value is None else [value]
    found = []

    for word in words[:TYPES_DECLARED_MAX]:
        variable = build_variable(word) if isinstance(word, str) else None

        if not isinstance(word, str):
            wrong.append(f"{place} has {describe(word)}; it should be a string")
        elif variable is not None:
            wrong.append(f"{place}: the build variable {variable} was not expanded")
        elif len(word) > TYPE_CHARACTERS_MAX:
            wrong.append(
                f"{place} has a name of {len(word)} characters; {TYPE_CHARACTERS_MAX} are the "
                "most (TYPE_CHARACTERS_MAX)"
            )
        elif word:
            found.append(word.lower())

    return found


def _is_identifier(word: str) -> bool:
    return bool(word) and all(each in _PLAIN or ord(each) > 0x7F for each in word)
