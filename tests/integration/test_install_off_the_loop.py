"""While large property lists are looked at, the device answers others."""

import plistlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from simulator.bundles.plist import PLIST_SIZE_MAX
from simulator.control.client import Client
from simulator.control.service import Service
from simulator.testing.bundles import Extension, make_app
from simulator.testing.device import Device

EXTENSIONS = 4
APP = "from simulator.sdk.uikit import Application\n\n\nclass Probe(Application):\n    pass\n"


@pytest.fixture
def heavy(tmp_path: Path) -> Path:
    """An app whose property lists are as large as they may be, and full of near misses."""
    app = make_app(
        tmp_path,
        "Probe",
        source=APP,
        extensions=[Extension(f"E{number}", "pass") for number in range(EXTENSIONS)],
    )

    for path in app.rglob("Info.plist"):
        keys = plistlib.loads(path.read_bytes())
        keys |= {f"CFBundleURLType{number:05}": "$(V)" for number in range(10_000)}
        path.write_bytes(plistlib.dumps(keys))

        assert PLIST_SIZE_MAX // 2 < path.stat().st_size < PLIST_SIZE_MAX

    return app


def test_an_installation_of_large_lists_keeps_nobody_waiting(
    heavy: Path, device: Device, device_set: Service
) -> None:
    socket = Path(str(device_set.find(device.udid)["socket"]))
    answered = 0

    with ThreadPoolExecutor(1) as pool, closing(Client(socket, "the device")) as other:
        installing = pool.submit(device.ask, "install", path=str(heavy))

        while not installing.done():
            other.ask("ps")
            answered += 1

        answer = installing.result()

    # A loop that parses answers once: when it is done.
    assert answered > 2 * EXTENSIONS
    assert isinstance(answer, dict)
    assert answer["bundle_id"] == "com.example.Probe"
