"""The rows of coordinated files: a write that nobody is in the way of, and a burst of changes.

A write is compared with a bare relay's one way, as notifications are, all on one processor. A burst
is a thousand files that one guest changes without coordination; its row says how long it took until
a presenter of their folder, or a thousand presenters, had heard of every one, once.
"""

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, cast

from simulator.control.service import Service
from simulator.testing.bundles import make_app
from tests.bench.devices import boot, create, remove
from tests.bench.ours import Ours
from tests.bench.table import Row
from tests.bench.theirs import Theirs

if TYPE_CHECKING:
    from simulator.control.client import Client

WRITES = 300
ROUNDS = 400
FILES = 1000
_PROGRAM = Path(__file__).with_name("Files.py")


class Guests(Ours):
    """A device with two guests in a group.

    Args:
        service: Of the device set.
        folder: Where the bundles are made.
    """

    def __init__(self, service: Service, folder: Path) -> None:
        self.followers = 1
        self._service = service
        self._udid = create(service)
        self.device: Client = boot(service, self._udid)
        self._homes = []
        self._read = []

        for ordinal in range(2):
            name = f"Probe{ordinal}"
            app = make_app(
                folder,
                name,
                source=_PROGRAM.read_text().replace("NAME", name),
                groups=["group.com.example.bench"],
                schemes=[name.lower()],
            )
            self.device.ask("install", path=str(app))
            self.device.ask("launch", bundle_id=f"com.example.{name}")
            home = self.device.ask(
                "get_app_container", bundle_id=f"com.example.{name}", container="data"
            )
            self._homes.append(Path(str(home)) / "Documents")
            self._read.append(0)

        self.device.ask("settle")

    def close(self) -> None:
        """Shut the device down and delete it."""
        remove(self._service, self._udid, self.device)


def rows(service: Service, folder: Path, python: str, runs: int) -> list[Row]:
    """Measure writes beside a relay, and bursts."""
    return [
        _write(service, folder, python, runs),
        _burst(service, folder, runs, "present_folder", "file_burst", "a folder's presenter"),
        _burst(service, folder, runs, "present_files", "file_burst_each", "1,000 presenters"),
    ]


def _write(service: Service, folder: Path, python: str, runs: int) -> Row:
    ours: list[float] = []
    relay: list[float] = []
    one_cpu = {min(os.sched_getaffinity(0))}

    with (
        closing(Guests(service, folder)) as guests,
        closing(Theirs("relay", python, 1)) as peer,
    ):
        guests.pin(one_cpu)
        peer.pin(one_cpu)

        for number in range(runs + 1):
            mine, theirs = cast("float", guests.tell("coordinated", WRITES)), peer.ping_pong(ROUNDS)

            if number:
                ours.append(mine)
                relay.append(theirs)

    what = "coordinated write that nobody is in the way of, one CPU"

    return Row("file_write", what, ours, {"relay": relay}, "µs")


def _burst(service: Service, folder: Path, runs: int, do: str, row: str, who: str) -> Row:
    found = []

    with closing(Guests(service, folder)) as guests:
        guests.ask(1, do, FILES)
        _wait_until_watched(guests)
        guests.device.ask("settle")  # at the beginning of a watch everything new is told of, once

        for _ in range(max(3, runs // 6)):
            guests.ask(1, "forget", 0)
            start = cast("int", guests.tell("burst", FILES))
            files = calls = last = 0

            while files < FILES:
                files, calls, last = cast("list[int]", guests.ask(1, "heard", 0))

            assert calls == FILES, f"{calls} calls for {FILES} files"

            found.append((last - start) / 1e6)

    return Row(row, f"first change to the last call, 1,000 files, {who}", found, {}, "ms")


def _wait_until_watched(guests: Guests) -> None:
    while True:
        shown = cast("dict[str, list[dict[str, object]]]", guests.device.ask("coordination"))

        if all(each["watched"] for each in shown["presenters"]):
            return
