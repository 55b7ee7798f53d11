"""Which app the person has chosen where several claim the same; kept with the device."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from shared_container.atomic import write_atomically
from simulator.bundles.bundle import Bundle
from simulator.daemonkit.broken import keep_broken
from simulator.xpc.errors import Misuse

__all__ = ("Choices", "chosen")


def chosen(apps: Sequence[Bundle], what: str, preferred: str) -> Bundle:
    """Return the one of some apps that opens something.

    Args:
        apps: Who claims it, at least one.
        what: Which claim that is, for the error.
        preferred: The bundle id that the person has chosen, or nothing.

    Raises:
        Misuse: There are several, and none of them is preferred.
    """
    for app in apps:
        if app.bundle_id == preferred:
            return app

    if len(apps) > 1:
        names = ", ".join(app.bundle_id for app in apps)
        raise Misuse(
            f"several apps claim {what}: {names}; a phone picks any of them. "
            "Choose one (simctl openurl --with BUNDLE, and --always to keep it so), "
            "uninstall one, or rename its scheme"
        )

    return apps[0]


class Choices:
    """Claim → bundle id.

    A claim is a scheme, or a document's type.

    Args:
        file: Where they are kept, outside every container.

    Attributes:
        problem: What was wrong with the file, or nothing.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.problem = ""
        self._chosen = self._read()
        self._is_kept = True

    def _read(self) -> dict[str, str]:
        try:
            content = json.loads(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as refusal:
            self.problem = f"{self._file} cannot be read: {refusal}"
            return {}
        except (ValueError, RecursionError) as refusal:
            self.problem = keep_broken(str(self._file), refusal)
            return {}

        if not isinstance(content, dict):
            self.problem = keep_broken(str(self._file), "it is no JSON object")
            return {}

        return {str(claim): str(bundle_id) for claim, bundle_id in content.items()}

    def get(self, claim: str) -> str:
        """Return the app that was chosen, or nothing."""
        return self._chosen.get(claim, "")

    def all(self) -> dict[str, str]:
        """Return every choice."""
        return dict(self._chosen)

    def put(self, claim: str, bundle_id: str) -> None:
        """Choose an app for a claim, or with no id forget the choice; it is on disk then.

        Raises:
            OSError: It cannot be kept; nothing has changed.
        """
        if self._is_kept and self._chosen.get(claim, "") == bundle_id:
            return

        wanted = {known: chosen for known, chosen in self._chosen.items() if known != claim}

        if bundle_id:
            wanted[claim] = bundle_id

        self._keep(wanted)
        self._chosen = wanted

    def forget_app(self, bundle_id: str) -> None:
        """Forget every choice of an app that was removed.

        Raises:
            OSError: It cannot be kept; they are forgotten all the same, and on disk with the next.
        """
        wanted = {claim: chosen for claim, chosen in self._chosen.items() if chosen != bundle_id}

        if wanted != self._chosen:
            self._chosen = wanted
            self._is_kept = False
            self._keep(wanted)

    def _keep(self, wanted: dict[str, str]) -> None:
        os.makedirs(self._file.parent, exist_ok=True)
        write_atomically(str(self._file), json.dumps(wanted).encode())
        self._is_kept = True
