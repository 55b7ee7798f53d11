"""A device on which eight processes play with registers, and what comes of a round."""

from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from tests.campaign.history import Operation, by_key, operations_of
from tests.campaign.linear import linear_faults
from tests.campaign.plan import GROUP
from tests.campaign.registers import KEYS
from tests.campaign.session import coherence_faults, settled
from tests.campaign.stage import Stage, wait_for
from tests.campaign.staleness import latest_read

if TYPE_CHECKING:
    from simulator.control.service import Service

__all__ = ("MODES", "Mode", "Playground", "Round")

PLAYERS = 8


class Mode(NamedTuple):
    """How a history is made, and what must hold of it.

    Attributes:
        what: In a sentence.
        wait_every: How many sets go before a ``synchronize``.
        rest_every: How many operations go before a rest, 0 for none.
        staleness_s: For how long the device holds news.
    """

    what: str
    wait_every: int
    rest_every: int
    staleness_s: float


MODES: Mapping[str, Mode] = {
    "fresh": Mode("each set waits for cfprefsd: linearizable per key", 1, 0, 0.0),
    "unwaited": Mode(
        "sets do not wait: linearizable per key when a set lasts until it is accepted, own sets "
        "seen at once",
        8,
        0,
        0.0,
    ),
    "stale": Mode("news are held: one order for all, and no read later than that", 8, 10, 0.1),
}


class Round(NamedTuple):
    """What came of a round.

    Attributes:
        operations: How many there were.
        faults: What must not be.
        late_ns: How late the latest read was.
        unordered: Keys whose history cannot be ordered if a set is over when it returns.
        took_s: How long the processes played.
    """

    operations: int
    faults: list[str]
    late_ns: int
    unordered: int
    took_s: float


class Playground:
    """A device with eight players.

    Args:
        service: Of the device set.
        folder: Where bundles are made.
    """

    def __init__(self, service: "Service", folder: Path) -> None:
        self._stage = Stage(service, folder, GROUP)
        self._players = [self._stage.add("Player", f"Player{n}") for n in range(PLAYERS)]

    def play(self, mode: Mode, operations: int, seed: int, slack_s: float) -> Round:
        """Let everybody play at once; check what they saw.

        Args:
            mode: How.
            operations: Of all players together.
            seed: Of what they do.
            slack_s: How much later than promised a read may be: the host has other things to do.
        """
        start = monotonic()
        history = self._history(mode, operations, seed)
        took = monotonic() - start
        faults: list[str] = []
        late = unordered = 0

        for key, each in by_key(history).items():
            accepted = settled(each)
            found = coherence_faults(each)
            late = max(late, latest_read(accepted).late_ns)
            unordered += bool(linear_faults(each))

            if not mode.staleness_s:
                found += linear_faults(each if mode.wait_every == 1 else accepted)

            faults += [f"{KEYS[key]}: {text}" for text in found]

        if late > (mode.staleness_s + slack_s) * 1e9:
            faults.append(f"a read was {late / 1e9:.3f} s late")

        return Round(len(history), faults, late, unordered, took)

    def _history(self, mode: Mode, operations: int, seed: int) -> list[Operation]:
        device = self._stage.device
        device.ask("defaults_write", domain=GROUP, changes=dict.fromkeys(KEYS))
        device.ask("defaults_settings", staleness_s=mode.staleness_s)

        for number, guest in enumerate(self._players):
            for name in ("ready", "go", "history"):
                (guest.home / name).unlink(missing_ok=True)

            self._stage.launch(
                guest,
                SEED=seed,
                PLAYER=number,
                OPERATIONS=operations // PLAYERS,
                WAIT_EVERY=mode.wait_every,
                REST_EVERY=mode.rest_every,
            )

        for guest in self._players:
            wait_for((guest.home / "ready").exists, "a player is ready")

        for guest in self._players:
            (guest.home / "go").write_bytes(b"")

        history: list[Operation] = []

        for number, guest in enumerate(self._players):
            wait_for((guest.home / "history").exists, "a player has played", every_s=0.05)
            history += operations_of(number, (guest.home / "history").read_bytes())
            device.ask("terminate", bundle_id=guest.bundle_id)

        return history

    def close(self) -> None:
        """Delete the device."""
        self._stage.close()
