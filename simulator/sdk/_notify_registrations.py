"""What this process is registered for, and what notifyd is told of it.

As in libnotify's dispatch mode, which is that of every app and extension: notifyd knows one
registration per name and process, and the tokens of a name hang on it here. A name that begins with
``self.`` never leaves the process.

Sources: Libnotify, ``notify_client.c``.
"""

import _thread
import os

from shared_container.codec import decode
from simulator.sdk._notify_names import NOTIFY_STATUS_INVALID_TOKEN, NOTIFY_STATUS_OK
from simulator.sdk._notify_targets import Target
from simulator.sdk._notify_tokens import Name, Seen, Token
from simulator.sdk._process import current
from simulator.xpc.frames import Flag, Frame, Kind, pack_again, pack_state
from simulator.xpc.page import STEP

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

__all__ = ("Registrations", "status_of", "watched")

watched: "dict[int, list[Any]]" = {}  # type: ignore[explicit-any]  # unpacked at once: for speed
"""Every token that is checked in the page: the words, its word, and what the last check saw there.

The last is -1 when the next check must look at more than the word.
"""


class Registrations:
    """The registrations of this process. Any thread may call it.

    Attributes:
        tokens: Every valid token.
        regenerates: Whether everything is registered again when notifyd was started anew: yes, as
            in every process with more than one thread; notifyutil asks for it.
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
        self.regenerates = True
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
            token = Token(number, name, target)
            name.tokens[number] = token
            name.hearing += target is not None
            status = self._tell(name, watches=watches)

            if status != NOTIFY_STATUS_OK:
                self._drop(token)
                return status, -1

            if watches and not name.is_local:
                token.word = name.word
                watched[number] = [self._page.notify, token.word, -1]

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
        status = status_of(reply)

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

    def _find(self, number: object) -> Token | None:
        self.look()

        return self.tokens.get(number) if isinstance(number, int) else None

    # -- when notifyd was started anew -------------------------------------------------------

    def look(self) -> None:
        """Register everything again if notifyd was started anew."""
        starts = self._page.notify[0]

        if starts == self._starts or not self.regenerates:
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
                        watched[token.number][1:] = name.word, -1
        else:
            self._process.send(Kind.REGISTER, payload, arg=name.base, flags=flags)

        if name.state is not None:
            self._process.send(Kind.SET_STATE, pack_state(name.state), arg=name.base)

    def _restarted(self, _frame: Frame, files: list[int]) -> None:
        for descriptor in files:
            os.close(descriptor)

        self.look()


def status_of(reply: Frame) -> int:
    """Return the status in a reply."""
    status = decode(reply.payload)
    assert isinstance(status, int)

    return status
