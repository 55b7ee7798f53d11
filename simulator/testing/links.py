"""URLs and domains at a device under test."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from simulator.testing.app import App
from simulator.testing.record import DeviceLog

__all__ = ("Links", "Opened")


class Opened(App):
    """Who took a URL: an app, or one of the system's own, which has no process (pid 0).

    Attributes:
        how: ``scheme``, ``universal link``, ``document`` or ``system``.
        reason: Why it was this one.
    """

    def __init__(
        self, ask: Callable[..., object], log: DeviceLog, row: Mapping[str, object]
    ) -> None:
        super().__init__(ask, log, f"{row['bundle_id']}/{row['ordinal']}", cast("int", row["pid"]))
        self.how = str(row["how"])
        self.reason = str(row["reason"])


class Links:
    """The part of a device under test that is about links; ``Device`` has it."""

    ask: Callable[..., object]
    log: DeviceLog

    def open_url(self, url: str, *, with_app: str = "", always: bool = False) -> Opened:
        """Open a URL as Safari would; return who took it.

        Args:
            url: Of a scheme, a universal link, or ``file:///…`` of a document.
            with_app: The bundle id of one of several apps that claim it.
            always: Choose it from now on.

        Raises:
            CommandError: Nobody opens it.
            Misuse: It is no URL, or several apps claim it.
        """
        row = self.ask("openurl", url=url, wait_s=0.0, with_app=with_app, always=always)

        return Opened(self.ask, self.log, cast("dict[str, object]", row))

    def domain(
        self,
        domain: str,
        association: Mapping[str, object] | bytes | str | Path = b"",
        *,
        status: int = 200,
        redirect: str = "",
        content_type: str = "application/json",
        trusted: bool = True,
    ) -> None:
        """Let a site of the device's own internet serve an association file, or fail to.

        Apps that claim it are told at once, where a phone takes up to a week.

        Args:
            domain: For example ``example.com``.
            association: The file: as a dictionary, as bytes, or a path.
            status: Of HTTP.
            redirect: Where it sends who asks.
            content_type: Of the file.
            trusted: Whether its certificate is one that everybody accepts.
        """
        if isinstance(association, bytes):
            body = association
        elif isinstance(association, Mapping):
            body = json.dumps(association).encode()
        else:
            body = Path(association).read_bytes()

        self.ask(
            "domain_add",
            domain=domain,
            body=body,
            status=status,
            redirect=redirect,
            content_type=content_type,
            trusted=trusted,
        )

    def remove_domain(self, domain: str) -> None:
        """Take a site away."""
        self.ask("domain_remove", domain=domain)

    @property
    def associations(self) -> list[dict[str, object]]:
        """Every associated domain of every app: ``service``, ``app_id``, ``approval`` and more."""
        return cast("list[dict[str, object]]", self.ask("swcutil_show"))
