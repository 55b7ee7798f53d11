"""The screen and the open share requests. Pure."""

from dataclasses import dataclass, field

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import VIEW_LINES_MAX
from simulator.xpc.errors import Misbehaved

__all__ = ("Outcome", "Requests", "View", "view_of")


@dataclass(frozen=True, slots=True)
class View:
    """What a process shows."""

    title: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The view as lines of text."""
        return "\n".join((self.title, *self.lines))


def view_of(content: object) -> View:
    """Return the view that a guest describes.

    Raises:
        Misbehaved: It is none.
    """
    match content:
        case [str(title), list(lines)] if all(isinstance(line, str) for line in lines):
            return View(title, tuple(str(line) for line in lines[:VIEW_LINES_MAX]))
        case _:
            raise Misbehaved("a view that is no [title, lines]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request.

    Attributes:
        how: ``completed``, ``cancelled`` or ``ended`` (the process ended without an answer).
        detail: The error or the reason.
        returned: What the extension returned.
    """

    how: str
    detail: str = ""
    returned: tuple[str, ...] = ()


@dataclass(slots=True)
class Requests:
    """The requests that extensions work on."""

    _open: dict[int, Guest] = field(default_factory=dict)
    _last: int = 0

    def begin(self, guest: Guest) -> int:
        """Return the number of a new request for ``guest``."""
        self._last += 1
        self._open[self._last] = guest

        return self._last

    def end(self, guest: Guest, number: object) -> int:
        """Close a request.

        Raises:
            Misbehaved: It is not this guest's, or was closed before.
        """
        if not isinstance(number, int) or self._open.get(number) is not guest:
            raise Misbehaved(f"it ends the request {number!r}, which is not open for it")

        del self._open[number]

        return number

    def left_by(self, guest: Guest) -> list[int]:
        """Close and return the requests that a guest leaves open."""
        left = [number for number, owner in self._open.items() if owner is guest]

        for number in left:
            del self._open[number]

        return left
