"""What presenters are told, a batch at a time, once per item.

A guest gets one batch, says that it has heard it, and gets the next; what is news meanwhile is
merged. So a burst makes few frames, and who does not read keeps nobody's memory.
"""

from collections.abc import Callable, Iterable

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import NEWS_PER_BATCH_MAX, NEWS_WAITING_MAX
from simulator.daemonkit.rooms import Kit
from simulator.daemons.filecoordinationd.presenters import Presenter, Tidings
from simulator.xpc.coordination import News

__all__ = ("NewsRoom",)

_BATCH_CHARACTERS_MAX = 12_000  # of paths; four bytes each fit into a frame

_Key = tuple[int, int, str]


class _Inbox:
    """What waits for one guest."""

    __slots__ = ("is_hearing", "is_held", "waiting")

    def __init__(self) -> None:
        self.waiting: dict[_Key, tuple[Tidings[Guest], int]] = {}
        self.is_hearing = False  # a batch was sent, and it has not said that it heard it
        self.is_held = False


class NewsRoom:
    """Tells presenters.

    Args:
        kit: The device's.
        send: Sends a message to a guest's presenters, for the cause.
    """

    def __init__(self, kit: Kit, send: Callable[[Guest, list[object], int], None]) -> None:
        self._kit = kit
        self._send = send
        self._inboxes: dict[Guest, _Inbox] = {}

    def tell(self, tidings: Iterable[Tidings[Guest]], cause: int) -> None:
        """Tell presenters something, now or as soon as they listen."""
        guests: dict[Guest, None] = {}

        for each in tidings:
            guest = each.presenter.client
            guests[guest] = None
            inbox = self._inboxes.setdefault(guest, _Inbox())
            key = (each.presenter.number, each.what, each.path)

            if each.what in {News.DID_MOVE, News.SUBITEM_DID_MOVE}:
                inbox.waiting.pop(key, None)  # moved back and forth: the last move counts

            inbox.waiting.setdefault(key, (each, cause))

            if len(inbox.waiting) > NEWS_WAITING_MAX:
                self._merge(inbox, each.presenter, cause)

        for guest in guests:
            self._send_some(guest)

    def _merge(self, inbox: _Inbox, presenter: Presenter[Guest], cause: int) -> None:
        """Tell a presenter of too much that its item has changed: it looks at everything."""
        for key in [key for key in inbox.waiting if key[0] == presenter.number]:
            del inbox.waiting[key]

        path = presenter.place.path
        merged = Tidings(presenter, News.DID_CHANGE, path)
        inbox.waiting[presenter.number, News.DID_CHANGE, path] = (merged, cause)

    def _send_some(self, guest: Guest) -> None:
        inbox = self._inboxes[guest]

        if inbox.is_hearing or inbox.is_held or not inbox.waiting:
            return

        inbox.is_hearing = True
        batch: list[object] = []
        characters = event = 0

        while inbox.waiting and len(batch) < NEWS_PER_BATCH_MAX:
            key = next(iter(inbox.waiting))
            each, cause = inbox.waiting[key]
            characters += len(each.path) + len(each.new)

            if batch and characters > _BATCH_CHARACTERS_MAX:
                break

            del inbox.waiting[key]
            event = self._kit.log.append(
                "coordination",
                "tell",
                each.presenter.place.label,
                actor="filecoordinationd",
                cause=cause,
                to=guest.name,
                presenter=each.presenter.number,
                what=each.what,
                path=each.path,
                new=each.new,
            )
            batch.append([each.presenter.number, each.what, each.path, each.new])

        self._send(guest, ["news", batch], event)

    def heard(self, guest: Guest) -> None:
        """Take a guest's word that it has heard a batch; send the next."""
        inbox = self._inboxes.get(guest)

        if inbox is None:
            return

        inbox.is_hearing = False
        self._send_some(guest)

        if not inbox.is_hearing and not inbox.is_held:
            del self._inboxes[guest]

    def hold(self, guest: Guest) -> None:
        """Tell a guest nothing: it is suspended."""
        self._inboxes.setdefault(guest, _Inbox()).is_held = True

    def release(self, guest: Guest) -> None:
        """Tell a guest what it has missed, once per item."""
        inbox = self._inboxes.get(guest)

        if inbox is not None:
            inbox.is_held = False
            self._send_some(guest)

    def forget(self, guest: Guest, presenter: int | None = None) -> None:
        """Forget what waits for a guest, or for one of its presenters."""
        inbox = self._inboxes.get(guest)

        if presenter is None:
            self._inboxes.pop(guest, None)
        elif inbox is not None:
            for key in [key for key in inbox.waiting if key[0] == presenter]:
                del inbox.waiting[key]

    @property
    def waiting(self) -> int:
        """How many things wait to be told."""
        return sum(len(inbox.waiting) for inbox in self._inboxes.values())
