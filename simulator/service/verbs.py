"""What a control client can ask of the service."""

import os
import signal
from typing import Protocol

from simulator.device.catalog import DEVICE_TYPES, RUNTIMES
from simulator.device.device_set import DeviceSet
from simulator.device.record import DeviceState
from simulator.device.settings import device_socket
from simulator.service.children import Child
from simulator.service.client import ServiceClient
from simulator.service.levels import Levels
from simulator.xpc.errors import CommandError, Misuse

__all__ = ("ServiceVerbs", "Serving")

_SIM_ERROR = "com.apple.CoreSimulator.SimError"


class Serving(Protocol):
    """What the verbs need of the service."""

    devices: DeviceSet
    children: dict[str, Child]
    levels: Levels

    def boot(self, udid: str, client: ServiceClient, level: str) -> None:
        """Fork the host of a device; ``client`` is answered when it is booted."""

    def stop(self) -> None:
        """End after this turn, with every device shut down."""


class ServiceVerbs:
    """The verbs of the service. Each answers its client, now or when a child is up or gone.

    Args:
        loop: The service.
    """

    def __init__(self, loop: Serving) -> None:
        self._loop = loop
        self._verbs = {
            "ping": lambda client, _: client.answer(None),
            "list": self._list,
            "catalog": self._catalog,
            "create": self._create,
            "boot": self._boot,
            "shutdown": self._shutdown,
            "erase": self._erase,
            "delete": self._delete,
            "rename": self._rename,
            "doctor": self._doctor,
            "stop": self._stop,
        }

    def answer(self, client: ServiceClient, verb: str, arguments: dict[str, object]) -> None:
        """Do what was asked.

        Raises:
            SimulatorError: It could not be done; the error says why.
        """
        if verb not in self._verbs:
            raise Misuse(f"the service does not know the verb {verb!r}")

        self._verbs[verb](client, arguments)

    def _list(self, client: ServiceClient, _: dict[str, object]) -> None:
        devices, children = self._loop.devices, self._loop.children
        client.answer(
            [
                {
                    "udid": record.udid,
                    "name": record.name,
                    "state": record.state.words,
                    "type": record.device_type,
                    "runtime": record.runtime,
                    "path": str(devices.folder(record.udid)),
                    "booted_at": record.last_booted_at,
                    "socket": str(device_socket(devices.path, record.udid)),
                    "level": children[record.udid].level if record.udid in children else "",
                }
                for record in devices
            ]
        )

    def _catalog(self, client: ServiceClient, _: dict[str, object]) -> None:
        client.answer(
            {
                "devicetypes": [list(known) for known in DEVICE_TYPES],
                "runtimes": [list(known) for known in RUNTIMES],
            }
        )

    def _create(self, client: ServiceClient, arguments: dict[str, object]) -> None:
        seed = arguments.get("seed")
        client.answer(
            self._loop.devices.create(
                _text(arguments, "name"),
                _text(arguments, "type"),
                str(arguments.get("runtime", "")),
                seed if isinstance(seed, bytes) else None,
            )
        )

    def _boot(self, client: ServiceClient, arguments: dict[str, object]) -> None:
        """Boot; with ``ensure``, a device that is up or on its way up is no error."""
        udid = _text(arguments, "udid")
        state = self._loop.devices.get(udid).state
        child = self._loop.children.get(udid)

        if arguments.get("ensure") and child is not None and not child.ending:
            if child.ready >= 0:
                child.waiting.append(client)
            else:
                client.answer(None)

            return

        if state is not DeviceState.SHUTDOWN or child is not None:
            raise CommandError(
                _SIM_ERROR, 405, f"Unable to boot device in current state: {state.words}"
            )

        level = self._loop.levels.choose(str(arguments.get("level", "")))
        self._loop.boot(udid, client, level)

    def _shutdown(self, client: ServiceClient, arguments: dict[str, object]) -> None:
        udid = _text(arguments, "udid")
        state = self._loop.devices.get(udid).state
        child = self._loop.children.get(udid)

        if child is None or child.ending:
            raise CommandError(
                _SIM_ERROR, 405, f"Unable to shutdown device in current state: {state.words}"
            )

        self._loop.devices.set_state(udid, DeviceState.SHUTTING_DOWN)
        child.ending.append(client)
        child.signal(signal.SIGTERM)

    def _erase(self, client: ServiceClient, arguments: dict[str, object]) -> None:
        self._loop.devices.erase(_text(arguments, "udid"))
        client.answer(None)

    def _delete(self, client: ServiceClient, arguments: dict[str, object]) -> None:
        self._loop.devices.delete(_text(arguments, "udid"))
        client.answer(None)

    def _rename(self, client: ServiceClient, arguments: dict[str, object]) -> None:
        udid = _text(arguments, "udid")
        self._loop.devices.set_state(
            udid, self._loop.devices.get(udid).state, name=_text(arguments, "name")
        )
        client.answer(None)

    def _doctor(self, client: ServiceClient, _: dict[str, object]) -> None:
        client.answer(
            {
                "level": self._loop.levels.strongest,
                "levels": {
                    level: [[found.layer, found.works, found.how] for found in witnesses]
                    for level, witnesses in self._loop.levels.tried().items()
                },
                "denials": list(self._loop.levels.told()),
                "user": os.getuid(),
                "remedies": self._loop.levels.remedies(),
            }
        )

    def _stop(self, client: ServiceClient, _: dict[str, object]) -> None:
        self._loop.stop()
        client.answer(None)


def _text(arguments: dict[str, object], name: str) -> str:
    value = arguments.get(name)

    if not isinstance(value, str) or not value:
        raise Misuse(f"the argument {name!r} is missing")

    return value
