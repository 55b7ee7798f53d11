"""Values of an opened URL: what was asked for, who is to get it, what came of it. Pure."""

from typing import NamedTuple

from shared_container.codec import encode
from simulator.bundles.bundle import Bundle
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.rooms import SystemPage
from simulator.xpc.frames import Kind, pack_text_pair

__all__ = ("BROWSING_WEB", "Asked", "Delivery", "Opened", "Target")

BROWSING_WEB = "NSUserActivityTypeBrowsingWeb"


class Asked(NamedTuple):
    """How a URL is to be opened.

    Attributes:
        app: The bundle id of the app that the person has chosen for it, or nothing.
        always: Whether the choice is kept.
        links_only: ``universalLinksOnly``: with an associated app, or not at all.
    """

    app: str = ""
    always: bool = False
    links_only: bool = False


class Target(NamedTuple):
    """Who is to get a URL.

    Attributes:
        how: ``scheme``, ``universal link``, ``document`` or ``system``.
        app: The app, None for one of the system's own.
        page: What that shows.
        url: As it is told: a file's may have changed.
        in_place: Whether a file may be used where it lies.
        reason: Why it is this one.
    """

    how: str
    app: Bundle | None
    page: SystemPage | None
    url: str
    in_place: bool = False
    reason: str = ""


class Opened(NamedTuple):
    """What came of it; ``guest`` is None for an app of the system's own."""

    how: str
    bundle_id: str
    name: str
    reason: str
    guest: Guest | None


class Delivery(NamedTuple):
    """What an app is told, among its launch options and by a frame."""

    kind: int
    payload: bytes
    options: dict[str, object]

    @classmethod
    def of(cls, target: Target, sender: str) -> "Delivery":
        """Return the delivery of a URL.

        Args:
            target: Who gets it.
            sender: The bundle id of who opened it, if the receiver may know, or nothing.
        """
        known: dict[str, object] = {"source_application": sender} if sender else {}

        if target.how == "universal link":
            activity: dict[str, object] = {"type": BROWSING_WEB, "webpage_url": target.url}

            return cls(Kind.ACTIVITY, encode(activity), {"user_activity": activity, **known})

        if target.how == "document":
            known["open_in_place"] = target.in_place

        return cls(Kind.URL, pack_text_pair(sender, target.url), {"url": target.url, **known})
