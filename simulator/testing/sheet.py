"""A share sheet: what is offered for some items, why, and what becomes of a choice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from simulator.bundles.points import SHARE
from simulator.daemons.pkd.uti import uti_for_file_name
from simulator.testing.why import WhyOffered, why_offered
from simulator.xpc.errors import CommandError, Misuse

__all__ = ("Outcome", "SharedItem", "Sheet", "items_of", "known_to")

SharedItem = tuple[list[str], str, bytes]
"""Types, suggested name, data."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a choice.

    Attributes:
        how: ``completed``, ``cancelled`` or ``ended`` (the process ended without an answer).
        detail: The error or the reason.
        returned: What the extension returned.
        pid: Its process, 0 when it did not complete.
    """

    how: str
    detail: str = ""
    returned: tuple[str, ...] = ()
    pid: int = 0


def items_of(
    text: str | None,
    url: str | None,
    files: Sequence[str | Path],
    others: Sequence[SharedItem] = (),
) -> list[SharedItem]:
    """Return what a person shares, as items.

    Raises:
        Misuse: There is nothing.
    """
    items: list[SharedItem] = [*others]

    if text is not None:
        items.append((["public.plain-text"], "", text.encode()))

    if url is not None:
        items.append((["public.url"], "", url.encode()))

    items += [
        ([uti_for_file_name(file.name)], file.name, file.read_bytes()) for file in map(Path, files)
    ]

    if not items:
        raise Misuse("there is nothing to share; give a text, url=, files= or items=")

    return items


def known_to(ask: Callable[..., object], items: list[SharedItem]) -> list[SharedItem]:
    """Return the items with the types of files that only an app of the device declares."""
    names = [name for types, name, _ in items if types == ["public.data"] and name]

    if not names:
        return items

    found = cast("list[str]", ask("types_of_files", names=names))
    types_of = dict(zip(names, found, strict=True))

    return [
        ([types_of[name]], name, data) if types == ["public.data"] and name else (types, name, data)
        for types, name, data in items
    ]


class Sheet:
    """An open share sheet.

    Args:
        ask: Asks the device.
        items: What is shared.

    Attributes:
        outcome: What became of the last choice, or None.
    """

    def __init__(self, ask: Callable[..., object], items: list[SharedItem]) -> None:
        self._ask = ask
        self._shared = items
        self._items: list[object] = [list(item) for item in items]
        self.outcome: Outcome | None = None

    def _rows(self) -> list[list[object]]:
        return cast("list[list[object]]", self._ask("share_offers", items=self._items))

    @property
    def offers(self) -> list[str]:
        """The bundle ids of the extensions that are offered."""
        return [str(bundle_id) for bundle_id, _, offered, _ in self._rows() if offered]

    def why(self, bundle_id: str) -> str:
        """Return why an extension is offered, or is not.

        Raises:
            Misuse: It is no share extension of an installed app.
        """
        offers = [str(row[0]) for row in self._rows()]

        if bundle_id not in offers:
            known = ", ".join(offers) or "none is installed"
            raise Misuse(f"{bundle_id} is no share extension here; share extensions: {known}")

        return self.why_offered(bundle_id).reason

    def why_offered(self, bundle_id: str) -> WhyOffered:
        """Return why an extension is or is not offered for what is shared, clause by clause."""
        types = [[str(uti) for uti in item[0]] for item in self._shared]

        return why_offered(self._ask, bundle_id, [types])

    def choose(self, bundle_id: str, *, timeout_s: float = 10.0) -> Outcome:
        """Choose an extension, and return what became of it.

        Raises:
            Misuse: It is not offered.
        """
        try:
            answer = cast(
                "dict[str, object]",
                self._ask("share", bundle_id=bundle_id, items=self._items, timeout_s=timeout_s),
            )
        except CommandError as problem:
            if problem.domain != SHARE:
                raise

            cancelled = problem.lines[0].endswith("cancelled the request.")
            self.outcome = Outcome("cancelled" if cancelled else "ended", problem.lines[1])
        else:
            returned = tuple(str(text) for text in cast("list[object]", answer["returned"]))
            self.outcome = Outcome("completed", "", returned, cast("int", answer["pid"]))

        return self.outcome
