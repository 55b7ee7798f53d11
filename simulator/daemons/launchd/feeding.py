"""Feeding: what programs read from their standard input comes from who spawned them."""

from simulator.daemonkit.feed import Feed
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import INPUT_BYTES_MAX
from simulator.daemonkit.rooms import Kit
from simulator.daemonkit.router import Heard
from simulator.xpc.errors import Misbehaved

__all__ = ("Feeding",)


class Feeding:
    """The standard inputs of one device's programs.

    Args:
        kit: The device's.
    """

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._feeds: dict[Guest, Feed] = {}
        kit.router.verb("launchd.read_input", self._read)
        kit.router.on_exit(self._gone)

    def feed(self, guest: Guest, feed: Feed) -> None:
        """Let a program read from ``feed``; who has none reads nothing, as from /dev/null."""
        self._feeds[guest] = feed

    async def _read(self, heard: Heard, size: object) -> bytes:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise Misbehaved("a read of the wrong shape")

        feed = self._feeds.get(heard.guest)

        if feed is None:
            return b""

        # It waits for a person or a pipe, which may take for ever: the device is at rest meanwhile.
        self._kit.door.in_flight -= 1
        self._kit.router.rested()

        try:
            return await feed.read(min(size, INPUT_BYTES_MAX))
        finally:
            self._kit.door.in_flight += 1

    def _gone(self, guest: Guest) -> None:
        feed = self._feeds.pop(guest, None)

        if feed is not None:
            feed.end()
