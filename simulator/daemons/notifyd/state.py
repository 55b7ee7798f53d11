"""Names, registrations, and who hears a post. Pure."""

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from simulator.daemonkit.limits import (
    NAMES_CHECKED_MAX,
    REGISTRATIONS_MAX,
    REGISTRATIONS_OF_NAME_MAX,
)
from simulator.xpc.errors import Misbehaved, Misuse

__all__ = ("NAME_BYTES_MAX", "Broker", "Client", "Post")

NAME_BYTES_MAX = 511

Client = TypeVar("Client", bound=Hashable)


class _Name(Generic[Client]):
    """A name that somebody is registered for."""

    __slots__ = ("checks", "slot", "subscribers")

    def __init__(self) -> None:
        self.subscribers: dict[tuple[Client, int], None] = {}  # in the order of registration
        self.checks = 0
        self.slot: int | None = None

    @property
    def unused(self) -> bool:
        return not self.subscribers and not self.checks


class Post(NamedTuple, Generic[Client]):
    """What a post means.

    Attributes:
        slot: The word of the page to raise, or None when nobody checks this name.
        subscribers: Whom to tell, newest registration first, with their tokens.
    """

    slot: int | None
    subscribers: list[tuple[Client, int]]


class Broker(Generic[Client]):
    """Who is registered for what.

    Args:
        take_slot: Returns a free word of the page, or None when all are taken.
        give_slot: Takes a word back.
    """

    def __init__(
        self, take_slot: Callable[[], int | None], give_slot: Callable[[int], None]
    ) -> None:
        self._take_slot = take_slot
        self._give_slot = give_slot
        self._names: dict[str, _Name[Client]] = {}
        self._tokens: dict[Client, dict[int, tuple[str, bool]]] = {}
        self._held: dict[Client, Counter[tuple[str, bool]]] = {}  # how often, per name and kind

    def register(self, client: Client, token: int, name: str, *, check: bool) -> int | None:
        """Register; return the slot of a check registration's word, None when none is free.

        Raises:
            Misbehaved: The token is in use, or the client has too many.
            Misuse: The client checks too many names.
        """
        tokens = self._tokens.setdefault(client, {})

        if token in tokens:
            raise Misbehaved(f"it registered token {token} twice")

        if len(tokens) >= REGISTRATIONS_MAX:
            raise Misbehaved(f"more than {REGISTRATIONS_MAX} registrations (REGISTRATIONS_MAX)")

        self._count(client, name, check=check)
        tokens[token] = (name, check)
        known = self._names.setdefault(name, _Name())

        if not check:
            known.subscribers[client, token] = None
            return None

        known.checks += 1

        if known.slot is None:
            known.slot = self._take_slot()

        return known.slot

    def _count(self, client: Client, name: str, *, check: bool) -> None:
        held = self._held.setdefault(client, Counter())

        if held[name, check] >= REGISTRATIONS_OF_NAME_MAX:
            raise Misbehaved(
                f"more than {REGISTRATIONS_OF_NAME_MAX} registrations of one name "
                "(REGISTRATIONS_OF_NAME_MAX)"
            )

        if check and not held[name, True]:
            checked = sum(each for _, each in held)

            if checked >= NAMES_CHECKED_MAX:
                raise Misuse(f"it checks {checked} names already (NAMES_CHECKED_MAX)")

        held[name, check] += 1

    def cancel(self, client: Client, token: int) -> None:
        """Forget a registration; an unknown token is no error."""
        entry = self._tokens.get(client, {}).pop(token, None)

        if entry is None:
            return

        name, check = entry
        held = self._held[client]
        held[entry] -= 1

        if not held[entry]:
            del held[entry]

        known = self._names[name]

        if check:
            known.checks -= 1
        else:
            del known.subscribers[client, token]

        if known.unused:
            del self._names[name]

            if known.slot is not None:
                self._give_slot(known.slot)

    def remove(self, client: Client) -> None:
        """Forget a client that is gone."""
        for token in list(self._tokens.get(client, {})):
            self.cancel(client, token)

        self._tokens.pop(client, None)
        self._held.pop(client, None)

    def post(self, name: str) -> Post[Client]:
        """Say who hears a post of ``name``; a post that nobody is registered for is lost."""
        known = self._names.get(name)

        if known is None:
            return Post(None, [])

        return Post(known.slot, list(reversed(known.subscribers)))

    def statistics(self) -> dict[str, int]:
        """Return how many names and registrations there are."""
        return {
            "names": len(self._names),
            "registrations": sum(len(tokens) for tokens in self._tokens.values()),
        }
