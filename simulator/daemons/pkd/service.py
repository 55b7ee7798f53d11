"""Asking for extensions, and why."""

import asyncio
from collections.abc import Sequence

from simulator.bundles.bundle import Bundle
from simulator.daemonkit.rooms import Item, Kit, Offer, Registry
from simulator.daemons.pkd.activation import read_rule
from simulator.daemons.pkd.shared import Shared
from simulator.daemons.pkd.state import PlugIn, PlugIns, remarks_on

__all__ = ("Pkd",)


class Pkd:
    """The plug-ins of one device.

    Args:
        kit: The device's.
        registry: Which apps are installed.
    """

    def __init__(self, kit: Kit, registry: Registry) -> None:
        self._kit = kit
        self._registry = registry
        self._plug_ins = PlugIns()
        self._elections: dict[str, str] = {}

    async def _current(self) -> PlugIns:
        """Return the plug-ins that are installed now, with every rule read, off the loop."""
        self._plug_ins.update(self._registry.apps())

        while unread := self._plug_ins.unread():
            await asyncio.to_thread(_read, unread)
            self._plug_ins.update(self._registry.apps())  # something may have been installed

        return self._plug_ins

    async def offers(self, point: str, items: Sequence[Item]) -> list[Offer]:
        """Judge every installed extension of a point, in the order of their ids."""
        plug_ins = await self._current()
        shared = Shared([[item.types for item in items]], plug_ins.tree)

        return list(plug_ins.offers(point, shared, self._elections))

    def conformance(self, types: Sequence[str]) -> list[str]:
        """Return every type that one of ``types`` conforms to, sorted."""
        self._plug_ins.update(self._registry.apps())
        tree = self._plug_ins.tree

        return sorted({parent for uti in types for parent in tree.ancestry(uti)})

    async def installed(self, app: Bundle) -> list[str]:
        """Read the rules of an app that was just installed; return what is wrong with them.

        What is wrong is in the log, too.
        """
        plug_ins = await self._current()
        rules = {}

        for extension in app.extensions:
            plug_in = plug_ins.find(extension.bundle_id)

            if plug_in is not None and plug_in.rule is not None:
                rules[extension.bundle_id] = plug_in.rule

        found = remarks_on(app, rules)

        for sentence in found:
            self._kit.log.append(
                "install", "remark", app.bundle_id, actor="pkd", reason=sentence.partition("\n")[0]
            )

        return found


def _read(plug_ins: Sequence[PlugIn]) -> None:
    for plug_in in plug_ins:
        plug_in.rule = read_rule(plug_in.rule_value)
