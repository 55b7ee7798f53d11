"""The timers of the main run loop: a heap of deadlines, each with what led to it."""

from heapq import heappop, heappush
from time import monotonic_ns

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Timers",)


class Timers:
    """What will run, and when. Times are nanoseconds of the monotonic clock."""

    __slots__ = ("_cancelled", "_heap", "_last")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, int, Callable[[], None]]] = []
        self._cancelled: set[int] = set()
        self._last = 0

    @property
    def some(self) -> bool:
        """Whether there may be one."""
        return bool(self._heap)

    def add(self, delay_s: float, cause: int, handler: "Callable[[], None]") -> int:
        """Run ``handler`` after ``delay_s`` seconds, for ``cause``; return its number."""
        self._last += 1
        heappush(self._heap, (monotonic_ns() + int(delay_s * 1e9), self._last, cause, handler))

        return self._last

    def cancel(self, number: int) -> None:
        """Forget a timer; one that has fired or never was is no error."""
        if any(entry[1] == number for entry in self._heap):
            self._cancelled.add(number)

    def deadline(self) -> int:
        """Return when the next one is due, -1 when there is none."""
        while self._heap and self._heap[0][1] in self._cancelled:
            self._cancelled.discard(heappop(self._heap)[1])

        return self._heap[0][0] if self._heap else -1

    def take_due(self) -> "tuple[int, Callable[[], None]] | None":
        """Return cause and handler of a timer that is due, or None."""
        deadline = self.deadline()

        if deadline < 0 or deadline > monotonic_ns():
            return None

        _, _, cause, handler = heappop(self._heap)

        return cause, handler
