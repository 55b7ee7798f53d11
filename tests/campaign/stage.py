"""A device of the campaign, its guests, and how they are killed, stopped and started again."""

import os
import select
import shutil
import signal
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, cast

from simulator.testing.bundles import make_app
from tests.bench.devices import boot, create, remove

if TYPE_CHECKING:
    from simulator.control.client import Client
    from simulator.control.service import Service

__all__ = ("Guest", "Held", "Stage", "host_of", "pause", "wait_for")

_HERE = Path(__file__).parent
_PATIENCE_S = 120.0
_POLL_S = 0.002


def pause(seconds: float) -> None:
    """Let others run for a while."""
    select.select([], [], [], seconds)


def wait_for(condition: Callable[[], bool], what: str, every_s: float = _POLL_S) -> None:
    """Return when ``condition`` holds.

    Raises:
        AssertionError: It did not come true in two minutes.
    """
    end = monotonic() + _PATIENCE_S

    while not condition():
        assert monotonic() < end, f"waited too long: {what}"
        pause(every_s)


def host_of(service: "Service", udid: str) -> int:
    """Return the pid of a booted device's host."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(service.find(udid)["socket"]))
        found = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)

    return int(struct.unpack("iii", found)[0])


class Held:
    """A process that is held by a pidfd, so that its pid can come to mean no other."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; gone is no error."""
        try:
            signal.pidfd_send_signal(self._handle, number)
        except ProcessLookupError:
            return

    @property
    def is_gone(self) -> bool:
        """Whether it is dead or a zombie."""
        return bool(select.select([self._handle], [], [], 0)[0])

    def wait_until_gone(self) -> None:
        """Return when it is dead or a zombie."""
        ready, _, _ = select.select([self._handle], [], [], _PATIENCE_S)
        assert ready, f"process {self.pid} does not end"

    def close(self) -> None:
        """Let go of it."""
        os.close(self._handle)


class Guest:
    """An app of the campaign, and its process while it has one.

    Args:
        name: Of the app.
        bundle_id: Of the app.
        home: Its ``Documents``, on the host.
    """

    def __init__(self, name: str, bundle_id: str, home: Path) -> None:
        self.name = name
        self.bundle_id = bundle_id
        self.home = home
        self.process: Held | None = None

    def signal(self, number: signal.Signals) -> None:
        """Send its process a signal."""
        assert self.process is not None
        self.process.signal(number)


class Stage:
    """A device with an App Group, booted.

    Args:
        service: Of the device set.
        folder: Where bundles are made.
        group: The App Group of every guest.
    """

    def __init__(self, service: "Service", folder: Path, group: str) -> None:
        self._service = service
        self._folder = folder
        self._udid = create(service)
        self.group = group
        self.device: Client = boot(service, self._udid)
        self.host = Held(host_of(service, self._udid))
        self.guests: list[Guest] = []
        self.preferences = Path()

    # -- guests ------------------------------------------------------------------------------

    def add(self, program: str, name: str) -> Guest:
        """Install a program of this folder as an app of its own."""
        source = (
            (_HERE / f"{program}.py").read_text().replace(f"class {program}(", f"class {name}(")
        )
        app = make_app(self._folder, name, source=source, groups=[self.group])
        carried = app / "Frameworks" / "tests" / "campaign"
        carried.mkdir(parents=True)
        shutil.copy(_HERE / "plan.py", carried)
        shutil.copy(_HERE / "registers.py", carried)
        self.device.ask("install", path=str(app))
        bundle_id = f"com.example.{name}"
        home = self._container(bundle_id, "data") / "Documents"
        self.preferences = self._container(bundle_id, self.group) / "Library" / "Preferences"
        self.guests.append(Guest(name, bundle_id, home))

        return self.guests[-1]

    def _container(self, bundle_id: str, container: str) -> Path:
        answer = self.device.ask("get_app_container", bundle_id=bundle_id, container=container)

        return Path(str(answer))

    @property
    def plist(self) -> Path:
        """The domain's file."""
        return self.preferences / f"{self.group}.plist"

    def launch(self, guest: Guest, **environment: object) -> None:
        """Launch a guest; return when it is sealed and runs."""
        row = cast(
            "dict[str, object]",
            self.device.ask(
                "launch",
                bundle_id=guest.bundle_id,
                environment={key: str(value) for key, value in environment.items()},
                wait_s=0.0,
            ),
        )
        self._forget(guest)
        guest.process = Held(cast("int", row["pid"]))

    def _forget(self, guest: Guest) -> None:
        if guest.process is not None:
            guest.process.close()
            guest.process = None

    def wait_until_told(self, guest: Guest) -> None:
        """Return when the host has heard that a guest has ended, and all that it had said."""
        wait_for(lambda: guest.bundle_id not in self._running(), f"{guest.name} ends")

    def crash_of(self, guest: Guest) -> str:
        """Return why the log says that a guest has ended."""
        answer = cast("dict[str, list[dict[str, object]]]", self.device.ask("events", since=0))
        about = [
            event
            for event in answer["events"]
            if event["kind"] in {"crash", "exit"} and guest.bundle_id in str(event)
        ]

        return "; ".join(str(event) for event in about[-2:])

    def _running(self) -> set[str]:
        return {str(row[1]) for row in cast("list[list[object]]", self.device.ask("ps"))}

    # -- the host ----------------------------------------------------------------------------

    def wait_until_dead(self) -> None:
        """Return when the host was killed and its guests are gone with it."""
        self.host.wait_until_gone()

        for guest in self.guests:
            if guest.process is not None:
                guest.process.wait_until_gone()
                self._forget(guest)

        self.host.close()
        self.device.close()
        wait_for(lambda: self._service.find(self._udid)["state"] == "Shutdown", "Shutdown")

    def shut_down(self) -> None:
        """Shut the device down as a person does: what is set is folded."""
        self.device.close()
        self._service.ask("shutdown", udid=self._udid)
        self.wait_until_dead()

    def boot(self) -> None:
        """Boot the device again."""
        self.device = boot(self._service, self._udid)
        self.host = Held(host_of(self._service, self._udid))

    def values(self) -> dict[str, object]:
        """Return the domain as cfprefsd has it."""
        return cast("dict[str, object]", self.device.ask("defaults", domain=self.group))

    def kept_aside(self) -> list[str]:
        """Return the files that were found broken; a kill breaks none."""
        if not self.preferences.is_dir():
            return []

        return [path.name for path in self.preferences.iterdir() if ".corrupt" in path.name]

    def last_words(self) -> str:
        """Return how the host's own log ends, and why the device is down if the log says so."""
        folder = Path(str(self._service.find(self._udid)["path"]))
        logs = [path for path in (folder / "logs").iterdir() if path.is_file()]

        return "\n".join(f"{path.name}: {path.read_text()[-1500:]}" for path in logs)

    def close(self) -> None:
        """Shut the device down, if it is up, and delete it."""
        for guest in self.guests:
            self._forget(guest)

        self.host.close()

        if self._service.find(self._udid)["state"] == "Booted":
            remove(self._service, self._udid, self.device)
        else:
            self.device.close()
            self._service.ask("delete", udid=self._udid)
