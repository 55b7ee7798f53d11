"""Lets the tests run where the project is not installed, and the plugin's with pytester.

Guests that do what a test says are for every folder.
"""

import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, settings

from simulator.testing.bundles import make_app
from simulator.testing.device import Device

_IS_INSTALLED = any(point.name == "simulator" for point in entry_points(group="pytest11"))

pytest_plugins = ["pytester", *([] if _IS_INSTALLED else ["simulator.testing.plugin"])]

if not _IS_INSTALLED:  # the service is another process, and must find the packages too
    _paths = [str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, _paths))

# A shell gives a job in its background an ignored SIGINT, which every child would inherit; but
# tests interrupt what they have started.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes depends on what else the machine does. CI has a profile of its own.
settings.register_profile("tests", deadline=None, suppress_health_check=[HealthCheck.too_slow])

if "CI" not in os.environ:
    settings.load_profile("tests")

SHELL = """
import errno, json, os, sys, time
from simulator.sdk.darwin import *
from simulator.sdk.foundation import FileManager, UserDefaults
from simulator.sdk.uikit import Application, View


class NAME(Application):
    def did_finish_launching(self, options):
        self.space = dict(globals(), app=self, heard=[])

    def open_url(self, url, options):
        code, value = url.query["do"], None
        self.space["options"] = options

        try:
            try:
                value = eval(compile(code, "<do>", "eval"), self.space)
            except SyntaxError:
                exec(compile(code, "<do>", "exec"), self.space)
        except Exception as problem:
            value = {"error": type(problem).__name__, "text": str(problem)}

            if isinstance(problem, OSError) and problem.errno:
                value["number"] = errno.errorcode[problem.errno]

        print(url.query["n"], json.dumps(value, default=repr))
"""


class GuestError(Exception):
    """What a guest was told to do raised this in it: its type, errno and text."""


class Shell:
    """A guest that runs what it is told by URL, and prints the result."""

    def __init__(self, device: Device, name: str, bundle_id: str) -> None:
        self.device = device
        self.scheme = name.lower()
        self.bundle_id = bundle_id
        self.app = device.launch(bundle_id)
        self._count = 0

    def relaunch(self) -> None:
        """Run it anew, in another process."""
        self.app = self.device.launch(self.bundle_id, terminate_running=True)

    def tell(self, code: str) -> Callable[[], str | None]:
        """Let it run ``code`` without waiting; return what gives the printed answer, or None."""
        self._count += 1
        head = f"{self._count} "
        self.device.open_url(f"{self.scheme}:run?n={self._count}&do={quote(code)}")

        def answer() -> str | None:
            return next((line for line in self.app.output if line.startswith(head)), None)

        return answer

    def do(self, code: str, timeout_s: float = 30.0) -> object:
        """Let it run ``code``; return the value of an expression, as JSON carries it."""
        line = self.app.wait_until(self.tell(code), timeout_s=timeout_s)
        assert line is not None
        value: object = json.loads(line.partition(" ")[2])

        if isinstance(value, dict) and "error" in value:
            raise GuestError(f"{value['error']} {value.get('number', '')} {value['text']}")

        return value


@pytest.fixture
def shell(device: Device, tmp_path: Path) -> Callable[..., Shell]:
    """``shell("A", groups=[...])`` installs and launches a guest that does what it is told."""

    def make(
        name: str = "Probe",
        *,
        groups: Sequence[str] = (),
        team: str = "EXAMPLE123",
        entitlements: Mapping[str, object] | None = None,
        info: Mapping[str, object] | None = None,
    ) -> Shell:
        source = SHELL.replace("NAME", name)
        schemes = [name.lower()]
        app = make_app(
            tmp_path,
            name,
            source=source,
            groups=groups,
            schemes=schemes,
            team=team,
            entitlements=entitlements,
            info=info,
        )

        return Shell(device, name, device.install(app))

    return make
