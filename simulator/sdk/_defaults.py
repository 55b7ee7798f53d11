"""UserDefaults: preferences of this app, or of a suite that an App Group shares.

The names are Apple's in snake_case. Where sources disagree about a behaviour, Apple's documentation
of today wins over the tests of swift-corelibs-foundation, these over the header's comments, these
over GNUstep.
"""

import builtins
from pathlib import PurePath

from shared_container import values
from simulator.sdk._domain_copy import DomainCopy, copy_of
from simulator.sdk._exceptions import NSInvalidArgumentException
from simulator.sdk._notification_center import NotificationCenter
from simulator.sdk._observable import Observable
from simulator.sdk._observing import observations
from simulator.sdk._process import current, point
from simulator.sdk._search_list import ARGUMENTS, GLOBAL, REGISTRATION, search_list
from simulator.sdk._typed_getters import TypedGetters
from simulator.sdk._url import URL
from simulator.sdk._url_archive import archive_url
from simulator.xpc.page import STEP

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Self

    PropertyList = (
        str
        | bytes
        | bool
        | int
        | float
        | datetime
        | list[object]
        | tuple[object, ...]
        | dict[str, object]
    )

__all__ = ("UserDefaults",)

_KEY_BYTES_MAX = 0xFFFF  # of a message
_DID_CHANGE = "NSUserDefaultsDidChangeNotification"
_NO_SUITES = frozenset(
    {
        GLOBAL,
        "kCFPreferencesAnyApplication",
        "kCFPreferencesCurrentApplication",
        "kCFPreferencesAnyHost",
        "kCFPreferencesCurrentHost",
        "kCFPreferencesAnyUser",
        "kCFPreferencesCurrentUser",
    }
)

_PLAIN = frozenset((str, int, bool, float, bytes))  # what nobody can change in our hands
_URLS = (URL, PurePath)

_standard: list["UserDefaults"] = []


class _Standard:
    """``UserDefaults.standard``: one shared object, made when it is first asked for."""

    def __get__(self, _instance: object, _owner: type) -> "UserDefaults":
        if not _standard:
            _standard.append(UserDefaults())

        return _standard[0]


class UserDefaults(TypedGetters, Observable):
    """Preferences of this app, or of a suite.

    Args:
        suite_name: The id of an App Group. Without the entitlement the object exists all the same
            but is private to this process's container, as on a phone; the device's log says so.
            None means the app's own domain.

    Returns:
        None for a name that makes no sense: the app's own bundle id, or NSGlobalDomain. The
        device's log says so in Apple's words.

    Raises:
        SandboxDenied: The device is strict, and the process is not entitled to the suite.
    """

    standard = _Standard()
    did_change_notification = _DID_CHANGE
    size_limit_exceeded_notification = "NSUserDefaultsSizeLimitExceededNotification"
    argument_domain = ARGUMENTS
    global_domain = GLOBAL
    registration_domain = REGISTRATION

    def __new__(cls, suite_name: str | None = None) -> "Self":
        """Return the object, or None."""
        if suite_name in _NO_SUITES or suite_name == current().info["bundle_id"]:
            current().tell("cfprefsd.nonsense", suite_name)
            return None  # type: ignore[return-value]  # Swift's initialiser can fail

        return super().__new__(cls)

    def __init__(self, suite_name: str | None = None) -> None:
        self._domain = copy_of(suite_name or str(current().info["bundle_id"]))
        self._search = search_list()
        self._mode = current().page.mode
        self._suites: tuple[DomainCopy, ...] = ()  # the one that was added last is the first

    @staticmethod
    def reset_standard_user_defaults() -> None:
        """Make ``standard`` a new object when it is next asked for; observers of the old end."""
        while _standard:
            for observation in observations.of(_standard.pop()):
                observation.invalidate()

    # -- reading -----------------------------------------------------------------------------

    def object(self, key: str) -> builtins.object:
        """Return the first value that a search for ``key`` finds, or None. It is a copy."""
        domain = self._domain

        if domain.words[domain.slot] == domain.trusted:  # as good as always
            found = domain.values.get(key)

            if found.__class__ in _PLAIN:
                return found

        return self._search_for(key)

    def _search_for(self, key: str) -> builtins.object:
        domain = self._domain
        is_step = self._mode[0] & STEP

        if is_step:
            point("defaults-read", f"{domain.name}/{key}", "r")

        found = domain.fresh().get(key)

        if self._search.arguments or domain.forced:
            found = self.effective(key)
        else:
            if not is_step:
                domain.trust()

            if found is None:
                found = self.effective(key)

        if isinstance(found, list | dict):
            return values.copy_property_list(found)

        return found

    def effective(
        self, key: str, instead: "tuple[DomainCopy, builtins.object] | None" = None
    ) -> builtins.object:
        """Return what a search finds, or would find with another value in a domain; no copy."""
        for layer in (self._domain.forced, self._search.arguments):
            if key in layer:
                return layer[key]

        for domain in self.domains():
            if instead is not None and domain is instead[0]:
                found = instead[1]
            else:
                found = domain.fresh().get(key)

            if found is not None:
                return found

        return self._search.registered.get(key)

    def domains(self) -> list[DomainCopy]:
        """Return the domains that a search looks into, in its order."""
        return [self._domain, *self._suites, self._search.global_domain]

    def dictionary_representation(self) -> dict[str, builtins.object]:
        """Return everything that :meth:`object` would find: arguments, globals and registered."""
        found = dict(self._search.registered)

        for domain in reversed(self.domains()):
            found.update(domain.everything())

        found.update(self._search.arguments)
        found.update(self._domain.forced)

        return {key: values.copy_property_list(value) for key, value in found.items()}

    def object_is_forced(self, key: str, *, in_domain: str | None = None) -> builtins.bool:
        """Return whether the device's management sets ``key``, so that an app cannot."""
        domain = self._domain if in_domain is None else copy_of(in_domain)

        return key in domain.forced

    # -- writing -----------------------------------------------------------------------------

    def set(self, value: "PropertyList | URL | PurePath | None", key: str) -> None:
        """Set ``key`` for this process at once and for others soon; None removes it.

        Args:
            value: A property list; a URL or a path is kept as :meth:`set_url` does.
            key: Not empty.

        Raises:
            NSInvalidArgumentException: Key or value is none that a preference can have.
        """
        _check_key(key)

        if isinstance(value, _URLS):
            value = archive_url(value, str(current().info["home"]))

        self._put(key, None if value is None else _copied(value, key))

    def set_url(self, url: "URL | PurePath | None", key: str) -> None:
        """Set ``key`` to an archived URL; a path in the home folder is kept relative to it."""
        self.set(url, key)

    def remove_object(self, key: str) -> None:
        """Remove ``key`` from the own domain; what lies behind it in the search shows again."""
        _check_key(key)
        self._put(key, None)

    def _put(self, key: str, value: builtins.object) -> None:
        if self._mode[0] & STEP:
            point("defaults-set", f"{self._domain.name}/{key}", "w")

        if key in observations.keys:
            observations.around(self._domain, key, value, lambda: self._domain.set(key, value))
        else:
            self._domain.set(key, value)

        self._did_change()

    def _did_change(self) -> None:
        NotificationCenter.default.post(_DID_CHANGE, self)

    def synchronize(self) -> builtins.bool:
        """Wait until cfprefsd has everything this process set; true when it is saved.

        Not needed, and not to be used, says Apple; other processes do not see values sooner.
        """
        return current().call("cfprefsd.synchronize", self._domain.index) is True

    # -- what the process alone has ----------------------------------------------------------

    def register(self, defaults: dict[str, builtins.object]) -> None:
        """Add fallback values, for this process and this run only, seen through every object.

        Raises:
            NSInvalidArgumentException: A key or value is none that a preference can have.
        """
        copied = {}

        for key, value in defaults.items():
            _check_key(key)
            kept = value

            if isinstance(value, _URLS):
                kept = archive_url(value, str(current().info["home"]))

            copied[key] = _copied(kept, key)

        self._search.registered = {**self._search.registered, **copied}
        self._search_changed()

    def _search_changed(self) -> None:
        if observations.some:
            observations.look()

        self._did_change()

    @property
    def volatile_domain_names(self) -> list[str]:
        """The domains that live no longer than this process."""
        return [ARGUMENTS, REGISTRATION, *self._search.volatile]

    def volatile_domain(self, for_name: str) -> dict[str, builtins.object]:
        """Return a volatile domain; one that is not there is empty."""
        found = values.copy_property_list(self._search.volatile_domain(for_name) or {})
        assert isinstance(found, dict)

        return found

    def set_volatile_domain(self, domain: dict[str, builtins.object], for_name: str) -> None:
        """Replace a volatile domain. No search looks into it, but for arguments and registered.

        Raises:
            NSInvalidArgumentException: A key or value is none that a preference can have.
        """
        self._search.set_volatile_domain(for_name, _copied_domain(domain))
        self._search_changed()

    def remove_volatile_domain(self, for_name: str) -> None:
        """Forget a volatile domain."""
        self._search.set_volatile_domain(for_name, None)
        self._search_changed()

    def add_suite(self, named: str) -> None:
        """Let searches look into a suite too, before those added earlier; sets never go there."""
        suite = copy_of(named)
        self._suites = (suite, *(each for each in self._suites if each is not suite))
        self._search_changed()

    def remove_suite(self, named: str) -> None:
        """Undo :meth:`add_suite`."""
        self._suites = tuple(each for each in self._suites if each.name != named)
        self._search_changed()

    # -- whole domains -----------------------------------------------------------------------

    def persistent_domain(self, for_name: str) -> dict[str, builtins.object] | None:
        """Return what is kept in one domain, nothing of other layers; None when that is nothing."""
        if self._search.volatile_domain(for_name) is not None:
            return None

        found = values.copy_property_list(copy_of(for_name).everything())
        assert isinstance(found, dict)

        return found or None

    def set_persistent_domain(self, domain: dict[str, builtins.object], for_name: str) -> None:
        """Replace everything in a domain; one notification is posted.

        Raises:
            NSInvalidArgumentException: The name is a volatile domain's, or a key or value is none
                that a preference can have.
        """
        if self._search.volatile_domain(for_name) is not None:
            raise NSInvalidArgumentException(f"a volatile domain is called {for_name}")

        copied = _copied_domain(domain)
        kept = copy_of(for_name)

        for key in kept.everything():
            if key not in copied:
                observations.around(kept, key, None, _setting(kept, key, None))

        for key, value in copied.items():
            observations.around(kept, key, value, _setting(kept, key, value))

        self._did_change()

    def remove_persistent_domain(self, for_name: str) -> None:
        """Remove everything from a domain; one notification is posted."""
        self.set_persistent_domain({}, for_name)

    def __repr__(self) -> str:
        return f"<UserDefaults {self._domain.name}>"


def _setting(domain: DomainCopy, key: str, value: object) -> "Callable[[], object]":
    return lambda: domain.set(key, value)


def _check_key(key: object) -> None:
    if type(key) is str and key and key.isascii():  # as good as always
        return

    if not isinstance(key, str) or not key:
        raise NSInvalidArgumentException(f"a preference's key is a string with text, not {key!r}")

    try:
        values.check_key(key)
    except TypeError as problem:
        raise NSInvalidArgumentException(str(problem)) from None

    if len(key) > _KEY_BYTES_MAX // 4 and len(key.encode()) > _KEY_BYTES_MAX:
        raise NSInvalidArgumentException(f"a preference's key has {_KEY_BYTES_MAX} bytes at most")


def _copied(value: object, key: str) -> object:
    try:
        return values.checked_copy(value, key)
    except TypeError as problem:
        raise NSInvalidArgumentException(str(problem)) from None


def _copied_domain(domain: dict[str, object]) -> dict[str, object]:
    for key in domain:
        _check_key(key)

    return {key: _copied(value, key) for key, value in domain.items()}
