"""The service's loop: clients, children, idleness. Single-threaded, because it forks."""

import fcntl
import gc
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from simulator.daemonkit.page import sweep
from simulator.device.device_set import DeviceSet
from simulator.device.record import DeviceState
from simulator.device.settings import (
    device_socket,
    lock_file,
    make_runtime_folder,
    service_socket,
)
from simulator.sandbox import kernel
from simulator.sandbox.witness import Proof
from simulator.service.children import Child, fork_host
from simulator.service.client import ServiceClient
from simulator.service.clients import Clients
from simulator.service.levels import Levels
from simulator.service.runtime import RuntimeFolder
from simulator.service.verbs import ServiceVerbs
from simulator.xpc.errors import DeviceGone, SimulatorError, WorldError
from simulator.xpc.title import Title

__all__ = ("ServiceLoop",)

_IDLE_S = 60.0
_SHUTDOWN_S = 10.0


class ServiceLoop:
    """The service of one device set.

    Args:
        path: The set.
        lifeline: A descriptor whose end of file ends the service, or -1.
        begun: A proof of the strongest sandbox level that was begun before everything else.
    """

    def __init__(self, path: Path, lifeline: int, begun: Proof | None = None) -> None:
        self.devices = DeviceSet(path)
        self._lock = os.open(lock_file(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        make_runtime_folder(path)
        self._socket_path = service_socket(path)
        self.owner = self._own_or_find()

        if not self.owner:
            if begun is not None:
                begun.finish()

            return

        kernel.set_child_subreaper()  # orphans of a dead host are reaped here
        Title().set(f"CoreSimulatorService {path}")
        self.levels = Levels(begun)
        self.devices.recover()
        self.children: dict[str, Child] = {}
        self.stopping = False
        self._lifeline = lifeline
        self._selector = selectors.DefaultSelector()
        self._clients = Clients(self._selector, ServiceVerbs(self))
        self._sweep_leftovers()
        self._listener = self._listen()
        self._signalled = self._catch_children()
        self._register()
        gc.collect()
        gc.freeze()  # a collection in a forked host must not copy these pages

    def _try_lock(self) -> bool:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False

        return True

    def _own_or_find(self) -> bool:
        """Return True once this service owns the set, False once another one listens."""
        for _ in range(1000):
            if self._try_lock():
                return True

            with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
                probe.connect(str(self._socket_path))
                return False

            with selectors.DefaultSelector() as pause:  # the other is starting, or ending
                pause.select(0.01)

        raise WorldError("another service owns the device set, and does not listen")

    def _sweep_leftovers(self) -> None:
        """Remove the sockets and shared memory that a killed service's devices left."""
        self._runtime = RuntimeFolder(self._socket_path.parent)

        for record in self.devices:
            sweep(record.udid)

    def _listen(self) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self._socket_path))
        listener.listen(64)
        listener.setblocking(False)

        return listener

    def _catch_children(self) -> int:
        read, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._wakeup = write

        return read

    def _register(self) -> None:
        self._watch(self._listener.fileno(), lambda: self._clients.accept(self._listener))
        self._watch(self._signalled, self._reap)

        if self._lifeline >= 0:
            self._watch(self._lifeline, self.stop)

    def _watch(self, descriptor: int, act: Callable[[], None]) -> None:
        self._selector.register(descriptor, selectors.EVENT_READ, act)

    # -- the loop ----------------------------------------------------------------------------

    def run(self) -> None:
        """Serve until told to stop, or idle for a while."""
        deadline = 0.0

        while not self.stopping:
            idle = not self.children and not self._clients.descriptors and self._lifeline < 0
            now = time.monotonic()
            deadline = 0.0 if not idle else (deadline or now + _IDLE_S)

            if deadline and now >= deadline:
                break

            for key, _ in self._selector.select(deadline - now if deadline else None):
                act: Callable[[], None] = key.data
                act()

        self._end_children()
        self._leave()

    def stop(self) -> None:
        """End after this turn, with every device shut down."""
        self.stopping = True

    def _end_children(self) -> None:
        for child in self.children.values():
            child.signal(signal.SIGTERM)

        deadline = time.monotonic() + _SHUTDOWN_S

        while self.children:
            left = deadline - time.monotonic()

            if left <= 0:
                for child in self.children.values():
                    child.signal(signal.SIGKILL)

            self._selector.select(max(left, 0.1))
            self._reap()

    def _leave(self) -> None:
        self._runtime.leave()

    # -- children ----------------------------------------------------------------------------

    def boot(self, udid: str, client: ServiceClient, level: str) -> None:
        """Fork the host of a device; ``client`` is answered when it is booted."""
        record = self.devices.get(udid)
        inherited = [
            self._listener.fileno(),
            self._signalled,
            self._wakeup,
            self._lock,
            self._runtime.lock,
            self._selector.fileno(),
            *self._clients.descriptors,
            *(self._lifeline for _ in range(self._lifeline >= 0)),
            *(
                fd
                for child in self.children.values()
                for fd in (child.pidfd, child.ready)
                if fd >= 0
            ),
        ]
        signal.set_wakeup_fd(-1)

        try:
            child = fork_host(
                record,
                self.devices.folder(udid),
                device_socket(self.devices.path, udid),
                level,
                inherited,
            )
        finally:
            signal.set_wakeup_fd(self._wakeup, warn_on_full_buffer=False)

        child.waiting.append(client)
        self.children[udid] = child
        self.devices.set_state(udid, DeviceState.BOOTING)
        self._watch(child.ready, lambda: self._booted(child))

    def _booted(self, child: Child) -> None:
        said = os.read(child.ready, 4096)
        self._selector.unregister(child.ready)
        os.close(child.ready)
        child.ready = -1

        if said == b"ok":
            self.devices.set_state(child.udid, DeviceState.BOOTED, last_booted_at=_now())
            result: object = None
        else:  # it is dying, or dead; the reaper does the rest
            reason = said.decode("utf-8", "replace") or "its host ended without a word"
            result = WorldError(f"Unable to boot the device: {reason}")

        waiting, child.waiting = child.waiting, []

        for client in waiting:
            client.answer(result)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._signalled, 4096)

        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return

            if pid == 0:
                return

            for child in list(self.children.values()):
                if child.pid == pid:
                    self._bury(child)

    def _bury(self, child: Child) -> None:
        if child.ready >= 0:
            self._booted(child)

        del self.children[child.udid]
        child.close()
        sweep(child.udid)

        with suppress(FileNotFoundError):
            device_socket(self.devices.path, child.udid).unlink()

        with suppress(DeviceGone, OSError, SimulatorError):
            self.devices.set_state(child.udid, DeviceState.SHUTDOWN)

        for client in child.ending:
            client.answer(None)


def _now() -> object:
    from datetime import UTC, datetime

    return datetime.now(UTC)  # noqa: TID251  the service is outside every device's time
