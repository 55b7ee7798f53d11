"""The exhaustive part of the crash campaign: the host dies at every system call of set and fold.

A guest makes three operations and waits for cfprefsd; the host folds them a moment later. The host
is killed before its first system call of that, in another run after its first, before its second
and so on, until it gets through without coming so far. Each time the device is booted again, and
its domain must be as it was after some operation, with all that was acknowledged; it must take
another value, and have everything in its plist when it is shut down.
"""

import copy
import plistlib
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from shared_container.journal import read_journal
from shared_container.layout import journal_name
from tests.campaign.account import Account, Fault
from tests.campaign.killing import note_of
from tests.campaign.plan import GROUP
from tests.campaign.stage import Stage, pause, wait_for
from tests.campaign.storm import read_with_plistlib
from tests.campaign.tracing import Strike

if TYPE_CHECKING:
    from simulator.control.service import Service

__all__ = ("Strikes",)

_COUNT = 3
_GROWN = 60
_AFTERWARDS_S = 0.03  # in which descriptors are closed


class Strikes:
    """A device whose host is killed again and again at the same work.

    Args:
        service: Of the device set.
        folder: Where bundles are made.
        seed: Of what the guest sets.

    Attributes:
        kills: How many there were before and after a call, of a set and of what follows it.
        calls: How often the host was killed at each system call, by its number.
        faults: What was found that must not be.
    """

    def __init__(self, service: "Service", folder: Path, seed: int) -> None:
        self.kills: Counter[str] = Counter()
        self.calls: Counter[int] = Counter()
        self.faults: list[Fault] = []
        self._seed = seed
        self._stage = Stage(service, folder, GROUP)
        self._writer = self._stage.add("Writer", "Writer0")
        self._account = Account(seed, 0)
        self._files: dict[str, bytes] = {}

    # -- before ------------------------------------------------------------------------------

    def grow(self) -> None:
        """Let the domain have a plist, and a journal with what the plist lacks."""
        self._launch(_GROWN)
        wait_for(lambda: bool(note_of(self._writer, 0).ended), "the domain grows")
        self._stage.host.signal(signal.SIGKILL)
        self._stage.wait_until_dead()
        self._stage.boot()
        self.faults += self._account.settle(self._stage.values(), _GROWN, _GROWN)
        self._stage.shut_down()
        self._stage.boot()
        self._launch(_COUNT)
        wait_for(lambda: bool(note_of(self._writer, 0).ended), "the journal grows")
        self._stage.host.signal(signal.SIGKILL)
        self._stage.wait_until_dead()
        self._files = {path.name: path.read_bytes() for path in self._stage.preferences.iterdir()}
        self._stage.boot()
        self.faults += self._account.settle(
            self._stage.values(), self._account.last + _COUNT, self._account.last + _COUNT
        )

    def _reset(self) -> None:
        """Put the files back as they were; the device is off."""
        folder = self._stage.preferences

        for path in folder.iterdir() if folder.is_dir() else ():
            path.unlink()

        for name, data in self._files.items():
            (folder / name).write_bytes(data)

    def _launch(self, count: int, **environment: object) -> None:
        (self._writer.home / "note").unlink(missing_ok=True)
        first = self._account.last + 1
        self._stage.launch(
            self._writer, SEED=self._seed, WRITER=0, FIRST=first, COUNT=count, **environment
        )

    # -- the strike --------------------------------------------------------------------------

    def strike(self, at: int, *, after: bool) -> bool:
        """Kill the host at a system call; return whether it came so far."""
        self._stage.shut_down()
        self._reset()
        self._stage.boot()
        go = self._writer.home / "go"
        go.unlink(missing_ok=True)
        self._launch(_COUNT, GO=1)
        wait_for((self._writer.home / "note").exists, "the writer waits for its word")
        strike = Strike(self._stage.host.pid, at, after=after)
        go.write_bytes(b"")
        wait_for(lambda: strike.over or self._is_folded(), "the fold")

        if not strike.over:
            pause(_AFTERWARDS_S)

        strike.finish()
        self._stage.wait_until_dead()
        note = note_of(self._writer, self._account.last)

        if strike.struck:
            part = "fold" if note.ended else "set"
            self.kills[f"{'after' if after else 'before'} a call of a {part}"] += 1
            self.calls[strike.last] += 1

        self._look(note.synchronized, note.attempted)

        return strike.struck

    def _is_folded(self) -> bool:
        if not note_of(self._writer, 0).ended:
            return False

        try:
            data = (self._stage.preferences / journal_name(GROUP)).read_bytes()
        except FileNotFoundError:
            return False

        contents = read_journal(data)

        return contents.base > 0 and not contents.changes and not contents.problem

    # -- after -------------------------------------------------------------------------------

    def _look(self, acknowledged: int, attempted: int) -> None:
        self._look_at_plist()
        self._stage.boot()
        account = copy.deepcopy(self._account)
        self.faults += account.settle(self._stage.values(), acknowledged, attempted)
        self.faults += [Fault("torn", f"{name} is kept aside") for name in self._stage.kept_aside()]
        self._stage.device.ask("defaults_write", domain=GROUP, changes={"afterwards": attempted})
        values = self._stage.values()
        self._stage.shut_down()

        if plistlib.loads(self._stage.plist.read_bytes()) != values:
            self.faults.append(Fault("lost", "the plist lacks something after a shutdown"))

        self._stage.boot()

    def _look_at_plist(self) -> None:
        try:
            read_with_plistlib(self._stage.plist)
        except FileNotFoundError:
            if self._files:
                self.faults.append(Fault("lost", "the plist is gone"))
        except ValueError as problem:
            self.faults.append(Fault("torn", str(problem)))

    def close(self) -> None:
        """Delete the device."""
        self._stage.close()
