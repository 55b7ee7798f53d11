"""The verbs of the person at the device: sharing, pushing, widgets, taps, typing, the screen."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from pydantic import ConfigDict, validate_call

from simulator.bundles.bundle import Bundle
from simulator.bundles.points import SHARE, SIMULATED_POINTS, standing
from simulator.daemonkit.events import Event
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import SHARE_TYPES_MAX, TYPE_CHARACTERS_MAX
from simulator.daemonkit.rooms import Item
from simulator.daemons.springboard.sharing import Outcome
from simulator.device.host import DeviceHost
from simulator.xpc.errors import CommandError, Misuse, SimulatorError

__all__ = ("SIMULATED_POINTS", "PersonVerbs", "check_types", "described", "verb")

_checked = validate_call(config=ConfigDict(strict=True))


def verb(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a method as a verb, and check its arguments."""
    checked: Callable[..., Any] = _checked(function)
    checked.is_verb = True  # type: ignore[attr-defined]

    return checked


def described(guest: Guest) -> dict[str, object]:
    """Return who a process is, for an answer."""
    return {"bundle_id": guest.bundle_id, "pid": guest.pid, "ordinal": guest.ordinal}


class PersonVerbs:
    """What a person does at one device.

    Args:
        host: The device.
    """

    def __init__(self, host: DeviceHost) -> None:
        self._host = host

    # -- sharing -----------------------------------------------------------------------------

    @verb
    async def share_offers(self, items: list[object]) -> list[object]:
        """Return every share extension: id, name, whether it is offered, and why."""
        return [
            [offer.bundle.bundle_id, offer.bundle.name, offer.offered, offer.reason]
            for offer in await self._host.springboard.sheet.offers(_items(items))
        ]

    @verb
    async def share(
        self, bundle_id: str, items: list[object], timeout_s: float = 10.0
    ) -> dict[str, object]:
        """Choose an extension for some items, and wait for what becomes of it."""
        position = self._host.log.position
        guest, outcome = await self._host.springboard.sheet.share(
            bundle_id, _items(items), timeout_s=timeout_s
        )
        denials = [
            line
            for event in self._host.log.since(position)
            if event.kind == "denial" and event.actor == guest.name
            for line in _told_denial(event)
        ]

        if outcome.how != "completed":
            raise _failed_to_share(guest, outcome, denials)

        return {**described(guest), "returned": list(outcome.returned), "denials": denials}

    # -- notifications and widgets -----------------------------------------------------------

    @verb
    async def push(self, payload: bytes, bundle_id: str = "") -> dict[str, object]:
        """Deliver a push payload; return whose it was, whether it is shown, and why."""
        return dict((await self._host.apsd.push(bundle_id, payload))._asdict())

    @verb
    def widgets(self) -> list[object]:
        """Return every widget on the home screen as it is shown now."""
        return [asdict(shown) for shown in self._host.chronod.shown()]

    @verb
    async def reload_widget(self, bundle_id: str) -> None:
        """Ask a widget for a timeline now."""
        await self._host.chronod.reload(bundle_id)

    # -- touching ----------------------------------------------------------------------------

    @verb
    def tap(self, label: str, bundle_id: str = "") -> None:
        """Tap a button of the front app, or of the app of that id."""
        self._host.springboard.tap(self._shown_app(bundle_id), label)

    @verb
    async def type(self, text: str, keyboard: str = "", keys: list[str] | None = None) -> None:
        """Type into the field with the focus.

        Without ``keyboard`` the system's own types ``text``; with one, ``keys`` (or else each
        character of ``text``) are tapped on it.
        """
        typing = self._host.springboard.keyboard

        if not keyboard:
            typing.type(text, self._host.log.append("keyboard", "type", text, actor="person"))
            return

        await typing.use(keyboard, 0)

        for key in keys if keys is not None else text:
            typing.tap(key, self._host.log.append("keyboard", "key", key, actor="person"))

    @verb
    def press_home(self) -> None:
        """Show the home screen."""
        self._host.press_home()

    def _shown_app(self, bundle_id: str) -> Guest:
        guest = self._host.launchd.running(bundle_id) if bundle_id else self._host.springboard.front

        if guest is None:
            raise Misuse(f"{bundle_id} does not run" if bundle_id else "no app is in front")

        return guest

    @verb
    def screen(self, bundle_id: str = "") -> dict[str, object]:
        """Return what the device shows, or what the app of that id shows."""
        springboard = self._host.springboard
        guest = self._host.launchd.running(bundle_id) if bundle_id else springboard.front
        page = springboard.page if guest is None else None
        shows_page = page is not None and bundle_id in {"", page.bundle_id}
        view = springboard.view(guest) if guest is not None or shows_page else None
        keyboard = springboard.keyboard
        focus = keyboard.field.name if keyboard.field is not None else ""
        empty: dict[str, object] = {
            "title": "", "lines": [], "images": [], "fields": [], "buttons": [],
        }  # fmt: skip

        return {
            "device": self._host.record.name,
            "time": f"{self._host.kit.clock.wall():%H:%M}",
            "bundle_id": guest.bundle_id if guest else page.bundle_id if page else "",
            **(view.as_dict() if view else empty),
            "banners": [banner.as_dict() for banner in springboard.banners],
            "badges": dict(springboard.badges),
            "apps": [app.name for app in self._host.lsd.apps()],
            "widgets": [asdict(shown) for shown in self._host.chronod.shown()],
            "focus": focus if guest is keyboard.owner else "",
            "keyboard": keyboard.guest.bundle.name if keyboard.guest is not None else "",
        }

    # -- extensions --------------------------------------------------------------------------

    @verb
    def extensions(self) -> list[object]:
        """Return every installed extension: id, point, how that is treated here, its process."""
        return [
            {
                "bundle_id": extension.bundle_id,
                "name": extension.name,
                "point": extension.extension_point,
                "simulated": extension.extension_point in SIMULATED_POINTS,
                "standing": standing(extension.extension_point),
                "app": app.bundle_id,
                "pid": self._pid(extension),
            }
            for app in self._host.lsd.apps()
            for extension in app.extensions
        ]

    def _pid(self, extension: Bundle) -> int:
        guest = self._host.launchd.running(extension.bundle_id)

        return guest.pid if guest is not None else 0


def _items(items: list[object]) -> list[Item]:
    found = []

    for item in items:
        match item:
            case [list(types), str(name), bytes(data)] if types and all(
                isinstance(uti, str) for uti in types
            ):
                check_types(types)
                found.append(Item(tuple(str(uti) for uti in types), name, data))
            case _:
                raise Misuse("an item is a list of types, a name and the data")

    return found


def check_types(types: list[object]) -> None:
    """Refuse what no item can have as its types.

    Raises:
        Misuse: There are too many, or one is too long.
    """
    if len(types) > SHARE_TYPES_MAX:
        raise Misuse(f"an item has {len(types)} types; {SHARE_TYPES_MAX} are the most")

    if any(len(str(uti)) > TYPE_CHARACTERS_MAX for uti in types):
        raise Misuse(f"a type has more than {TYPE_CHARACTERS_MAX} characters (TYPE_CHARACTERS_MAX)")


def _told_denial(event: Event) -> list[str]:
    """Return a denial as lines: Apple's, where in the source, and what it teaches."""
    detail = event.detail
    place = f"    {event.line}  {detail.get('source', '')}".rstrip()
    head = str(detail.get("apple") or f"deny(1) {event.operation} {event.resource}")

    return [head, *([place] if event.line else []), f"    {detail.get('reason', '')}"]


def _failed_to_share(guest: Guest, outcome: Outcome, denials: list[str]) -> SimulatorError:
    what = {"cancelled": "cancelled the request", "ended": "did not complete the request"}

    return CommandError(
        SHARE,
        1,
        f"{guest.bundle_id} {what[outcome.how]}.",
        outcome.detail or "it gave no reason",
        *denials,
        *(f"\t{line}" for line in guest.tail[-8:]),
    )
