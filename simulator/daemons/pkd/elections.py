"""What the user has chosen of the extensions: to use one, or to ignore it.

On a phone these are the switches in the share sheet's list of apps; macOS' ``pluginkit -e`` sets
them from a terminal. They outlive a restart and, as there, the extension itself.
"""

import os
import plistlib
from pathlib import Path
from typing import Final

from shared_container.atomic import write_atomically
from shared_container.plist import decode_plist
from simulator.daemonkit.broken import keep_broken
from simulator.xpc.errors import Misuse

__all__ = ("ELECTIONS", "Elections")

ELECTIONS: Final = ("use", "ignore", "default")
"""What can be chosen; ``default`` is what nobody has chosen."""


class Elections:
    """The choices of one device.

    Args:
        file: Where they are kept.

    Attributes:
        problem: What was wrong with the file, or nothing.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._chosen, self.problem = _read(file)

    def of(self, bundle_id: str) -> str:
        """Return what was chosen for an extension."""
        return self._chosen.get(bundle_id, "default")

    def elect(self, bundle_id: str, election: str) -> None:
        """Choose; it is on disk when this returns.

        Raises:
            Misuse: That is no choice.
            OSError: It cannot be kept; nothing has changed.
        """
        if election not in ELECTIONS:
            raise Misuse(f"{election!r} is no election; these are: {', '.join(ELECTIONS)}")

        wanted = {known: chosen for known, chosen in self._chosen.items() if known != bundle_id}

        if election != "default":
            wanted[bundle_id] = election

        os.makedirs(os.path.dirname(self._file), exist_ok=True)
        write_atomically(self._file, plistlib.dumps(wanted, fmt=plistlib.FMT_BINARY))
        self._chosen = wanted


def _read(file: str) -> tuple[dict[str, str], str]:
    """Return what was chosen, and what is wrong with the file, or nothing."""
    try:
        content, _ = decode_plist(Path(file).read_bytes())
    except FileNotFoundError:
        return {}, ""
    except OSError as refusal:
        return {}, f"{file} cannot be read: {refusal}"
    except ValueError as refusal:
        return {}, keep_broken(file, refusal)

    return {key: str(election) for key, election in content.items() if election in ELECTIONS}, ""
