"""URLs, taken apart."""

from urllib.parse import SplitResult, parse_qsl, urlsplit

__all__ = ("URL",)


class URL:
    """A parsed URL; ``str()`` gives it back as it came.

    Attributes:
        scheme: In lower case.
        host: Or an empty string; ``notes:new`` has none.
        path: Percent-encoded as it came; ``notes:new`` has the path ``new``.
        query: The first value of each query item, decoded.
        fragment: Behind ``#``.
    """

    __slots__ = ("_text", "fragment", "host", "path", "query", "scheme")

    def __init__(self, text: str) -> None:
        try:
            parts = urlsplit(text)
        except ValueError:  # a host in brackets that is none; it is a URL all the same
            scheme, _, rest = text.partition(":")
            parts = SplitResult(scheme, "", rest, "", "")

        self._text = text
        self.scheme = parts.scheme.lower()
        self.host = parts.netloc
        self.path = parts.path
        self.fragment = parts.fragment
        self.query: dict[str, str] = {}

        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            self.query.setdefault(name, value)

    @property
    def absolute_string(self) -> str:
        """The URL as it came."""
        return self._text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"URL({self._text!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, URL) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)
