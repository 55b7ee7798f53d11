"""News: how other processes hear of a change.

The generation is raised, so that their next read asks; and who observes the domain is sent the
change itself. With ``staleness`` both happen that much later, in device time: what is fetched
meanwhile for another reason is as fresh as ever, as it is on a phone.

An observer that does not read is sent at most ``CHANGES_UNHEARD_MAX`` changes, and then one word
that there are more: it fetches them at once, the last of each key.
"""

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import CHANGES_UNHEARD_MAX, NEWS_HELD_MAX
from simulator.daemonkit.rooms import Kit
from simulator.daemons.cfprefsd.domain import Copy, Domain
from simulator.xpc.frames import PAYLOAD_BYTES_MAX, Flag, Kind, pack_change
from simulator.xpc.page import PageView

if TYPE_CHECKING:
    from simulator.daemonkit.clock import Timer

__all__ = ("Change", "News")

_PUSHED_KEY_MAX = 0xFFFF // 4  # characters, of four bytes at most; a frame takes 65535 bytes


class Change(NamedTuple):
    """What is news.

    Attributes:
        writer: Who did it; None is somebody outside every guest.
        key: What was set.
        raw: To what, in the codec's bytes; nothing is removed.
        sequence: The number of the change in its domain.
        cause: Its event's id.
    """

    writer: Guest | None
    key: str
    raw: bytes
    sequence: int
    cause: int


class News:
    """The news of one device.

    Args:
        kit: The device's.
        words: The page's.

    Attributes:
        staleness_s: How long news are held.
    """

    def __init__(self, kit: Kit, words: PageView) -> None:
        self._kit = kit
        self._words = words
        self.staleness_s = 0.0
        self._held: deque[tuple[int, Domain, Change]] = deque()  # due in ns of device time
        self._timer: Timer | None = None
        self._unheard: dict[Guest, int] = {}

    def tell(self, domain: Domain, change: Change) -> None:
        """Let others hear of a change, now or when it is due."""
        value = domain.store.values.get(change.key) if change.raw else None

        for follower in domain.followers:
            follower.changed(change.key, value, change.cause, change.writer)

        if not self.staleness_s and not self._held:
            self._publish(domain, change)
            return

        due = self._kit.clock.now_ns() + int(self.staleness_s * 1e9)
        self._held.append((due, domain, change))

        if len(self._held) > NEWS_HELD_MAX:
            self._publish_first()

        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is None and self._held:
            wait_s = max(0, self._held[0][0] - self._kit.clock.now_ns()) / 1e9
            self._timer = self._kit.clock.call_later(wait_s, self._due)

    def _due(self) -> None:
        self._timer = None

        while self._held and self._held[0][0] <= self._kit.clock.now_ns():
            self._publish_first()

        self._set_timer()

    def _publish_first(self) -> None:
        _, domain, change = self._held.popleft()

        if not domain.closed:
            self._publish(domain, change)

    def release(self) -> None:
        """Tell everything that is held."""
        while self._held:
            self._publish_first()

        self.close()

    def close(self) -> None:
        """Hold nothing any more."""
        self._held.clear()

        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- observers ---------------------------------------------------------------------------

    def _publish(self, domain: Domain, change: Change) -> None:
        domain.bump(change.writer, self._words)

        for guest, copy in domain.copies.items():
            if copy.observing and guest is not change.writer:
                self._push(domain, guest, copy, change)

    def _push(self, domain: Domain, guest: Guest, copy: Copy, change: Change) -> None:
        if copy.behind or guest.connection is None:
            return

        # A plist from outside may have a key that no frame takes.
        is_huge = len(change.key) > _PUSHED_KEY_MAX

        if domain.hidden or is_huge or copy.known != change.sequence - 1:
            self.call_to_fetch(domain, guest, copy, change.cause)
            return

        if self._unheard.get(guest, 0) >= CHANGES_UNHEARD_MAX:
            copy.behind = True  # told when some are heard
            return

        seen = domain.seen(guest, self._words)
        payload = pack_change(change.sequence, seen, change.key, change.raw)

        if len(payload) > PAYLOAD_BYTES_MAX:
            self.call_to_fetch(domain, guest, copy, change.cause)
            return

        copy.known = change.sequence
        self._unheard[guest] = self._unheard.get(guest, 0) + 1
        guest.connection.send(
            Kind.CHANGED,
            payload,
            arg=domain.number,
            flags=0 if change.raw else Flag.DELETE,
            cause=change.cause,
        )

    def call_to_fetch(self, domain: Domain, guest: Guest, copy: Copy, cause: int) -> None:
        """Tell an observer once that there is something to fetch."""
        if guest.connection is not None:
            copy.behind = True
            guest.connection.send(Kind.CHANGED, arg=domain.number, cause=cause)

    def heard(self, guest: Guest, count: int, domains: list[Domain]) -> None:
        """Take a guest's word that it has handled ``count`` pushed changes."""
        full = self._unheard.get(guest, 0) >= CHANGES_UNHEARD_MAX
        self._unheard[guest] = max(0, self._unheard.get(guest, 0) - count)

        for domain in domains if full else ():
            copy = domain.copies[guest]

            if copy.observing and copy.behind:
                self.call_to_fetch(domain, guest, copy, 0)

    def startle(self, domain: Domain, cause: int) -> None:
        """Let every copy be had anew: all that is seen of the domain has changed."""
        domain.bump(None, self._words)

        for guest, copy in domain.copies.items():
            copy.wrong = True

            if copy.observing and not copy.behind:
                self.call_to_fetch(domain, guest, copy, cause)

    def take_back(self, domain: Domain, guest: Guest, cause: int) -> None:
        """Let a guest's copy lose what was refused."""
        copy = domain.copies[guest]
        copy.wrong = True
        domain.bump(None, self._words)

        if copy.observing and not copy.behind:
            self.call_to_fetch(domain, guest, copy, cause)

    def forget(self, guest: Guest) -> None:
        """Forget a guest that is gone."""
        self._unheard.pop(guest, None)
