"""A guest of the crash campaign that reads, and writes down the first thing that is wrong.

``ROLE`` is ``poller``, which reads every key again and again, or ``observer``, which is told. What
it sees of one writer in one key never goes back, and every value is whole.
"""

import mmap
import os
import select
import struct
from typing import TYPE_CHECKING, NoReturn

from simulator.sdk.foundation import NSKeyValueObservingOptions, NSNull, UserDefaults
from simulator.sdk.uikit import Application
from tests.campaign.plan import GROUP, SHARED, keys_of, number_in

if TYPE_CHECKING:
    from collections.abc import Callable

REST_S = 0.002


class Reader(Application):
    def did_finish_launching(self, options: dict[str, object]) -> None:
        self.newest: dict[tuple[str, int], int] = {}
        self.home = os.path.join(os.environ["HOME"], "Documents")
        self.reads = self.counter(os.path.join(self.home, "reads"))
        suite = UserDefaults(suite_name=GROUP)
        keys = [SHARED]

        for writer in range(int(os.environ["WRITERS"])):
            keys += keys_of(writer)

        if os.environ["ROLE"] == "observer":
            for key in keys:
                suite.observe(key, self.teller(key), options=NSKeyValueObservingOptions.NEW)

            return

        while True:
            for key in keys:
                self.look(key, suite.object(key))

            select.select([], [], [], REST_S)

    def counter(self, path: str) -> memoryview:
        """Return a word that outlives this process; it goes on where the last one was killed."""
        if not os.path.exists(path):
            with open(path, "wb") as file:
                file.write(struct.pack("Q", 0))

        with open(path, "r+b") as file:
            return memoryview(mmap.mmap(file.fileno(), 8)).cast("Q")

    def teller(self, key: str) -> "Callable[[object, dict[str, object]], None]":
        return lambda _, change: self.look(key, change["new"])

    def look(self, key: str, value: object) -> None:
        self.reads[0] += 1

        if value is None or value is NSNull.null:
            return

        found = number_in(value)

        if found is None:
            self.tell(f"{key} is torn: {value!r:.300}")

        writer, n = found
        before = self.newest.get((key, writer), 0)

        if n < before:
            self.tell(f"{key} was at operation {before} of writer {writer}, and is back at {n}")

        self.newest[key, writer] = n

    def tell(self, text: str) -> NoReturn:
        path = os.path.join(self.home, "wrong")

        with open(f"{path}.part", "w") as file:
            file.write(f"{os.environ['ROLE']}: {text}")

        os.rename(f"{path}.part", path)
        os._exit(1)
