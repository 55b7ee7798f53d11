"""A guest of the soak: ``ROLE`` in its environment is ``poster`` or ``receiver``, ``NUMBER`` which.

A poster posts its name as often as it is told to and then, once, the name of its end. A receiver
counts what it hears of each poster and writes the counts down when it has heard every end. Every
other receiver is slow: its wire is soon full, and what it misses is merged.
"""

import json
import os
import select

from simulator.sdk.darwin import notify_post, notify_register_dispatch
from simulator.sdk.foundation import URL
from simulator.sdk.uikit import Application

POSTERS = 4
SLOW_S = 0.0005


class Crowd(Application):
    def did_finish_launching(self, options: dict[str, object]) -> None:
        self.written = 0
        self.heard = dict.fromkeys(range(POSTERS), 0)
        self.ended: set[int] = set()

        if os.environ["ROLE"] == "receiver":
            for number in range(POSTERS):
                self.hear(number)

    def hear(self, number: int) -> None:
        is_slow = int(os.environ["NUMBER"]) % 2 == 1

        def post(token: int) -> None:
            self.heard[number] += 1

            if is_slow:
                select.select([], [], [], SLOW_S)

        def end(token: int) -> None:
            self.ended.add(number)

            if len(self.ended) == POSTERS:
                self.write(self.heard)
                self.heard = dict.fromkeys(range(POSTERS), 0)
                self.ended.clear()

        notify_register_dispatch(f"com.example.soak.{number}", post)
        notify_register_dispatch(f"com.example.soak.{number}.end", end)

    def open_url(self, url: URL, options: dict[str, object]) -> None:
        name = f"com.example.soak.{os.environ['NUMBER']}"
        refused = sum(notify_post(name) != 0 for _ in range(int(url.query["n"])))
        notify_post(f"{name}.end")
        self.write({"refused": refused})

    def write(self, found: object) -> None:
        self.written += 1
        path = os.path.join(os.environ["HOME"], "Documents", f"{self.written}.json")

        with open(f"{path}.part", "w") as file:
            json.dump(found, file)

        os.replace(f"{path}.part", path)
