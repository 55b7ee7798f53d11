"""Rules of NSExtensionActivationRule. Whether it fits certain items is pkd's business."""

import difflib
import re
from collections.abc import Iterator
from typing import Final

from simulator.bundles.faults import describe
from simulator.bundles.lint.rule import PHONE, REVIEW, Flaw, Rule
from simulator.bundles.lint.subject import EXTENSION, Subject
from simulator.bundles.points import RULED_POINTS, find_point

__all__ = ("RULES", "RULE_KEYS")

_KEYS: Final = "Apple, App Extension Keys"
_GUIDE: Final = "Apple, App Extension Programming Guide"
_PATH: Final = "NSExtension.NSExtensionAttributes.NSExtensionActivationRule"
_S: Final = "NSExtensionActivationSupports"
_PAGE: Final = f"{_S}WebPageWithMaxCount"
_LINK: Final = f"{_S}WebURLWithMaxCount"
_FLAGS: Final = (f"{_S}Text", "NSExtensionActivationUsesStrictMatching")

RULE_KEYS: Final = (
    f"{_S}AttachmentsWithMaxCount",
    f"{_S}AttachmentsWithMinCount",
    f"{_S}FileWithMaxCount",
    f"{_S}ImageWithMaxCount",
    f"{_S}MovieWithMaxCount",
    f"{_S}Text",
    _LINK,
    _PAGE,
    "NSExtensionActivationDictionaryVersion",
    "NSExtensionActivationUsesStrictMatching",
)
"""Every key that Apple documents for the dictionary form."""

_LOOKED_AT_MAX: Final = 100
_EATEN = re.compile(r"SUBQUERY\s*\(\s*[^,$()]{0,200},\s*,|\(\s*,|\bANY\s+\.", re.IGNORECASE)


def _rule_of(subject: Subject) -> object:
    return subject.attributes.get("NSExtensionActivationRule")


def _is_offered(subject: Subject) -> bool:
    return subject.kind == EXTENSION and subject.point in RULED_POINTS


def _takes_everything(subject: Subject) -> Iterator[Flaw]:
    rule = _rule_of(subject)

    if isinstance(rule, str) and rule.strip().upper() == "TRUEPREDICATE":
        problem = "TRUEPREDICATE is for development only; review refuses it"

        yield Flaw(_PATH, problem, "say in a dictionary or a predicate what the extension takes")


def _missing(subject: Subject) -> Iterator[Flaw]:
    if _is_offered(subject) and _rule_of(subject) is None:
        problem = "the key is missing; without a rule no share sheet offers the extension"

        yield Flaw(
            _PATH, problem, "say what it takes, for example NSExtensionActivationSupportsText"
        )


def _elsewhere(subject: Subject) -> Iterator[Flaw]:
    known = find_point(subject.point) is not None

    if known and not _is_offered(subject) and _rule_of(subject) is not None:
        problem = f"{subject.point} is not offered by a rule, and ignores it"

        yield Flaw(_PATH, problem, "take it out")


def _form(subject: Subject) -> Iterator[Flaw]:
    rule = _rule_of(subject)

    if rule is not None and not isinstance(rule, dict | str):
        yield Flaw(
            _PATH, f"it is {describe(rule)}; it should be a dictionary or a predicate string"
        )
    elif isinstance(rule, str) and not rule.strip():
        yield Flaw(_PATH, "it is an empty string, which is no predicate; nothing is ever offered")
    elif isinstance(rule, dict):
        for key in RULE_KEYS:
            value = rule.get(key)
            is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0

            if key in rule and not is_count and not (key in _FLAGS and isinstance(value, bool)):
                wanted = "a boolean" if key in _FLAGS else "a count, 0 or more"

                yield Flaw(f"{_PATH}.{key}", f"it is {_shown(value)}; it should be {wanted}")


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, int | float | bool) else describe(value)


def _positive(subject: Subject) -> Iterator[Flaw]:
    rule = _rule_of(subject)

    if not isinstance(rule, dict) or not _is_offered(subject):
        return

    supports = [value for key, value in rule.items() if str(key).startswith(_S)]

    if not any(_counts(value) for value in supports):
        yield Flaw(_PATH, "no key in it is above 0, so that the extension is never offered")


def _counts(value: object) -> bool:
    return value is True or (isinstance(value, int | float) and value > 0) or isinstance(value, str)


def _unknown_keys(subject: Subject) -> Iterator[Flaw]:
    rule = _rule_of(subject)
    strangers = [key for key in rule if key not in RULE_KEYS] if isinstance(rule, dict) else []

    for key in strangers[:_LOOKED_AT_MAX]:
        name = str(key)[:200]

        if name.startswith(f"{_S}Text"):
            advice = f"{_S}Text is a boolean, and there is no count of texts"
        else:
            close = difflib.get_close_matches(name, RULE_KEYS, n=1, cutoff=0.75)
            advice = f"did you mean {close[0]}?" if close else ""

        yield Flaw(f"{_PATH}.{name}", "no such key is documented, and it is ignored", advice)


def _eaten(subject: Subject) -> Iterator[Flaw]:
    rule = _rule_of(subject)

    if isinstance(rule, str) and _EATEN.search(rule[:10_000]):
        problem = (
            "a variable has no name: Xcode took $name for a build setting, and nothing is left"
        )

        yield Flaw(
            _PATH, problem, "write $$name, or turn off 'Expand Build Settings in Info.plist'"
        )


def _script_without_page(subject: Subject) -> Iterator[Flaw]:
    rule = _rule_of(subject)
    script = "NSExtensionJavaScriptPreprocessingFile"

    if script not in subject.attributes or not isinstance(rule, dict):
        return

    if not _counts(rule.get(_PAGE, 0)) and not _counts(rule.get(_LINK, 0)):
        problem = f"it runs on web pages only, and neither {_PAGE} nor {_LINK} is above 0"

        yield Flaw(f"NSExtension.NSExtensionAttributes.{script}", problem, f"give {_PAGE} a count")


RULES: Final = (
    Rule("activation-true", REVIEW, "No rule is TRUEPREDICATE.", _GUIDE, _takes_everything),
    Rule(
        "activation-missing",
        PHONE,
        "A share or action extension has an activation rule.",
        _KEYS,
        _missing,
    ),
    Rule(
        "activation-elsewhere",
        PHONE,
        "Extensions of other points have none.",
        _KEYS,
        _elsewhere,
    ),
    Rule(
        "activation-form",
        PHONE,
        "The rule is a predicate string, or a dictionary of counts and booleans.",
        _KEYS,
        _form,
    ),
    Rule(
        "activation-nothing",
        PHONE,
        "A dictionary has a key above 0.",
        _KEYS,
        _positive,
    ),
    Rule("activation-key", PHONE, "A dictionary has documented keys only.", _KEYS, _unknown_keys),
    Rule(
        "activation-eaten",
        PHONE,
        "A predicate's variables have names.",
        "Xcode expands $name in Info.plist",
        _eaten,
    ),
    Rule(
        "activation-script",
        PHONE,
        "A JavaScript preprocessing file goes with a positive count of web pages or web URLs.",
        "Apple, App Extension Programming Guide; Xcode's template of an action",
        _script_without_page,
    ),
)
"""In the order in which they are told."""
