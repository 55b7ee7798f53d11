"""What can be asked about extensions as pkd knows them: discovery, elections, and why."""

import os
from datetime import UTC, datetime

from simulator.daemonkit.limits import SHARE_ITEMS_MAX
from simulator.daemons.pkd.state import PlugIn
from simulator.device.host import DeviceHost
from simulator.device.person import check_types, verb
from simulator.xpc.errors import Misuse

__all__ = ("PlugInVerbs",)

_NAMES_MAX = 1000


class PlugInVerbs:
    """The verbs of plug-ins; mixed into those of a device."""

    _host: DeviceHost

    @verb
    async def why_offered(
        self, extension: str, items: list[list[list[str]]], host_bundle: str = ""
    ) -> dict[str, object]:
        """Return why an extension is or is not offered for items of such types."""
        count = sum(len(attachments) for attachments in items)

        if not count:
            raise Misuse("there is nothing to share; give an item, as in public.jpeg:2")

        if count > SHARE_ITEMS_MAX:
            raise Misuse(f"{count} items; {SHARE_ITEMS_MAX} are the most (SHARE_ITEMS_MAX)")

        for attachments in items:
            for types in attachments:
                check_types([*types])

        return await self._host.pkd.why_offered(extension, items, host_bundle)

    @verb
    async def plug_ins(self) -> list[object]:
        """Return every installed extension, as ``pluginkit`` shows it."""
        return [self._row(plug_in) for plug_in in await self._host.pkd.plug_ins()]

    def _row(self, plug_in: PlugIn) -> dict[str, object]:
        bundle = plug_in.bundle
        app = self._host.lsd.app_of(bundle.bundle_id)
        assert app is not None
        container = self._host.containermanagerd.data_container(bundle)

        return {
            "bundle_id": bundle.bundle_id,
            "version": bundle.info.short_version or bundle.info.version,
            "uuid": os.path.basename(container),
            "timestamp": datetime.fromtimestamp(bundle.path.stat().st_ctime, UTC),
            "path": str(bundle.path),
            "point": bundle.extension_point,
            "display_name": bundle.name,
            "short_name": bundle.info.name or bundle.path.stem,
            "app": str(app.path),
            "app_name": app.name,
            "election": self._host.pkd.elections.of(bundle.bundle_id),
        }

    @verb
    def elect(self, bundle_id: str, election: str) -> None:
        """Choose whether an extension is used, ignored, or neither."""
        bundle = self._host.lsd.find(bundle_id)

        if bundle is None or not bundle.is_extension:
            raise Misuse(f"{bundle_id} is no installed extension")

        self._host.pkd.elections.elect(bundle_id, election)
        self._host.log.append("plugin", "elect", bundle_id, actor="person", election=election)

    @verb
    def types_of_files(self, names: list[str]) -> list[str]:
        """Return the uniform types that the suffixes of file names stand for on this device."""
        if len(names) > _NAMES_MAX:
            raise Misuse(f"{len(names)} names; {_NAMES_MAX} are the most")

        return [self._host.pkd.type_of_name(name) for name in names]
