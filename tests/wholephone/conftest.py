"""A phone with real processes: beside the test, or inside it with a clock that the test moves."""

import asyncio
import heapq
import itertools
import plistlib
import textwrap
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from simulator.control.client import Client
from simulator.control.service import Service
from simulator.device.host import DeviceHost
from simulator.device.record import DeviceRecord
from simulator.device.settings import device_socket
from simulator.device.verbs import Verbs

ROOT = Path(__file__).resolve().parents[2]
MORNING = datetime(2030, 1, 1, 9, 41, tzinfo=UTC)
_PATIENCE_S = 15.0

Row = dict[str, Any]

APP = """
    from simulator.sdk.uikit import Application, View

    class Host(Application):
        def did_finish_launching(self, options):
            self.show(View("Host"))
"""


def _write_bundle(folder: Path, code: str, info: Row, groups: tuple[str, ...]) -> None:
    folder.mkdir(parents=True)
    rights = {"com.apple.security.application-groups": list(groups)}
    (folder / "Info.plist").write_bytes(plistlib.dumps(info))
    (folder / f"{folder.stem}.entitlements").write_bytes(plistlib.dumps(rights))
    (folder / f"{folder.stem}.py").write_text(textwrap.dedent(code))


class Phone:
    """A booted device, asked over its control socket as simctl asks."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._client = Client(socket, "the phone")

    def ask(self, verb: str, **arguments: object) -> Any:
        return self._client.ask(verb, **arguments)

    def another(self) -> "Phone":
        """One more client of the same device."""
        return Phone(self._socket)

    def close(self) -> None:
        self._client.close()

    def launch(self, bundle_id: str) -> Row:
        """Launch an app and wait until it has shown what it shows at its start."""
        launched = cast("Row", self.ask("launch", bundle_id=bundle_id))
        self.ask("settle")

        return launched

    def screen(self, bundle_id: str = "") -> Row:
        """What is shown once everybody has handled everything."""
        self.ask("settle")

        return cast("Row", self.ask("screen", bundle_id=bundle_id))

    def events(self, kind: str, operation: str) -> list[Row]:
        found: list[Row] = []
        position = 0

        while True:
            answer = self.ask("events", since=position)
            found += answer["events"]

            if not answer["events"]:
                break

            position = answer["position"]

        return [row for row in found if (row["kind"], row["operation"]) == (kind, operation)]

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until something that happens on the phone makes the condition true."""
        position = self.ask("events", since=0)["position"]

        while not condition():
            grown = self.ask("events", since=position, wait=True, timeout_s=_PATIENCE_S)
            assert grown["events"], "nothing happens on the phone, and the condition is not true"
            position = grown["position"]


class _Timer:
    def __init__(self, act: Callable[[], None]) -> None:
        self.act: Callable[[], None] | None = act

    def cancel(self) -> None:
        self.act = None


class TurnedClock:
    """Device time that stands still until the test turns it on."""

    def __init__(self) -> None:
        self._ns = 0
        self._timers: list[tuple[int, int, _Timer]] = []
        self._numbers = itertools.count()

    def now_ns(self) -> int:
        return self._ns

    def wall(self) -> datetime:
        return MORNING + timedelta(microseconds=self._ns // 1000)

    def call_later(self, delay_s: float, act: Callable[[], None]) -> _Timer:
        timer = _Timer(act)
        heapq.heappush(self._timers, (self._ns + int(delay_s * 1e9), next(self._numbers), timer))

        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass, and what is due happen in its order."""
        end = self._ns + int(seconds * 1e9)

        while self._timers and self._timers[0][0] <= end:
            self._ns, _, timer = heapq.heappop(self._timers)

            if timer.act is not None:
                timer.act()

        self._ns = end


class InsidePhone:
    """A device inside the test: its guests are real processes, its time is the test's."""

    def __init__(self, host: DeviceHost, clock: TurnedClock) -> None:
        self.host = host
        self.clock = clock
        self._verbs = Verbs(host)

    async def ask(self, verb: str, **arguments: object) -> Any:
        return await self._verbs.answer(verb, arguments)

    def count(self, kind: str, operation: str) -> int:
        return sum(
            (event.kind, event.operation) == (kind, operation) for event in self.host.log.since(0)
        )

    async def until(self, kind: str, operation: str, count: int = 1) -> None:
        """Wait until the log has so many of an event."""
        while self.count(kind, operation) < count:
            await self.host.log.grown(self.host.log.position)


Scenario = Callable[[InsidePhone], Awaitable[None]]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service of this session's own device set."""
    running = Service(tmp_path_factory.mktemp("wholephone"))
    yield running
    running.stop()


@pytest.fixture
def phone(service: Service) -> Iterator[Phone]:
    """A fresh phone, booted; deleted afterwards."""
    udid = str(service.ask("create", name="phone", type="iPhone 17"))
    service.ask("boot", udid=udid)

    with closing(Phone(device_socket(service.device_set, udid))) as booted:
        yield booted

    service.ask("shutdown", udid=udid)
    service.ask("delete", udid=udid)


@pytest.fixture
def notes_phone(phone: Phone) -> Phone:
    """A phone on which Notes is installed and in front."""
    phone.ask("install", path=str(ROOT / "apps" / "Notes.app"))
    phone.launch("com.example.Notes")

    return phone


@pytest.fixture
def inside(tmp_path: Path) -> Callable[[Scenario], None]:
    """Run a scenario on a phone inside the test."""

    async def live(scenario: Scenario) -> None:
        record = DeviceRecord(
            udid="00000000-0000-4000-8000-000000000A11",
            name="inside",
            device_type="x",
            runtime="y",
            seed=bytes(32),
        )
        clock = TurnedClock()
        host = DeviceHost(record, tmp_path / "inside", "STRONG", clock=clock)

        try:
            await host.start()
            await asyncio.wait_for(scenario(InsidePhone(host, clock)), 30)
        finally:
            await host.stop("the test is over")

    return lambda scenario: asyncio.run(live(scenario))


@pytest.fixture
def app(tmp_path: Path) -> Callable[..., str]:
    """Write an app with extensions, name → (point, code); return its folder."""

    def write(
        extensions: dict[str, tuple[str, str]],
        *,
        code: str = APP,
        name: str = "Host",
        groups: tuple[str, ...] = (),
    ) -> str:
        bundle_id = f"com.example.{name}"
        folder = tmp_path / "bundles" / f"{name}.app"
        _write_bundle(folder, code, {"CFBundleIdentifier": bundle_id}, groups)

        for extension, (point, program) in extensions.items():
            info: Row = {
                "CFBundleIdentifier": f"{bundle_id}.{extension}",
                "CFBundlePackageType": "XPC!",
                "NSExtension": {
                    "NSExtensionPointIdentifier": point,
                    "NSExtensionAttributes": {"NSExtensionActivationRule": "TRUEPREDICATE"},
                },
            }
            _write_bundle(folder / "PlugIns" / f"{extension}.appex", program, info, groups)

        return str(folder)

    return write
