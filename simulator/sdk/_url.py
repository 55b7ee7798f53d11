"""URLs, taken apart."""

from urllib.parse import SplitResult, parse_qsl, urlsplit

__all__ = ("URL",)


class URL:
    """A parsed URL; ``str()`` gives it back as it came.

    Attributes:
        scheme: In lower case.
        host: Or an empty string; ``notes:new`` has none.
        path: Percent-encoded as it came; ``notes:new`` has the path ``new``.
        query: The first value of each query item, decoded; taken apart when it is first asked for.
        fragment: Behind ``#``.
    """

    __slots__ = ("_items", "_query", "_text", "fragment", "host", "path", "scheme")

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
        self._query = parts.query
        self._items: dict[str, str] | None = None

    @property
    def query(self) -> dict[str, str]:
        """The first value of each query item, decoded."""
        if self._items is None:
            self._items = {}

            for name, value in parse_qsl(self._query, keep_blank_values=True):
                self._items.setdefault(name, value)

        return self._items

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
