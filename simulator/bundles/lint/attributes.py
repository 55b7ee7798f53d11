"""Rules of what single extension points want in NSExtensionAttributes."""

import re
from collections.abc import Iterator
from typing import Final

from simulator.bundles.faults import describe
from simulator.bundles.lint.rule import PHONE, Flaw, Rule
from simulator.bundles.lint.subject import Subject
from simulator.bundles.points import KEYBOARD, find_point

__all__ = ("RULES",)

_KEYS: Final = "Apple, App Extension Keys"
_PATH: Final = "NSExtension.NSExtensionAttributes"
_SWITCHES: Final = ("RequestsOpenAccess", "IsASCIICapable", "PrefersRightToLeft")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,8}", re.ASCII)
_CONTENT: Final = "com.apple.usernotifications.content-extension"
_CATEGORY: Final = "UNNotificationExtensionCategory"
_RATIO: Final = "UNNotificationExtensionInitialContentSizeRatio"


def _keyboard(subject: Subject) -> Iterator[Flaw]:
    if subject.point != KEYBOARD:
        return

    for key in _SWITCHES:
        value = subject.attributes.get(key)

        if key in subject.attributes and not isinstance(value, bool):
            problem = f"it is {describe(value)}; it should be a boolean, and counts as NO"

            yield Flaw(f"{_PATH}.{key}", problem, "write <true/> or <false/>")


def _language(subject: Subject) -> Iterator[Flaw]:
    if subject.point != KEYBOARD:
        return

    value = subject.attributes.get("PrimaryLanguage")

    if value is None:
        problem = "the key is missing; Settings would not know where to list the keyboard"

        yield Flaw(f"{_PATH}.PrimaryLanguage", problem, "name a language as BCP 47 does: en-US")
    elif not isinstance(value, str) or (value and "$" not in value and not _is_language(value)):
        shown = repr(value[:40]) if isinstance(value, str) else describe(value)
        problem = f"it is {shown}; it should be a language as BCP 47 names it, as en-US or mul"

        yield Flaw(f"{_PATH}.PrimaryLanguage", problem)


def _is_language(text: str) -> bool:
    return _LANGUAGE.fullmatch(text) is not None


def _full_access(subject: Subject) -> Iterator[Flaw]:
    is_other = find_point(subject.point) is not None and subject.point != KEYBOARD

    if is_other and "RequestsOpenAccess" in subject.attributes:
        problem = f"only keyboards have Full Access; {subject.point} ignores it"

        yield Flaw(f"{_PATH}.RequestsOpenAccess", problem, "take it out")


def _content(subject: Subject) -> Iterator[Flaw]:
    if subject.point != _CONTENT:
        return

    category, ratio = subject.attributes.get(_CATEGORY), subject.attributes.get(_RATIO)
    categories = category if isinstance(category, list) else [category]

    if not categories or not all(isinstance(each, str) and each for each in categories):
        problem = (
            "it should be a category's name or an array of them; without it nothing shows this"
        )

        yield Flaw(f"{_PATH}.{_CATEGORY}", problem)

    if not isinstance(ratio, int | float | str) or isinstance(ratio, bool):
        problem = "it should be a number, the height of the view divided by its width"

        yield Flaw(f"{_PATH}.{_RATIO}", problem, "give it, for example 1")


RULES: Final = (
    Rule("keyboard-switch", PHONE, "A keyboard's switches are booleans.", _KEYS, _keyboard),
    Rule("keyboard-language", PHONE, "A keyboard names its language.", _KEYS, _language),
    Rule("full-access", PHONE, "Only keyboards ask for Full Access.", _KEYS, _full_access),
    Rule(
        "content-category",
        PHONE,
        "A notification content extension names its category and its size.",
        _KEYS,
        _content,
    ),
)
"""In the order in which they are told."""
