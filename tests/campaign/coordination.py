"""Holders and waiters of file claims, killed at random: nobody hangs, nothing is half-written.

Four processes read and write one file with coordination and present it. Again and again one of
them is killed, wherever it is: while it holds, waits, or is asked to let go. Each round the others
must end; a file that is not whole is said by whoever reads it. Ends with status 1 and a sentence
when something is wrong.
"""

import argparse
import os
import random
import selectors
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import NamedTuple, cast

# Behind everything else: the package that is tried is the installed one.
sys.path.append(str(Path(__file__).resolve().parents[2]))

from simulator.control.service import Service
from simulator.testing.bundles import make_app
from simulator.xpc.errors import SimulatorError
from tests.bench.devices import boot, create, remove, stop
from tests.campaign import results

GROUP = "group.com.example.campaign"
_NAMES = ("Ant", "Bee", "Cat", "Dog")
_STEPS = 40
_PATIENCE_S = 60.0
_PROGRAM = Path(__file__).with_name("Coordinator.py")


class Outcome(NamedTuple):
    """What came of a campaign.

    Attributes:
        kills: How many processes were killed.
        states: What they were doing: ``held``, ``waiting`` or ``idle``.
        wrong: What is wrong, a sentence each.
        slowest_s: The longest that a round took from its kill until the others had ended.
    """

    kills: int
    states: Counter[str]
    wrong: list[str]
    slowest_s: float


class Campaign:
    """The device and its four processes.

    Args:
        service: Of the device set.
        folder: Where the bundles are made.
        seed: Decides who is killed and when.
    """

    def __init__(self, service: Service, folder: Path, seed: int) -> None:
        self._service = service
        self._udid = create(service)
        self._device = boot(service, self._udid)
        self._chance = random.Random(seed)
        self._pids: dict[str, int] = {}
        self._position = 0
        self._done: dict[str, set[str]] = {name: set() for name in _NAMES}
        self._torn: list[str] = []

        for name in _NAMES:
            source = _PROGRAM.read_text().replace("NAME", name)
            app = make_app(folder, name, source=source, groups=[GROUP], schemes=[name.lower()])
            self._device.ask("install", path=str(app))

    def run(self, kills: int) -> Outcome:
        """Kill so many, one a round, and return what came of it."""
        states: Counter[str] = Counter()
        slowest = 0.0
        wrong: list[str] = []

        for number in range(kills):
            for name in _NAMES:
                self._begin(name, number)

            victim = self._chance.choice(_NAMES)
            states[self._kill(victim)] += 1
            began = monotonic()
            hung = self._wait([name for name in _NAMES if name != victim], str(number))
            slowest = max(slowest, monotonic() - began)

            if hung:
                wrong.append(f"round {number}: {', '.join(hung)} hang: {self._shown()}")
                break

        self._device.ask("settle")
        left = self._shown()

        if left:
            wrong.append(f"claims are left: {left}")

        return Outcome(sum(states.values()), states, wrong + self._torn, slowest)

    def _begin(self, name: str, number: int) -> None:
        row = self._device.ask("launch", bundle_id=f"com.example.{name}")
        self._pids[name] = cast("dict[str, int]", row)["pid"]
        seed = self._chance.randrange(1 << 30)
        url = f"{name.lower()}:go?n={_STEPS}&seed={seed}&round={number}"
        self._device.ask("openurl", url=url, wait_s=0)

    def _kill(self, name: str) -> str:
        """Kill a process by its pidfd at a random moment; return what it was doing."""
        pidfd = os.pidfd_open(self._pids[name])

        try:
            with selectors.DefaultSelector() as pause:
                pause.select(self._chance.random() * 0.03)

            state = next(
                (
                    str(claim["state"])
                    for claim in self._shown()
                    if claim["pid"] == self._pids[name]
                ),
                "idle",
            )
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        finally:
            os.close(pidfd)

        return state

    def _shown(self) -> list[dict[str, object]]:
        shown = cast("dict[str, list[dict[str, object]]]", self._device.ask("coordination"))

        return shown["claims"]

    def _wait(self, names: list[str], number: str) -> list[str]:
        """Wait until processes have done a round; return who has not."""
        end = monotonic() + _PATIENCE_S

        while monotonic() < end:
            answer = cast(
                "dict[str, object]",
                self._device.ask("events", since=self._position, wait=True, timeout_s=1.0),
            )
            self._position = cast("int", answer["position"])

            for event in cast("list[dict[str, object]]", answer["events"]):
                self._take(event)

            if all(number in self._done[name] for name in names):
                return []

        return [name for name in names if number not in self._done[name]]

    def _take(self, event: dict[str, object]) -> None:
        if event["kind"] != "output":
            return

        name = str(event["actor"]).partition("/")[0].rpartition(".")[2]
        line = str(event["resource"])

        if line.startswith("done "):
            self._done[name].add(line.removeprefix("done "))
        else:
            self._torn.append(f"{name} says: {line}")

    def close(self) -> None:
        """Remove the device."""
        remove(self._service, self._udid, self._device)


def main() -> int:
    """Kill, and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--out", type=Path, default=None)
    chosen = parser.parse_args()
    seed = random.randrange(1 << 32) if chosen.seed is None else chosen.seed

    with tempfile.TemporaryDirectory() as name:
        service = Service(Path(name) / "Devices")

        try:
            campaign = Campaign(service, Path(name), seed)
            outcome = campaign.run(chosen.kills)
            campaign.close()
        except SimulatorError:
            for log in Path(name).glob("Devices/*/logs/launchd_sim.log"):  # what the host said
                sys.stdout.write(log.read_text(errors="replace")[-4000:])

            raise
        finally:
            stop(service)

    rows: list[results.Row] = [
        {
            "id": "coordination",
            "what": "holders and waiters of file claims, killed at random",
            "kills": outcome.kills,
            "seed": seed,
            "killed_while": dict(outcome.states),
            "slowest_round_s": round(outcome.slowest_s, 2),
            "faults": outcome.wrong,
        }
    ]
    results.show(rows)
    results.keep(rows, chosen.out)

    return bool(outcome.wrong)


if __name__ == "__main__":
    sys.exit(main())
