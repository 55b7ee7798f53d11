"""No guest reaches another: not by names, not by frames that the host sends for it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator.testing.bundles import make_app
from simulator.testing.device import Device
from simulator.xpc.errors import BundleError

pytestmark = pytest.mark.slow

SEARCH = r"""
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.write.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]
read, write = os.pipe()
known = {id(each) >> 20 for each in gc.get_objects()} | {libc.malloc(600) >> 20}
near = sorted({place + step for place in known for step in range(-2, 3)})
names = set()

for page in (at for place in near for at in range(place << 20, (place + 1) << 20, 4096)):
    if libc.write(write, page, 1) == 1:  # EFAULT where nothing is mapped
        os.read(read, 1)
        found = re.findall(rb"/Containers/\w+/\w+/([0-9A-F-]{36})", ctypes.string_at(page, 4096))
        names.update(found)

own = current().info["home"] + current().info["bundle"]
print(len(names), sum(name.decode() not in own for name in names))
"""


def test_memory_holds_no_names_of_other_containers(device: Device, hostile: Any) -> None:
    hostile("Victim", "pass", groups=tuple(f"group.secret{number}" for number in range(40)))
    probe = hostile("Probe", SEARCH)
    found, foreign = map(int, probe.output[0].split())

    assert found >= 2  # the search does find names
    assert foreign == 0
    assert device.ps


def test_urls_wait_until_the_app_can_hear_them(device: Device, hostile: Any) -> None:
    victim = hostile(
        "Victim",
        "pass",
        methods="def open_url(self, url, options): print('heard')",
        schemes=("victim",),
    )
    victim.terminate()
    hostile("Probe", "for _ in range(3): frame(Kind.OPEN_URL, b'victim:x')")

    def heard() -> list[str]:
        found = device.events.of(kind="output", actor="com.example.Victim")

        return [event.resource for event in found]

    device.wait_until(lambda: heard() == ["heard"] * 3, timeout_s=5.0)


def test_a_flood_of_urls_does_not_kill_who_should_hear_them(device: Device, hostile: Any) -> None:
    hostile(
        "Victim",
        "pass",
        methods="def open_url(self, url, options): os.kill(os.getpid(), signal.SIGSTOP)",
        schemes=("victim",),
    )
    hostile("Probe", "for _ in range(2400): frame(Kind.OPEN_URL, b'victim:' + b'x' * 1000)")

    assert not device.events.of(kind="misbehaved", actor="com.example.Victim")
    assert "com.example.Victim" in [bundle_id for _, bundle_id, *_ in device.ps]


@pytest.mark.parametrize(
    "command",
    [("get_app_container", "booted"), ("launch", "--dry-run", "booted")],
    ids=["get_app_container", "launch --dry-run"],
)
def test_a_bundles_name_moves_no_cursor(
    command: tuple[str, ...], device: Device, tmp_path: Path
) -> None:
    app = make_app(tmp_path, "Probe", source="")
    evil = app.with_name("\x1b]0;owned\x07.app")
    os.rename(app, evil)

    try:
        device.install(evil)
    except BundleError:  # to refuse it is an answer too
        return

    program = "from simulator.simctl import main; main()"
    words = [sys.executable, "-P", "-c", program, "--set", str(device._service.device_set)]
    done = subprocess.run(
        [*words, command[0], *command[1:-1], device.udid, "com.example.Probe"],
        capture_output=True,
        check=True,
    )

    assert b"\x1b" not in done.stdout + done.stderr
