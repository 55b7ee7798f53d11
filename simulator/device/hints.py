"""What a person may have meant who typed a name that nobody has."""

import difflib
from collections.abc import Collection

__all__ = ("did_you_mean",)


def did_you_mean(wrong: str, known: Collection[str]) -> str:
    """Return the end of a sentence that names what ``wrong`` resembles most, or nothing."""
    close = difflib.get_close_matches(wrong, known, n=1)

    return f"; did you mean {close[0]}?" if close else ""
