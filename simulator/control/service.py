"""The service of a device set: found where it runs, started where it does not."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import simulator
from simulator.control.client import Client
from simulator.device.settings import service_environment, service_socket
from simulator.xpc.errors import CommandError, DeviceGone, WorldError
from simulator.xpc.title import TITLE_ROOM

__all__ = ("Row", "Service", "start_service")

Row = Mapping[str, object]


def start_service(device_set: Path, *, lifeline: int = -1) -> "subprocess.Popen[bytes]":
    """Start the service of a set and return when it listens.

    Two starts at once are no error: the set's lock lets one live.

    Args:
        device_set: The folder.
        lifeline: A descriptor whose end of file ends the service; -1 lets it end when idle.

    Raises:
        WorldError: It did not come up; the text says why.
    """
    ready, theirs = os.pipe()
    kept = [theirs] if lifeline < 0 else [theirs, lifeline]
    process = subprocess.Popen(
        [
            *(sys.executable, "-P", "-m", "simulator.service"),
            *(str(device_set), str(theirs), str(lifeline), TITLE_ROOM),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=service_environment(Path(simulator.__file__).parents[1]),
        pass_fds=kept,
        start_new_session=True,
    )
    os.close(theirs)

    with os.fdopen(ready, "rb") as pipe:
        said = pipe.read()

    assert process.stderr is not None

    if said != b"ok":
        _, trouble = process.communicate(timeout=10)
        text = said.decode("utf-8", "replace") or trouble.decode("utf-8", "replace").strip()
        raise WorldError(f"CoreSimulatorService did not start: {text}")

    process.stderr.close()

    return process


class Service:
    """The service of a device set.

    Args:
        device_set: The folder.
        start: Whether to start it where it does not run.
    """

    def __init__(self, device_set: Path, *, start: bool = True, lifeline: int = -1) -> None:
        self.device_set = device_set
        self._process: subprocess.Popen[bytes] | None = None

        try:
            self._client = self._connect()
        except DeviceGone:
            if not start:
                raise

            # A service that is just ending may be met: its successor waits for its lock.
            self._process = start_service(device_set, lifeline=lifeline)
            self._client = self._connect()

    def _connect(self) -> Client:
        client = Client(service_socket(self.device_set), "CoreSimulatorService")

        try:
            client.ask("ping")  # it may end between our connecting and its accepting
        except DeviceGone:
            client.close()
            raise

        return client

    def ask(self, verb: str, **arguments: object) -> object:
        """Ask the service; see ``service.verbs``."""
        return self._client.ask(verb, **arguments)

    def devices(self) -> list[Row]:
        """Return every device, in the order of creation."""
        return cast("list[Row]", self.ask("list"))

    def find(self, specifier: str) -> Row:
        """Return the device that a person means: a udid, ``booted`` (any case), or a name.

        Raises:
            CommandError: ``Invalid device`` or ``No devices are booted.``
        """
        devices = self.devices()

        if specifier.lower() == "booted":
            booted = [device for device in devices if device["state"] == "Booted"]

            if not booted:
                raise CommandError("", 404, "No devices are booted.")

            return booted[0]

        for device in devices:
            if specifier in {device["udid"], device["name"]} or (
                specifier.upper() == device["udid"]
            ):
                return device

        raise CommandError("", 404, f"Invalid device: {specifier}")

    def close(self) -> None:
        """Hang up; the service goes on, in a session of its own."""
        self._client.close()

        if self._process is not None and self._process.poll() is None:
            self._process.returncode = 0  # outlives us on purpose

    def stop(self) -> None:
        """End the service and every device of its set, and wait until it is gone."""
        try:
            self._client.ask("stop")
            self._client.wait_for_end()
        finally:
            self._client.close()

            if self._process is not None:
                self._process.wait(timeout=30)
