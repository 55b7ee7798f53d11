"""``device.plist``: what a device set remembers of a device."""

import plistlib
from datetime import datetime
from enum import IntEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared_container.atomic import write_atomically
from simulator.daemonkit.chance import SEED_BYTES
from simulator.xpc.errors import Misuse

__all__ = ("DeviceRecord", "DeviceState", "read_record", "write_record")


class DeviceState(IntEnum):
    """CoreSimulator's numbers."""

    CREATING = 0
    SHUTDOWN = 1
    BOOTING = 2
    BOOTED = 3
    SHUTTING_DOWN = 4

    @property
    def words(self) -> str:
        """The state as ``simctl list`` shows it."""
        return self.name.title().replace("_", " ")


class DeviceRecord(BaseModel):
    """One device, as its plist says."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    udid: str = Field(alias="UDID", pattern=r"^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$")
    name: str = Field(min_length=1, max_length=200)
    device_type: str = Field(alias="deviceType")
    runtime: str
    state: DeviceState = DeviceState.SHUTDOWN
    seed: bytes = Field(alias="SIMSeed", min_length=SEED_BYTES, max_length=SEED_BYTES)
    last_booted_at: datetime | None = Field(default=None, alias="lastBootedAt")


def read_record(folder: Path) -> DeviceRecord:
    """Return the record of the device in ``folder``.

    Raises:
        Misuse: The plist is missing or says nonsense; the text names it.
    """
    path = folder / "device.plist"

    try:
        return DeviceRecord.model_validate(plistlib.loads(path.read_bytes()))
    except (OSError, ValidationError, plistlib.InvalidFileException, ValueError) as problem:
        raise Misuse(f"{path} cannot be used: {problem}") from problem


def write_record(folder: Path, record: DeviceRecord) -> None:
    """Write a record down, atomically."""
    content: dict[str, object] = {
        "UDID": record.udid,
        "deviceType": record.device_type,
        "isDeleted": False,
        "isEphemeral": False,
        "name": record.name,
        "runtime": record.runtime,
        "runtimePolicy": "Latest",
        "state": int(record.state),
        "SIMSeed": record.seed,
    }

    if record.last_booted_at is not None:
        content["lastBootedAt"] = record.last_booted_at.replace(tzinfo=None)

    write_atomically(str(folder / "device.plist"), plistlib.dumps(content))
