"""Posts in, words raised, events out."""

import asyncio
from functools import partial

from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import DELIVERIES_PER_TURN
from simulator.daemonkit.page import HostPage
from simulator.daemonkit.rooms import Kit
from simulator.daemonkit.router import Heard, Reply
from simulator.daemons.notifyd.state import NAME_BYTES_MAX, Broker
from simulator.xpc.errors import Misbehaved, WorldError
from simulator.xpc.frames import Flag, Kind

__all__ = ("Notifyd",)

_WORD = 1 << 32


class Notifyd:
    """The broker's shell.

    Args:
        kit: The device's.
        page: Its notification words.
    """

    def __init__(self, kit: Kit, page: HostPage) -> None:
        self._kit = kit
        self._page = page
        self._broker: Broker[Guest] = Broker(self._take_slot, page.notify.give)
        self._undelivered: dict[tuple[Guest, int], tuple[str, int]] = {}  # → name and cause
        kit.router.on(Kind.POST, self._post_from_guest)
        kit.router.on(Kind.REGISTER, self._register)
        kit.router.on(Kind.CANCEL, self._cancel)
        kit.router.on_exit(self._broker.remove)

    def _take_slot(self) -> int | None:
        slot = self._page.notify.take()

        if slot is not None:  # a new name counts from 1, so that the first check is true
            self._page.words.notify[slot] = 1

        return slot

    def _register(self, heard: Heard) -> Reply | None:
        name = _name_of(heard)
        check = bool(heard.frame.flags & Flag.SYNC)
        slot = self._broker.register(heard.guest, heard.frame.arg, name, check=check)
        self._kit.log.append(
            "notify",
            "register",
            name,
            actor=heard.guest.name,
            cause=heard.cause,
            type="check" if check else "dispatch",
        )

        if not check:
            return None

        if slot is None:
            self._broker.cancel(heard.guest, heard.frame.arg)
            raise WorldError("all words of the notification page are taken (NOTIFY_SLOTS)")

        return Reply(None, slot)

    def _cancel(self, heard: Heard) -> None:
        self._broker.cancel(heard.guest, heard.frame.arg)
        self._undelivered.pop((heard.guest, heard.frame.arg), None)

        if heard.guest.connection is not None:
            heard.guest.connection.forget_token(heard.frame.arg)

    def _post_from_guest(self, heard: Heard) -> None:
        self.post(_name_of(heard), actor=heard.guest.name, cause=heard.cause)

    def post(self, name: str, *, actor: str, cause: int = 0) -> None:
        """Post ``name``: raise its word, then tell who is registered.

        A token that still waits for an earlier post is told once, as on a full wire.
        """
        slot, subscribers = self._broker.post(name)
        event = self._kit.log.append(
            "notify", "post", name, actor=actor, cause=cause, receivers=len(subscribers)
        )

        if slot is not None:
            self._page.words.notify[slot] = (self._page.words.notify[slot] + 1) % _WORD

        waited = bool(self._undelivered)

        for subscriber in subscribers:
            self._undelivered.setdefault(subscriber, (name, event))

        if not waited:
            self._kit.door.in_flight += 1
            self._deliver_some()

    def _deliver_some(self) -> None:
        """Deliver a turn's worth, in the order of the posts; the rest has the next turn."""
        for _ in range(min(len(self._undelivered), DELIVERIES_PER_TURN)):
            subscriber = next(iter(self._undelivered))
            guest, token = subscriber
            name, event = self._undelivered.pop(subscriber)
            self._kit.door.admit(
                Passage("out", "event", guest.name, name),
                partial(self._deliver, guest, token, name, event),
            )

        if self._undelivered:
            asyncio.get_running_loop().call_soon(self._deliver_some)
        else:
            self._kit.door.in_flight -= 1
            self._kit.router.rested()

    def _deliver(self, guest: Guest, token: int, name: str, cause: int) -> None:
        if guest.connection is None or not guest.alive:
            return

        event = self._kit.log.append(
            "notify", "deliver", name, actor="notifyd", cause=cause, to=guest.name
        )
        guest.connection.fire(token, event)

    def statistics(self) -> dict[str, int]:
        """Return how many names and registrations there are."""
        return self._broker.statistics()


def _name_of(heard: Heard) -> str:
    if len(heard.frame.payload) > NAME_BYTES_MAX:
        raise Misbehaved(f"a notification name over {NAME_BYTES_MAX} bytes")

    return heard.frame.payload.decode("utf-8", "replace")
