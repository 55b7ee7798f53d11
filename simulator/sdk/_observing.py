"""Key-value observing of UserDefaults: per key, also of what other processes change.

A key is a key path to KVO: one with dots observes what lies inside a dictionary, and never the
preference of that very name; one with ``@`` observes nothing. A device can be told to have it
otherwise. What this process changes is told on the thread that changes it, what others change on
the main run loop.

Sources: NSUserDefaults.h; Apple, ``UserDefaults``; GNUstep's tests of observing, whose header says
that macOS passes them.
"""

from simulator.sdk._domain_copy import DomainCopy, copy_numbered
from simulator.sdk._process import current
from simulator.xpc.frames import Frame, Kind

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    Change = dict[str, object]
    Handler = Callable[[str, object, Change], object]

    class Searched(Protocol):
        """What is observed: a UserDefaults object."""

        def effective(self, key: str, instead: "tuple[DomainCopy, object] | None" = None) -> object:
            """Return what a search finds, or would find with another value in a domain."""

        def domains(self) -> list[DomainCopy]:
            """Return the domains that a search looks into."""


__all__ = ("NSKeyValueObservingOptions", "NSNull", "Observation", "Observations", "observations")

_HEARD_EVERY = 32
_SETTING = 1  # NSKeyValueChangeSetting


class NSKeyValueObservingOptions:
    """What a change tells, and when. Add them up."""

    NEW = 1
    OLD = 2
    INITIAL = 4
    PRIOR = 8


class NSNull:
    """Stands in a change for a value that is not there: ``NSNull.null``."""

    null: "NSNull"

    def __repr__(self) -> str:
        return "<null>"


NSNull.null = NSNull()


def _or_null(value: object) -> object:
    return NSNull.null if value is None else value


def _equal(one: object, other: object) -> bool:
    """Compare as ``isEqual:`` does, for which ``true`` and 1 are one number."""
    return one is other or one == other


class Observation:
    """One observer of one key path; ``invalidate`` ends it.

    Attributes:
        key: The preference whose changes concern it.
        valid: Whether it is still wanted.
    """

    def __init__(
        self, defaults: "Searched", key_path: str, options: int, handler: "Handler"
    ) -> None:
        self.defaults = defaults
        self.key_path = key_path
        self.key = key_path
        self.handler = handler
        self.options = options
        self.valid = True
        self._inner: list[str] = []
        self._is_broken = False
        self._last: object = None

    def begin(self, *, whole: bool) -> None:
        """Read the first value; ``whole`` takes the key path for one key, dots and all."""
        if not whole:
            self.key, *self._inner = self.key_path.split(".")
            self._is_broken = "@" in self.key_path

        self._last = self.value()

        if self.options & NSKeyValueObservingOptions.INITIAL:
            change: Change = {"kind": _SETTING}

            if self.options & NSKeyValueObservingOptions.NEW:
                change["new"] = _or_null(self._last)

            self.handler(self.key_path, self.defaults, change)

    def value(self, instead: "tuple[DomainCopy, object] | None" = None) -> object:
        """Return what it observes, or would with another value in a domain."""
        if self._is_broken:
            return None

        found = self.defaults.effective(self.key, instead)

        for name in self._inner:
            found = found.get(name) if isinstance(found, dict) else None

        return found

    def changes_to(self, value: object) -> bool:
        """Whether ``value`` would be news."""
        return self.valid and not _equal(value, self._last)

    def tell_before(self) -> None:
        """Tell that it is about to change, if that is wanted."""
        if self.options & NSKeyValueObservingOptions.PRIOR:
            change: Change = {"kind": _SETTING, "notificationIsPrior": True}

            if self.options & NSKeyValueObservingOptions.OLD:
                change["old"] = _or_null(self._last)

            self.handler(self.key_path, self.defaults, change)

    def look(self) -> None:
        """Tell if it has changed."""
        value = self.value()

        if not self.changes_to(value):
            return

        old, self._last = self._last, value
        change: Change = {"kind": _SETTING}

        if self.options & NSKeyValueObservingOptions.NEW:
            change["new"] = _or_null(value)

        if self.options & NSKeyValueObservingOptions.OLD:
            change["old"] = _or_null(old)

        self.handler(self.key_path, self.defaults, change)

    def invalidate(self) -> None:
        """Hear no more; twice is no error."""
        self.valid = False
        observations.remove(self)


class Observations:
    """All of this process's.

    Attributes:
        some: Whether there are any.
        keys: What they observe: the one test that a set pays which concerns none of them.
    """

    def __init__(self) -> None:
        self.some = False
        self.keys: frozenset[str] = frozenset()
        self._all: tuple[Observation, ...] = ()
        self._heard = 0

    def add(
        self, defaults: "Searched", key_path: str, options: int, handler: "Handler"
    ) -> Observation:
        """Observe a key path; INITIAL is told before this returns."""
        current().handlers[Kind.CHANGED] = self._changed
        whole = False

        for domain in defaults.domains():  # first, so that nothing is missed in between
            whole = domain.observe(on=True)

        observation = Observation(defaults, key_path, options, handler)
        observation.begin(whole=whole)
        self._keep((*self._all, observation))

        return observation

    def remove(self, observation: Observation) -> None:
        """Forget one, and let cfprefsd be silent about domains that nobody observes any more."""
        self._keep(tuple(each for each in self._all if each is not observation))
        wanted = {domain.index for each in self._all for domain in each.defaults.domains()}

        for domain in observation.defaults.domains():
            if domain.observed and domain.index not in wanted:
                domain.observe(on=False)

    def _keep(self, every: tuple[Observation, ...]) -> None:
        self._all = every
        self.some = bool(every)
        self.keys = frozenset(each.key for each in every)

    def of(self, defaults: object) -> "Iterable[Observation]":
        """Return those of one object."""
        return [each for each in self._all if each.defaults is defaults]

    def around(
        self, domain: DomainCopy, key: str, value: object, act: "Callable[[], object]"
    ) -> None:
        """Tell of a change of this process: before it to who wants that, then after it."""
        concerned = [
            each for each in self._all if each.key == key and domain in each.defaults.domains()
        ]

        for each in concerned:
            if each.changes_to(each.value((domain, value))):
                each.tell_before()

        act()

        for each in concerned:
            each.look()

    def look(self) -> None:
        """Tell of everything that has changed: a search list did."""
        for each in self._all:
            for domain in each.defaults.domains():
                if not domain.observed:
                    domain.observe(on=True)

            each.look()

    def _changed(self, frame: Frame, _files: list[int]) -> None:
        domain = copy_numbered(frame.arg)

        if domain is None:
            return

        key = domain.take(frame)

        for each in self._all:
            if (key is None or each.key == key) and domain in each.defaults.domains():
                each.look()

        if frame.payload:
            self._heard += 1

            if self._heard == _HEARD_EVERY:  # cfprefsd pushes only so many that are not heard
                self._heard = 0
                current().tell("cfprefsd.heard", _HEARD_EVERY)


observations = Observations()
