"""What a test sets about preferences: how late they are, how strict, who may write."""

from collections.abc import Callable
from typing import NamedTuple, cast

__all__ = ("DefaultsSettings", "Preferring")


class DefaultsSettings(NamedTuple):
    """How preferences behave on a device.

    Attributes:
        staleness_s: How long other processes do not hear of a set, in seconds of device time.
        strict: A suite without the entitlement is an error instead of a private suite.
        dotted_keys: Observers hear of keys with dots, which break them on a phone.
    """

    staleness_s: float
    strict: bool
    dotted_keys: bool


class Preferring:
    """The settings of a device under test that are about preferences; ``Device`` has it."""

    ask: Callable[..., object]

    def defaults_settings(
        self,
        *,
        staleness_s: float | None = None,
        strict: bool | None = None,
        dotted_keys: bool | None = None,
    ) -> DefaultsSettings:
        """Change how preferences behave, where something is given; return how they do.

        It stays so until it is changed again, over a reboot too.

        Raises:
            Misuse: A staleness that is no time.
        """
        found = self.ask(
            "defaults_settings", staleness_s=staleness_s, strict=strict, dotted_keys=dotted_keys
        )

        return DefaultsSettings(**cast("dict[str, object]", found))  # type: ignore[arg-type]

    def set_full_access(self, keyboard: str, *, on: bool = True) -> None:
        """Allow a keyboard Full Access, or no longer; a running one ends.

        Args:
            keyboard: The bundle id of the extension.
            on: Whether.

        Raises:
            Misuse: It is no keyboard that asks for it.
        """
        self.ask("full_access", bundle_id=keyboard, on=on)

    @property
    def full_access(self) -> dict[str, bool]:
        """Every keyboard that asks for Full Access, and whether it has it."""
        rows = cast("list[dict[str, object]]", self.ask("full_access_list"))

        return {str(row["bundle_id"]): bool(row["on"]) for row in rows}
