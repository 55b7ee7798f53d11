"""Who coordinates which file, as a test asserts on it."""

from collections.abc import Callable
from typing import NamedTuple, cast

__all__ = ("Claim", "Coordination", "FilePresenter")


class Claim(NamedTuple):
    """What a process does, or is going to do, with some items.

    Attributes:
        bundle: The bundle id.
        pid: The process.
        state: ``held`` or ``waiting``.
        items: What it does with which: ``write for moving group.com.example.notes/a.txt``.
        line: ``Notes.py:14``.
        seconds: Since when.
        waits_for: Who is in the way, as a sentence; nothing for one that is held.
    """

    bundle: str
    pid: int
    state: str
    items: tuple[str, ...]
    line: str
    seconds: float
    waits_for: str


class FilePresenter(NamedTuple):
    """Who is asked and told about an item.

    Attributes:
        bundle: The bundle id.
        pid: The process.
        item: What it presents: the group, and the path in it.
        line: ``Notes.py:14``.
        watched: Whether changes without coordination are seen by now.
        answers: Whether it has answered what it was asked.
    """

    bundle: str
    pid: int
    item: str
    line: str
    watched: bool
    answers: bool


class Coordination:
    """The file coordination of a device under test: ``device.coordination``.

    Args:
        ask: Asks the device.
    """

    def __init__(self, ask: Callable[..., object]) -> None:
        self._ask = ask

    def _shown(self, what: str) -> list[dict[str, object]]:
        shown = cast("dict[str, object]", self._ask("coordination"))

        return cast("list[dict[str, object]]", shown[what])

    @property
    def claims(self) -> list[Claim]:
        """Every claim, held or waiting, oldest first."""
        return [
            Claim(
                str(row["bundle_id"]),
                cast("int", row["pid"]),
                str(row["state"]),
                tuple(
                    f"{item['access']} {item['item']}"
                    for item in cast("list[dict[str, object]]", row["items"])
                ),
                str(row["line"]),
                cast("float", row["seconds"]),
                str(row["waits_for"]),
            )
            for row in self._shown("claims")
        ]

    @property
    def held(self) -> list[Claim]:
        """The claims that are held."""
        return [claim for claim in self.claims if claim.state == "held"]

    @property
    def waiting(self) -> list[Claim]:
        """The claims that wait."""
        return [claim for claim in self.claims if claim.state == "waiting"]

    @property
    def presenters(self) -> list[FilePresenter]:
        """Every presenter, oldest first."""
        return [
            FilePresenter(
                str(row["bundle_id"]),
                cast("int", row["pid"]),
                str(row["item"]),
                str(row["line"]),
                bool(row["watched"]),
                bool(row["answers"]),
            )
            for row in self._shown("presenters")
        ]

    def be_patient(
        self,
        *,
        presenter_s: float | None = None,
        report_s: float | None = None,
        wait_s: float | None = None,
        suspended_holds: bool | None = None,
    ) -> None:
        """Change how patient the device is.

        Args:
            presenter_s: How long a presenter may take to answer before it is passed over.
            report_s: When somebody who waits is first written down, with who is in the way.
            wait_s: When waiting fails; 0 is never, as on a phone.
            suspended_holds: Whether a suspended process keeps what it holds, as up to iOS 8.1.
        """
        self._ask(
            "coordination_settings",
            presenter_s=presenter_s,
            report_s=report_s,
            wait_s=wait_s,
            suspended_holds=suspended_holds,
        )

    def __repr__(self) -> str:
        return f"<Coordination: {self.claims}>"
