"""Hooks and fixtures: a device per test, its story when the test fails.

Only pytest is imported here at once; everything else when a test asks for a device.
"""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from simulator.control.service import Service
    from simulator.testing.device import Device

__all__ = (
    "device",
    "device_set",
    "make_device",
    "pytest_addoption",
    "pytest_assertrepr_compare",
    "pytest_configure",
    "pytest_report_header",
    "pytest_runtest_call",
    "pytest_runtest_makereport",
    "pytest_terminal_summary",
)

pytest.register_assert_rewrite("simulator.testing.record", "simulator.testing.bundles")

_devices = pytest.StashKey["list[Device]"]()
_KEPT = "simulator device kept"

_LEVEL_PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from simulator.sandbox.witness import strongest
level, tried = strongest()
failed = [f"not {name}: {w.layer}: {w.how}" for name in tried for w in tried[name] if not w.works]
print(level, *failed, sep="; ")
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("simulator", "iOS app and extension simulator")
    group.addoption(
        "--simulator-keep",
        action="store_true",
        help="leave each test's device on disk and print its folder",
    )
    group.addoption(
        "--simulator-seed",
        metavar="HEX",
        help="the seed of every device: replays what a failing test's report names",
    )
    group.addoption(
        "--simulator-level",
        metavar="LEVEL",
        default="",
        help="the sandbox level of every device, instead of the strongest that works here",
    )
    group.addoption(
        "--simulator-races",
        action="store_true",
        help="look for races between processes on every device, and fail for them",
    )
    parser.addini(
        "simulator_timeout",
        "how many seconds wait_until waits where a test does not say it; 2 if not set",
        default="",
    )


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Show denials and races as they are told, where they are not those that were expected."""
    heads = {
        "Denials": "what the sandbox refused is not what was expected:",
        "Races": "the races are not those that were expected:",
    }
    head = heads.get(type(left).__name__)

    if op != "==" or head is None:
        return None

    return [head, *repr(left).splitlines(), f"expected: {right!r}"]


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers; check the seed and the patience."""
    config.addinivalue_line(
        "markers",
        "device(seed, level, strict, races): make the test's device from this seed (hex), at this "
        "sandbox level; strict=False lets a suite without the entitlement be private, as on a "
        'phone; races=True fails when two processes race for a file of their group, "warn" warns',
    )
    config.addinivalue_line(
        "markers", "enforces(level): needs a sandbox that the kernel enforces; STRONG if not said"
    )

    _be_patient(config.getini("simulator_timeout"))

    if config.getoption("--simulator-seed") is not None:
        try:
            _seed_of(config.getoption("--simulator-seed"))
        except ValueError as problem:
            raise pytest.UsageError(f"--simulator-seed: {problem}") from None


def _be_patient(text: str) -> None:
    if not text:
        return

    from simulator.testing.waiting import patience

    try:
        patience.timeout_s = float(text)
    except ValueError:
        raise pytest.UsageError(f"simulator_timeout: {text!r} is no number of seconds") from None


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say how strongly the kernel confines guests here."""
    import subprocess
    import sys

    if config.get_verbosity() < 0:
        return None

    # In a process of its own: the proof forks, and pytest may have threads.
    found = subprocess.run(
        [sys.executable, "-P", "-c", _LEVEL_PROGRAM, str(Path(__file__).parents[2])],
        capture_output=True,
        text=True,
        check=False,
    )

    return f"simulator: level {found.stdout.strip() or 'unknown: ' + found.stderr[-200:]}"


def _seed_of(text: str | bytes) -> bytes:
    """Return a seed from hex digits, padded on the left."""
    from simulator.daemonkit.chance import SEED_BYTES

    if isinstance(text, str):
        if not text or len(text) > 2 * SEED_BYTES:
            raise ValueError(f"a seed has 1 to {2 * SEED_BYTES} hex digits, not {len(text)}")

        text = bytes.fromhex(text.zfill(2 * SEED_BYTES))

    return text.rjust(SEED_BYTES, b"\0")


# -- the service of this session -------------------------------------------------------------


@pytest.fixture(scope="session")
def device_set(request: pytest.FixtureRequest) -> "Iterator[Service]":
    """The service of a device set of this session (of this worker, under xdist).

    It holds a pipe whose other end is pytest's: however pytest ends, nothing is left running.
    """
    import os
    import shutil
    import tempfile

    from simulator.control.service import Service

    keep = request.config.getoption("--simulator-keep")
    folder = Path(tempfile.mkdtemp(prefix="simulator-"))
    read, write = os.pipe()

    try:
        service = Service(folder, lifeline=read)

        yield service

        service.stop()
    finally:
        os.close(write)
        os.close(read)

        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _expect_level(request: pytest.FixtureRequest, service: "Service") -> None:
    """Skip, or fail, a test that this kernel cannot do justice to."""
    from typing import cast

    from simulator.device.settings import must_enforce

    marker = request.node.get_closest_marker("enforces")
    needed = marker.args[0] if marker is not None and marker.args else "STRONG"
    found = cast("dict[str, object]", service.ask("doctor"))
    tried = cast("dict[str, list[list[object]]]", found["levels"])
    failed = "; ".join(f"{layer}: {how}" for layer, works, how in tried[needed] if not works)

    if not failed:
        return

    reason = f"guests are {found['level']} here, not {needed} ({failed})"

    if must_enforce():
        pytest.fail(f"{reason}, and SIMULATOR_MUST_ENFORCE=1", pytrace=False)

    if marker is not None:
        pytest.skip(reason)


# -- the devices of a test -------------------------------------------------------------------


@pytest.fixture
def make_device(
    request: pytest.FixtureRequest, device_set: "Service", tmp_path: Path
) -> "Iterator[Callable[..., Device]]":
    """``make_device(seed=…, level=…, boot=True, strict=True, races=False)``: one more device.

    It is deleted after the test.
    """
    import os

    from simulator.daemonkit.chance import SEED_BYTES
    from simulator.testing.device import Device

    _expect_level(request, device_set)
    made = request.node.stash.setdefault(_devices, [])
    keep = request.config.getoption("--simulator-keep")
    given = request.config.getoption("--simulator-seed")
    level_given = request.config.getoption("--simulator-level")

    races_given = request.config.getoption("--simulator-races")

    def make(
        *,
        seed: str | bytes | None = None,
        level: str = "",
        boot: bool = True,
        strict: bool = True,
        races: bool | str | None = None,
    ) -> Device:
        chosen = given if given is not None else seed
        device = Device(
            device_set,
            tmp_path,
            os.urandom(SEED_BYTES) if chosen is None else _seed_of(chosen),
            request.node.name[:100],
            strict=strict,
            races=races_given if races is None else races,
        )
        made.append(device)

        if keep:
            request.node.user_properties.append((_KEPT, str(device.folder)))

        if boot:
            device.boot(level or level_given)

        return device

    yield make

    for device in made:
        if keep:
            _let_go(device)
        else:
            _delete(device)


def _let_go(device: "Device") -> None:
    from simulator.xpc.errors import SimulatorError

    with suppress(SimulatorError):
        device.shutdown()


def _delete(device: "Device") -> None:
    from simulator.xpc.errors import CommandError

    try:
        device.delete()
    except CommandError as problem:
        if problem.code != 404:  # the test may have deleted it
            raise


@pytest.fixture
def device(request: pytest.FixtureRequest, make_device: "Callable[..., Device]") -> "Device":
    """A fresh device, booted; deleted after the test."""
    marker = request.node.get_closest_marker("device")

    given = marker.kwargs if marker is not None else {}

    return make_device(**given)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> "Generator[None, object, object]":
    """Fail a test that has passed while its processes raced, where it is asked to."""
    result = yield

    if _devices in item.stash:
        from simulator.testing.races import judged

        made = item.stash[_devices]
        report = judged(made)

        if report:
            pytest.fail(report, pytrace=False)

    return result


# -- reports ---------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> "Generator[None, pytest.TestReport, pytest.TestReport]":
    """Add to a failing test's report the device's story, and how to replay it."""
    report = yield

    if report.failed and report.when == "call":
        told = "what happened (the last" in str(report.longrepr)  # a wait's failure tells it

        for device in item.stash.get(_devices, []):
            report.sections += _sections(device, told=told)

    return report


def _sections(device: "Device", *, told: bool) -> list[tuple[str, str]]:
    """Return what a failure's report adds; ``told`` when its text has the story already."""
    from simulator.testing.story import story, tails
    from simulator.xpc.errors import SimulatorError

    try:
        events = device.log.all()
    except SimulatorError:  # it is gone, or not booted
        events = device.log.fetched

    sections = [] if told or not events else [("the device's story", story("", events).lstrip())]
    sections += [
        (f"the last lines of {actor}", "\n".join(lines)) for actor, lines in tails(events).items()
    ]
    seed = device.seed.hex()
    replay = f"--simulator-seed {seed}\n@pytest.mark.device(seed={seed!r})"

    with suppress(OSError):
        said = (device.folder / "logs" / "launchd_sim.log").read_text(errors="replace")

        if said:
            sections.append((f"launchd_sim of {device.udid}", said[-4000:]))

    return [*sections, (f"device {device.udid}: the same randomness again", replay)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the devices that were kept."""
    folders = {
        str(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == _KEPT
    }

    for folder in sorted(folders):
        terminalreporter.write_line(f"{_KEPT}: {folder}")
