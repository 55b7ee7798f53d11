"""Rules of what Xcode's build would have replaced: build variables, INFOPLIST_KEY_ settings."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from simulator.bundles.faults import key_path
from simulator.bundles.lint.rule import PHONE, Flaw, Rule
from simulator.bundles.lint.subject import Subject

__all__ = ("PLACES", "RULES", "found_variables", "place_of")

_VARIABLE = re.compile(r"\$(?:\(([A-Za-z_][A-Za-z0-9_]{0,99})(?::[^()$]{0,60})?\)"
                      r"|\{([A-Za-z_][A-Za-z0-9_]{0,99})(?::[^{}$]{0,60})?\})")  # fmt: skip

PLACES: Final[Mapping[str, str]] = {
    "PRODUCT_BUNDLE_IDENTIFIER": "Build Settings, Product Bundle Identifier",
    "PRODUCT_NAME": "Build Settings, Product Name",
    "PRODUCT_MODULE_NAME": "Build Settings, Product Module Name",
    "EXECUTABLE_NAME": "Build Settings, Product Name",
    "PRODUCT_BUNDLE_PACKAGE_TYPE": "the target's kind; Xcode knows it",
    "MARKETING_VERSION": "the target's General page, Version",
    "CURRENT_PROJECT_VERSION": "the target's General page, Build",
    "DEVELOPMENT_LANGUAGE": "the project's Info page, Localizations",
    "DEVELOPMENT_TEAM": "the target's Signing page, Team",
    "AppIdentifierPrefix": "the target's Signing page, Team",
    "TeamIdentifierPrefix": "the target's Signing page, Team",
    "CFBundleIdentifier": "Build Settings, Product Bundle Identifier",
    "TARGET_NAME": "the target's name",
    "IPHONEOS_DEPLOYMENT_TARGET": "the target's General page, Minimum Deployments",
}
"""Where in Xcode the usual ones are set."""

_ELSEWHERE: Final = "an .xcconfig file, or a user-defined build setting of the target"
_DEEP_MAX: Final = 64
_TOLD_MAX: Final = 50


def place_of(variable: str) -> str:
    """Return where in Xcode a build variable is set."""
    return PLACES.get(variable, _ELSEWHERE)


def found_variables(keys: Mapping[str, object]) -> dict[str, str]:
    """Return each build variable in the strings of a property list, with its first key path."""
    found: dict[str, str] = {}
    waiting: list[tuple[tuple[str | int, ...], object]] = [((), dict(keys))]

    while waiting:
        path, value = waiting.pop(0) if len(waiting) < _TOLD_MAX else waiting.pop()

        if isinstance(value, str):
            for match in _VARIABLE.finditer(value[:10_000]):
                found.setdefault(match[1] or match[2], key_path(path))
        elif isinstance(value, dict) and len(path) < _DEEP_MAX:
            waiting += [((*path, str(key)), item) for key, item in value.items()]
        elif isinstance(value, list) and len(path) < _DEEP_MAX:
            waiting += [((*path, number), item) for number, item in enumerate(value)]

    return found


def _left(subject: Subject) -> Iterator[Flaw]:
    for keys, file in ((subject.keys, ""), (subject.rights, subject.rights_file)):
        for name, key in list(found_variables(keys).items())[:_TOLD_MAX]:
            if subject.is_source and name in _KNOWN_TO_STUB:
                continue

            if subject.app is not None and subject.is_source and name == _IDENTIFIER:
                continue  # it is derived from the app's

            problem = f"the build variable {name} is not expanded; Xcode knows it from "
            advice = f"'simctl stub --set {name}=…' puts a value there"

            yield Flaw(key, f"{problem}{place_of(name)}", advice, file)


_IDENTIFIER: Final = "PRODUCT_BUNDLE_IDENTIFIER"
_KNOWN_TO_STUB: Final = frozenset(PLACES) - {_IDENTIFIER, "DEVELOPMENT_TEAM"}


def _settings(subject: Subject) -> Iterator[Flaw]:
    for key in list(subject.keys)[:1000]:
        if key.startswith("INFOPLIST_KEY_"):
            meant = key.removeprefix("INFOPLIST_KEY_")[:200]
            problem = "this is a build setting's name; in an Info.plist it counts for nothing"

            yield Flaw(
                key[:200], problem, f"write {meant}, or set it in the target's build settings"
            )


RULES: Final = (
    Rule(
        "variable-left",
        PHONE,
        "No build variable is left over.",
        "Apple, Build settings reference",
        _left,
    ),
    Rule(
        "infoplist-key",
        PHONE,
        "No INFOPLIST_KEY_ setting stands in the Info.plist.",
        "Apple, Build settings reference",
        _settings,
    ),
)
"""In the order in which they are told."""
