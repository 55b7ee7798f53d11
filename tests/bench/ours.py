"""Our stage: guests of a booted device, and its host."""

import json
import os
import select
import socket
import struct
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, cast

from tests.bench.devices import boot, create, make_app, remove
from tests.bench.stage import Stage

if TYPE_CHECKING:
    from simulator.control.client import Client
    from simulator.control.service import Service

_PROBE = Path(__file__).with_name("Probe.py")
_PATIENCE_S = 300.0
_POLL_S = 0.005


class Ours(Stage):
    """A device with one guest that leads and others that follow.

    Args:
        service: Of the device set.
        folder: Where the bundles are made.
        followers: How many guests follow.
        program: What each of them runs.
        groups: The App Groups of all of them.
    """

    name = "ours"

    def __init__(
        self,
        service: "Service",
        folder: Path,
        followers: int,
        program: Path = _PROBE,
        groups: tuple[str, ...] = (),
    ) -> None:
        self.followers = followers
        self._program = program
        self._groups = groups
        self._service = service
        self._udid = create(service)
        self.device: Client = boot(service, self._udid)
        self._homes: list[Path] = []
        self._read: list[int] = []

        for ordinal in range(followers + 1):
            self._add(folder, ordinal)

        self.device.ask("settle")

    def _add(self, folder: Path, ordinal: int) -> None:
        name = f"Probe{ordinal}"
        app = make_app(folder, name, self._program.read_text(), (name.lower(),), self._groups)
        self.device.ask("install", path=str(app))
        role = {"ROLE": str(ordinal or "lead")}
        self.device.ask("launch", bundle_id=f"com.example.{name}", environment=role)
        home = self.device.ask(
            "get_app_container", bundle_id=f"com.example.{name}", container="data"
        )
        self._homes.append(Path(str(home)) / "Documents")
        self._read.append(0)

    def host_pid(self) -> int:
        """Return the pid of the device's host."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(self._service.find(self._udid)["socket"]))
            found = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)

        return int(struct.unpack("iii", found)[0])

    def home(self, ordinal: int) -> Path:
        """Return the data container of a guest."""
        return self._homes[ordinal].parent

    def pin(self, cpus: set[int]) -> None:
        """Let host and guests run on these processors alone."""
        rows = cast("list[list[object]]", self.device.ask("ps"))

        for pid in (self.host_pid(), *(int(str(row[0])) for row in rows)):
            os.sched_setaffinity(pid, cpus)

    def tell(self, what: str, n: int, gap_us: int = 0) -> object:
        """Let the lead do something, and return what it measured."""
        return self.ask(0, what, n, gap_us)

    def ask(self, ordinal: int, what: str, n: int, gap_us: int = 0) -> object:
        """Let a guest do something, and return what it measured."""
        self.say(ordinal, what, n, gap_us)

        return self.answer(ordinal)

    def say(self, ordinal: int, what: str, n: int, gap_us: int = 0) -> None:
        """Let a guest do something, without waiting for it."""
        self.device.ask("openurl", url=f"probe{ordinal}:do?do={what}&n={n}&gap={gap_us}", wait_s=0)

    def hear(self, follower: int) -> dict[str, object]:
        """Return what a follower wrote."""
        return cast("dict[str, object]", self.answer(follower))

    def answer(self, ordinal: int) -> object:
        """Return what a guest writes next.

        Wait for a file: the event log would be read by the very process that is measured.
        """
        self._read[ordinal] += 1
        path = self._homes[ordinal] / f"{self._read[ordinal]}.json"
        deadline = monotonic() + _PATIENCE_S

        while not path.exists():
            assert monotonic() < deadline, f"guest {ordinal} wrote nothing"
            select.select([], [], [], _POLL_S)

        return json.loads(path.read_bytes())

    def close(self) -> None:
        """Shut the device down and delete it."""
        remove(self._service, self._udid, self.device)
