"""The guest of the preferences' bench: reads, sets, waits, as it is told by URL.

What it measured goes into its container as JSON. Times are the machine's monotonic clock, which all
processes share. ``ROLE`` is ``lead``, or the number of one that follows; one that was told to
``watch`` answers each ``ping`` with a ``pong``.
"""

import json
import os
import select
from time import perf_counter_ns

from simulator.sdk.foundation import URL, NSKeyValueObservingOptions, UserDefaults
from simulator.sdk.uikit import Application

GROUP = "group.com.example.bench"
KEYS = [f"key {number}" for number in range(200)]
CHUNK = 200


class Keeper(Application):
    def did_finish_launching(self, options: dict[str, object]) -> None:
        self.written = 0
        self.value = 0
        self.left = 0
        self.times: list[int] = []
        self.sized: dict[int, UserDefaults] = {}
        self.suite = UserDefaults(suite_name=GROUP)

    def open_url(self, url: URL, options: dict[str, object]) -> None:
        names = {each.__name__: each for each in (self.fill, self.read, self.burst, self.paced)}
        names |= {each.__name__: each for each in (self.ping, self.watch, self.load, self.crowd)}
        names["burst_in"] = self.burst_in
        names[url.query["do"]](int(url.query["n"]), int(url.query["gap"]))

    def write(self, found: object) -> None:
        self.written += 1
        path = os.path.join(os.environ["HOME"], "Documents", f"{self.written}.json")

        with open(f"{path}.part", "w") as file:
            json.dump(found, file)

        os.replace(f"{path}.part", path)

    # -- alone -----------------------------------------------------------------------------------

    def fill(self, n: int, gap: int) -> None:
        """Make a domain of ``n`` keys: the group's, or with a gap one of its own."""
        suite = self.suite

        if gap:
            suite = self.sized[n] = UserDefaults(suite_name=f"keys-{n}")

        for number in range(n):
            suite.set(number, f"key {number}")

        suite.synchronize()
        self.write(n)

    def read(self, n: int, gap: int) -> None:
        """Return the nanoseconds of a read: the median of chunks."""
        read = self.suite.object
        found = []

        for _ in range(n // CHUNK):
            start = perf_counter_ns()

            for key in KEYS:
                read(key)

            found.append(perf_counter_ns() - start)

        self.write(sorted(found)[len(found) // 2] / CHUNK)

    def burst(self, n: int, gap: int) -> None:
        self.write(self.burst_into(self.suite, n))

    def burst_in(self, n: int, gap: int) -> None:
        """Set in the domain of ``gap`` keys."""
        self.write(self.burst_into(self.sized[gap], n))

    def burst_into(self, suite: UserDefaults, n: int) -> tuple[float, float]:
        """Return the nanoseconds of a set until it returns, and until cfprefsd has it."""
        put = suite.set
        value = self.value
        start = perf_counter_ns()

        for number in range(n):
            put(value + number, KEYS[number % 100])

        returned = perf_counter_ns()
        suite.synchronize()
        self.value += n + 1

        return (returned - start) / n, (perf_counter_ns() - start) / n

    def paced(self, n: int, gap: int) -> None:
        """Return the nanoseconds of each of ``n`` sets, ``gap`` microseconds apart."""
        found = []

        for number in range(n):
            select.select([], [], [], gap / 1e6)
            self.value += 1
            start = perf_counter_ns()
            self.suite.set(self.value, KEYS[number % len(KEYS)])
            found.append(perf_counter_ns() - start)

        self.write(found)

    def load(self, n: int, gap: int) -> None:
        """Return the nanoseconds until a domain that nobody has open can be read."""
        start = perf_counter_ns()
        suite = UserDefaults(suite_name=f"large-{n}")
        found = suite.object("key 0")
        taken = perf_counter_ns() - start
        assert found is not None
        self.write(taken)

    # -- together --------------------------------------------------------------------------------

    def watch(self, n: int, gap: int) -> None:
        new = NSKeyValueObservingOptions.NEW
        self.suite.observe("ping", lambda _, change: self.answer(change["new"]), options=new)
        self.write(0)

    def answer(self, value: object) -> None:
        assert isinstance(value, int)
        self.suite.set(value, "pong")

    def ping(self, n: int, gap: int) -> None:
        """Set, wait until another process has it and sets in turn; ``n`` times."""
        new = NSKeyValueObservingOptions.NEW
        self.left = n
        self.observation = self.suite.observe("pong", lambda _, __: self.pong(), options=new)
        self.times = [perf_counter_ns()]
        self.value += 1
        self.suite.set(self.value, "ping")

    def pong(self) -> None:
        self.left -= 1
        self.times.append(perf_counter_ns())

        if self.left:
            self.value += 1
            self.suite.set(self.value, "ping")
        else:
            self.observation.invalidate()
            self.write(self.times)

    def crowd(self, n: int, gap: int) -> None:
        """Wait for the moment ``gap`` (ms), set ``n`` times; return when it began and ended."""
        name = os.environ["ROLE"]
        moment = gap * 1_000_000
        select.select([], [], [], max(0, moment - perf_counter_ns()) / 1e9)
        start = perf_counter_ns()

        for number in range(n):
            self.suite.set(self.value + number, f"{name} {number % 20}")

        self.suite.synchronize()
        self.value += n + 1
        self.write([start, perf_counter_ns()])
