"""A device, as a test holds it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, cast

import simulator
from simulator.control.client import Client
from simulator.control.service import Service
from simulator.testing.app import App, rows_of, screen_text
from simulator.testing.bundles import app_from_classes
from simulator.testing.coordination import Coordination
from simulator.testing.denials import Denials, denials_in
from simulator.testing.group import Group
from simulator.testing.links import Links
from simulator.testing.phone import Phone
from simulator.testing.preferring import Preferring
from simulator.testing.program import Ran, run
from simulator.testing.races import Race, Races, races_in
from simulator.testing.record import DeviceLog, Events
from simulator.testing.sheet import SharedItem, Sheet, items_of, known_to
from simulator.testing.waiting import patience, wait_until
from simulator.testing.why import WhyOffered, why_offered
from simulator.xpc.errors import CommandError, Misuse, SimulatorError

__all__ = ("Device", "sample")

Result = TypeVar("Result")

_CONTROL_S = 30.0


def sample(name: str) -> Path:
    """Return the folder of a sample app that ships with the simulator.

    Raises:
        Misuse: There is none of that name.
    """
    package = Path(simulator.__file__).parent
    places = (package / "_samples" / "apps", package.parent / "apps")

    for place in places:
        if (place / f"{name}.app").is_dir():
            return place / f"{name}.app"

    known = ", ".join(sorted(app.stem for place in places for app in place.glob("*.app")))
    raise Misuse(f"no sample app is called {name!r} (samples: {known or 'none'})")


class Device(Phone, Preferring, Links):
    """A device, from its creation to its deletion.

    Args:
        service: Of its set.
        scratch: Where bundles are made.
        seed: Of everything random on it.
        name: As ``simctl list`` shows it.
        strict: A suite without the entitlement is an error, instead of a private suite.
        races: Look for races between processes, from the boot on: True lets a test fail for them
            at its end, ``"warn"`` warns.

    Attributes:
        judges_races: As ``races``.
    """

    def __init__(
        self,
        service: Service,
        scratch: Path,
        seed: bytes,
        name: str = "test device",
        *,
        strict: bool = False,
        races: bool | str = False,
    ) -> None:
        self._service = service
        self._scratch = scratch
        self.seed = seed
        self._strict = strict
        self.judges_races = races
        self._races_before: list[Race] = []  # of boots that are over
        self.udid = str(service.ask("create", name=name, type="iPhone 17", seed=seed))
        self.folder = Path(str(service.find(self.udid)["path"]))
        self._client: Client | None = None
        self._asked_level = ""
        self.log = DeviceLog(self.ask)

    # -- its life ----------------------------------------------------------------------------

    def boot(self, level: str = "") -> None:
        """Boot it.

        Args:
            level: A sandbox level, ``SEALED`` or ``STRONG``; the strongest that works if empty.

        Raises:
            Misuse: There is no such level.
            WorldError: This machine does not hold it.
        """
        self._asked_level = level
        self._service.ask("boot", udid=self.udid, level=level)
        self._socket = Path(str(self._service.find(self.udid)["socket"]))
        self._client = Client(self._socket, "the device")
        self.log = DeviceLog(self.ask)

        if self._strict:
            self.ask("defaults_settings", strict=True)

        if self.judges_races:
            self.look_for_races()

    def shutdown(self) -> None:
        """Shut it down; apps and data stay."""
        if self.judges_races and self._client is not None:
            self._races_before += self.races

        self.hang_up()
        self._service.ask("shutdown", udid=self.udid)

    def reboot(self) -> None:
        """Shut it down and boot it again; the log begins anew."""
        self.shutdown()
        self.boot(self._asked_level)

    @property
    def state(self) -> str:
        """Its state, as ``simctl list`` shows it."""
        return str(self._service.find(self.udid)["state"])

    def adopt(self, service: Service) -> None:
        """Go on with another service of the same set: the first one has died."""
        self._service = service

    def hang_up(self) -> None:
        """Close this side's connection."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def delete(self) -> None:
        """Remove it, booted or not."""
        self.hang_up()

        with suppress(CommandError):  # it was shut down, or its host has died
            self._service.ask("shutdown", udid=self.udid)

        self._service.ask("delete", udid=self.udid)

    def ask(self, verb: str, **arguments: object) -> object:
        """Ask the device itself; see ``simulator.device.verbs``."""
        __tracebackhide__ = True

        if self._client is None:
            raise Misuse("the device is not booted: boot() it first")

        return self._client.ask(verb, **arguments)

    # -- apps --------------------------------------------------------------------------------

    def install(
        self, *what: str | Path | type, groups: Sequence[str] = (), schemes: Sequence[str] = ()
    ) -> str:
        """Install an app and return its bundle id.

        Args:
            what: A ``.app`` folder, the name of a sample, or classes of a test module: an
                Application and the extensions it embeds (see ``simulator.testing.bundles``).
            groups: For classes, the App Groups that all of them are in.
            schemes: For classes, the URL schemes that the app claims.
        """
        classes = [each for each in what if isinstance(each, type)]
        paths = [each for each in what if not isinstance(each, type)]

        if classes and not paths:
            path = app_from_classes(self._scratch, classes, groups=groups, schemes=schemes)
        elif len(paths) == 1 and not classes and not groups and not schemes:
            is_name = isinstance(paths[0], str) and "/" not in paths[0] and ".app" not in paths[0]
            path = sample(str(paths[0])) if is_name else Path(paths[0])
        else:
            raise Misuse("install takes one path, one sample's name, or classes (groups, schemes)")

        answer = cast("dict[str, object]", self.ask("install", path=str(path.absolute())))

        return str(answer["bundle_id"])

    def uninstall(self, name: str) -> None:
        """Remove an app, its data, and groups nobody else is in."""
        self.ask("uninstall", bundle_id=self._installed(name) or name)

    def bundle_id_of(self, name: str) -> str:
        """Return the bundle id of an installed app by id, name or executable; else ``name``."""
        return self._installed(name) or name

    def _installed(self, name: str) -> str | None:
        """Return the bundle id of an installed app by id, name or executable."""
        for row in cast("list[dict[str, object]]", self.ask("listapps")):
            executable = str(row["executable"]).removesuffix(".py")

            if name in {row["bundle_id"], row["name"], executable}:
                return str(row["bundle_id"])

        return None

    def launch(
        self,
        name: str | Path,
        *arguments: str,
        environment: dict[str, str] | None = None,
        terminate_running: bool = False,
        trace_sandbox: bool | None = None,
        wait_s: float | None = None,
    ) -> App:
        """Launch an app and return when it is idle.

        Args:
            name: A bundle id, or a name; a sample that is not installed is installed first. Or the
                path of a ``.app`` folder, which is installed, or upgraded, first.
            arguments: ``sys.argv[1:]`` of the app.
            environment: Added to what iOS sets.
            terminate_running: End a running process of the app first.
            trace_sandbox: Whether to tell what C code is refused, too; else as the device is set.
            wait_s: How long to wait for an app that is busy, which is returned then all the same;
                the seconds of the option ``simulator_timeout`` if not said.

        Raises:
            CommandError: It could not be launched, or ended before it was ready.
        """
        bundle_id = self._launchable(name)
        row = cast(
            "dict[str, object]",
            self.ask(
                "launch",
                bundle_id=bundle_id,
                arguments=list(arguments),
                environment=environment or {},
                terminate_running=terminate_running,
                trace_sandbox=trace_sandbox,
                wait_s=patience.timeout_s if wait_s is None else wait_s,
            ),
        )

        return self._app(row)

    def _launchable(self, name: str | Path) -> str:
        """Return the bundle id that is meant; what is a path or a sample is installed."""
        if isinstance(name, Path) or "/" in name:
            return self.install(name)

        installed = self._installed(name)

        if installed is not None:
            return installed

        is_folder = name.endswith(".app") and Path(name).is_dir()

        return self.install(name) if is_folder or "." not in name else name

    def _app(self, row: dict[str, object]) -> App:
        name = f"{row['bundle_id']}/{row['ordinal']}"

        return App(self.ask, self.log, name, cast("int", row["pid"]))

    def app(self, name: str) -> App:
        """Return the running process of an app that something else started.

        Raises:
            Misuse: It does not run.
        """
        bundle_id = self._installed(name) or name
        pids = [pid for pid, running, *_ in self.ps if running == bundle_id]

        if not pids:
            raise Misuse(f"{bundle_id} does not run; running: {[row[1] for row in self.ps]}")

        starts = self.events.of(kind="launch", operation="start", resource=bundle_id)

        return App(self.ask, self.log, str(starts[-1].detail["guest"]), pids[-1])

    def container(self, bundle_id: str, container: str = "data") -> Path:
        """Return a container of an app or extension: ``data``, ``app``, or a group's id."""
        return Path(str(self.ask("get_app_container", bundle_id=bundle_id, container=container)))

    # -- channels ----------------------------------------------------------------------------

    def share(
        self,
        text: str | None = None,
        *,
        url: str | None = None,
        files: Sequence[str | Path] = (),
        items: Sequence[SharedItem] = (),
        to: str | None = None,
    ) -> Sheet:
        """Open the share sheet for a text, a URL, files; with ``to``, choose at once.

        Args:
            text: A text.
            url: A URL.
            files: Paths; a file's suffix tells its type.
            items: Whatever else: types, the most faithful first; a name; the data.
            to: The id of the extension to choose.
        """
        sheet = Sheet(self.ask, known_to(self.ask, items_of(text, url, files, items)))

        if to is not None:
            sheet.choose(to)

        return sheet

    def why_offered(
        self,
        extension: str | Path,
        *items: str | Sequence[Sequence[str]],
        host_bundle: str | Path = "",
    ) -> WhyOffered:
        """Say why an extension is or is not offered for items; true where it is.

        Args:
            extension: An id, or the path of a ``.appex`` or an Info.plist.
            items: Words as ``public.jpeg:2`` or ``public.jpeg+public.file-url``; or extension
                items, each as its attachments, each as its types.
            host_bundle: The app in which it is shared, by id or path: what it declares is known.
        """
        return why_offered(self.ask, extension, items, host_bundle)

    def elect(self, extension: str, election: str) -> None:
        """Choose as the user: ``use`` an extension, ``ignore`` it, or ``default``."""
        self.ask("elect", bundle_id=extension, election=election)

    def notify_post(self, name: str) -> None:
        """Post a Darwin notification, as somebody outside every app."""
        self.ask("notify_post", name=name)

    def nest_notify_suspensions(self, *, on: bool = True) -> None:
        """Let a token that was suspended k times need k resumes, until the device is shut down.

        So the manual of libnotify has it. As it ships, and here without this, one is enough.
        """
        self.ask("notify_nested", on=on)

    def spawn(self, program: str, *arguments: str, given: bytes = b"") -> Ran:
        """Run a built-in program to its end, as ``simctl spawn`` does.

        Args:
            program: Its name, for example ``defaults``.
            arguments: What stands behind it.
            given: Its standard input.

        Raises:
            CommandError: There is no such program.
        """
        if self._client is None:
            raise Misuse("the device is not booted: boot() it first")

        return run(self._socket, program, list(arguments), given)

    def group(self, group_id: str) -> Group:
        """Return an App Group."""
        return Group(self.ask, group_id)

    # -- watching ----------------------------------------------------------------------------

    @property
    def ps(self) -> list[tuple[int, str, str, str]]:
        """Every process: pid, bundle id, state, why it lives."""
        return rows_of(self.ask)

    @property
    def screen(self) -> str:
        """What the front app shows."""
        return screen_text(self.ask, "")

    @property
    def events(self) -> Events:
        """Everything that happened since boot."""
        return Events(list(self.log.all()))

    @property
    def denials(self) -> Denials:
        """What the sandbox refused since boot: a sequence, to be compared, filtered, ``only()``."""
        return denials_in(self.log.all())

    def look_for_races(self, *, on: bool = True) -> None:
        """Look for races between processes from now on, or no longer; what was found stays."""
        self.ask("races", on=on)

    @property
    def races(self) -> Races:
        """The races since they are looked for: a sequence, with ``of(kind, path=…)``, ``only()``.

        A race is told when both processes have gone on with something else: ``settle()`` first.
        """
        return races_in(self.ask("races"))

    def races_since_creation(self, settle_s: float) -> Races:
        """Return the races of all boots, when everybody is at rest or ``settle_s`` are over."""
        found = []

        if self._client is not None:
            with suppress(SimulatorError):
                self.settle(settle_s)

            with suppress(SimulatorError):  # the test may have killed it
                found = [*self.races]

        return Races([*self._races_before, *found])

    @property
    def coordination(self) -> Coordination:
        """Who holds and who waits for which file, and who presents it."""
        return Coordination(self.ask)

    @property
    def level(self) -> str:
        """How strongly the kernel confines guests: ``SEALED``, ``STRONG`` or ``UNSEALED``."""
        return str(cast("dict[str, object]", self.ask("info"))["level"])

    def settle(self, timeout_s: float = _CONTROL_S) -> None:
        """Wait until every process is idle with nothing unacknowledged."""
        self.ask("settle", timeout_s=timeout_s)

    def wait_until(self, condition: Callable[[], Result], timeout_s: float | None = None) -> Result:
        """Return what ``condition`` returns once that is true.

        Args:
            condition: Called without arguments, again and again.
            timeout_s: Seconds; those of the option ``simulator_timeout`` if not said.

        Raises:
            WaitTimedOut: It did not come true; the text tells the story.
        """
        __tracebackhide__ = True

        return wait_until(self.log, condition, timeout_s=timeout_s)

    def __repr__(self) -> str:
        return f"<Device {self.udid}>"
