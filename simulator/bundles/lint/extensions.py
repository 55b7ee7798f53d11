"""Rules of NSExtension: the point, the principal class, and what lies at the wrong depth."""

from collections.abc import Iterator, Mapping
from typing import Final

from simulator.bundles.lint.rule import INSTALL, NOTE, PHONE, REVIEW, Flaw, Rule
from simulator.bundles.lint.subject import APP, EXTENSION, Subject
from simulator.bundles.points import WIDGET, find_point, similar_point

__all__ = ("ATTRIBUTE_KEYS", "CHILD_KEYS", "RULES")

_KEYS: Final = "Apple, App Extension Keys"
_GUIDE: Final = "Apple, App Extension Programming Guide"

CHILD_KEYS: Final = (
    "NSExtensionPointIdentifier",
    "NSExtensionPrincipalClass",
    "NSExtensionMainStoryboard",
    "NSExtensionAttributes",
)
"""Keys that count only as direct children of NSExtension."""

ATTRIBUTE_KEYS: Final = (
    "NSExtensionActivationRule",
    "NSExtensionJavaScriptPreprocessingFile",
    "RequestsOpenAccess",
    "IsASCIICapable",
    "PrefersRightToLeft",
    "PrimaryLanguage",
    "UNNotificationExtensionCategory",
    "UNNotificationExtensionInitialContentSizeRatio",
    "UNNotificationExtensionDefaultContentHidden",
    "UNNotificationExtensionOverridesDefaultTitle",
    "UNNotificationExtensionUserInteractionEnabled",
    "IntentsSupported",
    "IntentsRestrictedWhileLocked",
)
"""Keys that count only in NSExtension.NSExtensionAttributes."""

_KIT_KEYS: Final = ("EXExtensionPointIdentifier", "EXPrincipalClass")
_RULE: Final = "NSExtensionActivationRule"
_RULE_KEYS: Final = ("NSExtensionActivationSupports", "NSExtensionActivationDictionaryVersion")
_STRICT: Final = "NSExtensionActivationUsesStrictMatching"
_ATTRIBUTES: Final = "NSExtension.NSExtensionAttributes"


def _missing(subject: Subject) -> Iterator[Flaw]:
    if subject.kind != EXTENSION:
        return

    if subject.keys.get("NSExtension") is None and (
        subject.keys.get("EXAppExtensionAttributes") is None
    ):
        problem = (
            "the key is missing; an extension should have this dictionary "
            "(or EXAppExtensionAttributes), which says what it extends"
        )

        yield Flaw("NSExtension", problem)


def _background_modes(subject: Subject) -> Iterator[Flaw]:
    if subject.kind == EXTENSION and "UIBackgroundModes" in subject.keys:
        problem = "an extension may not have it; background modes are the app's alone"

        yield Flaw("UIBackgroundModes", problem, "take it out, or move it to the app's Info.plist")


def _in_app(subject: Subject) -> Iterator[Flaw]:
    for key in ("NSExtension", "EXAppExtensionAttributes"):
        if subject.kind == APP and key in subject.keys:
            problem = "an app is no extension, and this counts for nothing in its Info.plist"

            yield Flaw(key, problem, "move it to the Info.plist of the extension's target")


def _point_key(subject: Subject) -> str:
    return (
        "NSExtension.NSExtensionPointIdentifier"
        if subject.declared
        else "EXAppExtensionAttributes.EXExtensionPointIdentifier"
    )


def _unknown(subject: Subject) -> Iterator[Flaw]:
    point = subject.point if subject.kind == EXTENSION else ""

    if point and find_point(point) is None:
        meant = similar_point(point)
        problem = f"{point[:200]} is no extension point that is known; no host would offer this"

        yield Flaw(_point_key(subject), problem, f"did you mean {meant}?" if meant else "")


def _not_simulated(subject: Subject) -> Iterator[Flaw]:
    point = find_point(subject.point) if subject.kind == EXTENSION else None

    if point is not None and not point.is_simulated:
        problem = (
            f"{point.identifier} ({point.name}) is not simulated: the extension is installed and "
            "listed, and never started"
        )

        yield Flaw(_point_key(subject), problem)


def _wrong_declaration(subject: Subject) -> Iterator[Flaw]:
    point = find_point(subject.point)

    if subject.kind != EXTENSION or point is None or (subject.declared and subject.kit):
        return

    if point.is_extension_kit and subject.declared:
        problem = f"{point.identifier} is declared in EXAppExtensionAttributes, not here"

        yield Flaw(
            "NSExtension", problem, "use EXAppExtensionAttributes.EXExtensionPointIdentifier"
        )
    elif point.is_plug_in and subject.kit:
        problem = f"{point.identifier} is declared in NSExtension, not here"

        yield Flaw("EXAppExtensionAttributes", problem, "use NSExtension")


def _no_principal(subject: Subject) -> Iterator[Flaw]:
    declared = subject.declared
    point = find_point(subject.point)

    if not declared or point is None or not point.base or point.identifier == WIDGET:
        return

    if not declared.get("NSExtensionPrincipalClass") and not declared.get(
        "NSExtensionMainStoryboard"
    ):
        problem = (
            "neither a principal class nor a storyboard is named; iOS would not know what to make "
            f"(here the only {point.base} of the program is taken)"
        )
        advice = f"name a {point.base}, as $(PRODUCT_MODULE_NAME).{point.name.split()[0]}Handler"

        yield Flaw("NSExtension.NSExtensionPrincipalClass", problem, advice)


def _two_principals(subject: Subject) -> Iterator[Flaw]:
    declared = subject.declared

    if (
        subject.point != WIDGET
        and declared.get("NSExtensionPrincipalClass")
        and declared.get("NSExtensionMainStoryboard")
    ):
        problem = "there is a principal class too, and only one of the two is used"

        yield Flaw("NSExtension.NSExtensionMainStoryboard", problem, "take one of them out")


def _principal_of_widget(subject: Subject) -> Iterator[Flaw]:
    if subject.point != WIDGET:
        return

    for key in ("NSExtensionPrincipalClass", "NSExtensionMainStoryboard"):
        if key in subject.declared:
            problem = f"App Store Connect does not allow the key for {WIDGET}; @main says it"

            yield Flaw(f"NSExtension.{key}", problem, "take it out")


def _wanted_parent(key: str) -> str | None:
    if key in CHILD_KEYS:
        return "NSExtension"

    if key in ATTRIBUTE_KEYS:
        return _ATTRIBUTES

    if key in _KIT_KEYS:
        return "EXAppExtensionAttributes"

    if key.startswith(_RULE_KEYS) or key == _STRICT:
        return f"{_ATTRIBUTES}.{_RULE}"

    return None


def _misplaced(subject: Subject) -> Iterator[Flaw]:
    rule = subject.attributes.get(_RULE)
    levels: list[tuple[str, Mapping[str, object]]] = [
        ("", subject.keys),
        ("NSExtension", subject.declared),
        (_ATTRIBUTES, subject.attributes),
        (f"{_ATTRIBUTES}.{_RULE}", rule if isinstance(rule, dict) else {}),
        ("EXAppExtensionAttributes", subject.kit),
    ]

    for place, keys in levels:
        for key in keys:
            wanted = _wanted_parent(key)

            if wanted is not None and wanted != place:
                where = "at the top level" if not place else f"in {place}"
                problem = f"it stands {where}, where nobody reads it; it counts in {wanted} only"

                yield Flaw(f"{place}.{key}" if place else key, problem, f"move it to {wanted}")


RULES: Final = (
    Rule(
        "extension-missing",
        INSTALL,
        "An extension has NSExtension or EXAppExtensionAttributes.",
        _KEYS,
        _missing,
    ),
    Rule(
        "background-modes",
        INSTALL,
        "An extension has no UIBackgroundModes.",
        _GUIDE,
        _background_modes,
    ),
    Rule("extension-in-app", PHONE, "An app's Info.plist declares no extension.", _KEYS, _in_app),
    Rule(
        "point-unknown",
        PHONE,
        "The extension point is one that is known.",
        _KEYS,
        _unknown,
    ),
    Rule(
        "point-not-simulated",
        NOTE,
        "The extension point is one that this simulator runs.",
        "this simulator",
        _not_simulated,
    ),
    Rule(
        "point-declared-elsewhere",
        PHONE,
        "ExtensionKit's points stand in EXAppExtensionAttributes, all others in NSExtension.",
        "Xcode's templates",
        _wrong_declaration,
    ),
    Rule(
        "principal-missing",
        PHONE,
        "An extension names a principal class or a storyboard, where its point has a class.",
        _KEYS,
        _no_principal,
    ),
    Rule(
        "principal-twice",
        PHONE,
        "An extension names a principal class or a storyboard, not both.",
        _KEYS,
        _two_principals,
    ),
    Rule(
        "principal-of-widget",
        REVIEW,
        "A WidgetKit extension names neither a principal class nor a storyboard.",
        "App Store Connect",
        _principal_of_widget,
    ),
    Rule(
        "key-misplaced",
        PHONE,
        "NSExtension's keys stand where they are read.",
        _KEYS,
        _misplaced,
    ),
)
"""In the order in which they are told."""
