"""The order of a device twice over: with taking turns, and without. Pure.

Who waits for its turn at an item comes after who had it before; but which of them came first was
luck. For an update that is read in one turn and written in the next only what would order them on
every day counts.
"""

from simulator.daemons.sanitizerd.clocks import Clock
from simulator.daemons.sanitizerd.order import Channel, Happening, Order

__all__ = ("Orders",)


class Orders:
    """Both orders; whatever happens goes to both.

    Args:
        since: The id of the last event before that.
    """

    def __init__(self, since: int = 0) -> None:
        self._whole = Order(since)
        self._told = Order(since, turns=False)

    def begin(self, name: str) -> None:
        """As :meth:`Order.begin`."""
        self._whole.begin(name)
        self._told.begin(name)

    def end(self, name: str) -> frozenset[str]:
        """As :meth:`Order.end`."""
        self._told.end(name)

        return self._whole.end(name)

    def touch(self, name: str) -> tuple[int, int]:
        """Return the stretches of work of a process, with turns and without."""
        return self._whole.touch(name), self._told.touch(name)

    def view(self, name: str, file: str) -> tuple[Clock, Clock]:
        """Return what came before what a process does to a file now, with turns and without."""
        return self._whole.view(name, file), self._told.view(name, file)

    def replace(self, name: str, file: str) -> None:
        """As :meth:`Order.replace`."""
        self._whole.replace(name, file)
        self._told.replace(name, file)

    def read(self, name: str, file: str) -> None:
        """As :meth:`Order.read`."""
        self._whole.read(name, file)
        self._told.read(name, file)

    def release(self, name: str, channel: Channel) -> None:
        """As :meth:`Order.release`."""
        self._whole.release(name, channel)
        self._told.release(name, channel)

    def acquire(self, name: str, *channels: Channel) -> None:
        """As :meth:`Order.acquire`."""
        self._whole.acquire(name, *channels)
        self._told.acquire(name, *channels)

    def meet(self, name: str, other: str) -> None:
        """As :meth:`Order.meet`."""
        self._whole.meet(name, other)
        self._told.meet(name, other)

    def happen(self, event: Happening) -> None:
        """As :meth:`Order.happen`."""
        self._whole.happen(event)
        self._told.happen(event)

    def handle(self, name: str, number: int) -> None:
        """As :meth:`Order.handle`."""
        self._whole.handle(name, number)
        self._told.handle(name, number)

    def handle_unknown(self, name: str) -> None:
        """As :meth:`Order.handle_unknown`."""
        self._whole.handle_unknown(name)
        self._told.handle_unknown(name)
