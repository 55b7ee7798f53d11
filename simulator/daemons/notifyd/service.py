"""Registrations, posts and states of guests: what each frame of theirs does."""

from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.limits import REGISTRATIONS_MAX
from simulator.daemonkit.page import HostPage
from simulator.daemonkit.rooms import Kit, Violations
from simulator.daemonkit.router import Heard, Reply
from simulator.daemons.notifyd.access import (
    IPC_VERSION,
    Rights,
    is_guarded,
    may_observe,
    may_post,
    rights_of,
)
from simulator.daemons.notifyd.delivery import Delivery
from simulator.daemons.notifyd.state import NAME_BYTES_MAX, Broker, Name
from simulator.daemons.notifyd.words import Words
from simulator.xpc.errors import Misbehaved
from simulator.xpc.frames import Flag, Kind, unpack_again, unpack_state
from simulator.xpc.page import NESTED

__all__ = ("Notifyd",)

# libnotify's status codes, as they travel in the value of a reply.
_OK = 0
_INVALID_TOKEN = 2
_NOT_AUTHORIZED = 7
_FAILED = 1_000_000

_IPC_VERSION = 3


class Notifyd:
    """The broker's shell.

    Args:
        kit: The device's.
        page: Its notification words.
    """

    def __init__(self, kit: Kit, page: HostPage) -> None:
        self._kit = kit
        self._page = page
        self.violations: Violations  # the device's; wired after it is made
        self._words: Words[Guest] = Words(page.words.notify)
        self._broker: Broker[Guest] = Broker(self._words.give)
        self._delivery = Delivery(kit, self._find)
        self._rights: dict[Guest, Rights] = {}
        self._untold: set[Guest] = set()  # suspended, and not told of a restart
        self._starts = 0
        self._start()
        kit.router.on(Kind.POST, self._post_from_guest)
        kit.router.on(Kind.REGISTER, self._register)
        kit.router.on(Kind.CANCEL, self._cancel)
        kit.router.on(Kind.CHECK, self._check)
        kit.router.on(Kind.GET_STATE, self._get_state)
        kit.router.on(Kind.SET_STATE, self._set_state)
        kit.router.on(Kind.DRAINED, self._drained)
        kit.router.on_exit(self._gone)

    def _gone(self, guest: Guest) -> None:
        self._broker.remove(guest)
        self._words.forget(guest)
        self._rights.pop(guest, None)
        self._untold.discard(guest)

    def _find(self, guest: Guest, token: int) -> Name[Guest] | None:
        return self._broker.find(guest, token)

    def _rights_of(self, guest: Guest) -> Rights:
        rights = self._rights.get(guest)

        if rights is None:
            rights = self._rights[guest] = rights_of(guest.bundle.entitlements.raw)

        return rights

    # -- registrations -----------------------------------------------------------------------

    def _register(self, heard: Heard) -> Reply:
        """Register; the reply has the status, and the name's word in ``arg``.

        Without SYNC a refusal is silent, as on a phone: the token never fires.
        """
        guest, frame = heard.guest, heard.frame
        before, raw = (
            unpack_again(frame.payload) if frame.flags & Flag.AGAIN else (0, frame.payload)
        )
        _check_length(raw)

        if is_guarded(raw) and not may_observe(raw, self._rights_of(guest)):
            self._deny(heard, "darwin-notification-observe", raw)
            return Reply(_NOT_AUTHORIZED, 0)

        hears = not frame.flags & Flag.SILENT
        name = self._broker.register(guest, frame.arg, raw, hears=hears)

        if name is None:
            self._refuse(heard, raw, f"it has {REGISTRATIONS_MAX} names (REGISTRATIONS_MAX)")
            return Reply(_FAILED, 0)

        if frame.flags & Flag.SYNC and not name.word:
            name.word = self._words.take(guest, before)

        self._kit.log.append(
            "notify",
            "register",
            name.text,
            actor=guest.name,
            cause=heard.cause,
            token=frame.arg,
            type="dispatch" if hears else "check",
        )

        return Reply(_OK, name.word)

    def _cancel(self, heard: Heard) -> None:
        guest, token = heard.guest, heard.frame.arg
        name = self._broker.find(guest, token)

        if name is None:
            return

        self._broker.cancel(guest, token)
        self._kit.log.append(
            "notify", "cancel", name.text, actor=guest.name, cause=heard.cause, token=token
        )

        if guest.connection is not None:
            guest.connection.forget_token(token)

    def _check(self, heard: Heard) -> Reply:
        name = self._broker.find(heard.guest, heard.frame.arg)

        return Reply(_INVALID_TOKEN, 0) if name is None else Reply(_OK, name.value)

    def _deny(self, heard: Heard, operation: str, raw: bytes) -> None:
        self.violations.refused(heard.guest, operation, _text(raw), cause=heard.cause)

    def _refuse(self, heard: Heard, raw: bytes, reason: str) -> None:
        self._kit.log.append(
            "notify",
            "refuse",
            _text(raw),
            actor=heard.guest.name,
            cause=heard.cause,
            reason=reason,
        )

    # -- posts -------------------------------------------------------------------------------

    def _post_from_guest(self, heard: Heard) -> Reply | None:
        guest, frame, cause = heard
        name: Name[Guest] | None

        if frame.arg:
            name = self._broker.find(guest, frame.arg)

            if name is None:  # it was refused, or notifyd has just been restarted
                return Reply(_OK, 0)

            raw = name.raw
        else:
            raw = frame.payload
            _check_length(raw)
            name = self._broker.named(raw)

        if is_guarded(raw) and not may_post(raw, self._rights_of(guest)):
            self._deny(heard, "darwin-notification-post", raw)
            return Reply(_NOT_AUTHORIZED, 0)

        told = self._post(raw, name, guest.name, cause)

        if told and guest.connection is not None:
            guest.connection.spend(told)

        return Reply(_OK, 0) if frame.flags & Flag.SYNC else None

    def post(self, name: str | bytes, *, actor: str, cause: int = 0) -> None:
        """Post ``name`` as root: raise its word, then tell who is registered."""
        raw = _raw(name)
        self._post(raw, self._broker.named(raw), actor, cause)

    def _post(self, raw: bytes, name: Name[Guest] | None, actor: str, cause: int) -> int:
        """Post a name; return how many processes are told."""
        if name is None:
            self._kit.log.append(
                "notify", "post", _text(raw), actor=actor, cause=cause, receivers=0, pended=0
            )

            return 0

        name.count()

        if name.word:
            self._words.count(name.word)

        return self._delivery.tell(name, actor, cause)

    # -- state -------------------------------------------------------------------------------

    def _get_state(self, heard: Heard) -> list[int]:
        name = self._broker.find(heard.guest, heard.frame.arg)

        return [_FAILED, 0] if name is None else [_OK, self._state_of(name)]

    def _state_of(self, name: Name[Guest]) -> int:
        return self._starts << 32 | _IPC_VERSION if name.raw == IPC_VERSION else name.state

    def _set_state(self, heard: Heard) -> None:
        """Set a name's state; a refusal is silent, as on a phone."""
        guest = heard.guest
        state = unpack_state(heard.frame.payload)
        name = self._broker.find(guest, heard.frame.arg)

        if name is None:
            return

        if is_guarded(name.raw) and not may_post(name.raw, self._rights_of(guest)):
            self._deny(heard, "darwin-notification-post", name.raw)
            return

        self._change_state(name, state, guest.name, heard.cause)

    def _change_state(self, name: Name[Guest], state: int, actor: str, cause: int) -> None:
        name.state = state
        self._kit.log.append(
            "notify", "state", name.text, actor=actor, cause=cause, access="w", state=state
        )

    def state(self, name: str | bytes) -> int:
        """Return the state of ``name``, 0 where nobody is registered for it."""
        raw = _raw(name)
        known = self._broker.named(raw)

        return self._state_of(known if known is not None else Name(raw))

    def set_state(self, name: str | bytes, state: int, *, actor: str) -> bool:
        """Set the state of ``name`` as root; False, and nothing set, where nobody is registered."""
        known = self._broker.named(_raw(name))

        if known is None:
            return False

        self._change_state(known, state, actor, 0)

        return True

    # -- guests that do not run, or do not keep up ---------------------------------------------

    def suspend(self, guest: Guest) -> None:
        """Hold what is told to a guest: runningboardd has stopped it."""
        self._delivery.hold(guest)

    def resume(self, guest: Guest, cause: int) -> None:
        """Tell a guest what it has missed, once per name: it runs again."""
        if guest in self._untold:
            self._untold.discard(guest)
            self._tell_of_restart(guest, cause)

        self._delivery.release(guest, cause)

    def _drained(self, heard: Heard) -> None:
        self._delivery.drained(heard.guest)

    # -- notifyd itself ------------------------------------------------------------------------

    def _start(self) -> None:
        self._starts += 1
        self._page.set_notifyd_starts(self._starts)

    def restart(self, *, actor: str = "launchd", cause: int = 0) -> int:
        """Start notifyd anew, alone; return how often it was started.

        It forgets names, states, registrations and what was pended; the words of the page stay.
        Whoever was registered is told, and its library registers again and sets again the states
        that it had set. A suspended guest is told when it runs again.
        """
        clients = self._broker.clients()
        self._words.forget_all()
        self._broker = Broker(self._words.give)
        self._start()
        event = self._kit.log.append(
            "notify",
            "restart",
            "com.apple.notifyd",
            actor=actor,
            cause=cause,
            starts=self._starts,
            clients=len(clients),
        )

        for guest in clients:
            if guest.connection is not None:
                guest.connection.forget_pended()

            if guest.suspended:
                self._untold.add(guest)
            else:
                self._tell_of_restart(guest, event)

        return self._starts

    def _tell_of_restart(self, guest: Guest, cause: int) -> None:
        starts, connection = self._starts, guest.connection

        if connection is not None:
            self._kit.door.admit(
                Passage("out", "frame", guest.name, "RESTARTED"),
                lambda: connection.send(Kind.RESTARTED, arg=starts, cause=cause),
            )

    def set_nested(self, *, on: bool) -> None:
        """Let suspensions of a token nest, as documented, or not, as libnotify has shipped."""
        self._page.set_mode(NESTED, on=on)

    @property
    def starts(self) -> int:
        """How often notifyd was started since the device was booted."""
        return self._starts

    def statistics(self) -> dict[str, int]:
        """Return how many names and registrations there are, and how many words are free."""
        return {**self._broker.statistics(), "words": self._words.free, "starts": self._starts}


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


def _raw(name: str | bytes) -> bytes:
    raw = name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")

    return raw[:NAME_BYTES_MAX]


def _check_length(raw: bytes) -> None:
    if len(raw) > NAME_BYTES_MAX:
        raise Misbehaved(f"a notification name over {NAME_BYTES_MAX} bytes")
