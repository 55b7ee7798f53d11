"""A service for a campaign, which leaves nothing behind however the campaign ends."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.control.service import Service
from tests.bench.devices import stop

__all__ = ("campaign_service",)


@contextmanager
def campaign_service() -> Iterator[tuple[Service, Path]]:
    """Lend a service with a device set of its own, and a folder for bundles.

    SIGTERM ends a campaign as an error does, with all that follows from that; when the campaign is
    killed, the service ends with its lifeline, and its devices with it.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    read, write = os.pipe()

    with tempfile.TemporaryDirectory() as name:
        service = Service(Path(name) / "Devices", lifeline=read)
        os.close(read)

        try:
            yield service, Path(name)
        finally:
            stop(service)
            os.close(write)
