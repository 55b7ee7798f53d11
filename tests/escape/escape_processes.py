"""The processes that try: guests of a device, and plain ones that nothing confines."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import simulator
from simulator.control.client import Client
from simulator.testing.device import Device
from simulator.testing.record import Event, Events
from simulator.xpc.errors import SimulatorError

__all__ = ("Answer", "ExtensionProcess", "GuestProcess", "PlainProcess", "Subject")

FRAMEWORKS = Path(__file__).resolve().parent / "Frameworks"
TIMEOUT_S = 5.0

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


EXTENSION_PROGRAM = """
import json

from escapes.runner import Runner

from simulator.sdk.darwin import notify_register_dispatch
from simulator.sdk.extension import ShareExtension
from simulator.sdk.foundation import FileManager


class EscapeX(ShareExtension):
    def begin_request(self, context):
        self.context = context
        self.runner = Runner()
        self.order = FileManager.default.container_url("GROUP") / "order.json"
        notify_register_dispatch("escape.order", self.ordered)

    def ordered(self, token):
        order = json.loads(self.order.read_text())
        print(self.runner.obey(order))

        if order.get("step") == "end":
            self.context.complete_request([])
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

    pid: int


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
        self.pid = self._process.pid

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
    """An app of a device, which is told by URLs.

    Args:
        device: The device.
        name: Of the app, which is installed.
    """

    def __init__(self, device: Device, name: str) -> None:
        self._device = device
        self._bundle_id = f"com.example.{name}"
        self._scheme = name.lower()
        self._number = 0
        self._seen = 0
        self._scene: dict[str, Any] = {}
        self._start()

    def _start(self) -> None:
        app = self._device.launch(self._bundle_id, terminate_running=True)
        self.name, self.pid = app.name, app.pid

    def _tell(self, text: str) -> None:
        self._device.open_url(f"{self._scheme}:run?do={quote(text)}")

    def ask(self, order: dict[str, Any]) -> Answer:
        """Have an order done."""
        self._number += 1

        if "scene" in order:
            self._scene = order

        self._tell(json.dumps({"n": self._number, **order}))

        return self._hear(order)

    def _hear(self, order: dict[str, Any]) -> Answer:
        log = self._device.log
        head = f"[{self._number}, "
        deadline = time.monotonic() + TIMEOUT_S

        while True:
            events = log.all()
            seen, self._seen = self._seen, len(events)

            for event in events[seen:]:
                if event.actor == self.name and (found := self._answer(event, head)):
                    return found

            left = deadline - time.monotonic()

            if left < 0:
                return Answer("broken", f"no answer to {order} within {TIMEOUT_S:g} s")

            log.wait_for_growth(events[-1].id, left)

    def _answer(self, event: Event, head: str) -> Answer | None:
        if event.kind == "output" and event.resource.startswith(head):
            return Answer(*json.loads(event.resource)[1:])

        return Answer("died", event.reason) if event.kind == "exit" else None

    def renew(self, scene: dict[str, Any] | None = None) -> None:
        """Put a fresh process in its place; it is told the same, or another scene for once."""
        told = self._scene
        self._start()
        self.ask({"scene": scene} if scene else told)
        self._scene = told


class ExtensionProcess(GuestProcess):
    """A share extension, whose request lasts as long as it is needed; told by files of its group.

    Args:
        device: The device.
        bundle_id: Of the extension, which is installed.
        socket: The device's control socket: who asks for the request waits for its end.
        group: The folder of a group that the extension is in.
    """

    def __init__(self, device: Device, bundle_id: str, socket: Path, group: Path) -> None:
        self._order = group / "order.json"
        self._client = Client(socket, "the device")
        self._asking: threading.Thread | None = None
        super().__init__(device, bundle_id.removeprefix("com.example."))

    def _start(self) -> None:
        self._end()
        before = len(self._ready())
        self._asking = threading.Thread(target=self._share)
        self._asking.start()
        self._device.wait_until(lambda: len(self._ready()) > before, timeout_s=10.0)
        self.name = self._ready()[-1].actor
        rows = self._device.ps
        self.pid = next(pid for pid, bundle_id, *_ in rows if bundle_id == self._bundle_id)

    def _ready(self) -> Events:
        """Return an event for each of its processes that hears orders."""
        return self._device.events.of(kind="notify", operation="register", actor=self._bundle_id)

    def _share(self) -> None:
        item = [["public.plain-text"], "", b"escape"]

        with suppress(SimulatorError):
            self._client.ask("share", bundle_id=self._bundle_id, items=[item], timeout_s=120.0)

    def _tell(self, text: str) -> None:
        self._order.write_text(text)
        self._device.notify_post("escape.order")

    def finish(self) -> None:
        """End it for good."""
        self._end()
        self._client.close()

    def _end(self) -> None:
        """End its request, and with it the process."""
        if self._asking is not None and self._asking.is_alive():
            self._tell(json.dumps({"n": 0, "step": "end"}))
            self._asking.join()
