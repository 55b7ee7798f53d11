"""What the sandbox refused, as a test asserts on it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, overload

from simulator.testing.record import Event
from simulator.testing.story import told

__all__ = ("Denial", "Denials", "denials_in")


class Denial(NamedTuple):
    """One denial; repeated ones beyond the first ten are counted in ``times`` of the last.

    Attributes:
        operation: Apple's name: ``file-read-data``, ``process-fork`` …
        path: What was refused: a path, an address, a call; empty where the operation says it all.
        bundle: The bundle id of who was refused.
        line: ``Notes.py:14``, or nothing where C code asked.
        source: What stands in that line.
        reason: What would have allowed it, that iOS never does, or what is left out here.
        needs: The entitlement that is missing, or nothing: ``key = [value] in File.entitlements``.
        times: How often.
        apple: The line that iOS logs.
        event: The event of the device's log.
    """

    operation: str
    path: str
    bundle: str
    line: str
    source: str
    reason: str
    needs: str
    times: int
    apple: str
    event: Event


class Denials(Sequence[Denial]):
    """Denials in order, with a filter; failures show what there is."""

    def __init__(self, denials: Sequence[Denial]) -> None:
        self._denials = list(denials)

    def of(
        self, bundle: str | None = None, *, operation: str | None = None, path: str | None = None
    ) -> "Denials":
        """Return the denials that match all that is given.

        Args:
            bundle: A bundle id, or its last word: ``ShareToNotes``.
            operation: Apple's name; one that ends with ``*`` means all that begin so.
            path: The whole path, or with ``*`` at its end the beginning of it.
        """
        return Denials(
            [
                denial
                for denial in self._denials
                if bundle in {None, denial.bundle, denial.bundle.rpartition(".")[2]}
                and _matches(denial.operation, operation)
                and _matches(denial.path, path)
            ]
        )

    def only(self) -> Denial:
        """Return the single denial.

        Raises:
            AssertionError: There is none, or more than one; the text shows them.
        """
        __tracebackhide__ = True

        if len(self._denials) != 1:
            raise AssertionError(f"one denial was expected, there are {len(self)}\n{self!r}")

        return self._denials[0]

    @overload
    def __getitem__(self, index: int) -> Denial: ...

    @overload
    def __getitem__(self, index: slice) -> "Denials": ...

    def __getitem__(self, index: int | slice) -> "Denial | Denials":
        return Denials(self._denials[index]) if isinstance(index, slice) else self._denials[index]

    def __iter__(self) -> Iterator[Denial]:
        return iter(self._denials)

    def __len__(self) -> int:
        return len(self._denials)

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Sequence) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it compares by content, and may be compared to []

    def __repr__(self) -> str:
        lines = [line for denial in self._denials[:20] for line in told(denial.event)]

        return "\n".join(lines) or "no denials"


def _matches(found: str, wanted: str | None) -> bool:
    if wanted is None:
        return True

    return found.startswith(wanted[:-1]) if wanted.endswith("*") else found == wanted


def denials_in(events: Iterable[Event]) -> Denials:
    """Return the denials of a log; those that only count add to the one before them."""
    found: list[Denial] = []
    alone: dict[tuple[str, str, str], int] = {}  # how many were told one by one

    for event in events:
        if event.kind != "denial":
            continue

        key = (event.actor, event.operation, event.resource)
        times = event.detail.get("times")

        if isinstance(times, int) and key in alone:
            last = max(n for n, denial in enumerate(found) if _key(denial) == key)
            found[last] = found[last]._replace(times=times - alone[key] + 1)
            continue

        alone[key] = alone.get(key, 0) + 1
        found.append(_denial(event, times if isinstance(times, int) else 1))

    return Denials(found)


def _key(denial: Denial) -> tuple[str, str, str]:
    return denial.event.actor, denial.operation, denial.path


def _denial(event: Event, times: int) -> Denial:
    _, needs, entitlement = event.reason.partition("needs ")

    return Denial(
        event.operation,
        event.resource,
        event.actor.partition("/")[0],
        event.line,
        str(event.detail.get("source", "")),
        event.reason,
        entitlement if needs else "",
        times,
        str(event.detail.get("apple", "")),
        event,
    )
