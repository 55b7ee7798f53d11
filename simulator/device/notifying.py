"""What a control client can ask of notifyd, as somebody outside every app."""

from simulator.device.host import DeviceHost
from simulator.device.person import verb
from simulator.xpc.errors import CommandError

__all__ = ("NotifyVerbs",)


class NotifyVerbs:
    """The verbs of Darwin notifications; mixed into those of a device."""

    _host: DeviceHost

    @verb
    def notify_post(self, name: str) -> None:
        """Post a Darwin notification."""
        self._host.notifyd.post(name, actor="simctl")

    @verb
    def notify_get_state(self, name: str) -> int:
        """Return the state of a name, 0 where nobody is registered for it."""
        return self._host.notifyd.state(name)

    @verb
    def notify_set_state(self, name: str, state: int) -> bool:
        """Set the state of a name; False, and nothing set, where nobody is registered for it."""
        if not 0 <= state < 1 << 64:
            raise CommandError(
                "NSPOSIXErrorDomain",
                22,
                "Simulator device failed to complete the requested operation.",
                "Invalid argument",
            )

        return self._host.notifyd.set_state(name, state, actor="simctl")

    @verb
    def notify_nested(self, on: bool) -> None:  # noqa: FBT001  a request's argument
        """Let suspensions of a notification token nest, as documented, or not, as shipped."""
        self._host.notifyd.set_nested(on=on)
