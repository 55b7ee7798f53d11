"""The verbs of preferences: reading and writing domains, and how the device treats them."""

from simulator.daemons.cfprefsd.state import Settings
from simulator.device.person import PersonVerbs, verb
from simulator.xpc.errors import Misuse

__all__ = ("DefaultsVerbs",)

_KEYBOARD = "com.apple.keyboard-service"
_GLOBAL = "NSGlobalDomain"
_STATES = {"before-first-unlock": True, "unlocked": False}


class DefaultsVerbs(PersonVerbs):
    """What can be asked about preferences."""

    @verb
    async def defaults(self, domain: str) -> dict[str, object]:
        """Return a preference domain: of an App Group, of an app or extension, or the global."""
        return await self._host.cfprefsd.read(self._container_of(domain), domain)

    @verb
    async def defaults_write(self, domain: str, changes: dict[str, object]) -> None:
        """Set keys of a preference domain from outside every app; none removes one."""
        await self._host.cfprefsd.write(self._container_of(domain), domain, changes)

    def _container_of(self, domain: str) -> str:
        if domain == _GLOBAL:
            return ""

        manager = self._host.containermanagerd
        container = manager.group_container(domain)

        if container is None:
            bundle = self._host.lsd.find(domain)

            if bundle is None:
                raise Misuse(f"{domain} is no App Group and no bundle id of this device")

            container = manager.data_container(bundle)

        return container

    @verb
    def defaults_settings(
        self,
        staleness_s: float | None = None,
        strict: bool | None = None,  # noqa: FBT001  a request's argument
        dotted_keys: bool | None = None,  # noqa: FBT001  a request's argument
    ) -> dict[str, object]:
        """Change how preferences behave, where something is given; return how they do."""
        if staleness_s is not None and not 0 <= staleness_s < float("inf"):
            raise Misuse(f"staleness_s: {staleness_s} is no time; give seconds, 0 or more")

        cfprefsd = self._host.cfprefsd
        now = cfprefsd.settings
        given = Settings(
            now.staleness_s if staleness_s is None else staleness_s,
            now.strict if strict is None else strict,
            now.dotted_keys if dotted_keys is None else dotted_keys,
        )

        if given != now:
            cfprefsd.settings = given

        return given._asdict()

    @verb
    async def lock_state(self, state: str | None = None) -> str:
        """Lock the device as before its first unlock, or unlock it; return how it is."""
        cfprefsd = self._host.cfprefsd

        if state is not None:
            if state not in _STATES:
                raise Misuse(f"a device is one of {', '.join(_STATES)}, not {state!r}")

            await self._host.lock(locked=_STATES[state])

        return "before-first-unlock" if cfprefsd.locked else "unlocked"

    @verb
    async def full_access(self, bundle_id: str, on: bool) -> None:  # noqa: FBT001  a request's argument
        """Allow a keyboard Full Access, or no longer; a running one ends, as on a phone."""
        bundle = self._host.lsd.find(bundle_id)
        asks = False

        if bundle is not None and bundle.extension_point == _KEYBOARD:
            declared = bundle.info.extension
            attributes = {} if declared is None else declared.attributes
            asks = attributes.get("RequestsOpenAccess") is True

        if not asks:
            raise Misuse(
                f"{bundle_id} is no keyboard that asks for Full Access: RequestsOpenAccess in its "
                "NSExtensionAttributes must be true"
            )

        allowed = self._host.cfprefsd.full_access

        if on:
            allowed.add(bundle_id)
        else:
            allowed.discard(bundle_id)

        guest = self._host.launchd.running(bundle_id)

        if guest is not None:
            await self._host.launchd.terminate(guest, "Full Access was switched")
