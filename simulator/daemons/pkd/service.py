"""Asking for extensions."""

from collections.abc import Sequence

from simulator.daemonkit.rooms import Item, Offer, Registry
from simulator.daemons.pkd.state import conformance, judge
from simulator.daemons.pkd.uti import uti_for_file_name

__all__ = ("Pkd",)


class Pkd:
    """The plug-ins of one device.

    Args:
        registry: Which apps are installed.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def offers(self, point: str, items: Sequence[Item]) -> list[Offer]:
        """Judge every installed extension of a point, in the order of their ids."""
        return judge(self._registry.apps(), point, items)

    def conformance(self, types: Sequence[str]) -> list[str]:
        """Return every type that one of ``types`` conforms to, sorted."""
        return conformance(types)

    def types_of_file(self, name: str) -> list[str]:
        """Return every type that a file of that name conforms to, sorted."""
        return conformance([uti_for_file_name(name)])
