"""A guest of the histories: reads and sets registers that others read and set too, and keeps times.

``SEED``, ``PLAYER``, ``OPERATIONS``, ``WAIT_EVERY`` (how many sets go before a ``synchronize``),
``REST_EVERY`` (how many operations before a millisecond of rest, 0 for none) are in its
environment. Times are the machine's monotonic clock, which all processes share.
"""

import os
import random
import select
from array import array
from time import perf_counter_ns

from simulator.sdk.foundation import UserDefaults
from simulator.sdk.uikit import Application
from tests.campaign.plan import GROUP
from tests.campaign.registers import KEYS, READ, SET, SYNCHRONIZE, unique

SETS_OF_TEN = 3


class Player(Application):
    def did_finish_launching(self, options: dict[str, object]) -> None:
        self.suite = UserDefaults(suite_name=GROUP)
        self.record = array("q")
        home = os.path.join(os.environ["HOME"], "Documents")

        with open(os.path.join(home, "ready"), "w") as file:
            file.write("ready")

        while not os.path.exists(os.path.join(home, "go")):
            select.select([], [], [], 0.001)

        self.play()

        with open(os.path.join(home, "history.part"), "wb") as file:
            self.record.tofile(file)

        os.rename(os.path.join(home, "history.part"), os.path.join(home, "history"))

    def play(self) -> None:
        player, operations, wait_every, rest_every = (
            int(os.environ[name]) for name in ("PLAYER", "OPERATIONS", "WAIT_EVERY", "REST_EVERY")
        )
        draw = random.Random(int(os.environ["SEED"]) * 100 + player)
        sets = 0

        for n in range(1, operations + 1):
            key = draw.randrange(len(KEYS))

            if draw.randrange(10) >= SETS_OF_TEN:
                self.read(key)
            else:
                sets += 1
                self.set(key, unique(player, n), wait=wait_every == 1)

                if wait_every > 1 and sets % wait_every == 0:
                    self.synchronize()

            if rest_every and n % rest_every == 0:
                select.select([], [], [], 0.001)

        self.synchronize()

    def read(self, key: int) -> None:
        start = perf_counter_ns()
        value = self.suite.integer(KEYS[key])
        self.record.extend((READ, key, value, start, perf_counter_ns()))

    def set(self, key: int, value: int, *, wait: bool) -> None:
        start = perf_counter_ns()
        self.suite.set(value, KEYS[key])

        if wait:
            self.suite.synchronize()

        self.record.extend((SET, key, value, start, perf_counter_ns()))

    def synchronize(self) -> None:
        start = perf_counter_ns()
        self.suite.synchronize()
        self.record.extend((SYNCHRONIZE, 0, 0, start, perf_counter_ns()))
