"""The rows of a device's life: launch, boot, a whole scenario; and where their time goes."""

import os
import sys
from pathlib import Path
from time import monotonic_ns
from typing import cast

from simulator.control.client import Client
from simulator.control.service import Service
from tests.bench.devices import booted, create, make_app, samples, stop
from tests.bench.table import Measure, Row, since, take_turns

# The very interpreter that runs the product, never a version manager's shim.
PYTHON = sys.executable
MODELS = "import asyncio, simulator.bundles.entitlements, simulator.bundles.info"

FIRST = "com.example.First"
FIRST_PROGRAM = """\
import time
print(time.monotonic_ns(), flush=True)
from simulator.sdk.uikit import Application


class First(Application):
    pass
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


def launch_strong(service: Service, folder: Path, runs: int) -> Row:
    """From the request on the control socket to the first line of the sealed guest."""
    with booted(service) as device:
        info = cast("dict[str, str]", device.ask("info"))
        device.ask("install", path=str(make_app(folder, "First", FIRST_PROGRAM)))

        def ours() -> float:
            position = log_position(device)
            start = monotonic_ns()
            device.ask("launch", bundle_id=FIRST)

            return (first_line(device, position) - start) / 1e6

        return take_turns(
            "launch_strong",
            f"request to the guest's first line, {info['level']}",
            runs,
            ours,
            {
                "python -I -c pass": process(PYTHON, "-I", "-c", "pass"),
                # Without site: what an interpreter's .pth files cost flatters nobody here.
                "python -I -S -c pass": process(PYTHON, "-I", "-S", "-c", "pass"),
            },
        )


def boot_warm(service: Service, runs: int) -> Row:
    """Boot of an empty device whose service runs."""
    udid = create(service)

    def ours() -> float:
        start = monotonic_ns()
        service.ask("boot", udid=udid)
        taken = since(start)
        service.ask("shutdown", udid=udid)

        return taken

    peer = process(sys.executable, "-P", "-c", MODELS)
    row = take_turns("boot", "empty device, service warm", runs, ours, {"import models": peer})
    service.ask("delete", udid=udid)

    return row


def boot_cold(folder: Path, runs: int) -> Row:
    """Boot of an empty device whose service does not run yet."""
    device_set = folder / "Cold"
    service = Service(device_set)
    udid = create(service)
    stop(service)

    def ours() -> float:
        start = monotonic_ns()
        cold = Service(device_set)
        cold.ask("boot", udid=udid)
        taken = since(start)
        cold.ask("shutdown", udid=udid)
        stop(cold)

        return taken

    peer = process(sys.executable, "-P", "-c", MODELS)

    return take_turns(
        "boot_cold", "empty device, service not running", runs, ours, {"import models": peer}, 1
    )


def scenario(service: Service, runs: int) -> Row:
    """Create, boot, install, launch, share, assert, shut down, delete."""
    app = str(samples() / "apps" / "Notes.app")
    items = [[["public.plain-text"], "", b"buy milk"]]

    def ours() -> float:
        start = monotonic_ns()

        with booted(service) as device:
            device.ask("install", path=app)
            device.ask("launch", bundle_id="com.example.Notes")
            device.ask("share", bundle_id="com.example.Notes.ShareToNotes", items=items)
            device.ask("settle")
            screen = cast("dict[str, list[str]]", device.ask("screen"))
            assert screen["lines"] == ["buy milk"]

        return since(start)

    return take_turns("scenario", "boot, install, launch, share, assert, delete", runs, ours, {})


def profile(service: Service, folder: Path) -> None:
    """Print the steps of one boot and one launch, as the device's own log has them."""
    with booted(service) as device:
        device.ask("install", path=str(make_app(folder, "First", FIRST_PROGRAM)))
        position = log_position(device)
        device.ask("launch", bundle_id=FIRST)
        device.ask("settle")
        answer = cast("dict[str, list[dict[str, object]]]", device.ask("events"))
        last = 0

        for event in answer["events"]:
            now = int(str(event["time_ns"]))
            step = f"{event['kind']} {event['operation']}"
            mark = "launch" if int(str(event["id"])) > position else "boot"
            sys.stdout.write(f"{mark:8}{now / 1e6:9.2f} ms  +{(now - last) / 1e6:6.2f}  {step}\n")
            last = now
