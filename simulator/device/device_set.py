"""All devices of a set, in CoreSimulator's layout. The service alone writes it."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from simulator.bundles.assemble import remove_tree
from simulator.daemonkit.chance import SEED_BYTES, Chance
from simulator.daemonkit.page import sweep
from simulator.device.catalog import device_type, runtime
from simulator.device.record import DeviceRecord, DeviceState, read_record, write_record
from simulator.xpc.errors import CommandError, Misuse

__all__ = ("DeviceSet",)


class DeviceSet:
    """The devices in one folder.

    Args:
        path: The folder; it is made when it is missing.

    Raises:
        Misuse: It cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._records: dict[str, DeviceRecord] = {}

        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise Misuse(f"the device set {path} cannot be made: {problem.strerror}") from problem

        if not os.access(path, os.W_OK | os.X_OK):
            raise Misuse(f"the device set {path} cannot be written")

    def recover(self) -> None:
        """Load what is there anew, and mark as shut down what died with the last service.

        Only for the one service that owns the set.
        """
        self._records = {record.udid: record for record in self._load()}

        for record in list(self._records.values()):
            if record.state is not DeviceState.SHUTDOWN:
                self.set_state(record.udid, DeviceState.SHUTDOWN)

    def _load(self) -> list[DeviceRecord]:
        found = []

        for folder in sorted(self.path.iterdir()):
            if (folder / "device.plist").exists():
                try:
                    found.append(read_record(folder))
                except Misuse as problem:  # one broken device must not take the set with it
                    sys.stderr.write(f"left out: {problem}\n")

        return found

    def __iter__(self) -> Iterator[DeviceRecord]:
        return iter(self._records.values())

    def folder(self, udid: str) -> Path:
        """Return the folder of a device."""
        return self.path / udid

    def get(self, udid: str) -> DeviceRecord:
        """Return a device.

        Raises:
            CommandError: There is none of that udid.
        """
        record = self._records.get(udid)

        if record is None:
            raise CommandError("", 404, f"Invalid device: {udid}")

        return record

    def create(self, name: str, type_name: str, runtime_name: str, seed: bytes | None) -> str:
        """Make a device and return its udid."""
        if not name or "\0" in name:
            raise Misuse("a device needs a name")

        own_seed = seed or os.urandom(SEED_BYTES)
        udid = Chance(os.urandom(SEED_BYTES)).uuid("device")
        record = DeviceRecord(
            udid=udid,
            name=name,
            device_type=device_type(type_name).identifier,
            runtime=runtime(runtime_name).identifier,
            seed=own_seed,
        )
        folder = self.folder(udid)

        try:
            (folder / "data").mkdir(parents=True)
            write_record(folder, record)
        except OSError:
            remove_tree(folder)
            raise

        self._records[udid] = record

        return udid

    def set_state(self, udid: str, state: DeviceState, **changes: object) -> None:
        """Write a device's new state down.

        On a full disk the state alone is kept in mind: :meth:`recover` finds out what is true.

        Raises:
            OSError: Something else was to be changed, and could not be written.
        """
        record = self.get(udid).model_copy(update={"state": state, **changes})

        try:
            write_record(self.folder(udid), record)
        except OSError:
            if "name" in changes:
                raise

        self._records[udid] = record

    def delete(self, udid: str) -> None:
        """Remove a device that is shut down, with all it has."""
        self._expect_shutdown(udid, "delete device")
        # The plist goes first: without it the folder is no device, should a kill come between.
        (self.folder(udid) / "device.plist").unlink()
        del self._records[udid]
        remove_tree(self.folder(udid))
        sweep(udid)

    def erase(self, udid: str) -> None:
        """Empty a device that is shut down: no apps, no data, no logs."""
        self._expect_shutdown(udid, "erase contents and settings")

        for name in ("data", "logs"):
            remove_tree(self.folder(udid) / name)

        (self.folder(udid) / "data").mkdir()

    def _expect_shutdown(self, udid: str, what: str) -> None:
        state = self.get(udid).state

        if state is not DeviceState.SHUTDOWN:
            raise CommandError(
                "com.apple.CoreSimulator.SimError",
                405,
                f"Unable to {what} in current state: {state.words}",
            )
