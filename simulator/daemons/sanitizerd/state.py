"""Which accesses to a file conflict, and which of them nothing orders. Pure."""

from collections import OrderedDict
from typing import Final, NamedTuple

from simulator.daemonkit.limits import FILES_OPENED_KEPT, FILES_TOUCHED_KEPT, RACE_SUSPECTS_MAX
from simulator.daemons.sanitizerd.orders import Orders
from simulator.daemons.sanitizerd.updates import Claims, Place, Read, Reads

__all__ = ("ACCESSES", "Access", "Detector", "Race", "conflict")

ACCESSES: Final = (
    "read", "write", "update", "append", "exclusive", "replace", "delete", "folder",
)  # fmt: skip
"""What a process can do to a file: read it; write it in place from its beginning; read and write it
in place; append to it; make it where there must be none; put a whole file in its place; remove it.
The last is to make a folder where there must be none, which changes nothing that anybody reads.
"""

_IN_PLACE: Final = frozenset({"write", "update", "exclusive"})
_QUIET: Final = frozenset(  # pairs of writers that every file system and every idiom allows
    {
        frozenset({"append"}),  # one write of O_APPEND is whole
        frozenset({"exclusive"}),  # one of them fails: it is a lock
        frozenset({"append", "exclusive"}),
    }
)


_Opened = OrderedDict[tuple[int, str], "Access"]
_NOTHING_OPENED: Final[_Opened] = OrderedDict()


class Access(NamedTuple):
    """One access.

    Attributes:
        process: Who, as the event log names it.
        thread: Ordinal of its thread.
        kind: One of ``ACCESSES``.
        stretch: In which stretch of the process's work.
        place: The source line.
        time_ns: Device time at which it was heard of.
        cause: The log id of what the process was handling.
        read: Where the process had read the file before, or None.
        told: In which stretch of its work, where taking turns does not count.
        is_split: Whether it writes in one coordinated access, or in none, what it had read in
            another while it handled the same: others can come in between.
    """

    process: str
    thread: int
    kind: str
    stretch: int
    place: Place
    time_ns: int
    cause: int
    read: Place | None
    told: int = 0
    is_split: bool = False


class Race(NamedTuple):
    """Two accesses that nothing orders.

    Attributes:
        kind: ``lost-update``, ``two-writers``, ``torn-read`` or ``lost-append``.
        file: The group's id, a slash, and the path within the group.
        first, second: In the order in which they were heard of.
    """

    kind: str
    file: str
    first: Access
    second: Access


def conflict(first: Access, second: Access) -> str:
    """Return what two accesses of different processes do to each other, nothing if they do not.

    A file that is replaced whole is read as it was or as it is. Who replaces or rewrites what it
    has read before puts something in its place that does not know what came in between.
    """
    kinds = {first.kind, second.kind}

    if "delete" in kinds or kinds == {"read"} or kinds in _QUIET:
        return ""

    if "read" in kinds:
        return "torn-read" if kinds & _IN_PLACE else ""

    if "append" in kinds:
        return "lost-append"

    if first.read is not None or second.read is not None:
        return "lost-update"

    return "" if kinds == {"replace"} else "two-writers"


class _File:
    """What is remembered of one file.

    Attributes:
        accesses: The last of each process and kind; if that came before something, so did those
            before it.
        reads: What each process knows of it.
        is_made: Whether somebody has made it where there must be none.
    """

    __slots__ = ("accesses", "is_made", "reads")

    def __init__(self) -> None:
        self.accesses: dict[tuple[str, str], Access] = {}
        self.reads = Reads()
        self.is_made = False


class Detector:
    """The files of one device, and what was done to them.

    A race is a *suspect* until both processes have gone on: who opens a file to lock it has not
    touched it yet.

    Args:
        order: Says what came before what.
        claims: Says which coordinated accesses processes have.
    """

    def __init__(self, order: Orders, claims: Claims) -> None:
        self._order = order
        self._claims = claims
        self._files: OrderedDict[str, _File] = OrderedDict()
        self._left_alone: OrderedDict[str, None] = OrderedDict()
        # Not confirmed: by process, and in it by thread and file.
        self._opened: dict[str, _Opened] = {}
        self._reading: dict[tuple[str, int], str] = {}
        self._suspects: list[Race] = []

    def leave_alone(self, file: str) -> None:
        """Compare no accesses to a file any more: somebody else looks after it."""
        self._left_alone[file] = None
        self._files.pop(file, None)
        self._suspects = [race for race in self._suspects if race.file != file]

        if len(self._left_alone) > FILES_TOUCHED_KEPT:
            self._left_alone.popitem(last=False)

    def touch(self, file: str, access: Access) -> None:
        """Take an access; all that depends on earlier ones is filled in here."""
        if file in self._left_alone:
            return

        found = self._files.pop(file, None) or _File()
        self._files[file] = found

        if len(self._files) > FILES_TOUCHED_KEPT:
            self._files.popitem(last=False)

        name, kind = access.process, access.kind

        if kind in {"exclusive", "folder"}:
            found.is_made = True

        # Who makes it anew, where there is none, comes after.
        if kind == "delete" and found.is_made:
            self._order.release(name, ("gone", file))

        if kind in {"delete", "folder"}:
            return

        handling = self._claims.handling(name, access.cause)
        (stretch, told), views = self._order.touch(name), self._order.view(name, file)
        now = Read(access.place, *views, self._claims.held(name))

        if kind in {"read", "update"}:
            self._order.read(name, file)
            self._reading[name, access.thread] = file
            found.reads.add(name, handling, now)

        begun = found.reads.begun(name, handling)
        known = begun or found.reads.last(name)
        access = access._replace(
            stretch=stretch,
            told=told,
            read=None if known is None else known.place,
            is_split=begun is not None and _is_split(begun.claims, now.claims),
        )
        self._compare(file, found, access, now, known)
        found.accesses[name, kind] = access
        self._take_opened(file, access)

        if kind != "read":
            found.reads.write(name, handling, *views)

        if kind == "replace":
            self._order.replace(name, file)

    def _take_opened(self, file: str, access: Access) -> None:
        opened = self._opened.setdefault(access.process, OrderedDict())
        opened.pop((access.thread, file), None)
        opened[access.thread, file] = access

        if len(opened) > FILES_OPENED_KEPT:
            opened.popitem(last=False)

    def _compare(
        self, file: str, found: _File, access: Access, now: Read, known: Read | None
    ) -> None:
        for (name, _), other in found.accesses.items():
            if name == access.process:
                continue

            kind = conflict(other, access)

            # An update begins when the file is read: what came later, it does not know.
            before = known if kind == "lost-update" and known is not None else now

            if not kind or _is_before(other, before, kind, access):
                continue

            if len(self._suspects) < RACE_SUSPECTS_MAX:
                self._suspects.append(Race(kind, file, other, access))

    def go_on(self, name: str, thread: int) -> None:
        """Take it that a thread has done what it was about to.

        What it has read may have been put there after it said that it would read.
        """
        file = self._reading.pop((name, thread), "")

        if file:
            self._order.read(name, file)

    def take_back(self, name: str, thread: int, file: str) -> Access | None:
        """Forget the last access of a thread to a file, which was only to lock it; return it."""
        access = self._opened.get(name, _NOTHING_OPENED).pop((thread, file), None)

        if access is None:
            return None

        found = self._files.get(file)

        if found is not None and found.accesses.get((name, access.kind)) == access:
            del found.accesses[name, access.kind]

        self._suspects = [race for race in self._suspects if access not in race]

        return access

    def confirm(self, name: str, thread: int, before_ns: int) -> list[Race]:
        """Take it that a thread has done what it seemed to; return the races of which that is left.

        Args:
            name: The process.
            thread: The thread; what the others did counts if it is older than ``before_ns``.
            before_ns: Device time.
        """
        opened = self._opened.get(name, _NOTHING_OPENED)

        for key in [
            key for key, access in opened.items() if key[0] == thread or access.time_ns < before_ns
        ]:
            del opened[key]

        return self._settled()

    def confirm_all(self, before_ns: int) -> list[Race]:
        """Take it that everybody has done what it seemed to before ``before_ns``."""
        for opened in self._opened.values():
            for key in [key for key, access in opened.items() if access.time_ns < before_ns]:
                del opened[key]

        return self._settled()

    def confirm_ended(self, name: str) -> list[Race]:
        """Take it that a process that is gone has done what it seemed to."""
        for key in [key for key in self._reading if key[0] == name]:
            del self._reading[key]

        self._opened.pop(name, None)

        return self._settled()

    def _settled(self) -> list[Race]:
        if not self._suspects:
            return []

        found = [race for race in self._suspects if not self._is_open(race)]
        self._suspects = [race for race in self._suspects if race not in found]

        return found

    def _is_open(self, race: Race) -> bool:
        return any(
            self._opened.get(access.process, _NOTHING_OPENED).get((access.thread, race.file))
            == access
            for access in (race.first, race.second)
        )

    def forget(self, names: frozenset[str]) -> None:
        """Forget what some processes did."""
        for found in self._files.values():
            for key in [key for key in found.accesses if key[0] in names]:
                del found.accesses[key]

            found.reads.forget(names)


def _is_split(begun: frozenset[int], now: frozenset[int]) -> bool:
    """Whether coordination was meant to keep others out of an update, and lets them in between."""
    return bool(begun | now) and begun.isdisjoint(now)


def _is_before(other: Access, before: Read, kind: str, access: Access) -> bool:
    """Whether another's access is known to have come before.

    Where one of two has an update that others can come into, it does not help that each took its
    turn: that none did come in was luck.
    """
    if kind == "lost-update" and (access.is_split or other.is_split):
        return before.told.get(other.process, 0) >= other.told

    return before.view.get(other.process, 0) >= other.stretch
