"""What a peer must offer: a way to post a name and to wait for the next one."""

from abc import ABC, abstractmethod

PING, PONG, SHOT, RATE, END = (
    f"com.example.bench.{word}" for word in ("ping", "pong", "shot", "rate", "end")
)


class Link(ABC):
    """One process's connection to the hub.

    Args:
        folder: Where the hub's socket lies.
        names: What this process wants to hear.
        ordinal: 0 for the process that leads, from 1 for those that follow.
    """

    @abstractmethod
    def __init__(self, folder: str, names: tuple[str, ...], ordinal: int) -> None: ...

    @abstractmethod
    def post(self, name: str) -> None:
        """Post a name, as the peer's library means it to be done: no reply is wanted."""

    @abstractmethod
    def wait(self) -> str:
        """Wait until a name is heard, and return it."""
