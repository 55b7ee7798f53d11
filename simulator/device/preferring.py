"""What a person has set about preferences, kept from one boot to the next.

It lies in the device's data, so that an erased device is as a new one.
"""

import asyncio
import os
import plistlib
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared_container.atomic import write_atomically
from simulator.daemons.cfprefsd.state import Settings

__all__ = ("Preferred", "PreferredFile")


class Preferred(BaseModel):
    """What was set.

    Attributes:
        staleness_s, strict, dotted_keys: As in :class:`Settings`.
        full_access: The keyboards that have Full Access.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    staleness_s: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    strict: bool = False
    dotted_keys: bool = False
    full_access: list[str] = Field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """How preferences behave."""
        return Settings(self.staleness_s, self.strict, self.dotted_keys)


class PreferredFile:
    """The file of one device.

    Args:
        data: The device's ``data`` folder.
    """

    def __init__(self, data: str) -> None:
        self._path = os.path.join(data, "Library", "cfprefsd", "settings.plist")
        self._turn = asyncio.Lock()

    def load(self) -> tuple[Preferred, str]:
        """Return what was kept, and what is wrong with the file, or nothing."""
        try:
            return Preferred.model_validate(plistlib.loads(Path(self._path).read_bytes())), ""
        except FileNotFoundError:
            return Preferred(), ""
        except (OSError, ValidationError, ValueError, plistlib.InvalidFileException) as problem:
            return Preferred(), f"{self._path} cannot be used: {problem}"

    async def save(self, settings: Settings, full_access: Iterable[str]) -> None:
        """Keep it, off the loop.

        Raises:
            OSError: It cannot be written; what was kept is kept.
        """
        content = plistlib.dumps({**settings._asdict(), "full_access": sorted(full_access)})

        async with self._turn:  # what is asked first is written first
            await asyncio.to_thread(self._write, content)

    def _write(self, content: bytes) -> None:
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        write_atomically(self._path, content)
