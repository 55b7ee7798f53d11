"""From a post to the wires of who hears it, or into what is told later."""

from collections.abc import Callable, Iterable
from functools import partial

from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.rooms import Kit
from simulator.daemons.notifyd.state import Name

__all__ = ("Delivery",)


class Delivery:
    """Tells processes of posts.

    Args:
        kit: The device's.
        find: Returns the name that a guest's token is registered for, or None.
    """

    def __init__(self, kit: Kit, find: Callable[[Guest, int], Name[Guest] | None]) -> None:
        self._kit = kit
        self._append = kit.log.append
        self._find = find

    def tell(self, name: Name[Guest], actor: str, cause: int) -> int:
        """Write a post down and tell it, newest registration first; return to how many."""
        hearers = [*reversed(name.hearers.items())]
        pended = 0

        for guest, _ in hearers:
            connection = guest.connection

            if connection is not None and connection.pends:
                pended += 1

        event = self._append(
            "notify",
            "post",
            name.text,
            actor=actor,
            cause=cause,
            receivers=len(hearers),
            pended=pended,
        )

        door = self._kit.door

        if door.is_open:
            for guest, token in hearers:
                door.count_event()
                self._fire(guest, token, name, event, "")
        else:
            for guest, token in hearers:
                self._admit(guest, token, name, event, "")

        return len(hearers)

    def hold(self, guest: Guest) -> None:
        """Tell a guest nothing until :meth:`release`: it was stopped."""
        if guest.connection is not None:
            guest.connection.hold()

    def release(self, guest: Guest, cause: int) -> None:
        """Tell a guest what it has missed, the newest registration first."""
        if guest.connection is None:
            return

        missed = sorted(guest.connection.release().items(), reverse=True)
        self._kit.log.append(
            "notify", "resume", guest.bundle_id, actor="notifyd", cause=cause, missed=len(missed)
        )
        self._tell_late(guest, missed, "suspended")

    def drained(self, guest: Guest) -> None:
        """Tell a guest what its wire had no room for."""
        if guest.connection is not None:
            self._tell_late(guest, guest.connection.drained().items(), "full")

    def _tell_late(self, guest: Guest, missed: Iterable[tuple[int, int]], late: str) -> None:
        """Tell a guest of tokens, each with the log id of the first post that it has missed."""
        for token, cause in missed:
            name = self._find(guest, token)

            if name is not None:
                self._admit(guest, token, name, cause, late)

    def _admit(self, guest: Guest, token: int, name: Name[Guest], cause: int, late: str) -> None:
        self._kit.door.admit(
            Passage("out", "event", guest.name, name.text),
            partial(self._fire, guest, token, name, cause, late),
        )

    def _fire(self, guest: Guest, token: int, name: Name[Guest], cause: int, late: str) -> None:
        connection = guest.connection

        if connection is None or name.hearers.get(guest) != token:
            return  # gone, or cancelled while the door held it

        sent = connection.fire(token, cause)

        if sent > 0:
            append = self._append

            if late:
                event = append(
                    "notify", "deliver", name.text, actor="notifyd", cause=cause,
                    to=guest.name, token=token, late=late,
                )  # fmt: skip
            else:
                event = append(
                    "notify", "deliver", name.text, actor="notifyd", cause=cause,
                    to=guest.name, token=token,
                )  # fmt: skip

            connection.caused(event)
        elif sent == 0:
            self._append(
                "notify",
                "pend",
                name.text,
                actor="notifyd",
                cause=cause,
                to=guest.name,
                token=token,
                reason="suspended" if connection.held else "its wire is full",
            )
