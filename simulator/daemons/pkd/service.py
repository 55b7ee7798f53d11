"""Asking for extensions, and why."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.bundles.bundle import Bundle
from simulator.bundles.points import RULED_POINTS
from simulator.daemonkit.rooms import Item, Kit, Offer, Registry
from simulator.daemons.pkd.activation import Rule, read_rule
from simulator.daemons.pkd.elections import Elections
from simulator.daemons.pkd.shared import Shared
from simulator.daemons.pkd.state import PlugIn, PlugIns, remarks_on
from simulator.daemons.pkd.uti import Tree
from simulator.xpc.errors import Misuse

if TYPE_CHECKING:
    from simulator.daemons.pkd.outside import Outside

__all__ = ("Pkd",)


class Pkd:
    """The plug-ins of one device.

    Args:
        kit: The device's.
        registry: Which apps are installed.
        data: The device's ``data`` folder.
    """

    def __init__(self, kit: Kit, registry: Registry, data: str) -> None:
        self._kit = kit
        self._registry = registry
        self._plug_ins = PlugIns()
        self.elections = Elections(os.path.join(data, "Library", "pluginkit", "elections.plist"))

        if self.elections.problem:
            kit.log.append(
                "plugin", "salvage", "elections", actor="pkd", reason=self.elections.problem
            )

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

        # In a thread, as everything here that a predicate can make long: strangers wrote them.
        return await asyncio.to_thread(_judge, plug_ins, point, items, self.elections)

    def conformance(self, types: Sequence[str]) -> list[str]:
        """Return every type that one of ``types`` conforms to, sorted."""
        self._plug_ins.update(self._registry.apps())
        tree = self._plug_ins.tree

        return sorted({parent for uti in types for parent in tree.ancestry(uti)})

    def type_of_name(self, name: str) -> str:
        """Return the type that a file's suffix stands for, also one that an app declares."""
        self._plug_ins.update(self._registry.apps())

        return self._plug_ins.tree.type_of_name(name)

    def types_of_file(self, name: str) -> list[str]:
        """Return every type that a file of that name conforms to, sorted."""
        return self.conformance([self.type_of_name(name)])

    async def installed(self, app: Bundle) -> list[str]:
        """Read the rules of an app that was just installed; return what is wrong with them.

        What is wrong is in the log, too.
        """
        plug_ins = await self._current()
        rules: dict[str, Rule] = {}

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

    async def plug_ins(self) -> list[PlugIn]:
        """Return every installed extension, in the order of their ids."""
        return (await self._current()).all()

    # -- why ---------------------------------------------------------------------------------

    async def why_offered(
        self, extension: str, items: Sequence[Sequence[Sequence[str]]], host_bundle: str
    ) -> dict[str, object]:
        """Return why an extension is or is not offered, clause by clause.

        Args:
            extension: The id of an installed extension, or of an app with one that shares; or the
                path of a ``.appex`` or an Info.plist, which need not be installed.
            items: Extension items, their attachments, the types of these.
            host_bundle: The id or the path of the app in which it is shared, or nothing: what it
                declares is known, too.

        Raises:
            Misuse: There is no such extension, or no such app, or it cannot be read.
        """
        from simulator.daemons.pkd.asking import explanation
        from simulator.daemons.pkd.outside import declared_outside

        plug_ins = await self._current()
        tree = plug_ins.tree

        if _is_path(host_bundle):
            tree = Tree(await asyncio.to_thread(declared_outside, Path(host_bundle)), tree)
        elif host_bundle and self._registry.find(host_bundle) is None:
            raise Misuse(f"{host_bundle} is not installed, and no path of a bundle")

        if _is_path(extension):
            outside, rule = await asyncio.to_thread(_read_outside, Path(extension))
            bundle_id, point = outside.bundle_id, outside.point
            tree = Tree(outside.declared, tree)
        else:
            plug_in = self._find(plug_ins, extension)
            bundle_id, point = plug_in.bundle.bundle_id, plug_in.bundle.extension_point
            rule = plug_in.rule

        found = await asyncio.to_thread(
            explanation,
            bundle_id,
            point,
            rule,
            Shared(items, tree),
            tree=tree,
            is_ignored=self.elections.of(bundle_id) == "ignore",
        )

        return found.as_dict()

    def _find(self, plug_ins: PlugIns, bundle_id: str) -> PlugIn:
        found = plug_ins.find(bundle_id)

        if found is not None:
            return found

        app = self._registry.find(bundle_id)

        if app is None:
            known = ", ".join(each.bundle.bundle_id for each in plug_ins.all() if each.has_rule)
            raise Misuse(
                f"{bundle_id} is no installed extension; those that are offered items: "
                f"{known[:2000] or 'none is installed'}"
            )

        ruled = [each for each in app.extensions if each.extension_point in RULED_POINTS]

        if len(ruled) != 1:
            names = ", ".join(each.bundle_id for each in ruled) or "it has none"
            raise Misuse(
                f"{bundle_id} is an app; give one of its share or action extensions: {names}"
            )

        return self._find(plug_ins, ruled[0].bundle_id)


def _judge(
    plug_ins: PlugIns, point: str, items: Sequence[Item], elections: Elections
) -> list[Offer]:
    shared = Shared([[item.types for item in items]], plug_ins.tree)

    return list(plug_ins.offers(point, shared, elections))


def _is_path(word: str) -> bool:
    return "/" in word  # who asks made it absolute; ids end in .app, too


def _read_outside(path: Path) -> "tuple[Outside, Rule | None]":
    from simulator.daemons.pkd.outside import read_outside

    found = read_outside(path)

    return found, read_rule(found.rule) if found.point in RULED_POINTS else None


def _read(plug_ins: Sequence[PlugIn]) -> None:
    for plug_in in plug_ins:
        plug_in.rule = read_rule(plug_in.rule_value)
