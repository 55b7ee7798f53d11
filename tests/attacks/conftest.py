"""Hostile guests of these tests, and a watch on how long the host lets others wait."""

import os
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from simulator.testing.app import App
from simulator.testing.bundles import make_app
from simulator.testing.device import Device
from simulator.xpc.errors import SimulatorError

HEAD = """
import ctypes, gc, os, re, signal, socket, sys
from shared_container.codec import encode
from simulator.sdk._process import current
from simulator.sdk.uikit import Application, View
from simulator.xpc.frames import Flag, Frame, Kind, pack, pack_set

def frame(kind, payload=b"", *, flags=0, arg=0):
    process = current()
    process._seq += 1
    data = pack(Frame(kind, flags, 0, arg, process._seq, process._handled, 0, payload))

    with socket.socket(fileno=os.dup(3)) as end:
        end.send(data)
"""

Hostile = Callable[..., App]


def source(name: str, body: str, head: str = "", methods: str = "") -> str:
    """Return the program of an app whose ``did_finish_launching`` is ``body``."""
    lines = [
        HEAD,
        head,
        f"class {name}(Application):",
        "    def did_finish_launching(self, options):",
        *(f"        {line}" for line in body.strip("\n").splitlines()),
        *(f"    {line}" for line in methods.strip("\n").splitlines()),
    ]

    return "\n".join(lines) + "\n"


@pytest.fixture
def hostile(device: Device, tmp_path: Path) -> Hostile:
    """``hostile("Probe", body)`` installs and launches an app that does ``body``."""

    def launch(
        name: str,
        body: str,
        *,
        methods: str = "",
        schemes: tuple[str, ...] = (),
        groups: tuple[str, ...] = (),
        wait_s: float = 10.0,
    ) -> App:
        program = source(name, body, methods=methods)
        app = make_app(tmp_path, name, source=program, schemes=schemes, groups=groups)

        return device.launch(device.install(app), wait_s=wait_s)

    return launch


@pytest.fixture
def dropped(device: Device, hostile: Hostile) -> Callable[..., None]:
    """``dropped("Probe", body)`` does the same with an app that the host ends for it."""

    def launch(name: str, body: str, *, groups: tuple[str, ...] = ()) -> None:
        try:
            hostile(name, body, groups=groups, wait_s=0.0)
        except SimulatorError as problem:  # it can be over before it was told to be running
            assert f"com.example.{name}" in str(problem)  # noqa: PT017  it may fail, then by name

        device.wait_until(lambda: device.events.of(kind="exit", actor=f"com.example.{name}"))

    return launch


class Host:
    """The launchd_sim of a device, held by a handle."""

    def __init__(self, device: Device) -> None:
        device.ask("ps")  # this connection is accepted, and counts from the beginning
        assert device._client is not None
        found = device._client._socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        self.pid = int(struct.unpack("iii", found)[0])
        self.handle = os.pidfd_open(self.pid)

    def work_s(self) -> float:
        """How long it has worked: its processor time, which other processes do not lengthen."""
        return time.clock_gettime((~self.pid << 3) | 2)  # CPUCLOCK_SCHED of a process

    @property
    def descriptors(self) -> int:
        """How many descriptors it has open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    @property
    def zygote(self) -> int:
        """The pid of its zygote."""
        return int(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text())

    @property
    def zygote_descriptors(self) -> int:
        """How many descriptors its zygote has open; one of them leads to its spare."""
        return len(os.listdir(f"/proc/{self.zygote}/fd"))

    @property
    def has_spare(self) -> bool:
        """Whether a process waits for the next launch."""
        children = Path(f"/proc/{self.zygote}/task/{self.zygote}/children").read_text().split()

        return any(
            Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"zygote (spare)")
            for pid in children
        )

    @property
    def memory_mib(self) -> float:
        """How much memory of its own it holds."""
        resident, shared = Path(f"/proc/{self.pid}/statm").read_text().split()[1:3]

        return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@pytest.fixture
def longest_answer_s(device: Device) -> Callable[[Callable[[], bool]], float]:
    """``longest_answer_s(until)``: the most work of the host between a question and its answer."""

    def watch(until: Callable[[], bool]) -> float:
        host = Host(device)
        worst = 0.0

        while not until():
            began = host.work_s()
            device.ask("ps")
            worst = max(worst, host.work_s() - began)

        os.close(host.handle)

        return worst

    return watch


@pytest.fixture
def attack(
    device: Device, tmp_path: Path, longest_answer_s: Callable[[Callable[[], bool]], float]
) -> Callable[[str], float]:
    """``attack(body)``: the same, while an app does ``body``."""

    def run(body: str) -> float:
        program = source("Probe", f"{body.strip()}\nos._exit(0)")
        bundle_id = device.install(make_app(tmp_path, "Probe", source=program))
        device.launch(bundle_id, wait_s=0.0)

        return longest_answer_s(lambda: not device.ps)

    return run


@pytest.fixture
def host(device: Device) -> Iterator[Host]:
    """The host; it is killed at the end, so that a test that hangs it does not hang the rest."""
    found = Host(device)

    yield found

    device.hang_up()
    signal.pidfd_send_signal(found.handle, signal.SIGKILL)
    os.close(found.handle)

    with suppress(SimulatorError):  # answered when the service has buried it
        device._service.ask("shutdown", udid=device.udid)
