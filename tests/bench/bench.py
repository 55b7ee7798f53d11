"""What things cost, beside a peer that is driven in the same minute: ``make bench``.

Ours and its peers take turns, run by run, so that a machine that slows down slows both. Ratios of
medians are what counts; absolute times drift. The table goes to the terminal and, as a list of
objects, to a file: ``id``, ``unit``, ``ours``, ``peers``, ``ratio`` (ours / peer), ``runs``,
``spread`` (of ours, and of each peer).
"""

import argparse
import json
import os
import plistlib
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic_ns
from typing import NamedTuple, cast

import simulator
from simulator.control.client import Client
from simulator.control.service import Service
from simulator.xpc.errors import DeviceGone

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

# A thousand times; the same text runs inside and outside, on the same file.
OPENS = """\
import sys, time
open(sys.argv[1], "a").close()
start = time.monotonic_ns()
for _ in range(1000):
    open(sys.argv[1]).close()
print(time.monotonic_ns() - start, flush=True)
"""

Measure = Callable[[], float]


class Row(NamedTuple):
    """A row of the table: ours and its peers, each with all its runs, in milliseconds."""

    id: str
    what: str
    ours: list[float]
    peers: dict[str, list[float]]

    def as_dict(self) -> dict[str, object]:
        """Return the row as ``build/bench.json`` has it."""
        ours = statistics.median(self.ours)
        peers = {name: statistics.median(runs) for name, runs in self.peers.items()}

        return {
            "id": self.id,
            "unit": "ms",
            "ours": round(ours, 3),
            "peers": {name: round(value, 3) for name, value in peers.items()},
            "ratio": {name: round(ours / value, 3) for name, value in peers.items()},
            "runs": len(self.ours),
            "spread": {
                name: spread(runs) for name, runs in {"ours": self.ours, **self.peers}.items()
            },
        }


def spread(runs: list[float]) -> dict[str, float]:
    """Return least, quartiles and most."""
    first, _, third = statistics.quantiles(runs, n=4) if len(runs) > 1 else (runs[0],) * 3
    found = {"min": min(runs), "p25": first, "p75": third, "max": max(runs)}

    return {name: round(value, 3) for name, value in found.items()}


def take_turns(
    row: str, what: str, runs: int, ours: Measure, peers: dict[str, Measure], warm_up: int = 2
) -> Row:
    """Measure ours and each peer ``runs`` times, alternating; the first rounds do not count."""
    own: list[float] = []
    others: dict[str, list[float]] = {name: [] for name in peers}

    for number in range(runs + warm_up):
        taken = ours()
        beside = {name: peer() for name, peer in peers.items()}

        if number >= warm_up:
            own.append(taken)

            for name, value in beside.items():
                others[name].append(value)

    return Row(row, what, own, others)


def since(start_ns: int) -> float:
    """Return the milliseconds since a reading of the monotonic clock."""
    return (monotonic_ns() - start_ns) / 1e6


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


# -- devices ------------------------------------------------------------------------------------


def samples() -> Path:
    """Return the folder that holds ``apps`` and ``extensions``: the wheel's, or the checkout's."""
    package = Path(simulator.__file__).parent
    carried = package / "_samples"

    return carried if carried.is_dir() else package.parent


def create(service: Service) -> str:
    """Return the udid of a new device."""
    return str(service.ask("create", name="bench", type="iPhone 17"))


def boot(service: Service, udid: str) -> Client:
    """Boot a device and return a client of it."""
    service.ask("boot", udid=udid)

    return Client(Path(str(service.find(udid)["socket"])), "bench")


def remove(service: Service, udid: str, device: Client) -> None:
    """Shut a device down and delete it."""
    device.close()
    service.ask("shutdown", udid=udid)
    service.ask("delete", udid=udid)


@contextmanager
def booted(service: Service) -> Iterator[Client]:
    """Lend a booted device."""
    udid = create(service)
    device = boot(service, udid)

    try:
        yield device
    finally:
        remove(service, udid, device)


def make_first(folder: Path, program: str = FIRST_PROGRAM) -> Path:
    """Make the app whose first line is its time; return its folder."""
    app = folder / "First.app"
    app.mkdir(parents=True)
    info = {"CFBundleIdentifier": FIRST, "CFBundleExecutable": "First"}
    (app / "Info.plist").write_bytes(plistlib.dumps(info))
    (app / "First.py").write_text(program)

    return app


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


# -- rows ---------------------------------------------------------------------------------------


def launch_strong(service: Service, folder: Path, runs: int) -> Row:
    """From the request on the control socket to the first line of the sealed guest."""
    with booted(service) as device:
        info = cast("dict[str, str]", device.ask("info"))
        device.ask("install", path=str(make_first(folder)))

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


def sandbox_open(service: Service, folder: Path, runs: int) -> Row:
    """A thousand times open and close of an own file, in a guest and in a bare interpreter."""
    program = FIRST_PROGRAM.partition("\n")[2].partition("\n")[2]  # less its own first line

    with booted(service) as device:
        app = make_first(folder / "opens", f"{program}\n\n{OPENS}")
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


def stop(service: Service) -> None:
    """Stop a service and return when it is gone: it never answers after that."""
    service.ask("stop")

    with suppress(DeviceGone):
        service.ask("list")

    service.close()


# -- where the time goes ------------------------------------------------------------------------


def profile(service: Service, folder: Path) -> None:
    """Print the steps of one boot and one launch, as the device's own log has them."""
    with booted(service) as device:
        device.ask("install", path=str(make_first(folder)))
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


def show(rows: list[Row]) -> None:
    """Print the table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"medians; Python {sys.version.split()[0]}", title_justify="left")

    for head in ("id", "ours ms", "p25–p75", "peer", "peer ms", "ratio", "what"):
        table.add_column(head, justify="right" if head.endswith(("ms", "ratio")) else "left")

    for row in rows:
        ours = statistics.median(row.ours)
        middle = spread(row.ours)
        peers = [(name, statistics.median(runs)) for name, runs in row.peers.items()]
        table.add_row(
            row.id,
            f"{ours:.2f}",
            f"{middle['p25']:.2f}–{middle['p75']:.2f}",
            "\n".join(name for name, _ in peers),
            "\n".join(f"{value:.2f}" for _, value in peers),
            "\n".join(f"{ours / value:.2f}" for _, value in peers),
            row.what,
        )

    Console(width=None if sys.stdout.isatty() else 120).print(table)


def main() -> None:
    """Measure everything, print the table, write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--profile", action="store_true", help="one boot and one launch, by steps")
    chosen = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        service = Service(folder / "Devices")

        try:
            if chosen.profile:
                profile(service, folder)
                return

            rows = [
                launch_strong(service, folder, chosen.runs),
                sandbox_open(service, folder, chosen.runs),
                boot_warm(service, chosen.runs),
                boot_cold(folder, max(5, chosen.runs // 5)),
                scenario(service, chosen.runs),
            ]
        finally:
            stop(service)

    show(rows)

    if chosen.out is not None:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(json.dumps([row.as_dict() for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
