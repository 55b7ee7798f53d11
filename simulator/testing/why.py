"""Why an extension is or is not offered, for a test to assert and for a failure to tell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from simulator.daemons.pkd.words import items_of_types
from simulator.xpc.errors import Misuse

__all__ = ("WhyOffered", "why_offered")


@dataclass(frozen=True, slots=True)
class WhyOffered:
    """The answer; true where the extension is offered.

    Attributes:
        offered: Whether it is.
        reason: The clause that decided, in words.
        clauses: All of them, with what each saw, as plain values.
        notes: What one should know besides.
        text: The whole, as ``simctl why-offered`` prints it.
    """

    offered: bool
    reason: str
    clauses: Sequence[Mapping[str, object]]
    notes: tuple[str, ...]
    text: str

    def __bool__(self) -> bool:
        return self.offered

    def __str__(self) -> str:
        return self.text


def why_offered(
    ask: Callable[..., object],
    extension: str | Path,
    items: Sequence[str | Sequence[Sequence[str]]],
    host_bundle: str | Path = "",
) -> WhyOffered:
    """Ask a device.

    Args:
        ask: Asks it.
        extension: An id, or the path of a ``.appex`` or an Info.plist.
        items: Words as ``public.jpeg:2``; or extension items, attachments in these, their types.
        host_bundle: The app in which it is shared, by id or path.
    """
    words = [each for each in items if isinstance(each, str)]

    if words and len(words) < len(items):
        raise Misuse("items are words, or lists of attachments, and not both")

    found = cast(
        "dict[str, object]",
        ask(
            "why_offered",
            extension=_place(extension),
            items=items_of_types(words) if words or not items else [*map(_item, items)],
            host_bundle=_place(host_bundle),
        ),
    )

    return WhyOffered(
        bool(found["offered"]),
        str(found["reason"]),
        cast("list[dict[str, object]]", found["clauses"]),
        tuple(str(note) for note in cast("list[object]", found["notes"])),
        "\n".join(str(line) for line in cast("list[object]", found["lines"])),
    )


def _item(attachments: str | Sequence[Sequence[str]]) -> list[list[str]]:
    return [list(types) for types in attachments]


def _place(word: str | Path) -> str:
    is_path = isinstance(word, Path) or "/" in word or word.endswith((".appex", ".plist"))

    return str(Path(word).absolute()) if is_path else str(word)
