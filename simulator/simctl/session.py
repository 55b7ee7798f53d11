"""One run of the program: the device set it works on, and the devices it means."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from simulator.control.client import Client
from simulator.control.service import Service
from simulator.simctl.arguments import BOOTED, suggested, with_device
from simulator.xpc.errors import CommandError

__all__ = ("DEFAULT_TYPE", "Row", "Session", "note")

DEFAULT_TYPE = "iPhone 17"
_UNSEALED = "UNSEALED"
Row = Mapping[str, object]


def note(text: str) -> None:
    """Say something to the person, beside the output that programs read."""
    print(text, file=sys.stderr, flush=True)


class Session:
    """A device set, and its service, which is started at the first question.

    Args:
        device_set: The folder.
        service: A service that runs already, or None to find or start one.
    """

    def __init__(self, device_set: Path, service: Service | None = None) -> None:
        self.device_set = device_set
        self._service = service

    @property
    def service(self) -> Service:
        """The service of the set.

        Raises:
            WorldError: It does not start.
        """
        if self._service is None:
            self._service = Service(self.device_set)

        return self._service

    def ask(self, verb: str, **arguments: object) -> object:
        """Ask the service; see ``service.verbs``."""
        return self.service.ask(verb, **arguments)

    def device(self, specifier: str) -> Row:
        """Return the device of that udid or name, or for ``booted`` one that is booted.

        With several booted the first is taken, and the person is told.

        Raises:
            CommandError: ``Invalid device: …`` or ``No devices are booted.``
        """
        devices = self.service.devices()

        if specifier.lower() == BOOTED:
            booted = [row for row in devices if row["state"] == "Booted"]

            if len(booted) > 1:
                row = booted[0]
                note(f"{len(booted)} devices are booted; using {row['name']} ({row['udid']})")

        try:
            return self.service.find(specifier)
        except CommandError as problem:
            names = {BOOTED, *(str(row["name"]) for row in devices)}
            raise (
                problem if specifier.lower() == BOOTED else suggested(problem, specifier, names)
            ) from None

    def is_device(self, specifier: str) -> bool:
        """Return whether a word means a device: ``booted``, a udid, or a name in this set."""
        if specifier.lower() == BOOTED or _looks_like_udid(specifier):
            return True

        return specifier in self.device_names()

    def device_names(self) -> list[str]:
        """Return the names of the devices in this set."""
        return [str(row["name"]) for row in self.service.devices()]

    def split(self, arguments: Sequence[str], *names: str) -> tuple[str, list[str]]:
        """Split arguments as :func:`with_device` does; the device may stand behind the rest too.

        Raises:
            Usage: There are too few or too many.
        """
        device, rest = with_device(arguments, *names)

        is_behind = rest and len(arguments) > len(names) and not self.is_device(device)

        if is_behind and self.is_device(rest[-1]):
            return rest[-1], list(arguments[:-1])

        return device, rest

    def client(self, specifier: str) -> Client:
        """Return a connection to a booted device.

        Raises:
            CommandError: There is no such device, or it is not booted, in Apple's words.
        """
        return self.connect(self.device(specifier))

    def connect(self, row: Row) -> Client:
        """Return a connection to the device of a row; it must be booted, else as above."""
        if row["state"] != "Booted":
            raise CommandError(
                "com.apple.CoreSimulator.SimError",
                405,
                f"Unable to lookup in current state: {row['state']}",
            )

        if row["level"] == _UNSEALED:
            note(f"UNSEALED: the kernel does not confine the guests of {row['name']}")

        return Client(Path(str(row["socket"])), f"the device {row['name']}")

    def ensure_booted(self, specifier: str) -> Row:
        """Return a booted device; create one where there is none, boot one where none is.

        What had to be done is told on standard error.

        Raises:
            CommandError: A device was named that does not exist.
        """
        devices = self.service.devices()
        is_any = specifier.lower() == BOOTED

        if is_any and not any(row["state"] == "Booted" for row in devices):
            if not devices:
                udid = str(self.ask("create", name=DEFAULT_TYPE, type=DEFAULT_TYPE))
                note(f"Created {DEFAULT_TYPE} ({udid})")
            else:
                udid = str(devices[0]["udid"])

            specifier = udid

        row = self.device(specifier)

        if row["state"] == "Booted":
            return row

        self.ask("boot", udid=row["udid"], ensure=True)
        note(f"Booted {row['name']} ({row['udid']})")

        return self.device(str(row["udid"]))

    def installed(self, client: Client) -> list[Row]:
        """Return a device's apps, each with its ``extensions``."""
        return cast("list[Row]", client.ask("listapps"))

    def installed_ids(self, client: Client) -> set[str]:
        """Return the bundle ids of a device's apps and extensions."""
        apps = self.installed(client)
        rows = [*apps, *(row for each in apps for row in cast("list[Row]", each["extensions"]))]

        return {str(row["bundle_id"]) for row in rows}


def _looks_like_udid(word: str) -> bool:
    parts = word.split("-")

    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(
        part.isalnum() for part in parts
    )
