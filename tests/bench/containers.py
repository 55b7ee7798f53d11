"""The rows of containers: what a full one costs who is launched with it."""

import os
import plistlib
from collections.abc import Callable
from pathlib import Path
from time import monotonic_ns
from typing import cast

from simulator.control.client import Client
from simulator.control.service import Service
from tests.bench.devices import booted, make_app
from tests.bench.launching import FIRST_PROGRAM, first_line
from tests.bench.table import Row, take_turns

FILES = 100_000
FOLDERS = 100


def fill(folder: Path) -> None:
    """Make ``FILES`` files in ``FOLDERS`` folders."""
    for outer in range(FOLDERS):
        inner = folder / f"{outer:03}"
        inner.mkdir()

        for number in range(FILES // FOLDERS):
            os.mknod(inner / f"{number:04}")


def install(device: Client, folder: Path, name: str) -> tuple[str, Path]:
    """Install an app with a group of its own; return its id and the group's folder."""
    group = f"group.com.example.{name.lower()}"
    app = make_app(folder, name, FIRST_PROGRAM.replace("First", name))
    entitlements = {"com.apple.security.application-groups": [group]}
    (app / f"{name}.entitlements").write_bytes(plistlib.dumps(entitlements))
    device.ask("install", path=str(app))

    return f"com.example.{name}", Path(str(device.ask("group", group=group)))


def rows(service: Service, folder: Path, runs: int) -> list[Row]:
    """A launch with a group of 100,000 files, beside one with an empty group, side by side."""
    with booted(service) as device:
        full, group = install(device, folder / "containers", "Full")
        empty, _ = install(device, folder / "containers", "Empty")
        fill(group)

        return [
            take_turns(
                "launch_full_group",
                f"launch with a group of {FILES:,} files, to the first line",
                runs,
                _launches(device, full),
                {"empty group": _launches(device, empty)},
            ),
        ]


def _launches(device: Client, bundle_id: str) -> Callable[[], float]:
    def measure() -> float:
        if any(row[1] == bundle_id for row in cast("list[list[object]]", device.ask("ps"))):
            device.ask("terminate", bundle_id=bundle_id)

        info = cast("dict[str, dict[str, int]]", device.ask("info"))
        position = info["statistics"]["events"]
        start = monotonic_ns()
        device.ask("launch", bundle_id=bundle_id)
        taken = (first_line(device, position) - start) / 1e6
        device.ask("terminate", bundle_id=bundle_id)

        return taken

    return measure
