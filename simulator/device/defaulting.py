"""The verbs of preferences: reading and writing domains, and how the device treats them."""

from simulator.daemons.cfprefsd.state import Settings
from simulator.device.person import PersonVerbs, verb
from simulator.xpc.errors import Misuse

__all__ = ("DefaultsVerbs",)

_STATES = {"before-first-unlock": True, "unlocked": False}


class DefaultsVerbs(PersonVerbs):
    """What can be asked about preferences."""

    @verb
    async def defaults(self, domain: str) -> dict[str, object]:
        """Return a preference domain: of an App Group, of an app or extension, or the global."""
        return await self._host.cfprefsd.outside.read(domain)

    @verb
    async def defaults_write(self, domain: str, changes: dict[str, object]) -> None:
        """Set keys of a preference domain from outside every app; none removes one."""
        await self._host.cfprefsd.outside.write(domain, changes)

    @verb
    async def defaults_settings(
        self,
        staleness_s: float | None = None,
        strict: bool | None = None,  # noqa: FBT001  a request's argument
        dotted_keys: bool | None = None,  # noqa: FBT001  a request's argument
    ) -> dict[str, object]:
        """Change how preferences behave, where something is given; return how they do.

        What is given is kept until the device is erased.
        """
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
            await self._host.preferred.save(given, cfprefsd.full_access)
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
        """Allow a keyboard Full Access, or no longer; a running one ends, as on a phone.

        It is kept until its app is removed or the device is erased.
        """
        if bundle_id not in self._host.keyboards.asking():
            raise Misuse(self._host.keyboards.why_not(bundle_id))

        allowed = self._host.cfprefsd.full_access
        wanted = allowed | {bundle_id} if on else allowed - {bundle_id}

        if wanted == allowed:
            return

        await self._host.keyboards.allow(wanted)
        guest = self._host.launchd.running(bundle_id)

        if guest is not None:
            await self._host.launchd.terminate(guest, "Full Access was switched")

    @verb
    def full_access_list(self) -> list[object]:
        """Return every keyboard that asks for Full Access, and whether it has it."""
        allowed = self._host.cfprefsd.full_access

        return [
            {"bundle_id": each, "on": each in allowed} for each in self._host.keyboards.asking()
        ]
