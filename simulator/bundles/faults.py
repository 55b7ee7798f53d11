"""What pydantic found wrong with a property list, in people's words.

A reader of the message has a plist open in an editor: the words are the editor's (array,
dictionary, string), the key path is written as one would walk there.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from simulator.xpc.errors import BundleError

__all__ = ("build_variable", "bundle_error", "bundle_errors", "describe", "key_path")

_VARIABLE = re.compile(r"\$[({]([^)}]*)[)}]?")

_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),  # before int, whose subclass it is
    (int, "an integer"),
    (float, "a real number"),
    (str, "a string"),
    (bytes, "data"),
    (datetime, "a date"),
    (list, "an array"),
    (dict, "a dictionary"),
)

_WANTED = {
    "dict_type": "a dictionary",
    "model_type": "a dictionary",
    "string_type": "a string",
    "tuple_type": "an array",
}

_MISSING = {
    "CFBundleIdentifier": "it should name the bundle, for example com.example.Notes",
    "EXExtensionPointIdentifier": (
        "it should name the extension point, for example com.apple.appintents-extension"
    ),
    "NSExtensionPointIdentifier": (
        "it should name the extension point, for example com.apple.share-services"
    ),
}


def build_variable(text: str) -> str | None:
    """Return the first build variable that Xcode left unexpanded in a text, or None.

    Both spellings count: ``$(NAME)`` and ``${NAME}``.
    """
    match = _VARIABLE.search(text)

    return None if match is None else match.group(1)


def describe(value: object) -> str:
    """Return what a plist editor calls a value's type, with its article."""
    for kind, word in _KINDS:
        if isinstance(value, kind):
            return word

    return "something that no property list holds"


def key_path(parts: Sequence[str | int]) -> str:
    """Return a path such as ``CFBundleURLTypes[0].CFBundleURLSchemes``."""
    path = ""

    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part

    return path


def bundle_error(error: ValidationError, *, file: str) -> BundleError:
    """Return the first thing that pydantic found, as an error that names file and key."""
    return bundle_errors(error, file=file)[0]


def bundle_errors(error: ValidationError, *, file: str) -> list[BundleError]:
    """Return everything that pydantic found, as errors that name file and key."""
    return [_told(fault, file=file) for fault in error.errors(include_url=False)]


def _told(fault: ErrorDetails, *, file: str) -> BundleError:
    location = fault["loc"]
    kind = fault["type"]

    if kind == "missing":
        hint = _MISSING.get(str(location[-1]), "it should be there")
        problem = f"the key is missing; {hint}"
    elif kind == "value_error":
        problem = str(fault["ctx"]["error"])
    else:
        wanted = _WANTED.get(kind, "something else")
        problem = f"it is {describe(fault['input'])}; it should be {wanted}"

    return BundleError(file, key_path(location), problem)
