"""The random part of the crash campaign: writers, readers and the host are killed and stopped.

What is killed when, what is stopped meanwhile, and what every writer does follows from one seed.
When exactly the kernel lets whom run does not: a seed that found something finds it again mostly,
not always.
"""

import random
import shutil
import signal
import struct
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from simulator.xpc.errors import SimulatorError
from tests.campaign.account import Account, Fault, shared_faults
from tests.campaign.plan import GROUP
from tests.campaign.stage import Guest, Stage, pause, wait_for
from tests.campaign.storm import Onlooker

if TYPE_CHECKING:
    from simulator.control.service import Service

__all__ = ("Kills", "Note", "note_of")

WRITERS = 3
_READERS = ("poller", "observer")
_WEIGHTS = {"writer": 55, "reader": 30, "host": 15}
_REST_MAX_S = 0.03
_STOP_MAX_S = 0.05


class Note(NamedTuple):
    """How far a writer has come, in its own words.

    Attributes:
        attempted: The last operation that it began.
        returned: The last that returned.
        synchronized: The last that a ``synchronize`` has acknowledged.
        ended: Whether it has done all that it was to do.
    """

    attempted: int
    returned: int
    synchronized: int
    ended: int


def note_of(guest: Guest, done: int) -> Note:
    """Read a writer's note; ``done`` stands for one that was killed before it wrote any."""
    try:
        return Note(*struct.unpack("4Q", (guest.home / "note").read_bytes()))
    except FileNotFoundError:
        return Note(done, done, done, 0)


class Kills:
    """A campaign of kills.

    Args:
        service: Of the device set.
        folder: Where bundles are made.
        seed: Of everything that is drawn.

    Attributes:
        counts: How many of each were killed, and how often something was stopped.
        faults: What was found that must not be.
        operations: How many the writers have attempted.
        reads: How many values the readers have seen, known at the end.
    """

    def __init__(self, service: "Service", folder: Path, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.reads = 0
        self._seed = seed
        self._draw = random.Random(seed)
        self._stage = Stage(service, folder, GROUP)
        self._accounts = [Account(seed, writer) for writer in range(WRITERS)]
        self._writers = [self._stage.add("Writer", f"Writer{n}") for n in range(WRITERS)]
        self._readers = [self._stage.add("Reader", f"Reader{n}") for n in range(len(_READERS))]
        self._launch_all()
        self._onlooker = Onlooker(self._stage.plist)

    @property
    def operations(self) -> int:
        """How many the writers have attempted."""
        return sum(account.last for account in self._accounts)

    @property
    def plist_reads(self) -> int:
        """How often the plist was read whole while all that happened."""
        return self._onlooker.reads

    @property
    def plist_states(self) -> int:
        """How many different plists were read."""
        return self._onlooker.states

    # -- starting ----------------------------------------------------------------------------

    def _launch_all(self) -> None:
        for number in range(WRITERS):
            self._launch_writer(number)

        for number in range(len(_READERS)):
            self._launch_reader(number)

    def _launch_writer(self, number: int) -> None:
        guest, account = self._writers[number], self._accounts[number]
        (guest.home / "note").unlink(missing_ok=True)
        first = account.last + 1
        self._stage.launch(guest, SEED=self._seed, WRITER=number, FIRST=first, COUNT=0)

    def _launch_reader(self, number: int) -> None:
        role = _READERS[number]
        self._stage.launch(self._readers[number], ROLE=role, WRITERS=WRITERS)

    # -- killing -----------------------------------------------------------------------------

    def kill_one(self) -> None:
        """Wait a while, stop somebody perhaps, kill somebody, look what is left, start it anew."""
        try:
            self._kill_one()
        except SimulatorError as problem:
            text = f"the device does not go on: {problem}\n{self._stage.last_words()}"
            self.faults.append(Fault("ended", text))

    def _kill_one(self) -> None:
        pause(self._draw.random() * _REST_MAX_S)
        self._look_who_ended()
        self._stop_somebody()
        (kind,) = self._draw.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
        self.counts[kind] += 1

        if kind == "host":
            self._kill_host()
        elif kind == "writer":
            self._kill_writer(self._draw.randrange(WRITERS))
        else:
            self._kill_reader(self._draw.randrange(len(_READERS)))

        self.faults += [Fault("torn", text) for text in self._onlooker.faults]
        self._onlooker.faults.clear()

    def _look_who_ended(self) -> None:
        """Nobody ends but by our hand; one that does has found something, or shows a bug."""
        for guest in (*self._writers, *self._readers):
            if guest.process is not None and guest.process.is_gone:
                self._hear(guest)
                text = f"{guest.name} has ended by itself: {self._stage.crash_of(guest)}"
                self.faults.append(Fault("ended", text))

    def _stop_somebody(self) -> None:
        """Stop a guest for a while, and let it go on: what it was told meanwhile comes late."""
        if self._draw.random() >= 0.3:
            return

        guest = self._draw.choice([*self._writers, *self._readers])
        self.counts["stopped"] += 1
        guest.signal(signal.SIGSTOP)
        pause(self._draw.random() * _STOP_MAX_S)
        guest.signal(signal.SIGCONT)

    def _kill_guest(self, guest: Guest) -> None:
        """Kill a guest: as it runs, while it is stopped, or while the host is and hears nothing."""
        way = self._draw.random()

        if way < 0.25:
            self._stage.host.signal(signal.SIGSTOP)
            pause(self._draw.random() * _STOP_MAX_S)
        elif way < 0.4:
            guest.signal(signal.SIGSTOP)

        self.counts["stopped"] += way < 0.4
        guest.signal(signal.SIGKILL)
        assert guest.process is not None
        guest.process.wait_until_gone()
        self._stage.host.signal(signal.SIGCONT)
        self._stage.wait_until_told(guest)

    def _kill_writer(self, number: int) -> None:
        guest, account = self._writers[number], self._accounts[number]
        self._kill_guest(guest)
        note = note_of(guest, account.last)
        self.faults += account.settle(self._stage.values(), note.returned, note.attempted)
        self._launch_writer(number)

    def _kill_reader(self, number: int) -> None:
        guest = self._readers[number]
        self._kill_guest(guest)
        self._hear(guest)
        self._launch_reader(number)

    def _kill_host(self) -> None:
        if self._draw.random() < 0.25:
            self.counts["stopped"] += 1
            self._stage.host.signal(signal.SIGSTOP)
            pause(self._draw.random() * _STOP_MAX_S)

        self._stage.host.signal(signal.SIGKILL)
        self._stage.wait_until_dead()
        self._stage.boot()
        self._look_at_all()
        self._launch_all()

    def _look_at_all(self) -> None:
        values = self._stage.values()

        for guest, account in zip(self._writers, self._accounts, strict=True):
            note = note_of(guest, account.last)
            self.faults += account.settle(values, note.synchronized, note.attempted)

        self.faults += shared_faults(values, self._accounts)
        self.faults += [Fault("torn", f"{name} is kept aside") for name in self._stage.kept_aside()]

        for guest in self._readers:
            self._hear(guest)

    def _hear(self, guest: Guest) -> None:
        """Take what a reader has found wrong."""
        path = guest.home / "wrong"

        if path.exists():
            self.faults.append(Fault("mixed", path.read_text()))
            path.unlink()

    def kill_all(self) -> None:
        """Kill the host once more, when every writer has written, and look at everything."""
        wait_for(
            lambda: all(
                note_of(guest, 0).attempted > account.last
                for guest, account in zip(self._writers, self._accounts, strict=True)
            ),
            "every writer writes",
        )
        self.counts["host"] += 1
        self._kill_host()
        self._onlooker.close()
        self.faults += [Fault("torn", text) for text in self._onlooker.faults]
        self.reads = sum(
            int.from_bytes((guest.home / "reads").read_bytes(), sys.byteorder)
            for guest in self._readers
        )

    def close(self) -> None:
        """Delete the device."""
        self._onlooker.close()
        self._stage.close()

    def keep(self, folder: Path) -> None:
        """Copy the domain's files to a folder, for who looks into a fault."""
        if self._stage.preferences.is_dir():
            shutil.copytree(self._stage.preferences, folder, dirs_exist_ok=True)
