"""Launching: plan, spawn, hear HELLO, say GO; and what becomes of a process."""

import os
import signal
import socket
from collections.abc import Callable, Collection, Sequence

from shared_container.codec import decode, encode
from simulator.bundles.bundle import Bundle
from simulator.bundles.opening import scene_delegate
from simulator.daemonkit.chance import Chance
from simulator.daemonkit.connection import Connection
from simulator.daemonkit.console import Console
from simulator.daemonkit.door import Passage
from simulator.daemonkit.guest import Crash, Exit, Guest, GuestState
from simulator.daemonkit.limits import FLOOD_TURNS_MAX, LAUNCH_HELLO_S
from simulator.daemonkit.rooms import Containers, Kit, Registry, Violations
from simulator.daemonkit.router import Heard
from simulator.daemons.launchd.ending import Endings
from simulator.daemons.launchd.feeding import Feeding
from simulator.daemons.launchd.grants import granted
from simulator.daemons.launchd.plan import (
    Confinement,
    Reach,
    guest_environment,
    guest_profile,
    launch_plan,
)
from simulator.daemons.launchd.services import Services
from simulator.daemons.launchd.state import Supervisor
from simulator.daemons.launchd.zygote import Zygote
from simulator.sandbox.profile import Profile
from simulator.wires import unix
from simulator.xpc.errors import Misbehaved, Misuse, StepFailed, WorldError
from simulator.xpc.frames import PAYLOAD_BYTES_MAX, PROTOCOL_VERSION, Kind

__all__ = ("Launchd",)

_LOOPBACK = "com.apple.developer.web-browser-engine.restrict.notifyd"
_ERRNO_MAX = 4095  # of the kernel's

# The default holds 278 small frames, and a burst of sets then waits (measured). Set here: the
# sandbox denies setsockopt.
_GUEST_SEND_BUFFER = 1 << 20


class Launchd:
    """The supervisor's shell.

    Args:
        kit: The device's.
        chance: Derives each guest's own randomness.
        confinement: How guests are confined.
        zygote: Forks guests.
        containers, registry: Whose folders, and which app contains an extension.
    """

    def __init__(
        self,
        kit: Kit,
        chance: Chance,
        confinement: Confinement,
        zygote: Zygote,
        containers: Containers,
        registry: Registry,
    ) -> None:
        self._kit = kit
        self._chance = chance
        self._confinement = confinement
        self._level = confinement.level
        self._zygote = zygote
        self._containers = containers
        self._registry = registry
        self._supervisor = Supervisor()
        self._endings = Endings(kit, self._supervisor)
        self._go: dict[Guest, bytes] = {}
        self.traced = False  # unless a launch says otherwise
        self.violations: Violations  # the device's; wired after it is made
        self.reach: Callable[[Bundle, Collection[str]], Reach] = lambda *_: Reach()  # likewise
        self._stopped: dict[Guest, int] = {}  # to be stopped at their start → cause of their GO
        self.services = Services(kit, self._supervisor)
        self._feeding = Feeding(kit)
        kit.router.on(Kind.HELLO, self._hello)
        kit.router.on(Kind.FAIL, self._failed)
        kit.router.on(Kind.CRASH, self._crashed)
        kit.router.on(Kind.YIELD, lambda _: None)
        kit.router.on_exit(self._forget)
        kit.router.drop = self._endings.drop

    def _forget(self, guest: Guest) -> None:
        self._go.pop(guest, None)
        self._stopped.pop(guest, None)

    # -- launching ---------------------------------------------------------------------------

    async def launch(
        self,
        bundle: Bundle,
        *,
        cause: int = 0,
        options: dict[str, object] | None = None,
        arguments: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        traced: bool | None = None,
    ) -> Guest:
        """Start a process of ``bundle`` and return it once it is sealed and has its GO.

        With ``traced`` each file that it opens is told to sandboxd; None means as the device.

        Raises:
            StepFailed: A step failed inside the new process.
            WorldError: It ended before it could say anything.
        """
        if self._confinement.is_sealed:
            await self._zygote.cover(self._containers.every_container())

        home = self._containers.data_container(bundle)
        ordinal = self._supervisor.admit(bundle)
        guest = Guest(bundle, ordinal, home, self._containers.group_containers(bundle))
        guest.traced = self.traced if traced is None else traced
        guest.profile = self._profile(guest)
        self._go[guest] = self._launch_information(
            guest, options or {}, arguments, environment or {}
        )
        await self._start(guest, cause)

        return guest

    async def spawn(
        self,
        program: Bundle,
        console: Console,
        *,
        home: str,
        arguments: Sequence[str] = (),
        environment: dict[str, str] | None = None,
        stopped: bool = False,
    ) -> Guest:
        """Start a built-in program and return it once it is sealed.

        Args:
            program: From :func:`find_program`.
            console: Gets what it prints, and has what it reads.
            home: The device's data folder: ``HOME``, as in Apple's Simulator. It may not write
                there, nor anywhere.
            arguments: What stands behind the program's name.
            environment: What ``SIMCTL_CHILD_`` asked for.
            stopped: Whether it is stopped before its first line, to be debugged.

        Raises:
            StepFailed: A step failed inside the new process.
            WorldError: It ended before it could say anything.
        """
        ordinal = self._supervisor.admit(program)
        guest = Guest(program, ordinal, home, {}, is_system=True)
        self._go[guest] = self._launch_information(guest, {}, arguments, environment or {})

        if stopped:
            self._stopped[guest] = 0

        if console.feed is not None:
            self._feeding.feed(guest, console.feed)

        await self._start(guest, 0, console)

        return guest

    async def _start(self, guest: Guest, cause: int, console: Console | None = None) -> None:
        event = self._kit.log.append(
            "launch",
            "start",
            guest.bundle_id,
            actor="launchd",
            cause=cause,
            guest=guest.name,
            level=self._level,
        )
        self._kit.door.admit(
            Passage("out", "spawn", guest.name, guest.bundle_id),
            lambda: self._spawn(guest, event, console),
        )
        watchdog = self._kit.clock.call_later(LAUNCH_HELLO_S, lambda: self._too_slow(guest))

        try:
            await guest.ready
        finally:
            watchdog.cancel()

    def _launch_information(
        self,
        guest: Guest,
        options: dict[str, object],
        arguments: Sequence[str],
        environment: dict[str, str],
    ) -> bytes:
        bundle = guest.bundle
        profile = self._profile(guest)
        program = {"program": bundle.info.executable} if guest.is_system else {}
        payload = encode(
            {
                **program,
                "bundle_id": bundle.bundle_id,
                "bundle": str(bundle.path),
                "executable": str(bundle.executable),
                "frameworks": str(self._app_of(guest).frameworks),
                "point": bundle.extension_point,
                "principal_class": bundle.principal_class,
                "scene_delegate": None if bundle.is_extension else scene_delegate(bundle.info),
                "home": guest.home,
                "groups": guest.groups,
                "sandbox": {
                    "read": list(profile.readable),
                    "write": list(profile.write),
                    "list": list(profile.listed),
                    "devices": [list(device) for device in profile.devices],
                },
                "options": options,
                "arguments": list(arguments),
                "environment": guest_environment(guest, environment),
                "loopback": bundle.entitlements.raw.get(_LOOPBACK) is True,
                "random": self._chance.share("random", bundle.bundle_id, guest.ordinal),
            }
        )

        if len(payload) > PAYLOAD_BYTES_MAX:
            raise Misuse(
                f"arguments and environment of {bundle.bundle_id} need {len(payload)} bytes; "
                f"a launch carries {PAYLOAD_BYTES_MAX} (PAYLOAD_BYTES_MAX)"
            )

        return payload

    def _operations(self, guest: Guest) -> list[tuple[str, Sequence[str | int]]]:
        return launch_plan(self._profile(guest), self._zygote.pid)

    def _profile(self, guest: Guest) -> Profile:
        if guest.profile is not None:  # it is being launched with that, whatever changes meanwhile
            return guest.profile

        own = (guest.home, *guest.groups.values())
        reach = Reach() if guest.is_system else self.reach(guest.bundle, own)

        return guest_profile(guest, self._app_of(guest), self._confinement, reach)

    def _app_of(self, guest: Guest) -> Bundle:
        # An app may call itself as a built-in program is called; neither is the other.
        return guest.bundle if guest.is_system else self._app(guest.bundle)

    def _app(self, bundle: Bundle) -> Bundle:
        return self._registry.app_of(bundle.bundle_id) or bundle

    def _spawn(self, guest: Guest, cause: int, console: Console | None) -> None:
        # The zygote has the beginning, and may have carried it out already.
        operations = self._operations(guest)[len(self._confinement.common_operations) :]
        host_end, guest_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        guest_end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _GUEST_SEND_BUFFER)
        sender, wire_end = unix.pair(f"{guest.bundle_id}.{guest.ordinal}")
        pipes = [os.pipe2(os.O_CLOEXEC), os.pipe2(os.O_CLOEXEC)]

        for _, write in pipes:
            os.fchmod(write, 0o200)  # else /proc/self/fd would open it anew for reading

        number = self._supervisor.add(guest)
        guest.connection = Connection(
            host_end,
            sender,
            lambda frame, said: self._kit.router.hear(guest, frame, said or cause),
            lambda sentence: self._endings.drop(guest, sentence),
        )
        guest.connection.flooded = lambda: self._flooded(guest)
        self._endings.listen(guest, pipes[0][0], pipes[1][0], console)
        guest.connection.start()

        # Every fork copies the other side's ends: they are closed here at once, or the end of
        # file that tells of a death never comes.
        with guest_end:
            files = [guest_end.fileno(), *wire_end.descriptors, pipes[0][1], pipes[1][1]]

            try:
                self._zygote.spawn(number, guest.bundle_id, self._level, operations, files)
            except OSError as problem:
                guest.ready.set_exception(StepFailed("spawn", problem.errno or 0))
                self._endings.bury(guest, -9)
            finally:
                for theirs in (*wire_end.descriptors, pipes[0][1], pipes[1][1]):
                    os.close(theirs)

    def _flooded(self, guest: Guest) -> None:
        self._kit.log.append(
            "process",
            "flood",
            guest.bundle_id,
            actor=guest.name,
            reason=f"it has more to say after {FLOOD_TURNS_MAX} turns in a row (FLOOD_TURNS_MAX); "
            "others have their turns in between, and it waits while its socket is full",
        )

    def _too_slow(self, guest: Guest) -> None:
        sentence = f"it did not say HELLO within {LAUNCH_HELLO_S:g} s (LAUNCH_HELLO_S)"
        self._endings.fail_launch(guest, WorldError(f"{guest.bundle_id} did not start: {sentence}"))
        guest.asked_to_end = sentence
        guest.signal(signal.SIGKILL)

    # -- what the zygote says ----------------------------------------------------------------

    def zygote_reported(self, what: str, arguments: list[object], files: list[int]) -> None:
        """Take a report of the zygote: spawned, exited, stopped, continued."""
        if what == "spawned":
            number, pid = arguments
            assert isinstance(number, int)
            assert isinstance(pid, int)
            guest = self._supervisor.forked(number, pid)

            if guest is None:
                os.close(files[0])
                return

            guest.pidfd = files[0]

            if guest.state is GuestState.RUNNING or guest.asked_to_end:  # its HELLO was faster
                self._settle_start(guest)

            return

        pid = arguments[0]
        assert isinstance(pid, int)
        guest = self._supervisor.by_pid(pid)

        if guest is None:
            return

        if what == "exited":
            status = arguments[1]
            assert isinstance(status, int)
            self._kit.door.admit(
                Passage("in", "exit", guest.name, str(status)),
                lambda: self._endings.bury(guest, status),
            )
        else:
            guest.state = GuestState.STOPPED if what == "stopped" else GuestState.RUNNING
            self._kit.log.append("process", what, guest.bundle_id, actor=guest.name)
            self._kit.router.rested()

    def _settle_start(self, guest: Guest) -> None:
        if guest.asked_to_end:
            guest.signal(signal.SIGKILL)
        elif not guest.ready.done():
            if guest in self._stopped:  # it still waits for its GO
                guest.signal(signal.SIGSTOP)
                self._send_go(guest, self._stopped.pop(guest))

            guest.ready.set_result(None)

    def _send_go(self, guest: Guest, cause: int) -> None:
        assert guest.connection is not None
        guest.connection.send(Kind.GO, self._go.pop(guest), cause=cause)

    # -- what guests say ---------------------------------------------------------------------

    def _hello(self, heard: Heard) -> None:
        guest = heard.guest

        if guest.state is not GuestState.LAUNCHING:
            raise Misbehaved("a second HELLO")

        if heard.frame.arg != PROTOCOL_VERSION or heard.frame.payload != self._level.encode():
            raise Misbehaved(
                f"HELLO of version {heard.frame.arg} at level {heard.frame.payload!r}; "
                f"this is version {PROTOCOL_VERSION} at level {self._level}"
            )

        assert guest.connection is not None
        self.violations.listen(guest, guest.connection.take_listener())
        guest.state = GuestState.RUNNING

        if guest in self._stopped:
            self._stopped[guest] = heard.cause
        else:
            self._send_go(guest, heard.cause)

        if guest.pid:
            self._settle_start(guest)

    def _failed(self, heard: Heard) -> None:
        if heard.guest.state is not GuestState.LAUNCHING:
            raise Misbehaved("FAIL after HELLO")

        if heard.frame.arg > _ERRNO_MAX:
            raise Misbehaved(f"FAIL with the errno {heard.frame.arg}")

        step = heard.frame.payload.decode("utf-8", "replace")
        self._endings.fail_launch(heard.guest, StepFailed(step, heard.frame.arg))

    def _crashed(self, heard: Heard) -> None:
        report = decode(heard.frame.payload)

        match report:
            case [str(kind), str(text), str(file), int(line)]:
                heard.guest.crash = Crash(kind, text, file, line)
            case _:
                raise Misbehaved("a crash report of the wrong shape")

    # -- for the other rooms -----------------------------------------------------------------

    async def terminate(self, guest: Guest, reason: str, *, polite: bool = True) -> Exit:
        """End a process and wait until it is gone."""
        return await self._endings.terminate(guest, reason, polite=polite)

    def running(self, bundle_id: str) -> Guest | None:
        """Return the youngest living process of a bundle."""
        return self._supervisor.running(bundle_id)

    def guests(self) -> Sequence[Guest]:
        """Return all living processes, in the order of their launch."""
        return self._supervisor.guests()

    def plan(
        self, bundle: Bundle, *, traced: bool = False
    ) -> list[tuple[str, Sequence[str | int]]]:
        """Return what a launch of ``bundle`` would do, without doing it: the dry run."""
        if not bundle.path.exists():
            raise Misuse(f"{bundle.bundle_id} is not installed")

        groups = self._containers.group_containers(bundle)
        guest = Guest(bundle, 0, self._containers.data_container(bundle), groups, traced=traced)

        return self._operations(guest)

    def grants(self, bundle: Bundle, app: Bundle | None = None) -> list[str]:
        """Return what a bundle may do, as sentences.

        Args:
            bundle: Installed, or not.
            app: Where it is not installed, the app that it belongs to.
        """
        return granted(bundle, app or self._app(bundle), self._confinement, self.reach(bundle, ()))

    def statistics(self) -> dict[str, object]:
        """Return who runs and how much each said."""
        return {
            guest.name: guest.connection.statistics()
            for guest in self._supervisor.guests()
            if guest.connection is not None
        }
