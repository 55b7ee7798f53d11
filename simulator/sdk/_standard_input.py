"""Standard input of a built-in program: asked of who spawned it, when it is read."""

import io

from simulator.sdk._process import current
from simulator.xpc.errors import Misuse

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ("standard_input",)

_READ_BYTES = 32 * 1024  # fits into a frame


class _Asked(io.RawIOBase):
    """A stream whose every read is a question to the host."""

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Read some bytes, none at the end.

        Raises:
            OSError: Who spawned the program cannot read them, and why.
        """
        view = memoryview(buffer)

        try:
            data = current().call("launchd.read_input", min(len(view), _READ_BYTES))
        except Misuse as problem:
            raise OSError(str(problem)) from None

        assert isinstance(data, bytes)
        view[: len(data)] = data

        return len(data)


def standard_input() -> "TextIO":
    """Return a stream for ``sys.stdin``; it takes whatever bytes there are."""
    return io.TextIOWrapper(io.BufferedReader(_Asked()), "utf-8", "surrogateescape")
