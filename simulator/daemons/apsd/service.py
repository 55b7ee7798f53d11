"""A push on its way to the banner, through the service extension where there is one."""

from typing import NamedTuple

from simulator.bundles.bundle import Bundle
from simulator.bundles.points import NOTIFICATION_SERVICE
from simulator.daemonkit.requests import Requests
from simulator.daemonkit.rooms import Banners, Kit, Launcher, Registry
from simulator.daemonkit.router import Heard
from simulator.daemons.apsd.state import Content, changed, parse_push
from simulator.xpc.errors import CommandError, Misbehaved, Misuse, SimulatorError

__all__ = ("Apsd", "Delivered")

_SERVICE_S = 30.0
_EXPIRE_S = 29.0  # serviceExtensionTimeWillExpire comes shortly before


class Delivered(NamedTuple):
    """What became of a push.

    Attributes:
        bundle_id: Whose it was.
        shown: Whether a banner is shown.
        changed_by: The service extension that changed it, or nothing.
        note: Why it is shown as it came, or not at all.
    """

    bundle_id: str
    shown: bool
    changed_by: str
    note: str


class Apsd:
    """The pushes of one device.

    Args:
        kit: The device's.
        launcher: Starts service extensions.
        registry: Knows bundles.
        banners: Shows notifications.
    """

    def __init__(self, kit: Kit, launcher: Launcher, registry: Registry, banners: Banners) -> None:
        self._kit = kit
        self._registry = registry
        self._banners = banners
        self._requests = Requests(kit, launcher)
        self._pushes = 0
        kit.router.verb("apsd.content", self._answered)

    async def push(self, bundle_id: str, payload: bytes) -> Delivered:
        """Deliver a payload; the argument wins over the bundle id that the payload names.

        Raises:
            Misuse: The payload is none, or names no app.
            CommandError: The app is not installed.
        """
        push = parse_push(payload)
        wanted = bundle_id or push.target

        if not wanted:
            raise Misuse(
                "no app is named: give its bundle id, or put 'Simulator Target Bundle' into the "
                "payload"
            )

        app = self._registry.find(wanted)

        if app is None or app.is_extension:
            raise CommandError(
                "NSPOSIXErrorDomain",
                2,
                "Simulator device failed to complete the requested operation.",
                f"{wanted} is no installed app",
            )

        self._pushes += 1
        event = self._kit.log.append(
            "push", "receive", app.bundle_id, actor="apsd", push=self._pushes, bytes=len(payload)
        )

        if push.silent:
            return Delivered(
                wanted, shown=False, changed_by="", note="a background push shows nothing"
            )

        service = _service_of(app)

        if not push.mutable or not push.content.visible or service is None:
            note = ""

            if push.mutable and service is None:
                note = "it has no notification service extension"
            elif push.mutable:
                note = "a service extension sees only alerts, and this has none"

            return self._show(app, push.content, event, note=note)

        content, note = await self._through(service, push.content, event)
        changed_by = "" if note else service.bundle_id

        return self._show(app, content, event, changed_by=changed_by, note=note)

    async def _through(self, service: Bundle, content: Content, cause: int) -> tuple[Content, str]:
        """Let a service extension change a notification; the original with the reason if not."""
        request: dict[str, object] = {
            "identifier": f"push-{self._pushes}",
            "title": content.title,
            "subtitle": content.subtitle,
            "body": content.body,
            "badge": content.badge,
            "category": content.category,
            "thread": content.thread,
            "user_info": content.user_info,
        }

        try:
            _, answer = await self._requests.run(
                service, request, timeout_s=_SERVICE_S, cause=cause, expire_s=_EXPIRE_S
            )
        except SimulatorError as problem:
            return content, f"the original: {service.bundle_id} did not start: {problem}"

        if isinstance(answer.value, Content):
            if answer.value.visible:
                return answer.value, ""

            return content, f"the original: {service.bundle_id} answered with nothing to show"

        return content, f"the original: {service.bundle_id} {answer.detail}"

    def _answered(self, heard: Heard, arguments: object) -> None:
        match arguments:
            case [int(number), dict(answer)]:
                self._requests.answer(heard.guest, number, changed(Content(), answer))
            case _:
                raise Misbehaved("a notification's content of the wrong shape")

    def _show(
        self, app: Bundle, content: Content, cause: int, *, changed_by: str = "", note: str = ""
    ) -> Delivered:
        if not content.visible and content.badge is None:
            return Delivered(app.bundle_id, shown=False, changed_by="", note="nothing to show")

        self._banners.show_notification(
            app.bundle_id,
            {
                "title": content.title,
                "subtitle": content.subtitle,
                "body": content.body,
                "changed_by": changed_by,
                "note": note,
            },
            content.badge,
            cause,
        )

        return Delivered(app.bundle_id, content.visible, changed_by, note)


def _service_of(app: Bundle) -> Bundle | None:
    for extension in app.extensions:
        if extension.extension_point == NOTIFICATION_SERVICE:
            return extension

    return None
