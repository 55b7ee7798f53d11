"""The rows of a device's life: boot, a whole scenario; and where the time of a launch goes."""

import sys
from pathlib import Path
from time import monotonic_ns
from typing import cast

from simulator.control.service import Service
from tests.bench.devices import booted, create, make_app, samples, stop
from tests.bench.launching import FIRST, FIRST_PROGRAM, log_position, process
from tests.bench.table import Row, since, take_turns

MODELS = "import asyncio, simulator.bundles.entitlements, simulator.bundles.info"


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
