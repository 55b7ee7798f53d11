"""What is sent to guests: grants, many in a frame when many have their turn, and to presenters."""

import os
from functools import partial

from shared_container.codec import encode
from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.rooms import Kit
from simulator.daemons.filecoordinationd.state import Claim
from simulator.xpc.errors import SimulatorError, to_wire
from simulator.xpc.frames import PAYLOAD_BYTES_MAX, Kind

__all__ = ("Grants",)


class Grants:
    """Frames to guests.

    Args:
        kit: The device's.
    """

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._unsent: dict[Guest, list[tuple[list[object], int]]] = {}

    def grant(self, claim: Claim[Guest]) -> None:
        """Let a guest go on, with the next :meth:`flush`."""
        paths = [intent.place.path for intent in claim.intents]
        self._unsent.setdefault(claim.client, []).append(([claim.number, paths], claim.event))

    def refuse(self, guest: Guest, number: int, problem: SimulatorError, event: int) -> None:
        """Let a guest's claim fail, with the next :meth:`flush`."""
        self._unsent.setdefault(guest, []).append(([number, None, to_wire(problem)], event))

    def forget(self, guest: Guest) -> None:
        """Send nothing to a guest that is gone."""
        self._unsent.pop(guest, None)

    def flush(self) -> None:
        """Send what is not sent."""
        while self._unsent:
            guest, grants = self._unsent.popitem()

            if len(grants) == 1 and len(grants[0][0]) == 2:
                (number, paths), event = grants[0]
                assert isinstance(number, int)
                assert isinstance(paths, list)

                if len(paths) == 1:  # hot
                    self._send(guest, Kind.GRANTED, os.fsencode(paths[0]), event, number)
                    continue

            batch: list[bytes] = []
            size = 0

            for grant, event in grants:
                one = encode(grant)

                if batch and size + len(one) > PAYLOAD_BYTES_MAX - 16:
                    self._send(guest, Kind.GRANTED, _listed(batch), event)
                    batch, size = [], 0

                batch.append(one)
                size += len(one)

            self._send(guest, Kind.GRANTED, _listed(batch), grants[-1][1])

    def present(self, guest: Guest, message: list[object], cause: int) -> None:
        """Send something to a guest's presenters."""
        self._send(guest, Kind.PRESENT, encode(message), cause)

    def _send(self, guest: Guest, kind: int, payload: bytes, cause: int, arg: int = 0) -> None:
        connection = guest.connection

        if connection is not None and guest.alive:
            if self._kit.door.is_open:
                self._kit.door.count_frame_out()
                connection.send(kind, payload, cause=cause, arg=arg)
                return

            name = "GRANTED" if kind == Kind.GRANTED else "PRESENT"
            self._kit.door.admit(
                Passage("out", "frame", guest.name, name),
                partial(connection.send, kind, payload, cause=cause, arg=arg),
            )


def _listed(values: list[bytes]) -> bytes:
    """Return the codec's bytes of a list whose values are encoded already."""
    return b"l" + len(values).to_bytes(4, "little") + b"".join(values)
