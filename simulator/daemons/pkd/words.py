"""Items of a share sheet as one writes them on a line: ``public.jpeg+public.file-url:2``."""

import re
from collections.abc import Sequence
from typing import Final

from simulator.daemonkit.limits import SHARE_ITEMS_MAX
from simulator.xpc.errors import Misuse

__all__ = ("items_of_types",)

_ITEM: Final = re.compile(r"([^:@]+)(?::([0-9]{1,6}))?(?:@([0-9]{1,2}))?")


def items_of_types(words: Sequence[str]) -> list[list[list[str]]]:
    """Return extension items, their attachments and the types of these.

    Args:
        words: Each as ``public.jpeg``, ``public.jpeg:2`` (two of them), ``public.jpeg:2@3`` (in the
            third extension item) or ``public.jpeg+public.file-url`` (one that can be had as both).

    Raises:
        Misuse: A word has another shape, or there is none.
    """
    items: dict[int, list[list[str]]] = {}

    for word in words:
        match = _ITEM.fullmatch(word)
        types = match[1].split("+") if match else []

        if match is None or not all(types):
            raise Misuse(f"an item is types and a count, as in public.jpeg:2; not {word!r:.200}")

        count, place = int(match[2] or 1), int(match[3] or 1)

        if not 1 <= count <= SHARE_ITEMS_MAX or not place:
            raise Misuse(
                f"{word:.200}: a count is from 1 to {SHARE_ITEMS_MAX} (SHARE_ITEMS_MAX), "
                "and what follows an @ counts from 1"
            )

        items.setdefault(place, []).extend([types] * count)

    if not items:
        raise Misuse("what is shared? Give an item, as in public.jpeg:2")

    return [items[place] for place in sorted(items)]
