"""Posting, hearing, suspending, checking and states: what a process does with its registrations.

Sources: Libnotify, ``notify_client.c``.
"""

from shared_container.codec import decode
from simulator.sdk._notify_names import (
    NOTIFY_STATUS_FAILED,
    NOTIFY_STATUS_INVALID_TOKEN,
    NOTIFY_STATUS_OK,
    text_of,
)
from simulator.sdk._notify_registrations import Registrations, status_of, watched
from simulator.sdk._notify_targets import MainTarget
from simulator.sdk._notify_tokens import Name, Token
from simulator.sdk._process import point, saw
from simulator.xpc.frames import Kind, pack_state
from simulator.xpc.page import COUNT_MASK, NESTED, STEP

__all__ = ("Center", "center")

_VALUE_MASK = 0xFFFF_FFFF
_SUSPENSIONS_MAX = 255  # the count is one byte, and stays at its end


class Center(Registrations):
    """This process's notifications. Any thread may call it."""

    def __init__(self) -> None:
        super().__init__()
        self._process.fired = self.fired

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

        if status_of(reply) != NOTIFY_STATUS_OK:
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
            changed = self._check_word(token, is_step=bool(mode & STEP))

            if changed:
                saw("notify", text_of(name.raw))

            return NOTIFY_STATUS_OK, changed

        status = NOTIFY_STATUS_OK

        if name.is_local:
            value = name.value
        else:
            reply, _ = self._process.ask(Kind.CHECK, b"", arg=name.base)
            status, value = status_of(reply), reply.arg

        if status != NOTIFY_STATUS_OK:
            return status, False

        keeper = token if token.target is None else name
        changed = keeper.last != value
        keeper.last = value

        if changed and not name.is_local:
            saw("notify", text_of(name.raw))

        return NOTIFY_STATUS_OK, changed

    def _check_word(self, token: Token, *, is_step: bool) -> bool:
        entry = watched[token.number]
        value = self._page.notify[token.word]
        last = entry[2] & COUNT_MASK if entry[2] >= 0 else token.last
        token.last = value & COUNT_MASK
        entry[2] = -1 if is_step else value

        return token.last != last

    def peek(self, number: object) -> tuple[int, int] | None:
        """Return status and count of a token that is checked in the page or local, else None."""
        token = self._find(number)

        if token is None:
            return NOTIFY_STATUS_INVALID_TOKEN, 0

        if token.name.is_local:
            return NOTIFY_STATUS_OK, token.name.value

        self.noticed(number)

        return (
            (NOTIFY_STATUS_OK, self._page.notify[token.word] & COUNT_MASK) if token.word else None
        )

    def noticed(self, number: object) -> None:
        """Say that this process has seen in the page what others posted."""
        token = self._find(number)

        if token is not None:
            saw("notify", text_of(token.name.raw))

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
            saw("notify", text_of(name.raw))

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


_center: Center | None = None


def center() -> Center:
    """Return this process's registrations."""
    global _center  # noqa: PLW0603  a process has one

    if _center is None:
        _center = Center()

    return _center
