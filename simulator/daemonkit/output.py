"""A guest's stdout and stderr: pipes, split into lines, bounded, into the event log.

Pipes are split at read boundaries, so each keeps a remainder; a guest that prints without end is
read without end, so that it never blocks, but only the first megabyte is logged, and only so many
lines a turn: the rest waits for the next.
"""

import asyncio
import os
from collections import deque
from collections.abc import Callable

from simulator.daemonkit.limits import (
    OUTPUT_BYTES_MAX,
    OUTPUT_LINE_BYTES_MAX,
    OUTPUT_LINE_COST_BYTES,
    OUTPUT_LINES_AT_END_MAX,
    OUTPUT_LINES_PER_TURN,
    OUTPUT_PER_TURN_BYTES,
)

__all__ = ("Output",)


class Output:
    """The reading end of one pipe of one guest.

    Args:
        descriptor: The pipe; it is closed here.
        line: Called with each line, without its end, decoded as UTF-8.
    """

    def __init__(self, descriptor: int, line: Callable[[str], None]) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._line = line
        self._rest = b""
        self._lines: deque[str] = deque()  # that are to be logged
        self._taken = 0  # bytes
        self._told = False
        self._comes_back = False
        asyncio.get_running_loop().add_reader(descriptor, self.read_some)

    def read_some(self) -> bool:
        """Log what is there, up to a turn's worth; False at the end or when nothing is there."""
        if self._descriptor < 0:
            return False

        more = bool(self._lines) or self._read()

        for _ in range(min(len(self._lines), OUTPUT_LINES_PER_TURN)):
            self._line(self._lines.popleft())

        if self._lines and not self._comes_back:
            self._comes_back = True
            asyncio.get_running_loop().call_soon(self._come_back)

        return more

    def _come_back(self) -> None:
        self._comes_back = False
        self.read_some()

    def _read(self) -> bool:
        read = 0

        while read < OUTPUT_PER_TURN_BYTES:
            try:
                data = os.read(self._descriptor, 1 << 16)
            except (BlockingIOError, InterruptedError):
                return False

            if not data:
                self.close()
                return False

            read += len(data)
            self._take(data)

        return True

    def _take(self, data: bytes) -> None:
        if self._taken > OUTPUT_BYTES_MAX:
            if not self._told:
                self._told = True
                self._lines.append(f"[output over {OUTPUT_BYTES_MAX} bytes is read and dropped]")

            self._rest = b""
            return

        *lines, self._rest = (self._rest + data).split(b"\n")

        for line in lines:
            self._emit(line)

        while len(self._rest) > OUTPUT_LINE_BYTES_MAX:  # a line without end
            self._emit(self._rest[:OUTPUT_LINE_BYTES_MAX])
            self._rest = self._rest[OUTPUT_LINE_BYTES_MAX:]

    def _emit(self, line: bytes) -> None:
        self._taken += max(len(line) + 1, OUTPUT_LINE_COST_BYTES)

        if self._taken <= OUTPUT_BYTES_MAX:
            self._lines.append(line[:OUTPUT_LINE_BYTES_MAX].decode("utf-8", "replace"))

    def finish(self) -> None:
        """Read what the pipe holds once its writer is gone, and close it.

        Bounded: a descriptor that outlived the guest cannot hold the host here, and of very many
        lines the last are logged: they tell why it is gone.
        """
        for _ in range(64):
            if self._descriptor < 0 or not self._read():
                break

        self.close()

    def close(self) -> None:
        """Close the pipe, with a line that has no end as the last."""
        if self._descriptor < 0:
            return

        asyncio.get_running_loop().remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._descriptor = -1

        if self._rest:
            self._emit(self._rest)
            self._rest = b""

        dropped = len(self._lines) - OUTPUT_LINES_AT_END_MAX

        if dropped > 0:
            self._line(f"[{dropped} lines are dropped (OUTPUT_LINES_AT_END_MAX)]")

        for line in list(self._lines)[-OUTPUT_LINES_AT_END_MAX:]:
            self._line(line)

        self._lines.clear()
