"""Opening URLs: who gets it, is it running, deliver."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from pathlib import Path
from weakref import WeakValueDictionary

from simulator.bundles.bundle import Bundle
from simulator.bundles.opening import opens_in_place
from simulator.bundles.schemes import SYSTEM_SCHEMES
from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import URLS_WAITING_MAX
from simulator.daemonkit.rooms import Containers, Foreground, Kit, Launcher, Links, PlugIns
from simulator.daemonkit.router import Heard
from simulator.daemons.lsd.choices import Choices, chosen
from simulator.daemons.lsd.documents import copy_to_inbox, file_url, path_of
from simulator.daemons.lsd.opening import Asked, Delivery, Opened, Target
from simulator.daemons.lsd.schemes import RESERVED, WEB, can_query, system_page
from simulator.daemons.lsd.state import Database, nobody, scheme_of
from simulator.xpc.errors import CommandError, Misbehaved, Misuse
from simulator.xpc.frames import Kind, Opening

__all__ = ("Lsd",)

_AS_IT_IS = Asked()
_IN_EXTENSIONS = (
    "an extension opens no URLs: on iOS only Today and iMessage extensions may, "
    "through their context"
)


class Lsd:
    """The registry's shell.

    Args:
        kit: The device's.
        data: The device's ``data`` folder.
    """

    links: Links  # these three are the device's; wired after they are made
    plug_ins: PlugIns
    containers: Containers

    def __init__(self, kit: Kit, data: str) -> None:
        self._kit = kit
        self._database = Database()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._in_line: Counter[str] = Counter()  # URLs that wait for their app's start, per app
        self.choices = Choices(Path(data, "Library", "lsd", "choices.json"))

        if self.choices.problem:
            kit.log.append("url", "salvage", "choices", actor="lsd", reason=self.choices.problem)

        self.launcher: Launcher | None = None
        self.foreground: Foreground | None = None
        kit.router.on(Kind.OPEN_URL, self._open_from_guest)
        kit.router.verb("lsd.can_open_url", self._can_open_url)

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

    def forget_choices(self, bundle_id: str) -> None:
        """Forget where the person has chosen an app, which is gone for good."""
        try:
            self.choices.forget_app(bundle_id)
        except OSError as problem:  # a full disk is no reason to keep half an app
            self._kit.log.append("url", "unwritten", bundle_id, actor="lsd", reason=str(problem))

    def schemes(self) -> dict[str, list[str]]:
        """Return every claimed scheme with the ids of the apps that claim it."""
        return self._database.schemes()

    # -- asked by guests ---------------------------------------------------------------------

    def _can_open_url(self, heard: Heard, arguments: object) -> bool:
        """``UIApplication.canOpenURL``: of a listed scheme, whether anybody opens it."""
        match arguments:
            case str(url):
                scheme, refusal = self._asked_about(heard.guest, url)
            case _:
                raise Misbehaved("a URL that is no text")

        if refusal:
            self._refuse(heard, url, refusal, "query")
            return False

        return scheme in RESERVED or bool(self._database.claimants(scheme))

    def _asked_about(self, guest: Guest, url: str) -> tuple[str, str]:
        """Return the scheme that a guest asks about, and why it may not, or nothing."""
        if guest.bundle.is_extension or guest.is_system:
            return "", "only an app asks who opens a URL"

        try:
            scheme = scheme_of(url)
        except Misuse as problem:
            return "", str(problem)

        return scheme, can_query(guest.bundle, scheme, url).line

    def _open_from_guest(self, heard: Heard) -> bool | Awaitable[bool]:
        """``UIApplication.open``: true when an app took it, false when nobody answers."""
        url = heard.frame.payload.decode("utf-8")

        if heard.guest.bundle.is_extension:
            self._refuse(heard, url, _IN_EXTENSIONS)
            return False

        try:
            if not heard.frame.arg & 1 and self._is_opened_at_once(url, heard):
                return True
        except (CommandError, Misuse) as problem:
            self._refuse(heard, url, str(problem))
            return False

        return self._open_later(url, heard)

    async def _open_later(self, url: str, heard: Heard) -> bool:
        asked = Asked(links_only=bool(heard.frame.arg & 1))

        try:
            await self.open_url(url, source=heard.guest, cause=heard.cause, asked=asked)
        except (CommandError, Misuse) as problem:
            self._refuse(heard, url, str(problem))
            return False

        return True

    def _is_opened_at_once(self, url: str, heard: Heard) -> bool:
        """Open a URL whose app runs and is waited for by nobody; say whether it was that simple.

        A task of its own costs as much as all the rest (measured).
        """
        assert self.launcher is not None
        scheme = scheme_of(url)

        if scheme in SYSTEM_SCHEMES:
            return False

        target = self._scheme_target(scheme, url, _AS_IT_IS)
        app = target.app
        assert app is not None
        guest = self.launcher.running(app.bundle_id)

        if guest is None or not guest.ready.done() or app.bundle_id in self._in_line:
            return False

        self._check_line(app.bundle_id)
        self._tell(guest, app, target, heard.guest, heard.cause)

        return True

    def _refuse(self, heard: Heard, url: str, reason: str, operation: str = "refuse") -> None:
        self._kit.log.append(
            "url",
            operation,
            url[:1000],
            actor="lsd",
            cause=heard.cause,
            reason=reason,
            asked_by=heard.guest.name,
        )

    # -- who gets it -------------------------------------------------------------------------

    async def open_url(
        self, url: str, *, source: Guest | None, cause: int, asked: Asked = _AS_IT_IS
    ) -> Opened:
        """Deliver a URL to whom it belongs, starting it where it does not run.

        Args:
            url: The URL.
            source: The guest that opens it, or None for simctl.
            cause: The log id of what led to it.
            asked: How it is to be opened.

        Raises:
            CommandError: Nobody opens it.
            Misuse: It is no URL, several apps claim its scheme, or too many URLs wait for the app.
        """
        target = await self._target(url, source, asked)

        if target.app is None:
            assert target.page is not None
            return self._show(target, source, cause)

        app = target.app
        self._check_line(app.bundle_id)
        turn = self._turns.setdefault(app.bundle_id, asyncio.Lock())
        self._in_line[app.bundle_id] += 1

        try:
            async with turn:  # what comes while the app starts waits for this start, in order
                guest = await self._open_in_turn(app, target, source, cause)
        finally:
            self._in_line[app.bundle_id] -= 1

            if not self._in_line[app.bundle_id]:
                del self._in_line[app.bundle_id]

        return Opened(target.how, app.bundle_id, app.name, target.reason, guest)

    async def _target(self, url: str, source: Guest | None, asked: Asked) -> Target:
        scheme = scheme_of(url)

        if scheme in WEB:
            return await self._web_target(scheme, url, source, asked)

        if asked.links_only:
            raise nobody("universalLinksOnly: it is no universal link, which begins with https:")

        if scheme == "file":
            return await self._document_target(url, source, asked)

        page = system_page(scheme, url)

        if page is not None:
            return Target("system", None, page, url, reason=f"{scheme}: is the system's own")

        if scheme in SYSTEM_SCHEMES:
            raise nobody(f"the scheme {scheme!r} is the system's, and none of its apps opens it")

        return self._scheme_target(scheme, url, asked)

    def _scheme_target(self, scheme: str, url: str, asked: Asked) -> Target:
        claimants = self._database.claimants(scheme)

        if not claimants:
            raise nobody(f"no installed app claims the scheme {scheme!r} (CFBundleURLTypes)")

        preferred = asked.app or self.choices.get(scheme)
        app = chosen(claimants, f"the scheme {scheme!r}", preferred)
        self._keep(scheme, app, asked)

        return Target("scheme", app, None, url, reason=f"it claims the scheme {scheme!r}")

    async def _web_target(
        self, scheme: str, url: str, source: Guest | None, asked: Asked
    ) -> Target:
        owned = await self.links.app_for(url, source.bundle if source is not None else None)

        if owned.app is not None:
            return Target("universal link", owned.app, None, url, reason=owned.reason)

        if asked.links_only:
            raise nobody(f"universalLinksOnly: {owned.reason}")

        return Target("system", None, system_page(scheme, url), url, reason=owned.reason)

    async def _document_target(self, url: str, source: Guest | None, asked: Asked) -> Target:
        if source is not None:
            raise nobody("an app opens no file with another by its URL; a person does")

        path = path_of(url)
        types = self.plug_ins.types_of_file(path)
        readers = self._database.readers(types)

        if not readers:
            raise nobody(
                f"no installed app opens {', '.join(types)} (LSItemContentTypes in its "
                "CFBundleDocumentTypes)"
            )

        app = chosen(readers, f"documents such as {path}", asked.app or self.choices.get(types[0]))
        self._keep(types[0], app, asked)
        container = self.containers.data_container(app)

        if opens_in_place(app.info) and self._reaches(app, container, path):
            return Target("document", app, None, file_url(path), True, "it reaches the file")

        copy = await asyncio.to_thread(copy_to_inbox, path, container)

        return Target("document", app, None, file_url(copy), False, "copied to Documents/Inbox")

    def _reaches(self, app: Bundle, container: str, path: str) -> bool:
        folders = (container, *self.containers.group_containers(app).values())

        return any(path.startswith(f"{folder}/") for folder in folders)

    def _keep(self, claim: str, app: Bundle, asked: Asked) -> None:
        if asked.app and app.bundle_id != asked.app:
            raise nobody(f"{asked.app} does not open it; {app.bundle_id} does")

        if asked.always:
            self.choices.put(claim, app.bundle_id)

    # -- delivering --------------------------------------------------------------------------

    def _show(self, target: Target, source: Guest | None, cause: int) -> Opened:
        """Show what an app of the system's own would."""
        assert self.foreground is not None
        page = target.page
        assert page is not None
        event = self._kit.log.append(
            "url",
            "open",
            target.url,
            actor=source.name if source else "simctl",
            cause=cause,
            app=page.bundle_id,
            how=target.how,
            reason=target.reason,
        )
        self.foreground.show_page(page, event)

        return Opened(target.how, page.bundle_id, page.name, target.reason, None)

    def _check_line(self, bundle_id: str) -> None:
        assert self.launcher is not None
        guest = self.launcher.running(bundle_id)
        waiting = self._in_line[bundle_id]

        if guest is not None and guest.connection is not None:
            waiting += guest.connection.waiting

        if waiting >= URLS_WAITING_MAX:
            raise Misuse(f"{bundle_id} has {waiting} URLs waiting (URLS_WAITING_MAX)")

    async def _open_in_turn(
        self, app: Bundle, target: Target, source: Guest | None, cause: int
    ) -> Guest:
        assert self.launcher is not None
        guest = self.launcher.running(app.bundle_id)

        if guest is not None:
            if not guest.ready.done():  # somebody else starts it
                await asyncio.shield(guest.ready)

            self._tell(guest, app, target, source, cause)

            return guest

        event = self._log_open(app, target, source, cause, start="cold")
        told = Delivery.of(target, self._source_for(source, app))
        guest = await self.launcher.launch(app, cause=event, options=told.options)
        self._deliver(guest, told, target, event, Opening.LAUNCH)

        return guest

    def _tell(
        self, guest: Guest, app: Bundle, target: Target, source: Guest | None, cause: int
    ) -> None:
        """Deliver a URL to an app that runs."""
        event = self._log_open(app, target, source, cause, start="warm")
        told = Delivery.of(target, self._source_for(source, app))
        self._deliver(guest, told, target, event, 0)

    def _log_open(
        self, app: Bundle, target: Target, source: Guest | None, cause: int, *, start: str
    ) -> int:
        return self._kit.log.append(
            "url",
            "open",
            target.url,
            actor=source.name if source else "simctl",
            cause=cause,
            app=app.bundle_id,
            start=start,
            how=target.how,
            reason=target.reason,
        )

    def _deliver(self, guest: Guest, told: Delivery, target: Target, event: int, bits: int) -> None:
        """Bring an app to the front, and tell it what for."""
        assert self.foreground is not None
        connection = guest.connection
        assert connection is not None

        if target.in_place:
            bits |= Opening.IN_PLACE

        def tell(comes: bool) -> None:  # noqa: FBT001  as Foreground says it
            delivery = self._kit.log.append(
                "url", "deliver", target.url, actor="lsd", cause=event, to=guest.name
            )
            arg = bits | Opening.FRONT if comes else bits
            self._kit.door.admit(
                Passage("out", "frame", guest.name, "URL" if told.kind == Kind.URL else "ACTIVITY"),
                lambda: connection.send(told.kind, told.payload, arg=arg, cause=delivery),
            )

        self.foreground.bring_to_front(guest, event, tell)

    def _source_for(self, source: Guest | None, app: Bundle) -> str:
        """Return the sender's bundle id, which only apps of the same team learn."""
        if source is None:
            return ""

        team = source.bundle.entitlements.team

        return source.bundle_id if team and team == app.entitlements.team else ""
