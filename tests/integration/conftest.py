"""Guests that do a thing at once, services of a test's own, and processes that are to be gone."""

import os
import select
import shutil
import socket
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from simulator.control.service import Service
from simulator.testing.app import App
from simulator.testing.bundles import make_app
from simulator.testing.device import Device
from simulator.xpc.errors import SimulatorError
from tests.conftest import Shell


@pytest.fixture
def start(device: Device, tmp_path: Path) -> Callable[..., App]:
    """``start(body)`` launches an app whose ``did_finish_launching`` is ``body``."""

    def launch(
        body: str, *, name: str = "Probe", head: str = "", wait_s: float | None = None
    ) -> App:
        lines = [
            "import os, signal, socket, struct, sys",
            "from simulator.sdk.uikit import Application, View",
            head,
            f"class {name}(Application):",
            "    def did_finish_launching(self, options):",
            *(f"        {line}" for line in body.strip("\n").splitlines()),
        ]
        source = "\n".join(lines) + "\n"

        return device.launch(device.install(make_app(tmp_path, name, source=source)), wait_s=wait_s)

    return launch


def peer(path: Path) -> int:
    """Return the pid of the process that listens at a Unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(path))
        found = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)

    return int(struct.unpack("iii", found)[0])


def children(pid: int) -> list[int]:
    """Return the children of a process."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def title_of(pid: int) -> bytes:
    """Return what ps shows of a process, nothing once it is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0")

    return b""


class Processes:
    """Processes by pid, held so that no pid can come to mean another process.

    Args:
        stack: What closes the handles.
    """

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._handles: dict[int, int] = {}

    def hold(self, *pids: int) -> None:
        """Keep processes that live now."""
        for pid in pids:
            self._handles[pid] = os.pidfd_open(pid)
            self._stack.callback(os.close, self._handles[pid])

    def host_of(self, device: Device) -> int:
        """Hold and return the launchd_sim of a device."""
        pid = peer(Path(str(device._service.find(device.udid)["socket"])))
        self.hold(pid)

        return pid

    def zygote_of(self, device: Device) -> int:
        """Hold and return the zygote of a device."""
        (pid,) = children(self.host_of(device))
        self.hold(pid)

        return pid

    def spares_of(self, device: Device) -> list[int]:
        """Return the processes that wait to become a device's next guest: one, or none."""
        titles = {pid: title_of(pid) for pid in children(self.zygote_of(device))}

        return [pid for pid, title in titles.items() if title == b"zygote (spare)"]

    def service_of(self, service: Service) -> int:
        """Hold and return a service."""
        from simulator.device.settings import service_socket

        pid = peer(service_socket(service.device_set))
        self.hold(pid)

        return pid

    def kill(self, pid: int) -> None:
        """End a held process by SIGKILL."""
        import signal

        signal.pidfd_send_signal(self._handles[pid], signal.SIGKILL)

    def left(self, within_s: float = 10.0) -> list[int]:
        """Return the held processes that are neither dead nor zombies after ``within_s``."""
        poller = select.poll()
        by_handle = {handle: pid for pid, handle in self._handles.items()}
        left = set(self._handles.values())

        for handle in left:
            poller.register(handle, select.POLLIN)

        while left and (ready := poller.poll(within_s * 1000)):
            for handle, _ in ready:
                poller.unregister(handle)
                left.discard(handle)

        return [by_handle[handle] for handle in left]


@pytest.fixture
def processes() -> Iterator[Processes]:
    with ExitStack() as stack:
        yield Processes(stack)


@pytest.fixture
def own_set() -> Iterator[Path]:
    """A folder for a device set of the test's own."""
    folder = Path(tempfile.mkdtemp(prefix="simulator-own-"))

    yield folder / "set"

    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def make_service() -> Iterator[Callable[[Path], Service]]:
    """``make_service(folder)``: a service of the test's own, which dies with the test."""
    read, write = os.pipe()
    made: list[Service] = []

    def make(folder: Path) -> Service:
        made.append(Service(folder, lifeline=read))

        return made[-1]

    try:
        yield make
    finally:
        for service in made:
            with suppress(SimulatorError, OSError):
                service.stop()

            service.close()

        os.close(write)
        os.close(read)


@pytest.fixture
def gone() -> Callable[[Callable[[], bool]], bool]:
    """``gone(condition)``: whether something outside every log comes true within ten seconds."""

    def wait(condition: Callable[[], bool]) -> bool:
        for _ in range(1000):
            if condition():
                return True

            with select.epoll() as pause:
                pause.poll(0.01)

        return condition()

    return wait


def place(name: str) -> str:
    """Return the expression by which a guest names a file of the group of ``pair``."""
    return f"str(FileManager.default.container_url('group.com.example.races') / {name!r})"


@pytest.fixture
def pair(device: Device, shell: Callable[..., Shell]) -> tuple[Shell, Shell]:
    """Two guests of one group, on a device that looks for races."""
    device.look_for_races()
    groups = ["group.com.example.races"]

    return shell("First", groups=groups), shell("Second", groups=groups)
