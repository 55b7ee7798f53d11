"""The internet of one device: sites that serve an association file, or fail to. Never a network.

A file per site in the device's own data, outside every container: it survives a reboot, and goes
with the device's contents.
"""

import os
from pathlib import Path
from typing import NamedTuple

from shared_container.atomic import write_atomically
from shared_container.codec import CodecError, decode, encode
from simulator.daemonkit.limits import SITE_BODY_BYTES_MAX, SITES_MAX
from simulator.daemons.swcd.domains import HOST
from simulator.xpc.errors import Misuse

__all__ = ("Internet", "Page")


class Page(NamedTuple):
    """What a site answers.

    Attributes:
        body: The file.
        status: Of HTTP.
        redirect: Where it sends who asks, or nothing.
        content_type: Of the file.
        trusted: Whether its certificate is one that everybody accepts.
    """

    body: bytes
    status: int = 200
    redirect: str = ""
    content_type: str = "application/json"
    trusted: bool = True


class Internet:
    """The sites.

    Args:
        folder: Where they lie; it is made when there is one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def hosts(self) -> list[str]:
        """Return the names of all sites, sorted."""
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:
            return []

        return sorted(name for name in names if HOST.fullmatch(name))

    def put(self, host: str, page: Page) -> str:
        """Let a site answer so from now on; return its name in lower case.

        Raises:
            Misuse: It has no proper name, the file is too large, or there are too many sites.
        """
        name = host.lower()

        if not HOST.fullmatch(name):
            raise Misuse(f"{host!r:.200} is no domain; give one such as example.com")

        if len(page.body) > SITE_BODY_BYTES_MAX:
            raise Misuse(
                f"a file of {len(page.body)} bytes; {SITE_BODY_BYTES_MAX} are the most "
                "(SITE_BODY_BYTES_MAX)"
            )

        hosts = self.hosts()

        if name not in hosts and len(hosts) >= SITES_MAX:
            raise Misuse(f"there are {len(hosts)} sites already (SITES_MAX)")

        os.makedirs(self._folder, exist_ok=True)
        write_atomically(str(self._folder / name), encode(page._asdict()))

        return name

    def remove(self, host: str) -> bool:
        """Take a site away; False where there is none."""
        name = host.lower()

        if not HOST.fullmatch(name):
            return False

        try:
            (self._folder / name).unlink()
        except FileNotFoundError:
            return False

        return True

    def get(self, host: str) -> Page | None:
        """Return what a site answers, None where there is none, or its file is damaged."""
        try:
            content = decode((self._folder / host).read_bytes())
        except (OSError, CodecError):
            return None

        match content:
            case {
                "body": bytes(body),
                "status": int(status),
                "redirect": str(redirect),
                "content_type": str(content_type),
                "trusted": bool(trusted),
            }:
                return Page(body, status, redirect, content_type, trusted)
            case _:
                return None
