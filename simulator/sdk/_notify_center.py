"""This process's registrations: its tokens, and what notifyd is told of them.

As in libnotify's dispatch mode, which is that of every app and extension: notifyd knows one
registration per name and process, and the tokens of a name hang on it here. A name that begins with
``self.`` never leaves the process.

Sources: Libnotify, ``notify_client.c``.
"""

import _thread
import os

from shared_container.codec import decode
from simulator.sdk._notify_names import (
    NOTIFY_STATUS_FAILED,
    NOTIFY_STATUS_INVALID_TOKEN,
    NOTIFY_STATUS_OK,
    text_of,
)
from simulator.sdk._notify_targets import MainTarget, Target
from simulator.sdk._notify_tokens import Name, Seen, Token
from simulator.sdk._process import current, point
from simulator.xpc.frames import Flag, Frame, Kind, pack_again, pack_state
from simulator.xpc.page import NESTED, STEP

__all__ = ("Center", "center", "watched")

_VALUE_MASK = 0xFFFF_FFFF
_SUSPENSIONS_MAX = 255  # the count is one byte, and stays at its end


class Center:
    """The registrations of this process. Any thread may call it.

    Attributes:
        tokens: Every valid token.
    """

    def __init__(self) -> None:
        self._process = current()
        self._page = self._process.page
        self._lock = _thread.RLock()
        self._names: dict[bytes, Name] = {}
        self._bases: dict[int, Name] = {}
        self._last_token = 1
        self._starts = self._page.notify[0]
        self._is_loopback = self._process.info.get("loopback") is True
        self._seen = Seen(self._page)
        self.tokens: dict[int, Token] = {}
        self._process.fired = self.fired
        self._process.handlers[Kind.RESTARTED] = self._restarted

    # -- registering -------------------------------------------------------------------------

    def register(
        self, raw: bytes, target: Target | None, *, watches: bool = False
    ) -> tuple[int, int]:
        """Register for a name; return status and token.

        Args:
            raw: The name.
            target: Who is told of posts; None for a token that is polled.
            watches: Whether it is polled in the page.
        """
        self.look()

        with self._lock:
            name = self._names.get(raw) or self._make(raw)
            number = self._next_number()
            token = Token(number, name, target, self._seen)
            name.tokens[number] = token
            name.hearing += target is not None
            status = self._tell(name, watches=watches)

            if status != NOTIFY_STATUS_OK:
                self._drop(token)
                return status, -1

            if watches and not name.is_local:
                token.word = name.word
                watched[number] = token

            self.tokens[number] = token

        return NOTIFY_STATUS_OK, number

    def _make(self, raw: bytes) -> Name:
        is_local = self._is_loopback or raw.startswith(b"self.")
        name = Name(raw, self._next_number(), is_local=is_local)
        self._names[raw] = name
        self._bases[name.base] = name

        return name

    def _next_number(self) -> int:
        self._last_token += 1

        return self._last_token

    def _tell(self, name: Name, *, watches: bool) -> int:
        """Tell notifyd what this process wants to know of a name, if it does not know."""
        wanted = "hears" if name.hearing else "silent"
        needs_word = watches and not name.word

        if name.is_local or (name.told == wanted and not needs_word):
            return NOTIFY_STATUS_OK

        flags = 0 if name.hearing else Flag.SILENT

        if not needs_word:
            self._process.send(Kind.REGISTER, name.raw, arg=name.base, flags=flags)
            name.told = wanted

            return NOTIFY_STATUS_OK

        reply, _ = self._process.ask(Kind.REGISTER, name.raw, arg=name.base, flags=flags)
        status = _status(reply)

        if status == NOTIFY_STATUS_OK:
            name.told = wanted
            name.word = reply.arg
            name.posts = 2  # that we may post it or not is now settled

        return status

    def cancel(self, number: object) -> int:
        """Give a token back; what is queued for it is not delivered."""
        with self._lock:
            token = self._find(number)

            if token is None:
                return NOTIFY_STATUS_INVALID_TOKEN

            del self.tokens[token.number]
            watched.pop(token.number, None)
            self._drop(token)

        if token.target is not None:
            token.target.release(token.number)

        return NOTIFY_STATUS_OK

    def _drop(self, token: Token) -> None:
        name = token.name
        del name.tokens[token.number]
        name.hearing -= token.target is not None

        if name.tokens:
            if name.told == "hears" and not name.hearing:
                self._tell(name, watches=False)

            return

        del self._names[name.raw]
        del self._bases[name.base]

        if name.told is not None:
            self._process.send(Kind.CANCEL, arg=name.base)

    # -- posting and hearing -----------------------------------------------------------------

    def post(self, raw: bytes) -> int:
        """Post a name; return the status.

        A name that the process is registered for goes by name, then once with an answer, then by
        its token: what libnotify does, and what makes the second post of a name that one may not
        post return FAILED.
        """
        process = self._process
        seen = self._seen
        mode = seen.mode[0]

        if mode != seen.expected:
            if mode & STEP:
                point("notify-post", text_of(raw), "w")

            self._see(mode)

        name = self._names.get(raw)

        if name is None:
            if not self._is_loopback and not raw.startswith(b"self."):
                process.send(Kind.POST, raw)
        elif name.is_local:
            self._post_locally(name)
        elif name.posts == 2:
            process.send(Kind.POST, arg=name.base)
        elif name.posts:
            return self._post_and_wait(name)
        else:
            name.posts = 1
            process.send(Kind.POST, raw)

        return NOTIFY_STATUS_OK

    def _post_and_wait(self, name: Name) -> int:
        reply, _ = self._process.ask(Kind.POST, name.raw)

        if _status(reply) != NOTIFY_STATUS_OK:
            return NOTIFY_STATUS_FAILED

        name.posts = 2

        return NOTIFY_STATUS_OK

    def _post_locally(self, name: Name) -> None:
        with self._lock:
            name.value = (name.value + 1) & _VALUE_MASK
            hearing = [token for token in name.tokens.values() if token.target is not None]

        for token in hearing:
            self._notify(token, now=False)

    def fired(self, base: int) -> None:
        """Hear that a name was posted: tell its tokens, the oldest first."""
        self._tell_tokens(base, now=True)

    def fired_meanwhile(self, base: int) -> None:
        """Hear the same while the main thread waits: what must run there is queued."""
        self._tell_tokens(base, now=False)

    def _tell_tokens(self, base: int, *, now: bool) -> None:
        name = self._bases.get(base)

        if name is None:
            return

        for token in [*name.tokens.values()]:
            if token.target is not None and token.number in self.tokens:
                self._notify(token, now=now)

    def _notify(self, token: Token, *, now: bool) -> None:
        target = token.target

        if token.suspended:
            token.pended = True
        elif now and isinstance(target, MainTarget):
            target.handler(token.number)
        elif target is not None:
            target.fire(token.number)

    # -- suspending --------------------------------------------------------------------------

    def suspend(self, number: object) -> int:
        """Hold what a token is told."""
        token = self._find(number)

        if token is None:
            return NOTIFY_STATUS_INVALID_TOKEN

        with self._lock:
            nests = token.name.is_local or self._page.mode[0] & NESTED
            token.suspended = min(token.suspended + 1, _SUSPENSIONS_MAX) if nests else 1

        return NOTIFY_STATUS_OK

    def resume(self, number: object) -> int:
        """Let a token be told again, once of all that it missed."""
        token = self._find(number)

        if token is None:
            return NOTIFY_STATUS_INVALID_TOKEN

        with self._lock:
            nests = token.name.is_local or self._page.mode[0] & NESTED
            token.suspended = max(token.suspended - 1, 0) if nests else 0
            fires = token.pended and not token.suspended
            token.pended = token.pended and not fires

        if fires:
            self._notify(token, now=False)

        return NOTIFY_STATUS_OK

    def _find(self, number: object) -> Token | None:
        self.look()

        return self.tokens.get(number) if isinstance(number, int) else None

    # -- polling -----------------------------------------------------------------------------

    def check(self, number: object) -> tuple[int, bool]:
        """Say whether a token's name was posted since its last check; the first one is true.

        The tokens of a name that are told of posts share one memory of the last check.
        """
        token = self._find(number)

        if token is None:
            return NOTIFY_STATUS_INVALID_TOKEN, False

        name = token.name

        mode = self._page.mode[0]

        if mode & STEP:
            point("notify-check", text_of(name.raw), "r")

        self._see(mode)

        if token.word:
            status, value = NOTIFY_STATUS_OK, self._page.notify[token.word]
        elif name.is_local:
            status, value = NOTIFY_STATUS_OK, name.value
        else:
            reply, _ = self._process.ask(Kind.CHECK, b"", arg=name.base)
            status, value = _status(reply), reply.arg

        if status != NOTIFY_STATUS_OK:
            return status, False

        keeper = token if token.target is None else name
        changed = keeper.last != value
        keeper.last = value

        return NOTIFY_STATUS_OK, changed

    def peek(self, number: object) -> tuple[int, int] | None:
        """Return status and count of a token that is checked in the page or local, else None."""
        token = self._find(number)

        if token is None:
            return NOTIFY_STATUS_INVALID_TOKEN, 0

        if token.name.is_local:
            return NOTIFY_STATUS_OK, token.name.value

        return (NOTIFY_STATUS_OK, self._page.notify[token.word]) if token.word else None

    # -- state -------------------------------------------------------------------------------

    def state(self, number: object) -> tuple[int, int]:
        """Return status and state of a token's name."""
        token = self._find(number)

        if token is None:
            return NOTIFY_STATUS_INVALID_TOKEN, 0

        name = token.name

        if name.is_local:
            return NOTIFY_STATUS_OK, name.state or 0

        reply, _ = self._process.ask(Kind.GET_STATE, b"", arg=name.base)
        answer = decode(reply.payload)
        assert isinstance(answer, list)
        status, state = answer

        if status == NOTIFY_STATUS_OK:
            name.posts = 2

        return int(status), int(state)

    def set_state(self, number: object, state: int) -> int:
        """Set the state of a token's name; a refusal is not told."""
        token = self._find(number)

        if token is None:
            return NOTIFY_STATUS_INVALID_TOKEN

        token.name.state = state

        if not token.name.is_local:
            self._process.send(Kind.SET_STATE, pack_state(state), arg=token.name.base)

        return NOTIFY_STATUS_OK

    # -- when notifyd was started anew -------------------------------------------------------

    def look(self) -> None:
        """Register everything again if notifyd was started anew."""
        starts = self._page.notify[0]

        if starts == self._starts:
            return

        with self._lock:
            if starts == self._starts:  # another thread has done it
                return

            for name in [*self._names.values()]:
                if name.told is not None:
                    self._register_again(name)

            self._starts = starts

    def _see(self, mode: int) -> None:
        """Remember a mode of the page that was looked at, unless it asks for a look each time."""
        self.look()

        if not mode & STEP:
            self._seen.expected = mode

    def _register_again(self, name: Name) -> None:
        flags = Flag.AGAIN | (0 if name.hearing else Flag.SILENT)
        payload = pack_again(name.word, name.raw)

        if name.word:
            reply, _ = self._process.ask(Kind.REGISTER, payload, arg=name.base, flags=flags)

            if reply.arg != name.word:  # somebody else has it: what was posted is not known
                name.word = reply.arg

                for token in name.tokens.values():
                    if token.word:
                        token.word, token.last = name.word, None
        else:
            self._process.send(Kind.REGISTER, payload, arg=name.base, flags=flags)

        if name.state is not None:
            self._process.send(Kind.SET_STATE, pack_state(name.state), arg=name.base)

    def _restarted(self, _frame: Frame, files: list[int]) -> None:
        for descriptor in files:
            os.close(descriptor)

        self.look()


def _status(reply: Frame) -> int:
    """Return the status in a reply."""
    status = decode(reply.payload)
    assert isinstance(status, int)

    return status


watched: dict[int, Token] = {}  # every token that is checked in the page
_center: Center | None = None


def center() -> Center:
    """Return this process's registrations."""
    global _center  # noqa: PLW0603  a process has one

    if _center is None:
        _center = Center()

    return _center
