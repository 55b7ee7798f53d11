"""The front app, its view, and share requests from choice to outcome."""

import asyncio
import os
from collections.abc import Sequence

from shared_container.codec import decode, encode
from simulator.daemonkit.connection import sealed_memfd
from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import SHARE_ITEMS_MAX
from simulator.daemonkit.rooms import Item, Kit, Launcher, Offer, PlugIns, Registry
from simulator.daemonkit.router import Heard
from simulator.daemons.springboard.state import Outcome, Requests, View, view_of
from simulator.xpc.errors import Misbehaved, Misuse
from simulator.xpc.frames import PAYLOAD_BYTES_MAX, Kind

__all__ = ("SHARE_POINT", "Springboard")

SHARE_POINT = "com.apple.share-services"
_INLINE_BYTES_MAX = 512  # larger items go as sealed memory


class Springboard:
    """The screen of one device.

    Args:
        kit: The device's.
        launcher, plug_ins, registry: The rooms it works with.
    """

    def __init__(self, kit: Kit, launcher: Launcher, plug_ins: PlugIns, registry: Registry) -> None:
        self._kit = kit
        self._launcher = launcher
        self._plug_ins = plug_ins
        self._registry = registry
        self._requests = Requests()
        self._outcomes: dict[int, asyncio.Future[Outcome]] = {}
        self._views: dict[Guest, View] = {}
        self._ends: set[asyncio.Task[object]] = set()
        self.front: Guest | None = None
        kit.router.on(Kind.SHOW, self._show)
        kit.router.verb("springboard.complete_request", self._complete)
        kit.router.verb("springboard.cancel_request", self._cancel)
        kit.router.on_exit(self._gone)

    # -- the screen --------------------------------------------------------------------------

    def bring_to_front(self, guest: Guest, cause: int) -> None:
        """Put an app's process in front."""
        if self.front is not guest:
            self.front = guest
            self._kit.log.append(
                "screen", "front", guest.bundle_id, actor="springboard", cause=cause
            )

    def _show(self, heard: Heard) -> None:
        view = view_of(decode(heard.frame.payload))
        self._views[heard.guest] = view
        self._kit.log.append(
            "screen", "show", view.title, actor=heard.guest.name, cause=heard.cause, text=view.text
        )

    def view(self, guest: Guest | None) -> View | None:
        """Return what a process shows, or None."""
        return self._views.get(guest) if guest is not None else None

    # -- sharing -----------------------------------------------------------------------------

    def offers(self, items: Sequence[Item]) -> list[Offer]:
        """Return every share extension with whether it is offered for ``items``, and why."""
        if not items:
            raise Misuse("there is nothing to share; give a text, a URL or a file")

        if len(items) > SHARE_ITEMS_MAX:
            raise Misuse(f"{len(items)} items; {SHARE_ITEMS_MAX} are the most (SHARE_ITEMS_MAX)")

        return self._plug_ins.offers(SHARE_POINT, items)

    def _chosen(self, bundle_id: str, items: Sequence[Item]) -> Offer:
        offers = self.offers(items)

        for offer in offers:
            if offer.bundle.bundle_id == bundle_id:
                if not offer.offered:
                    raise Misuse(f"{bundle_id} is not offered: {offer.reason}")

                return offer

        known = ", ".join(offer.bundle.bundle_id for offer in offers) or "none is installed"

        if self._registry.find(bundle_id) is not None:
            raise Misuse(f"{bundle_id} is no share extension; share extensions: {known}")

        raise Misuse(f"{bundle_id} is not installed; share extensions: {known}")

    async def share(
        self, bundle_id: str, items: Sequence[Item], *, timeout_s: float, cause: int = 0
    ) -> tuple[Guest, Outcome]:
        """Choose an extension for some items; return its process and what became of it.

        The host app tears the extension down when it has answered, as on a phone.

        Raises:
            Misuse: It is not offered for these items, or does not answer within ``timeout_s``.
        """
        offer = self._chosen(bundle_id, items)
        event = self._kit.log.append(
            "share", "choose", bundle_id, actor="springboard", cause=cause, reason=offer.reason
        )
        guest = await self._launcher.launch(offer.bundle, cause=event)
        number = self._requests.begin(guest)
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._outcomes[number] = outcome
        slow = self._kit.clock.call_later(timeout_s, lambda: self._too_slow(number, timeout_s))

        try:
            self._send_request(guest, number, items, event)

            return guest, await outcome
        finally:
            slow.cancel()
            del self._outcomes[number]
            self._end(guest, "its request is over")

    def _send_request(self, guest: Guest, number: int, items: Sequence[Item], cause: int) -> None:
        descriptions: list[object] = []
        files: list[int] = []

        try:
            for item in items:
                description: dict[str, object] = {
                    "types": list(item.types),
                    "conforms": self._plug_ins.conformance(item.types),
                    "name": item.name,
                }

                if len(item.data) <= _INLINE_BYTES_MAX:
                    description["data"] = item.data
                else:
                    description["file"] = len(files)
                    files.append(sealed_memfd("item", item.data))

                descriptions.append(description)

            connection = guest.connection
            assert connection is not None
            payload = encode({"id": number, "items": descriptions})

            if len(payload) > PAYLOAD_BYTES_MAX:
                raise Misuse(
                    f"names and types of {len(items)} items need {len(payload)} bytes; a request "
                    f"carries {PAYLOAD_BYTES_MAX} (PAYLOAD_BYTES_MAX)"
                )

            self._kit.door.admit(
                Passage("out", "frame", guest.name, "REQUEST"),
                lambda: connection.send(Kind.REQUEST, payload, cause=cause, files=tuple(files)),
            )
        finally:
            for file in files:
                os.close(file)

    def _too_slow(self, number: int, timeout_s: float) -> None:
        self._settle(number, Outcome("ended", f"it did not answer within {timeout_s:g} s"))

    def _settle(self, number: int, outcome: Outcome) -> None:
        future = self._outcomes.get(number)

        if future is not None and not future.done():
            future.set_result(outcome)

    def _complete(self, heard: Heard, arguments: object) -> None:
        match arguments:
            case [int(number), list(returned)] if all(isinstance(text, str) for text in returned):
                self._answered(heard, number, Outcome("completed", returned=tuple(returned)))
            case _:
                raise Misbehaved("a completion of the wrong shape")

    def _cancel(self, heard: Heard, arguments: object) -> None:
        match arguments:
            case [int(number), str(error)]:
                self._answered(heard, number, Outcome("cancelled", error))
            case _:
                raise Misbehaved("a cancellation of the wrong shape")

    def _answered(self, heard: Heard, number: int, outcome: Outcome) -> None:
        self._requests.end(heard.guest, number)
        self._kit.log.append(
            "share",
            outcome.how,
            heard.guest.bundle_id,
            actor=heard.guest.name,
            cause=heard.cause,
            **({"error": outcome.detail} if outcome.detail else {}),
        )
        self._settle(number, outcome)

    def _end(self, guest: Guest, reason: str) -> None:
        self._requests.left_by(guest)
        task = asyncio.ensure_future(self._launcher.terminate(guest, reason))
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)

    def _gone(self, guest: Guest) -> None:
        self._views.pop(guest, None)

        if self.front is guest:
            self.front = None

        for number in self._requests.left_by(guest):
            reason = guest.exit.reason if guest.exit else ""
            self._settle(number, Outcome("ended", reason))
