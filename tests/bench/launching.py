"""The rows of one process: its launch at each level, and what a file costs inside.

The app prints the time as its first line, before it imports anything.
"""

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic_ns
from typing import cast

from simulator.control.client import Client
from simulator.control.service import Service
from tests.bench.devices import booted, make_app
from tests.bench.table import Measure, Row, since, take_turns

# The very interpreter that runs the product, never a version manager's shim.
PYTHON = sys.executable

FIRST = "com.example.First"
FIRST_PROGRAM = """\
import time
print(time.monotonic_ns(), flush=True)
from simulator.sdk.uikit import Application


class First(Application):
    pass
"""

# A thousand times; the same text runs inside and outside, on the same file.
OPENS = """\
import sys, time
open(sys.argv[1], "a").close()
start = time.monotonic_ns()
for _ in range(1000):
    open(sys.argv[1]).close()
print(time.monotonic_ns() - start, flush=True)
"""


def process(*arguments: str) -> Measure:
    """Return what measures a process from its spawn to its end."""

    def measure() -> float:
        start = monotonic_ns()
        pid = os.posix_spawn(arguments[0], arguments, os.environ)
        _, status = os.waitpid(pid, 0)
        taken = since(start)
        assert status == 0, f"{arguments} ended with {status}"

        return taken

    return measure


def first_line(device: Client, position: int) -> int:
    """Return the number that the app printed behind ``position`` of the log."""
    while True:
        answer = cast("dict[str, list[dict[str, object]]]", device.ask("events", since=position))

        for event in answer["events"]:
            if event["kind"] == "output":
                return int(str(event["resource"]))

            position = max(position, int(str(event["id"])))

        device.ask("events", since=position, wait=True, timeout_s=5.0)


def log_position(device: Client) -> int:
    """Return where the device's log ends, having ended the app of the last run."""
    if device.ask("ps"):
        device.ask("terminate", bundle_id=FIRST)

    info = cast("dict[str, dict[str, int]]", device.ask("info"))

    return info["statistics"]["events"]


def launches(service: Service, folder: Path, runs: int) -> list[Row]:
    """From the request on the control socket to the first line of the confined guest, per level."""
    levels = {"launch": "SEALED", "launch_strong": "STRONG"}

    return [
        launch(service, folder / identifier, runs, identifier, level)
        for identifier, level in levels.items()
    ]


def launch(service: Service, folder: Path, runs: int, identifier: str, level: str) -> Row:
    """Measure launches at one level."""
    with booted(service, level) as device:
        device.ask("install", path=str(make_app(folder, "First", FIRST_PROGRAM)))

        def ours() -> float:
            position = log_position(device)
            start = monotonic_ns()
            device.ask("launch", bundle_id=FIRST)

            return (first_line(device, position) - start) / 1e6

        return take_turns(
            identifier,
            f"request to the guest's first line, {level}",
            runs,
            ours,
            {
                "python -I -c pass": process(PYTHON, "-I", "-c", "pass"),
                # Without site: what an interpreter's .pth files cost flatters nobody here.
                "python -I -S -c pass": process(PYTHON, "-I", "-S", "-c", "pass"),
            },
        )


def sandbox_open(service: Service, folder: Path, runs: int) -> Row:
    """A thousand times open and close of an own file, in a guest and in a bare interpreter."""
    program = FIRST_PROGRAM.partition("\n")[2].partition("\n")[2]  # less its own first line

    with booted(service) as device:
        app = make_app(folder / "opens", "First", f"{program}\n\n{OPENS}")
        device.ask("install", path=str(app))
        data = str(device.ask("get_app_container", bundle_id=FIRST, container="data"))
        file = f"{data}/Documents/file"

        def ours() -> float:
            position = log_position(device)
            device.ask("launch", bundle_id=FIRST, arguments=[file])

            return first_line(device, position) / 1e6

        def outside() -> float:
            command = [PYTHON, "-I", "-S", "-c", OPENS, file]
            done = subprocess.run(command, check=True, capture_output=True)

            return int(done.stdout) / 1e6

        what = "a thousand times open and close of an own file"

        return take_turns("sandbox_open", what, runs, ours, {"outside": outside})
