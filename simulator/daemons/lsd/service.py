"""Opening URLs: who claims it, is it running, deliver."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from weakref import WeakValueDictionary

from simulator.bundles.bundle import Bundle
from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import URLS_WAITING_MAX
from simulator.daemonkit.rooms import Foreground, Kit, Launcher
from simulator.daemonkit.router import Heard
from simulator.daemons.lsd.state import Database, scheme_of
from simulator.xpc.errors import CommandError, Misuse
from simulator.xpc.frames import Kind, pack_text_pair

__all__ = ("Lsd",)


class Lsd:
    """The registry's shell.

    Args:
        kit: The device's.
    """

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._database = Database()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._in_line: Counter[str] = Counter()  # URLs that wait for their app's start, per app
        self.launcher: Launcher | None = None
        self.foreground: Foreground | None = None
        kit.router.on(Kind.OPEN_URL, self._open_from_guest)

    def find(self, bundle_id: str) -> Bundle | None:
        """Return the app or extension of that id."""
        return self._database.find(bundle_id)

    def app_of(self, bundle_id: str) -> Bundle | None:
        """Return the app of that id, or the one that contains the extension of that id."""
        return self._database.app_of(bundle_id)

    def apps(self) -> Sequence[Bundle]:
        """Return the installed apps, in the order of their ids."""
        return self._database.apps()

    def add(self, app: Bundle) -> None:
        """Register an app and its extensions."""
        self._database.add(app)

    def remove(self, app: Bundle) -> None:
        """Forget an app and its extensions."""
        self._database.remove(app)

    async def _open_from_guest(self, heard: Heard) -> bool:
        """``UIApplication.open``: true when an app took it, false when nobody answers."""
        url = heard.frame.payload.decode("utf-8")

        if heard.guest.bundle.is_extension:
            self._refuse(
                heard,
                url,
                "an extension opens no URLs: on iOS only Today and iMessage extensions may, "
                "through their context",
            )
            return False

        try:
            await self.open_url(url, source=heard.guest, cause=heard.cause)
        except (CommandError, Misuse) as problem:
            self._refuse(heard, url, str(problem))
            return False

        return True

    def _refuse(self, heard: Heard, url: str, reason: str) -> None:
        self._kit.log.append(
            "url",
            "refuse",
            url[:1000],
            actor="lsd",
            cause=heard.cause,
            reason=reason,
            asked_by=heard.guest.name,
        )

    async def open_url(self, url: str, *, source: Guest | None, cause: int) -> Guest:
        """Deliver a URL to the app that claims it, starting it where it does not run.

        Args:
            url: The URL.
            source: The guest that opens it, or None for simctl.
            cause: The log id of what led to it.

        Raises:
            CommandError: Nobody claims its scheme.
            Misuse: It is no URL, several apps claim its scheme, or too many URLs wait for the app.
        """
        scheme_of(url)
        app = self._database.claimant(url)
        self._check_line(app.bundle_id)
        turn = self._turns.setdefault(app.bundle_id, asyncio.Lock())
        self._in_line[app.bundle_id] += 1

        try:
            async with turn:  # what comes while the app starts waits for this start, in order
                return await self._open_in_turn(app, url, source, cause)
        finally:
            self._in_line[app.bundle_id] -= 1

            if not self._in_line[app.bundle_id]:
                del self._in_line[app.bundle_id]

    def _check_line(self, bundle_id: str) -> None:
        assert self.launcher is not None
        guest = self.launcher.running(bundle_id)
        waiting = self._in_line[bundle_id]

        if guest is not None and guest.connection is not None:
            waiting += guest.connection.waiting

        if waiting >= URLS_WAITING_MAX:
            raise Misuse(f"{bundle_id} has {waiting} URLs waiting (URLS_WAITING_MAX)")

    async def _open_in_turn(self, app: Bundle, url: str, source: Guest | None, cause: int) -> Guest:
        assert self.launcher is not None
        assert self.foreground is not None
        guest = self.launcher.running(app.bundle_id)
        event = self._kit.log.append(
            "url",
            "open",
            url,
            actor=source.name if source else "simctl",
            cause=cause,
            app=app.bundle_id,
            start="warm" if guest else "cold",
        )

        if guest is None:
            guest = await self.launcher.launch(app, cause=event, options={"url": url})
        elif not guest.ready.done():  # somebody else starts it
            await asyncio.shield(guest.ready)

        self.foreground.bring_to_front(guest, event)
        sender = self._source_for(source, app)
        delivery = self._kit.log.append(
            "url", "deliver", url, actor="lsd", cause=event, to=guest.name
        )
        self._deliver(guest, pack_text_pair(sender, url), delivery)

        return guest

    def _deliver(self, guest: Guest, payload: bytes, cause: int) -> None:
        connection = guest.connection
        assert connection is not None
        self._kit.door.admit(
            Passage("out", "frame", guest.name, "URL"),
            lambda: connection.send(Kind.URL, payload, cause=cause),
        )

    def _source_for(self, source: Guest | None, app: Bundle) -> str:
        """Return the sender's bundle id, which only apps of the same team learn."""
        if source is None:
            return ""

        team = source.bundle.entitlements.team

        return source.bundle_id if team and team == app.entitlements.team else ""
