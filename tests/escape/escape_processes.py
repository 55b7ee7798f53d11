"""The processes that try: guests of a device, and plain ones that nothing confines."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import quote

import simulator
from simulator.testing.device import Device
from simulator.testing.record import Event

if TYPE_CHECKING:
    from simulator.testing.app import App

__all__ = ("Answer", "GuestProcess", "PlainProcess", "Subject")

FRAMEWORKS = Path(__file__).resolve().parent / "Frameworks"
TIMEOUT_S = 15.0

PROGRAM = """
import json

from escapes.runner import Runner

from simulator.sdk.uikit import Application


class NAME(Application):
    def did_finish_launching(self, options):
        self.runner = Runner()

    def open_url(self, url, options):
        print(self.runner.obey(json.loads(url.query["do"])))
"""


class Answer(NamedTuple):
    """What became of a step.

    Attributes:
        kind: ``value``, ``errno``, ``unavailable``, ``broken``, ``died``.
        value: What belongs to it.
        kept: Whether the process holds something for later steps.
    """

    kind: str
    value: Any
    kept: bool = False


class Subject(Protocol):
    """A process that does steps."""

    def ask(self, order: dict[str, Any]) -> Answer:
        """Have an order done."""

    def renew(self, scene: dict[str, Any] | None = None) -> None:
        """Put a fresh process in its place; it is told the same, or another scene for once."""

    @property
    def pid(self) -> int:
        """Its number."""


class PlainProcess:
    """A process that nothing confines; descriptor 4 is a datagram socket."""

    def __init__(self) -> None:
        self._scene: dict[str, Any] = {}
        self._number = 0
        self._start()

    def _start(self) -> None:
        self._pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        packages = str(Path(simulator.__file__).parents[1])
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "escapes.runner", str(self._pair[1].fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[self._pair[1].fileno()],
            env={
                "PYTHONPATH": f"{FRAMEWORKS}{os.pathsep}{packages}",
                "ESCAPE_CANARY": "0123abcd",
            },
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def ask(self, order: dict[str, Any]) -> Answer:
        """Have an order done."""
        self._number += 1

        if "scene" in order:
            self._scene = order

        self._in.write(json.dumps({"n": self._number, **order}) + "\n")
        self._in.flush()
        line = self._out.readline()

        if not line:
            return Answer("died", f"exit status {self._process.wait()}")

        return Answer(*json.loads(line)[1:])

    def renew(self, scene: dict[str, Any] | None = None) -> None:
        """Put a fresh process in its place; nothing hides from it what it was told."""
        self.close()
        self._start()
        self.ask(self._scene)
        del scene

    def close(self) -> None:
        """End it."""
        self._in.close()
        self._out.close()
        self._process.kill()
        self._process.wait()

        for end in self._pair:
            end.close()


class GuestProcess:
    """A guest of a device.

    Args:
        device: The device.
        name: Of the app, which is installed.
    """

    def __init__(self, device: Device, name: str) -> None:
        self._device = device
        self._name = name
        self._scheme = name.lower()
        self._number = 0
        self._seen = 0
        self._scene: dict[str, Any] = {}
        self._app: App = device.launch(f"com.example.{name}")

    @property
    def pid(self) -> int:
        """Its number."""
        return self._app.pid

    def ask(self, order: dict[str, Any]) -> Answer:
        """Have an order done."""
        self._number += 1

        if "scene" in order:
            self._scene = order

        text = json.dumps({"n": self._number, **order})
        self._device.open_url(f"{self._scheme}:run?do={quote(text)}")

        return self._hear()

    def _hear(self) -> Answer:
        log = self._device.log
        position = log.position()
        head = f"[{self._number}, "

        while True:
            events = log.all()

            for event in events[self._seen :]:
                if event.actor == self._app.name and (found := self._answer(event, head)):
                    self._seen = len(events)
                    return found

            self._seen = len(events)
            grown = log.wait_for_growth(position, TIMEOUT_S)

            if grown == position:
                return Answer("broken", f"no answer within {TIMEOUT_S:g} s")

            position = grown

    def _answer(self, event: Event, head: str) -> Answer | None:
        if event.kind == "output" and event.resource.startswith(head):
            return Answer(*json.loads(event.resource)[1:])

        return Answer("died", event.reason) if event.kind == "exit" else None

    def renew(self, scene: dict[str, Any] | None = None) -> None:
        """Put a fresh process in its place; it is told the same, or another scene for once."""
        told = self._scene
        self._app = self._device.launch(self._app.bundle_id, terminate_running=True)
        self.ask({"scene": scene} if scene else told)
        self._scene = told
