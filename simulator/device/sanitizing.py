"""What a control client can ask of sanitizerd: races between processes."""

from simulator.device.host import DeviceHost
from simulator.device.person import verb

__all__ = ("SanitizeVerbs",)


class SanitizeVerbs:
    """The verbs of races; mixed into those of a device."""

    _host: DeviceHost

    @verb
    def races(self, on: bool | None = None) -> dict[str, object]:  # noqa: FBT001  a request's argument
        """Look for races from now on, or no longer, where ``on`` is given; return those found."""
        if on is not None:
            self._host.sanitizerd.switch(on=on)

        return self._host.sanitizerd.races()
