"""A guest of the crash campaign that sets and removes, and notes down how far it has come.

The note is a mapped file: what was written into it before a kill is there after it. ``SEED``,
``WRITER``, ``FIRST`` and ``COUNT`` (0: without end) are in its environment; with ``GO`` it waits
for a file of that name before it begins.
"""

import mmap
import os
import select
import struct

from simulator.sdk.foundation import UserDefaults
from simulator.sdk.uikit import Application
from tests.campaign.plan import GROUP, key_of, rest_ms, value_of, waits

ATTEMPTED, RETURNED, SYNCHRONIZED, ENDED = range(4)


class Writer(Application):
    def did_finish_launching(self, options: dict[str, object]) -> None:
        seed, writer, first, count = (
            int(os.environ[name]) for name in ("SEED", "WRITER", "FIRST", "COUNT")
        )
        home = os.path.join(os.environ["HOME"], "Documents")
        suite = UserDefaults(suite_name=GROUP)
        note = self.note(os.path.join(home, "note"), first - 1)

        while "GO" in os.environ and not os.path.exists(os.path.join(home, "go")):
            select.select([], [], [], 0.001)

        n = first

        while not count or n < first + count:
            key, value = key_of(seed, writer, n), value_of(seed, writer, n)
            note[ATTEMPTED] = n
            suite.set(value, key)
            note[RETURNED] = n

            if waits(seed, writer, n) or n == first + count - 1:
                suite.synchronize()
                note[SYNCHRONIZED] = n

            if rest := rest_ms(seed, writer, n):
                select.select([], [], [], rest / 1000)

            n += 1

        note[ENDED] = 1

    def note(self, path: str, done: int) -> memoryview:
        with open(f"{path}.part", "wb") as file:
            file.write(struct.pack("4Q", done, done, done, 0))

        with open(f"{path}.part", "r+b") as file:
            mapped = mmap.mmap(file.fileno(), 32)

        os.rename(f"{path}.part", path)

        return memoryview(mapped).cast("Q")
