"""The share sheet: what is offered, and a request from choice to outcome."""

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.bundles.points import SHARE
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import SHARE_ITEMS_MAX
from simulator.daemonkit.requests import Answer, Requests
from simulator.daemonkit.rooms import Item, Kit, Offer, PlugIns, Registry
from simulator.daemonkit.router import Heard
from simulator.xpc.errors import Misbehaved, Misuse

__all__ = ("Outcome", "ShareSheet")

_INLINE_BYTES_MAX = 512  # larger items go as sealed memory


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a share request.

    Attributes:
        how: ``completed``, ``cancelled`` or ``ended`` (without an answer).
        detail: The error or the reason.
        returned: What the extension returned.
    """

    how: str
    detail: str = ""
    returned: tuple[str, ...] = ()


class ShareSheet:
    """The share sheet of one device.

    Args:
        kit: The device's.
        requests: Those of springboard.
        plug_ins: Judges extensions.
        registry: Knows bundles.
    """

    def __init__(self, kit: Kit, requests: Requests, plug_ins: PlugIns, registry: Registry) -> None:
        self._kit = kit
        self._requests = requests
        self._plug_ins = plug_ins
        self._registry = registry
        kit.router.verb("springboard.complete_request", self._complete)
        kit.router.verb("springboard.cancel_request", self._cancel)

    async def offers(self, items: Sequence[Item]) -> list[Offer]:
        """Return every share extension with whether it is offered for ``items``, and why."""
        if not items:
            raise Misuse("there is nothing to share; give a text, a URL or a file")

        if len(items) > SHARE_ITEMS_MAX:
            raise Misuse(f"{len(items)} items; {SHARE_ITEMS_MAX} are the most (SHARE_ITEMS_MAX)")

        return await self._plug_ins.offers(SHARE, items)

    async def _chosen(self, bundle_id: str, items: Sequence[Item]) -> Offer:
        offers = await self.offers(items)

        for offer in offers:
            if offer.bundle.bundle_id == bundle_id:
                if not offer.offered:
                    types = [[item.types for item in items]]
                    why = await self._plug_ins.why_offered(bundle_id, types, "")
                    self._kit.log.append(
                        "share",
                        "refuse",
                        bundle_id,
                        actor="springboard",
                        reason=f"not offered: {why['reason']}",
                    )
                    raise Misuse(f"{bundle_id} is not offered: {why['reason']}")

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
            Misuse: It is not offered for these items.
        """
        offer = await self._chosen(bundle_id, items)
        event = self._kit.log.append(
            "share", "choose", bundle_id, actor="springboard", cause=cause, reason=offer.reason
        )
        descriptions: list[object] = []
        files: list[bytes] = []

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
                files.append(item.data)

            descriptions.append(description)

        guest, answer = await self._requests.run(
            offer.bundle, {"items": descriptions}, timeout_s=timeout_s, cause=event, files=files
        )

        return guest, _outcome(answer)

    def _complete(self, heard: Heard, arguments: object) -> None:
        match arguments:
            case [int(number), list(returned)] if all(isinstance(text, str) for text in returned):
                outcome = Outcome("completed", returned=tuple(str(text) for text in returned))
                self._answered(heard, number, outcome)
            case _:
                raise Misbehaved("a completion of the wrong shape")

    def _cancel(self, heard: Heard, arguments: object) -> None:
        match arguments:
            case [int(number), str(error)]:
                self._answered(heard, number, Outcome("cancelled", error))
            case _:
                raise Misbehaved("a cancellation of the wrong shape")

    def _answered(self, heard: Heard, number: int, outcome: Outcome) -> None:
        self._requests.answer(heard.guest, number, outcome)
        self._kit.log.append(
            "share",
            outcome.how,
            heard.guest.bundle_id,
            actor=heard.guest.name,
            cause=heard.cause,
            **({"error": outcome.detail} if outcome.detail else {}),
        )


def _outcome(answer: Answer) -> Outcome:
    if isinstance(answer.value, Outcome):
        return answer.value

    if answer.how == "late":
        return Outcome(
            "ended", f"{answer.detail}: it called neither complete_request() nor cancel_request()"
        )

    return Outcome("ended", answer.detail)
