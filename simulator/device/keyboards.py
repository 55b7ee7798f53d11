"""Keyboards with Full Access: which ask for it, and which the person has allowed it."""

from simulator.bundles.points import KEYBOARD
from simulator.daemonkit.rooms import Kit, Registry
from simulator.daemons.cfprefsd.service import Cfprefsd
from simulator.device.hints import did_you_mean
from simulator.device.preferring import PreferredFile

__all__ = ("Keyboards",)


class Keyboards:
    """The keyboards of one device.

    Args:
        kit: The device's.
        registry: What is installed.
        cfprefsd: Lets them write, or not.
        preferred: Where it is kept what the person has allowed.
    """

    def __init__(
        self, kit: Kit, registry: Registry, cfprefsd: Cfprefsd, preferred: PreferredFile
    ) -> None:
        self._kit = kit
        self._registry = registry
        self._cfprefsd = cfprefsd
        self._preferred = preferred

    def asking(self) -> list[str]:
        """Return the keyboards that declare that they want Full Access: ``RequestsOpenAccess``."""
        found = []

        for app in self._registry.apps():
            for each in app.extensions:
                declared = each.info.extension
                attributes = {} if declared is None else declared.attributes

                if (
                    each.extension_point == KEYBOARD
                    and attributes.get("RequestsOpenAccess") is True
                ):
                    found.append(each.bundle_id)

        return found

    def why_not(self, bundle_id: str) -> str:
        """Return why a bundle is none of :meth:`asking`, as a sentence."""
        bundle = self._registry.find(bundle_id)

        if bundle is None:
            known = self._known()
            hint = did_you_mean(bundle_id, known)
            listed = ", ".join(known)[:2000] or "none is installed"

            return f"{bundle_id} is not installed (keyboards: {listed}){hint}"

        if bundle.extension_point != KEYBOARD:
            what = f"an extension of {bundle.extension_point}" if bundle.is_extension else "an app"

            return f"{bundle_id} is {what}, not a keyboard; only keyboards have Full Access"

        return (
            f"{bundle_id} does not ask for Full Access: RequestsOpenAccess in its "
            "NSExtensionAttributes must be true"
        )

    def _known(self) -> list[str]:
        return [
            each.bundle_id
            for app in self._registry.apps()
            for each in app.extensions
            if each.extension_point == KEYBOARD
        ]

    async def allow(self, wanted: set[str]) -> None:
        """Let these have Full Access, and no others.

        Raises:
            OSError: It cannot be kept; nothing has changed.
        """
        await self._preferred.save(self._cfprefsd.settings, wanted)
        self._cfprefsd.full_access = wanted

    async def forget(self) -> None:
        """Let keyboards that are not installed any more have no Full Access when they come back."""
        allowed = self._cfprefsd.full_access
        kept = allowed.intersection(self.asking())

        if kept == allowed:
            return

        try:
            await self.allow(kept)
        except OSError as problem:  # their app is gone all the same
            self._cfprefsd.full_access = kept
            self._kit.log.append(
                "defaults", "unwritten", "full access", actor="cfprefsd", reason=str(problem)
            )
