"""What is shared, looked at once for all the extensions that are asked.

An item counts under the keys of dictionary rules by its types alone, as on a phone, where a rule
sees nothing else:

* A file is an item with ``public.file-url``, or one of ``public.data`` that is neither text nor a
  URL: text that was selected somewhere is no file. Images and movies are files too.
* A web URL is a ``public.url`` that is no file's.
* A web page is what Safari makes of one: HTML, a web archive, or the property list of its
  JavaScript preprocessing. A bare URL is none.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from simulator.daemons.pkd.uti import SYSTEM, Known, Tree

__all__ = ("FILE", "IMAGE", "KINDS", "MOVIE", "PAGE", "TEXT", "URL", "Shared", "kinds_of")

IMAGE: Final = 1
MOVIE: Final = 2
TEXT: Final = 4
URL: Final = 8
PAGE: Final = 16
FILE: Final = 32

KINDS: Final[Mapping[int, str]] = {
    IMAGE: "conforming to public.image",
    MOVIE: "conforming to public.movie",
    TEXT: "conforming to public.text",
    URL: "that are web URLs",
    PAGE: "that are web pages",
    FILE: "that are files",
}
"""Kind → what is said of items of that kind."""

_PAGES: Final = frozenset(("public.html", "com.apple.webarchive", "com.apple.property-list"))


class Shared:
    """Items of a share sheet: extension items, of which each has attachments with types.

    Args:
        items: For each extension item, for each of its attachments, its registered types.
        tree: What conforms to what.

    Attributes:
        attachments: All of them, one after the other.
        ancestry: What a type conforms to, remembered.
        kinds: How many attachments are of which kinds: bits → count.
        first: The first attachment of each of these.
    """

    def __init__(self, items: Sequence[Sequence[Sequence[str]]], tree: Tree = SYSTEM) -> None:
        self._items = items
        self.attachments = [types for attachments in items for types in attachments]
        self.ancestry = Known(tree)
        self.kinds: Counter[int] = Counter()
        self.first: dict[int, Sequence[str]] = {}
        self._counts: dict[int, int] = {}

        for types in self.attachments:
            kinds = kinds_of(types, self.ancestry)
            self.kinds[kinds] += 1
            self.first.setdefault(kinds, types)

        # Shared by all predicates, which change nothing.
        self.value: object = {
            "extensionItems": [
                {"attachments": [{"registeredTypeIdentifiers": list(types)} for types in each]}
                for each in items
            ]
        }

    def __len__(self) -> int:
        return len(self.attachments)

    def count(self, kind: int) -> int:
        """Return how many attachments are of a kind."""
        found = self._counts.get(kind)

        if found is None:
            found = sum(count for kinds, count in self.kinds.items() if kinds & kind)
            self._counts[kind] = found

        return found


def kinds_of(types: Sequence[str], ancestry: Mapping[str, frozenset[str]]) -> int:
    """Return of which kinds an attachment with these types is, as bits."""
    kinds = 0
    is_file = False

    for uti in types:
        above = ancestry[uti]
        is_url, is_text = "public.url" in above, "public.text" in above
        is_file_url = "public.file-url" in above
        kinds |= IMAGE if "public.image" in above else 0
        kinds |= MOVIE if "public.movie" in above else 0
        kinds |= TEXT if is_text else 0
        kinds |= URL if is_url and not is_file_url else 0
        kinds |= PAGE if above & _PAGES else 0
        is_file = is_file or is_file_url or ("public.data" in above and not is_url and not is_text)

    return kinds | (FILE if is_file else 0)
