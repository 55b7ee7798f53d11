"""From a predicate's text to its tree, or to an error that says where the text is wrong.

Lark does the reading. Importing it (17 ms beside what the host has imported anyway) and making its
tables (33 ms) would be a fifth of a cold boot: both wait for the first predicate of a process.
"""

import re
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from simulator.predicates.errors import PredicateError
from simulator.predicates.syntax import Condition, Truth

if TYPE_CHECKING:
    from lark import Lark, UnexpectedInput

__all__ = ("Bounds", "parse")

_TRIVIAL: Final = {"TRUEPREDICATE": True, "FALSEPREDICATE": False}
_BEGINS_A_VALUE: Final = frozenset(("STRING", "NUMBER", "NULL"))
_BUILD_VARIABLE = re.compile(r"\$[({][^)}\s]*[)}]?")
_FORMAT = re.compile(r"%[@A-Za-z]")
_QUOTES: Final = "“”„‘’"
_FOUND_MAX: Final = 24


class Bounds(NamedTuple):
    """How large a predicate may be.

    Attributes:
        characters: In its text.
        depth: Levels of brackets, ``NOT``, ``SUBQUERY`` and the like within each other.
        characters_name: What the first limit is called where it is documented.
        depth_name: What the second is called.
    """

    characters: int
    depth: int
    characters_name: str
    depth_name: str


def parse(text: str, bounds: Bounds) -> Condition:
    """Return the tree of a predicate.

    Linear in the length of the text, about 3 µs a character, and 50 ms once in a process;
    ``TRUEPREDICATE`` and ``FALSEPREDICATE`` alone need no parser. Not for an event loop.

    Args:
        text: As it stands in the property list.
        bounds: What is too large.

    Raises:
        PredicateError: It is no predicate, or too large; the error says where and why.
    """
    word = text.strip()[:20].upper() if len(text) < 1000 else ""

    if word in _TRIVIAL:
        return Truth(_TRIVIAL[word], at=len(text) - len(text.lstrip()))

    if len(text) > bounds.characters:
        problem = f"it has {len(text)} characters, and {bounds.characters} are the most"
        raise PredicateError(text, bounds.characters, f"{problem} ({bounds.characters_name})")

    if not text.strip():
        raise PredicateError(text, 0, "it is empty")

    from lark import UnexpectedInput

    from simulator.predicates.building import Unfit

    try:
        return cast("Condition", _parser(bounds).parse(text))
    except UnexpectedInput as problem:
        raise _told(text, bounds, problem) from None
    except Unfit as problem:
        raise PredicateError(text, problem.at, problem.problem) from None


@cache
def _parser(bounds: Bounds) -> "Lark":
    from lark import Lark

    from simulator.predicates.building import Builder
    from simulator.predicates.grammar import GRAMMAR

    builder = Builder(bounds.depth, bounds.depth_name)

    return Lark(
        GRAMMAR,
        parser="lalr",
        maybe_placeholders=False,
        transformer=builder,  # its methods are asked for by name
    )


def _told(text: str, bounds: Bounds, problem: "UnexpectedInput") -> PredicateError:
    from lark import UnexpectedToken

    is_end = isinstance(problem, UnexpectedToken) and problem.token.type == "$END"
    at = len(text.rstrip()) if is_end else cast("int", problem.pos_in_stream)

    # What the error itself expects is what was left when the parser had given up what it could.
    before = _parser(bounds).parse_interactive(text[:at])
    before.exhaust_lexer()
    expected = {str(each) for each in before.accepts()}  # type: ignore[no-untyped-call]  # Lark's
    told = f"found {_found(text, at)}, expected {_words(expected)}{_hint(text, at, expected)}"

    return PredicateError(text, at, told)


def _found(text: str, at: int) -> str:
    rest = text[at:]

    if not rest.strip():
        return "the end"

    match = _BUILD_VARIABLE.match(rest) or _FORMAT.match(rest) or re.match(r"[\w.$@-]+|.", rest)
    assert match is not None
    word = match[0]

    return repr(f"{word[:_FOUND_MAX]}…" if len(word) > _FOUND_MAX else word)


def _words(expected: set[str]) -> str:
    from simulator.predicates.grammar import TOLD

    words: list[str] = []

    if expected >= _BEGINS_A_VALUE:
        words.append("a condition" if "TRUEPREDICATE" in expected else "a value")
        expected = expected & {"RPAR", "RBRACE", "$END"}

    words += dict.fromkeys(TOLD[each] for each in TOLD if each in expected)

    if not words:
        return "something else"

    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else words[0]


def _hint(text: str, at: int, expected: set[str]) -> str:
    """Return what may have happened, where it is one of the things that do."""
    rest = text[at:]

    if _BUILD_VARIABLE.match(rest):
        return ": the build variable was not expanded"

    if "VARIABLE" in expected and (rest[:1] == "." or not expected & _BEGINS_A_VALUE):
        return ": Xcode takes $name for a build variable, and may have left nothing of it"

    if _FORMAT.match(rest):
        return ": a format's argument, which nobody gives here"

    if rest[:1] in {'"', "'"}:
        return ": the string is not closed"

    if rest[:1] and rest[0] in _QUOTES:
        return ": typographic quotes are none, write \" or '"

    if re.match(r"NOT\s+(IN|LIKE|CONTAINS|BETWEEN)\b", rest, re.IGNORECASE):
        return ": NOT stands before the whole comparison"

    return ""
