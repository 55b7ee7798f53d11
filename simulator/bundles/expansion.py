"""Build variables, as Xcode's build puts their values into property lists.

``$(NAME)``, ``${NAME}`` and a modifier behind a colon. A name may hold variables itself. One that
has no value stays as it is, so that it can be named. Source: Apple, Build settings reference.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

__all__ = ("expand", "identifier_of", "module_name_of", "team_prefix", "variables_in")

_INNERMOST = re.compile(
    r"\$(?:\((?P<round>[^(){}$]{0,200})\)|\{(?P<curly>[^(){}$]{0,200})\})",
)
_ROUNDS_MAX: Final = 12
_TEXT_MAX: Final = 100_000  # a variable may hold others, and those others
_DEFAULT: Final = "default="


def identifier_of(text: str) -> str:
    """Return a text as a part of a bundle identifier: ``:rfc1034identifier``."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", text)


def module_name_of(text: str) -> str:
    """Return a text as Swift names a module: ``:c99extidentifier``."""
    name = re.sub(r"\W", "_", text)

    return f"_{name[1:]}" if name[:1].isdigit() else name


_MODIFIERS: Final[Mapping[str, Callable[[str], str]]] = {
    "rfc1034identifier": identifier_of,
    "c99extidentifier": module_name_of,
    "identifier": module_name_of,
    "lower": str.lower,
    "upper": str.upper,
    "base": lambda text: text.rpartition("/")[2].rpartition(".")[0] or text.rpartition("/")[2],
    "file": lambda text: text.rpartition("/")[2],
    "suffix": lambda text: f".{text.rpartition('.')[2]}" if "." in text else "",
}


def expand(value: object, variables: Mapping[str, str]) -> object:
    """Return a property-list value with the variables that are known put in.

    Args:
        value: Any value of a property list; keys of dictionaries stay as they are.
        variables: Name → text, which may hold variables.
    """
    match value:
        case str():
            return _expand_text(value, variables)
        case list():
            return [expand(item, variables) for item in value]
        case dict():
            return {key: expand(item, variables) for key, item in value.items()}
        case _:
            return value


def _expand_text(text: str, variables: Mapping[str, str]) -> str:
    def one(match: re.Match[str]) -> str:
        name, *modifiers = (match["round"] or match["curly"] or "").split(":")
        found = variables.get(name)

        for modifier in modifiers:
            if modifier.startswith(_DEFAULT):
                found = found or modifier.removeprefix(_DEFAULT)
            elif found is not None and modifier in _MODIFIERS:
                found = _MODIFIERS[modifier](found)

        return match[0] if found is None else found

    for _ in range(_ROUNDS_MAX):
        expanded = _INNERMOST.sub(one, text)

        if expanded == text or len(expanded) > _TEXT_MAX:
            break

        text = expanded

    return text


def variables_in(texts: Iterable[str]) -> list[str]:
    """Return the names of the variables in texts, each once, in their order."""
    names: dict[str, None] = {}

    for text in texts:
        for match in _INNERMOST.finditer(text[:_TEXT_MAX]):
            names.setdefault((match["round"] or match["curly"] or "").partition(":")[0])

    return list(names)


def team_prefix(team: str) -> str:
    """Return ``AppIdentifierPrefix`` of a team: its identifier and a dot."""
    return f"{team}." if team else ""
