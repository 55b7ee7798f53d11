"""Claims and presenters for a person: rows, and sentences about who waits for whom. Pure."""

from functools import cache
from typing import Final

from simulator.daemonkit.guest import Guest
from simulator.daemons.filecoordinationd.presenters import Presenter
from simulator.daemons.filecoordinationd.state import Claim, Intent, Phase
from simulator.xpc.coordination import Reading, Writing

__all__ = ("described_claim", "described_presenter", "held_up", "in_the_way", "options_of")

_READING: Final = {
    Reading.WITHOUT_CHANGES: "without changes",
    Reading.RESOLVES_SYMBOLIC_LINK: "resolves symbolic link",
    Reading.IMMEDIATELY_AVAILABLE_METADATA_ONLY: "immediately available metadata only",
    Reading.FOR_UPLOADING: "for uploading",
}
_WRITING: Final = {
    Writing.FOR_DELETING: "for deleting",
    Writing.FOR_MOVING: "for moving",
    Writing.FOR_MERGING: "for merging",
    Writing.FOR_REPLACING: "for replacing",
    Writing.CONTENT_INDEPENDENT_METADATA_ONLY: "content independent metadata only",
}

_ITEMS_TOLD: Final = 3


def options_of(intent: Intent[Guest]) -> str:
    """Return what an intent does with its item: ``write for replacing``."""
    return _told_options(intent.is_write, intent.options)


@cache
def _told_options(is_write: bool, options: int) -> str:  # noqa: FBT001  cached by position
    names = _WRITING if is_write else _READING
    told = [name for bit, name in names.items() if options & bit]

    return " ".join(["write" if is_write else "read", ", ".join(told)]).rstrip()


def described_claim(
    claim: Claim[Guest], now_ns: int, wanted: list[Presenter[Guest]]
) -> dict[str, object]:
    """Return a claim as plain values."""
    return {
        "bundle_id": claim.client.bundle_id,
        "pid": claim.client.pid,
        "process": claim.client.name,
        "state": "held" if claim.phase is Phase.HELD else "waiting",
        "suspended": claim.client.suspended,
        "seconds": _since(claim, now_ns),
        "items": [
            {"path": each.place.path, "item": each.place.label, "access": options_of(each)}
            for each in claim.intents
        ],
        "line": claim.line,
        "purpose": claim.purpose if isinstance(claim.purpose, str) else "",
        "waits_for": _waits_for(claim, now_ns, wanted),
    }


def described_presenter(presenter: Presenter[Guest]) -> dict[str, object]:
    """Return a presenter as plain values."""
    return {
        "bundle_id": presenter.client.bundle_id,
        "pid": presenter.client.pid,
        "process": presenter.client.name,
        "suspended": presenter.client.suspended,
        "path": presenter.place.path,
        "item": presenter.place.label,
        "queue": "main" if presenter.on_main else "its own",
        "answers": not presenter.is_deaf,
        "line": presenter.line,
    }


def _since(claim: Claim[Guest], now_ns: int) -> float:
    began = claim.granted_ns if claim.phase is Phase.HELD else claim.since_ns

    return round((now_ns - began) / 1e9, 3)


def _waits_for(claim: Claim[Guest], now_ns: int, wanted: list[Presenter[Guest]]) -> str:
    if claim.phase is Phase.HELD:
        return ""

    if claim.client.suspended and claim.blocker is None:
        return "it is suspended"

    return "; ".join(_told_presenter(each, claim) for each in wanted) or _told(
        claim.blocker, now_ns
    )


def _told(blocker: Claim[Guest] | None, now_ns: int) -> str:
    if blocker is None:
        return "its turn"

    does = "holds" if blocker.phase is Phase.HELD else "waits for"
    place = f" at {blocker.line}" if blocker.line else ""

    return (
        f"{blocker.client.bundle_id} ({blocker.client.pid}) {does} {_items_of(blocker)}"
        f" since {_since(blocker, now_ns):.1f} s{place}"
    )


def _items_of(claim: Claim[Guest]) -> str:
    """Return what a claim does with its items; of many the first few, for it is said often."""
    items = [f"{options_of(each)} {each.place.label}" for each in claim.intents[:_ITEMS_TOLD]]
    more = len(claim.intents) - _ITEMS_TOLD

    return "; ".join(items) + (f" and {more} more" if more > 0 else "")


def _told_presenter(presenter: Presenter[Guest], claim: Claim[Guest]) -> str:
    place = f" of {presenter.line}" if presenter.line else ""
    hint = ""

    if presenter.on_main and presenter.client is claim.client and not claim.thread:
        hint = (
            "; its queue is the main one, and the main thread waits here: give the coordinator "
            "this file presenter, or the presenter a queue of its own"
        )

    return (
        f"the presenter{place} in {presenter.client.bundle_id} ({presenter.client.pid}) "
        f"has not let go of {presenter.place.label}{hint}"
    )


def in_the_way(claim: Claim[Guest], now_ns: int) -> str:
    """Return who holds a claim up, and where; nothing if nobody does."""
    return f"waits for {_told(claim.blocker, now_ns)}" if claim.blocker is not None else ""


def held_up(claim: Claim[Guest], now_ns: int, wanted: list[Presenter[Guest]]) -> str:
    """Return a sentence about a claim that waits: what it wants, and who is in the way."""
    place = f" at {claim.line}" if claim.line else ""

    return (
        f"{claim.client.bundle_id} ({claim.client.pid}) waits {_since(claim, now_ns):.1f} s to "
        f"{_items_of(claim)}{place}: {_waits_for(claim, now_ns, wanted)}"
    )
