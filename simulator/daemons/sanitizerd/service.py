"""Hearing what guests touch, following what happens, telling of races."""

from typing import NamedTuple

from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import (
    LOCKS_HELD_MAX,
    TOUCHED_PATH_MAX,
    TOUCHES_PER_S_MAX,
)
from simulator.daemonkit.page import HostPage
from simulator.daemonkit.rooms import Kit, Launcher
from simulator.daemonkit.router import Heard
from simulator.daemons.sanitizerd.locks import Locks, Wanted
from simulator.daemons.sanitizerd.order import Happening
from simulator.daemons.sanitizerd.orders import Orders
from simulator.daemons.sanitizerd.state import ACCESSES, Access, Detector
from simulator.daemons.sanitizerd.telling import Telling
from simulator.daemons.sanitizerd.updates import Claims
from simulator.daemons.sanitizerd.watched import Watched
from simulator.xpc.errors import Misbehaved
from simulator.xpc.frames import EVENT_CAUSE, Kind, unpack_idle
from simulator.xpc.page import TOUCHES

__all__ = ("Sanitizerd",)

_LINE_MAX = 1 << 31
_CONFIRMED_NS = 200_000_000  # an access of a thread that says nothing else
_CHANNELS = frozenset({"defaults", "notify"})


class _Session(NamedTuple):
    """What is known since the sanitizer was switched on."""

    order: Orders
    detector: Detector
    locks: Locks
    claims: Claims
    watched: dict[str, Watched]


class Sanitizerd:
    """The races of one device.

    Args:
        kit: The device's.
        page: Where guests see whether they are asked.
        launcher: Who runs.
    """

    def __init__(self, kit: Kit, page: HostPage, launcher: Launcher) -> None:
        self._kit = kit
        self._page = page
        self._launcher = launcher
        self._session: _Session | None = None
        self._telling = Telling(kit)
        kit.router.verb("sanitizerd.touched", self._touched)
        kit.router.verb("sanitizerd.locked", self._locked)
        kit.router.verb("sanitizerd.unlocked", self._unlocked)
        kit.router.verb("sanitizerd.learned", self._learned)
        kit.router.on_exit(self._gone)

    @property
    def on(self) -> bool:
        """Whether races are looked for."""
        return self._session is not None

    def switch(self, *, on: bool) -> None:
        """Look for races from now on, with a new list; or no longer, and keep the list."""
        if on == self.on:
            return

        self._kit.log.append("device", "races", "on" if on else "off", actor="sanitizerd")
        self._page.set_mode(TOUCHES, on=on)

        if not on:
            self._session = self._kit.router.overheard = self._kit.log.follower = None
            return

        order, claims = Orders(self._kit.log.position), Claims(self._kit.log.position)
        self._session = _Session(order, Detector(order, claims), Locks(order), claims, {})
        self._telling = Telling(self._kit)
        self._kit.router.overheard = self._overhear
        self._kit.log.follower = self._follow

        for guest in self._launcher.guests():
            self._watch(self._session, guest)

    def _watch(self, session: _Session, guest: Guest) -> Watched:
        known = session.watched.get(guest.name)

        if known is None:
            sent = (0, 0)

            if guest.connection is not None:
                sent = (guest.connection.sent, guest.connection.events_sent)

            session.order.begin(guest.name)
            known = session.watched[guest.name] = Watched(guest, *sent)
            self._telling.know(guest)

        return known

    # -- what happens ------------------------------------------------------------------------

    def _follow(  # noqa: PLR0913, PLR0917  an event has this many sides
        self,
        number: int,
        actor: str,
        kind: str,
        operation: str,
        resource: str,
        access: str,
        cause: int,
        detail: dict[str, object],
    ) -> None:
        """Take an event of the log: whatever orders anything passes through here."""
        session = self._session

        if session is None or kind in {"race", "output"}:
            return

        to = str(detail.get("to") or detail.get("guest") or "")

        if (kind, operation) == ("launch", "start"):
            session.order.begin(to)
        elif (kind, operation) == ("process", "stopped"):
            self._hear_out(actor)

        what = (kind, operation)
        session.claims.follow(number, what, to, detail)
        session.order.happen(Happening(number, actor, what, resource, access, cause, to))

    def _hear_out(self, name: str) -> None:
        """Hear what a process said before it was stopped."""
        session = self._session
        watched = session.watched.get(name) if session is not None else None

        if watched is not None and watched.guest.connection is not None:
            watched.guest.connection.catch_up()

    def _overhear(self, heard: Heard) -> None:
        """Take a frame: it says what its guest has handled, and that it has gone on."""
        session, frame = self._session, heard.frame

        if session is None:
            return

        watched = session.watched.get(heard.guest.name)

        if watched is None:
            session.order.begin(heard.guest.name)
            watched = session.watched[heard.guest.name] = Watched(heard.guest, 0, 0)
            self._telling.know(heard.guest)

        events = frame.cause ^ EVENT_CAUSE if frame.cause & EVENT_CAUSE else 0

        if frame.kind == Kind.IDLE:
            events = max(events, unpack_idle(frame.payload)[1])

        self._handled(session, watched, frame.handling, events)

        self._go_on(session, heard)

        if frame.kind != Kind.CALL:  # what it calls may be a lock of what it has just opened
            before_ns = self._kit.clock.now_ns() - _CONFIRMED_NS
            self._telling.tell(session.detector.confirm(heard.guest.name, frame.thread, before_ns))

    def _handled(self, session: _Session, watched: Watched, frames: int, events: int) -> None:
        """Take it that a guest has handled, or handles, what it was sent up to here."""
        connection, name = watched.guest.connection, watched.guest.name

        if connection is None:
            return

        causes = []

        if frames > watched.frames:
            causes += connection.causes_between(watched.frames, frames)
            watched.frames = min(frames, connection.sent)

        if events > watched.events:
            causes += connection.causes_between(watched.events, events, events=True)
            watched.events = min(events, connection.events_sent)

        for cause in causes:
            if cause < 0:
                session.order.handle_unknown(name)
            else:
                session.order.handle(name, cause)

    def _go_on(self, session: _Session, heard: Heard) -> None:
        """Take it that a thread has done what it was about to, and has the lock it called for."""
        session.detector.go_on(heard.guest.name, heard.frame.thread)

        for file, access in session.locks.got(heard.guest.name, heard.frame.thread):
            session.detector.touch(file, access)

    def _gone(self, guest: Guest) -> None:
        session = self._session

        if session is None or guest.name not in session.watched:
            return

        self._count_untold(session.watched.pop(guest.name))
        self._telling.tell(session.detector.confirm_ended(guest.name))
        session.locks.end(guest.name)
        session.claims.end(guest.name)
        forgotten = session.order.end(guest.name)
        session.detector.forget(forgotten)

        self._telling.forget(forgotten)

    # -- what guests touch -------------------------------------------------------------------

    def _touched(self, heard: Heard, arguments: object) -> None:
        match arguments:
            case [
                str(kind), str(group), str(path), str(file), int(line),
                int(frames), int(events), int(missed),
            ] if (
                kind in {*ACCESSES, "sqlite"}
                and group in heard.guest.groups
                and len(path) <= TOUCHED_PATH_MAX
                and 0 <= line < _LINE_MAX
            ):  # fmt: skip
                pass
            case _:
                raise Misbehaved("an access of the wrong shape")

        session = self._session

        if session is None:
            return

        watched = session.watched[heard.guest.name]
        self._handled(session, watched, frames, events)
        self._miss(session, watched, missed)
        name = f"{group}/{path}"

        if kind == "sqlite":
            for end in ("", "-wal", "-journal", "-shm"):
                session.detector.leave_alone(f"{name}{end}")
        elif watched.has_room(now := self._kit.clock.now_ns()):
            place = watched.place(file, line)
            access = Access(
                heard.guest.name, heard.frame.thread, kind, 0, place, now, heard.cause, None
            )
            session.detector.touch(name, access)
        else:
            self._miss(session, watched, 1)

        if kind in {"exclusive", "folder"}:
            session.locks.make(heard.guest.name, heard.frame.thread, name)

    def _miss(self, session: _Session, watched: Watched, count: int) -> None:
        """Take it that accesses were not compared: what they have read may be anything."""
        if count > 0:
            watched.untold += count
            session.order.handle_unknown(watched.guest.name)

    def _count_untold(self, watched: Watched) -> None:
        if watched.untold:
            self._kit.log.append(
                "process",
                "not-compared",
                watched.guest.bundle_id,
                actor=watched.guest.name,
                times=watched.untold,
                reason=f"more than {TOUCHES_PER_S_MAX} accesses in a second (TOUCHES_PER_S_MAX)",
            )

    def _locked(self, heard: Heard, arguments: object) -> None:
        match arguments:
            case [int(device), int(inode), bool(is_exclusive), list(files)] if (
                len(files) <= LOCKS_HELD_MAX
            ):
                names = [self._file(heard, each) for each in files]
            case _:
                raise Misbehaved("a lock of the wrong shape")

        session = self._session

        if session is None:
            return

        guest, thread = heard.guest, heard.frame.thread
        accesses = [
            (name, access)
            for name in names
            if (access := session.detector.take_back(guest.name, thread, name)) is not None
        ]
        wanted = Wanted(f"{device}:{inode}", is_exclusive, tuple(accesses))
        session.locks.want(guest.name, thread, wanted)

    def _file(self, heard: Heard, value: object) -> str:
        match value:
            case [str(group), str(path)] if group in heard.guest.groups:
                return f"{group}/{path[:TOUCHED_PATH_MAX]}"
            case _:
                raise Misbehaved("a lock of a file of the wrong shape")

    def _unlocked(self, heard: Heard, arguments: object) -> None:
        match arguments:
            case [int(device), int(inode)]:
                pass
            case _:
                raise Misbehaved("an end of a lock of the wrong shape")

        if self._session is not None:
            self._session.locks.release(heard.guest.name, f"{device}:{inode}")

    def _learned(self, heard: Heard, arguments: object) -> None:
        """Take it that a guest has seen what others did to a preference domain, or posted."""
        match arguments:
            case [str(kind), str(name)] if kind in _CHANNELS:
                if self._session is not None:
                    self._session.order.acquire(heard.guest.name, (kind, name))
            case _:
                raise Misbehaved("a thing learned of the wrong shape")

    # -- telling -----------------------------------------------------------------------------

    def races(self) -> dict[str, object]:
        """Return whether races are looked for, and those of this session."""
        if self._session is not None:
            for guest in self._launcher.guests():
                self._hear_out(guest.name)

            before_ns = self._kit.clock.now_ns() - _CONFIRMED_NS
            self._telling.tell(self._session.detector.confirm_all(before_ns))

        return {
            "on": self.on,
            "races": self._telling.races,
            "untold": self._telling.untold,
        }
