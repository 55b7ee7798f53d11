"""What a control client can ask of filecoordinationd."""

from simulator.daemons.filecoordinationd.state import Settings
from simulator.device.host import DeviceHost
from simulator.device.person import verb
from simulator.xpc.errors import Misuse

__all__ = ("CoordinationVerbs",)


class CoordinationVerbs:
    """The verbs of file coordination; mixed into those of a device."""

    _host: DeviceHost

    @verb
    def coordination(self) -> dict[str, object]:
        """Return who holds and who waits, since when and for whom, and who presents what."""
        return self._host.filecoordinationd.shown()

    @verb
    def coordination_settings(
        self,
        presenter_s: float | None = None,
        report_s: float | None = None,
        wait_s: float | None = None,
        suspended_holds: bool | None = None,  # noqa: FBT001  a request's argument
    ) -> dict[str, object]:
        """Change how patient the device is, where something is given; return how it is."""
        for name, value in {
            "presenter_s": presenter_s, "report_s": report_s, "wait_s": wait_s,
        }.items():  # fmt: skip
            least = 0.0 if name == "wait_s" else 0.001

            if value is not None and not least <= value < float("inf"):
                raise Misuse(f"{name}: {value} is no time; give seconds, {least:g} or more")

        now = self._host.filecoordinationd.settings
        given = Settings(
            now.presenter_s if presenter_s is None else presenter_s,
            now.report_s if report_s is None else report_s,
            now.wait_s if wait_s is None else wait_s,
            now.suspended_holds if suspended_holds is None else suspended_holds,
        )

        if given != now:
            self._host.filecoordinationd.settings = given

        return given._asdict()
