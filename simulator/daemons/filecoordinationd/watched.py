"""What was seen to change, told to presenters, unless they know it already."""

import os
import stat
from collections import deque
from typing import Final

from simulator.daemonkit.beneath import opened_beneath, relative_to
from simulator.daemonkit.guest import Guest
from simulator.daemonkit.rooms import Containers, Kit
from simulator.daemons.filecoordinationd.granting import Granting
from simulator.daemons.filecoordinationd.paths import (
    Identity,
    identities_beneath,
    identity_of,
    place_on_disk,
)
from simulator.daemons.filecoordinationd.presenters import Presenter, Tidings
from simulator.daemons.filecoordinationd.state import (
    Claim,
    Phase,
    Place,
    ancestors_of,
    item_of,
    package_of,
)
from simulator.daemons.filecoordinationd.watching import Change, Key, Watch

__all__ = ("Watched",)

_KNOWN_MAX: Final = 20_000  # items whose state is remembered; with more, all are forgotten
_LISTED: Final = 128  # items in a folder that are looked at when it is presented, or was written
_WRITES_KEPT: Final = 256
_COARSE_NS: Final = 12_000_000  # the kernel stamps files with a clock that ticks so seldom
_LATE_NS: Final = 700_000_000  # until an event of a file that is gone has surely come


class _Write:
    """A coordinated write that is over: who did it need not be told what happened in it."""

    __slots__ = ("began_ns", "ended_ns", "path", "presenter")

    def __init__(
        self, path: str, presenter: Presenter[Guest], began_ns: int, ended_ns: int
    ) -> None:
        self.path = path
        self.presenter = presenter
        self.began_ns = began_ns
        self.ended_ns = ended_ns


class Watched:
    """The presented items of one device, as their files change.

    Args:
        kit: The device's.
        containers: Whose files they are.
        granting: Who presents, and who writes.
    """

    def __init__(self, kit: Kit, containers: Containers, granting: Granting) -> None:
        self._kit = kit
        self._containers = containers
        self._granting = granting
        granting.wrote = self._written
        granting.placed = self._follow
        self._watch: Watch | None = None
        self._keys: dict[Presenter[Guest], list[Key]] = {}
        self._of_key: dict[Key, dict[Presenter[Guest], None]] = {}
        self._known: dict[str, Identity | None] = {}
        self._fresh: set[str] = set()  # known items that were written just before they were known
        self._writes: deque[_Write] = deque(maxlen=_WRITES_KEPT)

    @property
    def count(self) -> int:
        """How many folders are watched."""
        return 0 if self._watch is None else len(self._watch)

    def is_watched(self, presenter: Presenter[Guest]) -> bool:
        """Say whether changes of what a presenter presents are seen now."""
        keys = self._keys.get(presenter, ())

        return bool(keys) and all(
            self._watch is not None and self._watch.is_watched(key) for key in keys
        )

    def begin(self, presenter: Presenter[Guest]) -> None:
        """Watch what a presenter presents."""
        if self._watch is None:
            self._watch = Watch(self._kit.clock, self._changed, self._ceased)

        place = presenter.place
        self._remember(place.path, identity_of(place))
        keys = _keys_of(place)
        self._keys[presenter] = keys

        for key in keys:
            if key.deep and key not in self._of_key:
                self._learn(place)

            self._of_key.setdefault(key, {})[presenter] = None
            self._watch.want(key)

    def _learn(self, folder: Place) -> None:
        """Look at what lies in a folder: what replaces it later is no news of its being there."""
        for path, identity in identities_beneath(folder, _LISTED).items():
            if path not in self._known:
                self._remember(path, identity)

    def end(self, presenter: Presenter[Guest]) -> None:
        """Watch no longer for a presenter."""
        for key in self._keys.pop(presenter, ()):
            there = self._of_key[key]
            del there[presenter]

            if not there:
                del self._of_key[key]

            if self._watch is not None:
                self._watch.let_go(key)

    def _follow(self, placed: list[Presenter[Guest]]) -> None:
        """Watch what presenters present now that it has been moved."""
        for presenter in placed:
            self.end(presenter)
            self.begin(presenter)

    def _ceased(self, key: Key, why: str) -> None:
        place = place_on_disk(self._containers, key.root, key.folder)
        self._kit.log.append(
            "coordination", "unwatched", place.label, actor="filecoordinationd", reason=why
        )

    # -- what was written with coordination --------------------------------------------------

    def _written(self, claim: Claim[Guest], place: Place, identity: Identity | None) -> None:
        """Remember a write that presenters are told of as such."""
        self._remember(place.path, identity)
        self._fresh.discard(place.path)  # what is seen of it now is what was written
        package = package_of(place)

        if package:  # who claims a part of it may write any other
            for path, found in identities_beneath(Place(place.root, package, ""), _LISTED).items():
                self._remember(path, found)
                self._fresh.discard(path)

        above = Place(place.root, os.path.dirname(place.path), "")

        if above.path in self._known:  # it has another stamp when something in it is new
            self._remember(above.path, identity_of(above))

        own = self._granting.presenters.find(claim.client, claim.presenter)

        if own is not None:
            now = self._wall_ns()
            took = self._kit.clock.now_ns() - claim.granted_ns
            self._writes.append(_Write(item_of(place), own, now - took - _COARSE_NS, now))

    def _wall_ns(self) -> int:
        return int(self._kit.clock.wall().timestamp() * 1e9)

    def _remember(self, path: str, identity: Identity | None) -> None:
        if len(self._known) >= _KNOWN_MAX:
            self._known.clear()
            self._fresh.clear()

        self._known[path] = identity
        self._fresh.discard(path)

        # Another write in the same tick of the kernel's clock would leave the same stamp.
        if identity is not None and self._wall_ns() - identity[-1] < _COARSE_NS:
            self._fresh.add(path)

    # -- what was seen -----------------------------------------------------------------------

    def _changed(self, key: Key, changes: list[Change] | None) -> None:
        presenters = self._of_key.get(key)

        if not presenters:
            return

        root = key.root

        if changes is None:
            self._fresh.difference_update(each.place.path for each in presenters)
            paths = {each.place.path: None for each in presenters}
            changes = [Change(path, created=False, source="") for path in paths]

        for change in changes:
            if relative_to(root, change.path) is not None:
                self._look_at(root, change)

    def _look_at(self, root: str, change: Change) -> None:
        place = place_on_disk(self._containers, root, change.path)
        identity = identity_of(place)
        unknown = place.path not in self._known

        if not unknown and self._known[place.path] == identity and place.path not in self._fresh:
            return

        if unknown and identity is None and change.created:
            return  # it has come and gone, as temporary files do

        if self._is_being_written(place):
            return  # who is concerned hears of it when the write is over

        appeared = (change.created and unknown) or (not unknown and self._known[place.path] is None)
        self._remember(place.path, identity)

        if change.source and identity is not None and self._was_known(root, change.source):
            self._moved(root, change, place)
            return

        told = self._granting.presenters.changed(place, appeared=appeared and identity is not None)
        self._tell(place, [each for each in told if not self._wrote(each, place, identity)])

    def _was_known(self, root: str, source: str) -> bool:
        """Say whether who presents something has reason to know of a path that was moved."""
        place = place_on_disk(self._containers, root, source)

        return self._granting.presenters.concern(place) and identity_of(place) is None

    def _moved(self, root: str, change: Change, place: Place) -> None:
        old = place_on_disk(self._containers, root, change.source)
        self._remember(old.path, None)
        placed, told = self._granting.presenters.moved(old, place)
        tidings = [each for each in told if not self._wrote(each, place, identity_of(place))]
        event = self._tell(place, tidings)
        self._granting.follow(old, place, event)
        self._follow(placed)

    def _is_being_written(self, place: Place) -> bool:
        writing = self._granting.claims.writing(item_of(place))

        return any(claim.phase is Phase.HELD for claim in writing)

    def _wrote(self, tidings: Tidings[Guest], place: Place, identity: Identity | None) -> bool:
        """Say whether a presenter itself did, or does, what it would be told."""
        presenter = tidings.presenter
        above = (place.path, *ancestors_of(place.path, place.root))

        for path in above:
            for claim in self._granting.claims.writing(path):
                if claim.phase is Phase.HELD and (
                    self._granting.presenters.find(claim.client, claim.presenter) is presenter
                ):
                    return True

        now = self._wall_ns()

        for write in self._writes:
            if write.presenter is presenter and write.path in above:
                if identity is None and now < write.ended_ns + _LATE_NS:
                    return True

                if identity is not None and write.began_ns <= identity[-1] <= write.ended_ns:
                    return True

        return False

    def _tell(self, place: Place, tidings: list[Tidings[Guest]]) -> int:
        if not tidings:
            return 0

        event = self._kit.log.append(
            "coordination", "seen", place.label, actor="filecoordinationd", access="w"
        )
        self._granting.news.tell(tidings, event)

        return event

    async def close(self) -> None:
        """Watch nothing any more."""
        if self._watch is not None:
            await self._watch.close()


def _keys_of(place: Place) -> list[Key]:
    """Return what is watched for an item: its folder, and all beneath it if it is one."""
    inside = relative_to(place.root, place.path)
    keys = []

    if inside != "." and _is_folder(place.root, os.path.dirname(inside or "") or "."):
        keys.append(Key(os.path.dirname(place.path), deep=False, root=place.root))

    if inside is not None and _is_folder(place.root, inside):
        keys.append(Key(place.path, deep=True, root=place.root))

    return keys


def _is_folder(root: str, inside: str) -> bool:
    try:
        with opened_beneath(root, inside, os.O_PATH | os.O_NOFOLLOW, links=False) as descriptor:
            return stat.S_ISDIR(os.fstat(descriptor).st_mode)
    except OSError:
        return False
