"""The front app, its view, taps, banners; sharing and the keyboard have modules of their own."""

from collections.abc import Callable

from shared_container.codec import decode, encode
from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import BANNERS_MAX
from simulator.daemonkit.requests import Requests
from simulator.daemonkit.rooms import Kit, Launcher, PlugIns, Registry, SystemPage
from simulator.daemonkit.router import Heard
from simulator.daemons.springboard.keyboard import Keyboard
from simulator.daemons.springboard.sharing import ShareSheet
from simulator.daemons.springboard.state import Banner, Field, View, page_view, view_of
from simulator.xpc.errors import Misuse
from simulator.xpc.frames import Kind

__all__ = ("Springboard",)


class Springboard:
    """The screen of one device.

    Args:
        kit: The device's.
        launcher: Processes.
        plug_ins: Judges extensions.
        registry: Knows bundles.

    Attributes:
        front: The process in front, None when the home screen is.
        page: What an app of the system's own shows, where it is in front.
        sheet: The share sheet.
        keyboard: The input mode.
        banners: What notifications are shown, the newest first.
        badges: Bundle id → the number on its icon.
    """

    def __init__(self, kit: Kit, launcher: Launcher, plug_ins: PlugIns, registry: Registry) -> None:
        self._kit = kit
        requests = Requests(kit, launcher)
        self.sheet = ShareSheet(kit, requests, plug_ins, registry)
        self.keyboard = Keyboard(kit, requests, launcher, registry)
        self._views: dict[Guest, View] = {}
        self.front: Guest | None = None
        self.page: SystemPage | None = None
        self.banners: list[Banner] = []
        self.badges: dict[str, int] = {}
        kit.router.on(Kind.SHOW, self._show)
        kit.router.on_exit(self._gone)

    def bring_to_front(
        self, guest: Guest, cause: int, tell: Callable[[bool], None] | None = None
    ) -> None:
        """Put an app's process in front.

        With ``tell`` it is the caller who tells it, and is told whether it was not in front. It
        is told first: who opens a URL with it waits for the answer, and hears of the rest later.
        """
        if self.front is guest:
            if tell is not None:
                tell(False)

            return

        event = self._kit.log.append(
            "screen", "front", guest.bundle_id, actor="springboard", cause=cause
        )

        if tell is not None:
            tell(True)
        else:
            self._tell_where(guest, event, in_front=True)

        self._leave_front(event)
        self.front = guest
        self._refocus(guest)

    def show_page(self, page: SystemPage, cause: int) -> None:
        """Show what an app of the system's own would; the app in front goes to the background."""
        event = self._kit.log.append(
            "screen", "front", page.bundle_id, actor="springboard", cause=cause, text=page.url
        )
        self._leave_front(event)
        self.page = page

    def _leave_front(self, cause: int) -> None:
        """Take away what is in front, and tell the app if it is one."""
        self.page = None

        if self.front is not None:
            self.keyboard.focus(self.front, None)
            self._tell_where(self.front, cause, in_front=False)
            self.front = None

    def _tell_where(self, guest: Guest, cause: int, *, in_front: bool) -> None:
        connection = guest.connection

        if connection is not None:
            self._kit.door.admit(
                Passage("out", "frame", guest.name, "LIFECYCLE"),
                lambda: connection.send(Kind.LIFECYCLE, arg=int(in_front), cause=cause),
            )

    def press_home(self) -> None:
        """Show the home screen; the app in front goes to the background."""
        shown = self.front.bundle_id if self.front is not None else ""

        if shown or self.page is not None:
            shown = shown or (self.page.bundle_id if self.page is not None else "")
            event = self._kit.log.append("screen", "home", shown, actor="springboard")
            self._leave_front(event)

    def _show(self, heard: Heard) -> None:
        view = view_of(decode(heard.frame.payload))
        self._views[heard.guest] = view
        self.keyboard.was_heard(heard.guest, heard.frame.handling)
        self._kit.log.append(
            "screen", "show", view.title, actor=heard.guest.name, cause=heard.cause, text=view.text
        )

        if heard.guest is self.front:
            self._refocus(heard.guest)

    def _refocus(self, guest: Guest) -> None:
        """Give the focus to the first field of what the front app shows now."""
        view = self._views.get(guest)
        fields = view.fields if view is not None else ()
        self.keyboard.focus(guest, Field(*fields[0]) if fields else None)

    def view(self, guest: Guest | None) -> View | None:
        """Return what a process shows, or None; for none, the page of the system's own app."""
        if guest is not None:
            return self._views.get(guest)

        return page_view(self.page) if self.page is not None else None

    def tap(self, guest: Guest, label: str) -> None:
        """Tap a button of what a process shows.

        Raises:
            Misuse: It shows no such button.
        """
        view = self._views.get(guest)
        buttons = view.buttons if view is not None else ()

        if label not in buttons:
            raise Misuse(
                f"{guest.bundle_id} shows no button {label!r}; it shows "
                f"{', '.join(map(repr, buttons)) or 'none'}"
            )

        event = self._kit.log.append("screen", "tap", label, actor="person", on=guest.name)
        connection = guest.connection
        assert connection is not None
        self._kit.door.admit(
            Passage("out", "frame", guest.name, "INPUT"),
            lambda: connection.send(Kind.INPUT, encode({"tap": label}), cause=event),
        )

    def show_notification(
        self, bundle_id: str, text: dict[str, str], badge: int | None, cause: int
    ) -> None:
        """Show a notification, and put its number on the app's icon; 0 takes it away."""
        banner = Banner(bundle_id, **text, badge=badge)

        if banner.title or banner.subtitle or banner.body:
            self.banners.insert(0, banner)
            del self.banners[BANNERS_MAX:]

        if badge is not None:
            self.badges[bundle_id] = badge

        self._kit.log.append(
            "push",
            "banner",
            banner.bundle_id,
            actor="springboard",
            cause=cause,
            shown=banner.as_dict(),
        )

    def _gone(self, guest: Guest) -> None:
        self._views.pop(guest, None)

        if self.front is guest:
            self.front = None
