"""NSExtensionActivationRule: whether an extension is offered for what a host wants to share.

Pure: a rule and the attachments' types in, a verdict with its reason out. Source: Apple, *App
Extension Keys* and *App Extension Programming Guide*. What they leave open is decided here:

* An attachment is *taken* when one of its types is of a kind whose key is positive. Version 1, and
  strict matching, want every attachment taken; version 2 wants one.
* A positive ``AttachmentsWithMaxCount`` takes everything; ``MinCount`` limits, and takes nothing.
* A file is an attachment with ``public.file-url``, or one of ``public.data`` that is neither text
  nor a URL: text that was selected somewhere is no file. Images and movies are files too, but a
  file that a more specific positive key takes is not counted under ``FileWithMaxCount``; otherwise
  "100 images, 1 file" would mean one image.
* A web page is what Safari makes of one: HTML, a web archive, or the property list of its
  JavaScript preprocessing. A bare URL is ``WebURL``, not ``WebPage``.
* An explicit 0 is no count limit. It reads as "not supported", as leaving the key out does; only
  fuzzy matching (version 2 without ``UsesStrictMatching``) tells them apart: there an attachment of
  an explicit 0 kind hides the extension unless another key takes it.
* Counts and flags written as strings are read as their numbers, because hand-written files have
  them so; versions above 2 act as 2; unknown keys are ignored; nothing to share is never offered.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from simulator.daemons.pkd.uti import conforms_to

__all__ = ("Verdict", "evaluate")

_PREFIX: Final = "NSExtensionActivationSupports"
_ATTACHMENTS_MAX: Final = f"{_PREFIX}AttachmentsWithMaxCount"
_ATTACHMENTS_MIN: Final = f"{_PREFIX}AttachmentsWithMinCount"
_FILE: Final = f"{_PREFIX}FileWithMaxCount"
_TEXT: Final = f"{_PREFIX}Text"
_VERSION: Final = "NSExtensionActivationDictionaryVersion"
_STRICT: Final = "NSExtensionActivationUsesStrictMatching"


class Verdict(NamedTuple):
    """Whether the extension is offered, and a sentence that says why or why not."""

    offered: bool
    reason: str


class _Kind(NamedTuple):
    key: str
    words: str
    matches: Callable[[Sequence[str]], bool]


class _BadValue(ValueError):
    """A key of the rule has a value that means nothing; the text says so."""


def _has(types: Sequence[str], *parents: str) -> bool:
    return any(conforms_to(uti, parent) for uti in types for parent in parents)


def _is_file(types: Sequence[str]) -> bool:
    if _has(types, "public.file-url"):
        return True

    return any(
        conforms_to(uti, "public.data") and not _has((uti,), "public.url", "public.text")
        for uti in types
    )


def _is_web_url(types: Sequence[str]) -> bool:
    return any(
        conforms_to(uti, "public.url") and not _has((uti,), "public.file-url") for uti in types
    )


_SPECIFIC: tuple[_Kind, ...] = (
    _Kind(
        f"{_PREFIX}ImageWithMaxCount",
        "conforming to public.image",
        lambda types: _has(types, "public.image"),
    ),
    _Kind(
        f"{_PREFIX}MovieWithMaxCount",
        "conforming to public.movie",
        lambda types: _has(types, "public.movie"),
    ),
    _Kind(_TEXT, "conforming to public.text", lambda types: _has(types, "public.text")),
    _Kind(f"{_PREFIX}WebURLWithMaxCount", "that are web URLs", _is_web_url),
    _Kind(
        f"{_PREFIX}WebPageWithMaxCount",
        "that are web pages",
        lambda types: _has(types, "public.html", "com.apple.webarchive", "com.apple.property-list"),
    ),
)
_ALL_KINDS = (*_SPECIFIC, _Kind(_FILE, "that are files", _is_file))


def evaluate(rule: object, items: Sequence[Sequence[str]]) -> Verdict:
    """Return whether an extension with this rule is offered.

    Args:
        rule: The value of ``NSExtensionActivationRule``, or None where the key is missing.
        items: For each attachment, its registered type identifiers.
    """
    match rule:
        case None:
            return Verdict(offered=False, reason="NSExtensionActivationRule is missing")
        case str():
            return _evaluate_predicate(rule)
        case Mapping():
            try:
                return _evaluate_dictionary(rule, items)
            except _BadValue as error:
                return Verdict(offered=False, reason=str(error))
        case _:
            return Verdict(
                offered=False,
                reason="NSExtensionActivationRule is neither a dictionary nor a predicate string",
            )


def _evaluate_predicate(predicate: str) -> Verdict:
    match predicate.strip().upper():
        case "TRUEPREDICATE":
            return Verdict(
                offered=True,
                reason="TRUEPREDICATE takes everything (for development only)",
            )
        case "FALSEPREDICATE":
            return Verdict(offered=False, reason="FALSEPREDICATE takes nothing")
        case "":
            return Verdict(offered=False, reason="NSExtensionActivationRule is an empty string")
        case _:
            return Verdict(
                offered=False,
                reason="NSExtensionActivationRule: predicates of this form are not evaluated yet",
            )


def _evaluate_dictionary(rule: Mapping[object, object], items: Sequence[Sequence[str]]) -> Verdict:
    version = _number(rule, _VERSION, default=1)
    strict = version < 2 or _number(rule, _STRICT) > 0
    positive = [kind for kind in _ALL_KINDS if _number(rule, kind.key) > 0]
    takes_all = _number(rule, _ATTACHMENTS_MAX) > 0

    if not items:
        return Verdict(offered=False, reason="there is nothing to share")

    if not positive and not takes_all:
        return Verdict(offered=False, reason="NSExtensionActivationRule has no key above 0")

    too_many = _first_limit_passed(rule, positive, items)

    if too_many is not None:
        return Verdict(offered=False, reason=too_many)

    left = [
        types
        for types in items
        if not takes_all and not any(kind.matches(types) for kind in positive)
    ]

    if len(left) == len(items):
        return Verdict(offered=False, reason=f"no key of the rule takes {_name(left[0])}")

    if strict and left:
        how = "version 1" if version < 2 else "strict matching"
        reason = f"{how} wants every item taken, and no key of the rule takes {_name(left[0])}"

        return Verdict(offered=False, reason=reason)

    for types in left:
        for kind in _ALL_KINDS:
            if kind.key in rule and kind.matches(types):
                reason = f"{kind.key} is 0, and no other key takes {_name(types)}"

                return Verdict(offered=False, reason=reason)

    which = "every item" if not left else f"{len(items) - len(left)} of {len(items)} items"

    return Verdict(offered=True, reason=f"the rule (version {min(version, 2)}) takes {which}")


def _first_limit_passed(
    rule: Mapping[object, object],
    positive: Sequence[_Kind],
    items: Sequence[Sequence[str]],
) -> str | None:
    total, least = _number(rule, _ATTACHMENTS_MAX), _number(rule, _ATTACHMENTS_MIN)

    if 0 < total < len(items):
        return f"{_ATTACHMENTS_MAX} is {total}, and {_there_are(len(items))}"

    if len(items) < least:
        return f"{_ATTACHMENTS_MIN} is {least}, and {_there_are(len(items))}"

    specific = [kind for kind in positive if kind.key != _FILE]

    for kind in positive:
        counted = [types for types in items if kind.matches(types)]

        if kind.key == _FILE:
            counted = [types for types in counted if not any(k.matches(types) for k in specific)]

        limit = _number(rule, kind.key)

        if kind.key != _TEXT and len(counted) > limit:
            return f"{kind.key} is {limit}, and {_there_are(len(counted))} {kind.words}"

    return None


def _there_are(count: int) -> str:
    return "there is 1 item" if count == 1 else f"there are {count} items"


def _name(types: Sequence[str]) -> str:
    return f"the item of type {types[0]}" if types else "an item without a type"


def _number(rule: Mapping[object, object], key: str, *, default: int = 0) -> int:
    """Return a key's value as a count of 0 or more; flags are 0 and 1."""
    value = rule.get(key, default)

    match value:
        case int() | float() if value == value:  # noqa: PLR0124 - a NaN is no count
            return max(0, int(min(value, 1 << 31)))
        case str() if value.strip().lower() in {"yes", "true"}:
            return 1
        case str() if value.strip().lower() in {"no", "false", ""}:
            return 0
        case str() if value.strip().isdecimal():
            return min(int(value.strip()[:9]), 1 << 31)
        case _:
            raise _BadValue(f"{key} is {value!r}, which is no count")
