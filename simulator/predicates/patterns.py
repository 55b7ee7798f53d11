"""``LIKE`` and ``MATCHES``: patterns that a stranger wrote, in time that a stranger cannot choose.

iOS matches with ICU's regular expressions, which go back and forth: ``(a+)+$`` keeps them busy for
as long as there are people. RE2 never does; in exchange it knows no look-around and no references
back, which are told as what they are.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from simulator.predicates.errors import EvaluationError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("PATTERN_MAX", "TEXT_MAX", "is_like", "is_match")

PATTERN_MAX: Final = 1000
"""Characters of a pattern."""

TEXT_MAX: Final = 1000
"""Characters of what is compared with a pattern."""

_COMPILED_BYTES_MAX: Final = 1 << 20  # of one pattern; RE2 refuses what needs more


def _check(text: str, pattern: str, who: str) -> None:
    if len(pattern) > PATTERN_MAX or len(text) > TEXT_MAX:
        raise EvaluationError(
            f"{who}: {PATTERN_MAX} characters of a pattern and {TEXT_MAX} of a text are the most"
        )


def is_like(text: str, pattern: str) -> bool:
    """Return whether a text is as ``LIKE`` wants it: ``?`` is a character, ``*`` any number.

    A backslash takes the meaning from what follows it.

    Raises:
        EvaluationError: One of them is too long.
    """
    _check(text, pattern, "LIKE")

    return _compiled(_expression(pattern))(text)


@lru_cache(256)
def _expression(pattern: str) -> str:
    """Return the regular expression that means the same."""
    wildcards = {"?": ".", "*": ".*"}
    parts: list[str] = []
    characters = iter(pattern)

    for character in characters:
        plain = next(characters, character) if character == "\\" else character
        is_wild = character in wildcards
        parts.append(wildcards[character] if is_wild else re.escape(plain))

    return f"(?s){''.join(parts)}"


def is_match(text: str, pattern: str) -> bool:
    """Return whether a regular expression matches the whole of a text.

    Raises:
        EvaluationError: It is none, it asks for what RE2 does not know, or one is too long.
    """
    _check(text, pattern, "MATCHES")

    return _compiled(pattern)(text)


@lru_cache(256)
def _compiled(pattern: str) -> "Callable[[str], bool]":
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _COMPILED_BYTES_MAX

    try:
        expression = re2.compile(pattern, options)
    except re2.error as problem:
        told = problem.args[0]
        reason = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
        raise EvaluationError(f"MATCHES cannot use {pattern[:80]!r}: {reason}") from None

    return lambda text: expression.fullmatch(text) is not None
