"""The guest of the notify bench: leads, or follows, as ``ROLE`` in its environment says.

A lead is told by URL what to do and writes what it measured into its container; a follower answers
``ping`` with ``pong``, keeps the time of each ``shot``, counts each ``rate``, and writes what it
has when it hears ``end``. Times are the machine's monotonic clock, which all processes share.
"""

import json
import os
import select
from time import perf_counter_ns

from simulator.sdk.darwin import (
    notify_cancel,
    notify_check,
    notify_post,
    notify_register_check,
    notify_register_dispatch,
)
from simulator.sdk.foundation import URL
from simulator.sdk.uikit import Application

PING, PONG, SHOT, RATE, END = (
    f"com.example.bench.{word}" for word in ("ping", "pong", "shot", "rate", "end")
)


CHUNK = 500


class Probe(Application):
    def did_finish_launching(self, options: dict[str, object]) -> None:
        self.written = 0
        self.left = 0
        self.times: list[int] = []
        self.shots: list[int] = []
        self.count = 0
        self.tokens: list[int] = []

        if os.environ["ROLE"] == "lead":
            notify_register_dispatch(PONG, self.pong)
            return

        if os.environ["ROLE"] == "1":
            notify_register_dispatch(PING, lambda _: self.answer())
            notify_register_dispatch(RATE, self.counted)

        notify_register_dispatch(SHOT, lambda _: self.shots.append(perf_counter_ns()))
        notify_register_dispatch(END, lambda _: self.end())

    def open_url(self, url: URL, options: dict[str, object]) -> None:
        if url.path == "ping":
            self.open("probe0:pong")
            return

        if url.path == "pong":
            self.opened()
            return

        names = {"ping": self.ping, "shoot": self.shoot, "flood": self.flood, "check": self.check}
        names |= {"names": self.names, "post_names": self.post_names, "forget": self.forget}
        names["open_ping"] = self.open_ping
        names[url.query["do"]](int(url.query["n"]), int(url.query["gap"]))

    def write(self, found: object) -> None:
        self.written += 1
        path = os.path.join(os.environ["HOME"], "Documents", f"{self.written}.json")

        with open(f"{path}.part", "w") as file:
            json.dump(found, file)

        os.replace(f"{path}.part", path)

    # -- URLs there and back ---------------------------------------------------------------------

    def open_ping(self, n: int, gap: int) -> None:
        self.left = n
        self.times = [perf_counter_ns()]
        self.open("probe1:ping")

    def opened(self) -> None:
        self.left -= 1
        self.times.append(perf_counter_ns())

        if self.left:
            self.open("probe1:ping")
        else:
            self.write(self.times)

    # -- follower --------------------------------------------------------------------------------

    def answer(self) -> None:
        notify_post(PONG)

    def counted(self, token: int) -> None:
        self.count += 1

    def end(self) -> None:
        now = perf_counter_ns()
        self.write({"end": now, "shots": self.shots, "count": self.count})
        self.shots.clear()
        self.count = 0

    def names(self, n: int, gap: int) -> None:
        """Register ``n`` names (or, with a gap of 0, one name ``n`` times)."""
        start = perf_counter_ns()

        for number in range(n):
            name = f"com.example.bench.{number if gap else 'same'}"
            self.tokens.append(notify_register_dispatch(name, self.counted)[1])

        self.write(perf_counter_ns() - start)

    def forget(self, n: int, gap: int) -> None:
        for token in self.tokens:
            notify_cancel(token)

        self.tokens.clear()
        self.write(0)

    # -- lead ------------------------------------------------------------------------------------

    def ping(self, n: int, gap: int) -> None:
        self.left = n
        self.times = [perf_counter_ns()]
        notify_post(PING)

    def pong(self, token: int) -> None:
        self.left -= 1
        self.times.append(perf_counter_ns())

        if self.left:
            notify_post(PING)
        else:
            self.write(self.times)

    def shoot(self, n: int, gap: int) -> None:
        posted = []

        for _ in range(n):
            select.select([], [], [], gap / 1e6)
            posted.append(perf_counter_ns())
            notify_post(SHOT)

        select.select([], [], [], gap / 1e6)
        notify_post(END)
        self.write(posted)

    def flood(self, n: int, gap: int) -> None:
        start = perf_counter_ns()

        for _ in range(n):
            notify_post(RATE)

        returned = perf_counter_ns()
        notify_post(END)
        self.write([start, returned])

    def post_names(self, n: int, gap: int) -> None:
        start = perf_counter_ns()

        for number in range(n if gap else 1):
            notify_post(f"com.example.bench.{number if gap else 'same'}")

        notify_post(END)
        self.write(start)

    def check(self, n: int, gap: int) -> None:
        _, token = notify_register_check(SHOT)
        words = memoryview(bytearray(4096)).cast("I")
        found = []

        for _ in range(n // CHUNK):  # small chunks in turn: both meet the same machine
            start = perf_counter_ns()

            for _ in range(CHUNK):
                notify_check(token)

            middle = perf_counter_ns()

            for _ in range(CHUNK):
                words[7]

            found.append((middle - start, perf_counter_ns() - middle))

        notify_cancel(token)
        self.write(
            [sorted(values)[len(values) // 2] / CHUNK for values in zip(*found, strict=True)]
        )
