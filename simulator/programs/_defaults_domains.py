"""Domains as ``defaults`` sees them: opened at cfprefsd, looked into, changed key by key."""

from shared_container import values
from shared_container.codec import encode
from shared_container.store import DOMAIN_BYTES_MAX
from shared_container.values import is_same
from simulator.programs._defaults_line import GLOBAL_DOMAIN, Failure, Words
from simulator.sdk._domain_copy import DomainCopy, copy_of
from simulator.sdk._process import current
from simulator.xpc.errors import Misuse

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

__all__ = ("all_names", "change", "contents", "look", "required", "shown", "take_domain")

_KEY_BYTES_MAX: "Final" = 0xFFFF  # of a message
_SHOWN_GLOBAL: "Final" = "Apple Global Domain"
_PAIR_GLOBAL: "Final" = "kCFPreferencesAnyApplication"


class _Absent(Exception):
    """The domain is nowhere; the text says why."""


def take_domain(words: Words) -> str:
    """Take a domain off a line; an app's name is looked up.

    Raises:
        WrongUsage: There is none.
        Failure: No app has that name.
    """
    name, is_app = words.take_domain()

    if not is_app:
        return name

    found = current().call("cfprefsd.app", name)

    if found is None:
        raise Failure(f'Couldn\'t find an application named "{name}"; defaults unchanged')

    return str(found)


def shown(name: str) -> str:
    """Return a domain's name as macOS shows it."""
    return _SHOWN_GLOBAL if name == GLOBAL_DOMAIN else name


def _opened(name: str) -> DomainCopy:
    try:
        return copy_of(name)
    except Misuse as problem:
        raise _Absent(str(problem)) from None


def look(name: str) -> "tuple[Mapping[str, object], tuple[str, ...]]":
    """Return the values of a domain, and why it has none where that is known."""
    try:
        return _opened(name).fresh(), ()
    except _Absent as problem:
        return {}, (str(problem),)


def change(name: str, changes: "Mapping[str, object]", text: str = "") -> None:
    """Set keys, and remove those of None; return when cfprefsd has them all.

    Args:
        name: The domain.
        changes: Keys and values.
        text: What is said when it fails, if not what is usually said.

    Raises:
        Failure: Some were refused.
    """
    text = text or f"Could not write domain {shown(name)}; exiting"

    try:
        domain = _opened(name)
    except _Absent as problem:
        raise Failure(text, str(problem)) from None

    for key in changes:
        size = len(key.encode("utf-8", "surrogatepass"))

        if (not key and changes[key] is not None) or size > _KEY_BYTES_MAX:
            raise Failure(text, f"a key of {size} bytes; a key has 1 to {_KEY_BYTES_MAX} of them")

    try:
        copies = {
            key: None if value is None else values.checked_copy(value, key)
            for key, value in changes.items()
        }
    except TypeError as problem:
        raise Failure(text, str(problem)) from None

    _check_size(domain.fresh(), copies, text)

    for key, value in copies.items():
        if not is_same(domain.fresh().get(key), value):
            domain.set(key, value)

    reason = current().call("cfprefsd.refusal", domain.index)

    if reason:
        raise Failure(text, str(reason))


def _check_size(there: "Mapping[str, object]", changes: "Mapping[str, object]", text: str) -> None:
    """Refuse what no domain can hold, before the first of many keys is set.

    One that is too large, because its plist came from outside, may become smaller.
    """
    size = _size({**there, **changes})

    if size >= DOMAIN_BYTES_MAX and size > _size(there):
        reason = f"the domain would have {size} bytes; {DOMAIN_BYTES_MAX} or more are not possible"
        raise Failure(text, reason)


def _size(items: "Mapping[str, object]") -> int:
    return sum(len(encode([key, value])) for key, value in items.items() if value is not None)


def required(name: str, key: str) -> object:
    """Return a value that must be there.

    Raises:
        Failure: It is not.
    """
    found, why = look(name)
    value = found.get(key)

    if value is None:
        pair = f"({_PAIR_GLOBAL if name == GLOBAL_DOMAIN else name}, {key})"
        raise Failure(f"\nThe domain/default pair of {pair} does not exist\n", *why)

    return value


def all_names() -> "list[str]":
    """Return the names of all domains that hold something, the global one's too."""
    names = current().call("cfprefsd.domains")
    assert isinstance(names, list)

    return names


def contents(name: str) -> "dict[str, object]":
    """Return the values of a domain without keeping it; nothing when it is gone meanwhile."""
    try:
        found = current().call("cfprefsd.contents", name)
    except Misuse:  # it went in between
        return {}

    assert isinstance(found, dict)

    return found
