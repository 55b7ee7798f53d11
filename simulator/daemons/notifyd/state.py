"""Names, who is registered for them, and what is known of them. Pure.

A guest has one registration for a name, however many tokens it made: its library holds those. So a
post is told to each process once, and the library tells its tokens.
"""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from simulator.daemonkit.limits import REGISTRATIONS_MAX

__all__ = ("NAME_BYTES_MAX", "Broker", "Client", "Name")

NAME_BYTES_MAX = 511

Client = TypeVar("Client", bound=Hashable)

_VALUE_MASK = 0xFFFF_FFFF


class Name(Generic[Client]):
    """A name that somebody is registered for; it is forgotten with its last registration.

    Attributes:
        raw: The name, as bytes: it need not be text.
        text: The name for a person.
        value: How often it was posted, from 1.
        state: 64 bits that anybody who is registered may read and write.
        word: The word of the page that counts it, 0 for none.
        holders: Who is registered, with which token, oldest first.
        hearers: Who of them is told of posts.
    """

    __slots__ = ("hearers", "holders", "raw", "state", "text", "value", "word")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.text = raw.decode("utf-8", "backslashreplace")
        self.value = 1
        self.state = 0
        self.word = 0
        self.holders: dict[Client, int] = {}
        self.hearers: dict[Client, int] = {}

    def count(self) -> None:
        """Count a post."""
        self.value = (self.value + 1) & _VALUE_MASK


class Broker(Generic[Client]):
    """Who is registered for what.

    Args:
        give_word: Told of the word of a name that is forgotten.
    """

    def __init__(self, give_word: Callable[[int], None]) -> None:
        self._give_word = give_word
        self._names: dict[bytes, Name[Client]] = {}
        self._tokens: dict[Client, dict[int, Name[Client]]] = {}

    def register(
        self, client: Client, token: int, raw: bytes, *, hears: bool
    ) -> Name[Client] | None:
        """Register, or change a registration; None when the client has ``REGISTRATIONS_MAX``.

        A token that is in use is used anew, and a name that the client is registered for gets the
        new token: a process that was replaced by exec begins again at the same numbers.
        """
        tokens = self._tokens.setdefault(client, {})
        name = self._names.get(raw)

        if tokens.get(token, name) is not name:
            self.cancel(client, token)

        if name is None or client not in name.holders:
            if len(tokens) >= REGISTRATIONS_MAX:
                return None

            name = self._names.setdefault(raw, Name(raw))
        elif name.holders[client] != token:
            del tokens[name.holders[client]]

        tokens[token] = name
        name.holders[client] = token

        if hears:
            name.hearers.pop(client, None)  # the newest registration is told first
            name.hearers[client] = token
        else:
            name.hearers.pop(client, None)

        return name

    def cancel(self, client: Client, token: int) -> None:
        """Forget a registration; an unknown token is no error."""
        name = self._tokens.get(client, {}).pop(token, None)

        if name is None:
            return

        del name.holders[client]
        name.hearers.pop(client, None)

        if not name.holders:
            del self._names[name.raw]

            if name.word:
                self._give_word(name.word)

    def remove(self, client: Client) -> None:
        """Forget a client that is gone."""
        for token in list(self._tokens.get(client, ())):
            self.cancel(client, token)

        self._tokens.pop(client, None)

    def find(self, client: Client, token: int) -> Name[Client] | None:
        """Return the name that a client's token is registered for."""
        tokens = self._tokens.get(client)

        return None if tokens is None else tokens.get(token)

    def named(self, raw: bytes) -> Name[Client] | None:
        """Return a name that somebody is registered for."""
        return self._names.get(raw)

    def clients(self) -> list[Client]:
        """Return who ever registered and lives, in the order of their first registration."""
        return list(self._tokens)

    def statistics(self) -> dict[str, int]:
        """Return how many names and registrations there are."""
        return {
            "names": len(self._names),
            "registrations": sum(len(tokens) for tokens in self._tokens.values()),
        }
