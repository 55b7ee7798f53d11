"""A device with four processes that post and four that hear, and what is counted of them."""

import json
import os
import select
import socket
import struct
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, cast

from tests.bench.devices import boot, create, make_app, remove

if TYPE_CHECKING:
    from simulator.control.service import Service

POSTERS = RECEIVERS = 4
_PROGRAM = Path(__file__).with_name("Crowd.py")
_PATIENCE_S = 1800.0
_POLL_S = 0.02


class Host(NamedTuple):
    """What the host holds.

    Attributes:
        descriptors: How many are open.
        memory: Bytes that are its own and in memory.
    """

    descriptors: int
    memory: int


class Receiver(NamedTuple):
    """One receiver's round.

    Attributes:
        posted: What was posted to it, the ends included.
        heard: What its handlers were called for, the ends included.
        merged: What the host merged into a delivery that waited already.
        waits: Deliveries that still wait.
    """

    posted: int
    heard: int
    merged: int
    waits: int


class Round(NamedTuple):
    """What came of a round of posts.

    Attributes:
        receivers: One after another.
        refused: Posts that were not OK.
        took_s: From the first post until the last receiver had heard every end.
        slowest_answer_s: The longest that the host let another client wait meanwhile.
    """

    receivers: list[Receiver]
    refused: int
    took_s: float
    slowest_answer_s: float


class Crowd:
    """The device.

    Args:
        service: Of the device set.
        folder: Where the bundles are made.
    """

    def __init__(self, service: "Service", folder: Path) -> None:
        self._service = service
        self._udid = create(service)
        self.device = boot(service, self._udid)
        self._homes: dict[str, Path] = {}
        self._read: dict[str, int] = {}

        for role, count in (("receiver", RECEIVERS), ("poster", POSTERS)):
            for number in range(count):
                self._add(folder, role, number)

        self.device.ask("settle")

    def _add(self, folder: Path, role: str, number: int) -> None:
        name = f"{role.capitalize()}{number}"
        app = make_app(folder, name, _PROGRAM.read_text(), (name.lower(),))
        self.device.ask("install", path=str(app))
        bundle_id = f"com.example.{name}"
        environment = {"ROLE": role, "NUMBER": str(number)}
        self.device.ask("launch", bundle_id=bundle_id, environment=environment)
        home = self.device.ask("get_app_container", bundle_id=bundle_id, container="data")
        self._homes[name] = Path(str(home)) / "Documents"
        self._read[name] = 0

    def post(self, posts: int) -> Round:
        """Let every poster post its share, without a pause; return when everything was heard."""
        share = posts // POSTERS
        merged_before = [self._merged(number) for number in range(RECEIVERS)]
        start = monotonic()

        for number in range(POSTERS):
            self.device.ask("openurl", url=f"poster{number}:post?n={share}", wait_s=0)

        slowest = 0.0
        heard: list[int] = []

        for number in range(RECEIVERS):
            found, slow = self._next(f"Receiver{number}")
            heard.append(sum(cast("dict[str, int]", found).values()) + POSTERS)
            slowest = max(slowest, slow)

        took = monotonic() - start
        refused = 0

        for number in range(POSTERS):
            found, _ = self._next(f"Poster{number}")
            refused += cast("dict[str, int]", found)["refused"]

        self.device.ask("settle")
        receivers = [
            Receiver(
                share * POSTERS + POSTERS,
                heard[number],
                self._merged(number) - merged_before[number],
                self._statistics(number)["pended"],
            )
            for number in range(RECEIVERS)
        ]

        return Round(receivers, refused, took, slowest)

    def _statistics(self, number: int) -> dict[str, int]:
        info = cast("dict[str, dict[str, dict[str, dict[str, int]]]]", self.device.ask("info"))

        return info["statistics"]["guests"][f"com.example.Receiver{number}/1"]

    def _merged(self, number: int) -> int:
        return self._statistics(number)["merged"]

    def _next(self, name: str) -> tuple[object, float]:
        """Return what a guest writes next, and how long the host took to answer at most."""
        self._read[name] += 1
        path = self._homes[name] / f"{self._read[name]}.json"
        deadline = monotonic() + _PATIENCE_S
        slowest = 0.0

        while not path.exists():
            assert monotonic() < deadline, f"{name} wrote nothing"
            select.select([], [], [], _POLL_S)
            start = monotonic()
            self.device.ask("ps")
            slowest = max(slowest, monotonic() - start)

        return json.loads(path.read_bytes()), slowest

    def host(self) -> Host:
        """Return what the host holds now."""
        found = self.device._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        pid = int(struct.unpack("iii", found)[0])
        self.device.ask("settle")
        status = Path(f"/proc/{pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("RssAnon:")]

        return Host(len(os.listdir(f"/proc/{pid}/fd")), int(line.split()[1]) * 1024)

    def running(self) -> int:
        """Return how many processes run."""
        return len(cast("list[object]", self.device.ask("ps")))

    def close(self) -> None:
        """Shut the device down and delete it."""
        remove(self._service, self._udid, self.device)
