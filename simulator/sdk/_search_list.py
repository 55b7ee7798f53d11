"""What every search list of a process has in common: arguments, globals, registered values.

The order of a search, the first hit wins: managed values, NSArgumentDomain, the object's own
domain, the suites added to it (the last one first), NSGlobalDomain, NSRegistrationDomain. Arguments
and registration are the process's, and seen through every object (NSUserDefaults.h).
"""

from simulator.sdk._arguments import parse_arguments
from simulator.sdk._domain_copy import DomainCopy, copy_of, distrust
from simulator.sdk._process import current

__all__ = ("ARGUMENTS", "GLOBAL", "REGISTRATION", "SearchList", "search_list")

ARGUMENTS = "NSArgumentDomain"
GLOBAL = "NSGlobalDomain"
REGISTRATION = "NSRegistrationDomain"


class SearchList:
    """The process's part of every search list.

    Attributes:
        arguments: NSArgumentDomain.
        registered: NSRegistrationDomain: never written, never seen by another process.
        volatile: Other volatile domains by name; no search looks into them.
    """

    __slots__ = ("_global", "arguments", "registered", "volatile")

    def __init__(self, arguments: list[str]) -> None:
        self.arguments = parse_arguments(arguments)
        self.registered: dict[str, object] = {}
        self.volatile: dict[str, dict[str, object]] = {}
        self._global: DomainCopy | None = None

    @property
    def global_domain(self) -> DomainCopy:
        """NSGlobalDomain, opened when a search first gets so far."""
        if self._global is None:
            self._global = copy_of(GLOBAL)

        return self._global

    def volatile_domain(self, name: str) -> dict[str, object] | None:
        """Return a volatile domain, or None."""
        if name == ARGUMENTS:
            return self.arguments

        return self.registered if name == REGISTRATION else self.volatile.get(name)

    def set_volatile_domain(self, name: str, values: dict[str, object] | None) -> None:
        """Replace a volatile domain; None removes it."""
        if name == ARGUMENTS:
            self.arguments = values or {}
            distrust()
        elif name == REGISTRATION:
            self.registered = values or {}
        elif values is None:
            self.volatile.pop(name, None)
        else:
            self.volatile[name] = values


_made: list[SearchList] = []


def search_list() -> SearchList:
    """Return this process's; its arguments are parsed when it is first asked for."""
    if not _made:
        arguments = current().info["arguments"]
        assert isinstance(arguments, list)
        _made.append(SearchList([str(each) for each in arguments]))

    return _made[0]
