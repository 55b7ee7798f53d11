"""No guest and no bundle makes others wait: from a question to its answer the host works little.

What is measured is processor time, which a busy machine does not lengthen.
"""

import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from simulator.bundles.assemble import remove_tree
from simulator.bundles.info import parse_info
from simulator.control.client import Client
from simulator.testing.bundles import make_app
from simulator.testing.device import Device
from simulator.xpc.errors import SimulatorError

WAIT_S = 0.5

pytestmark = pytest.mark.slow

MANY_REGISTRATIONS = """
for token in range(5000): frame(Kind.REGISTER, b"n", arg=token)
for _ in range(5): frame(Kind.POST, b"n")
"""
MANY_LINES = """
sys.stdout.flush()
os.write(1, b"\\n" * 40_000)
"""
MANY_VALUES = """
call = encode(["no.body", [None] * 65_000])
for _ in range(130): frame(Kind.CALL, call)
"""
BIG_DOMAIN = """
domain = current().call("cfprefsd.open", "com.example.Probe")["index"]
payload = pack_set("k", b"l" + (2_800_000).to_bytes(4, "little") + b"T" * 2_800_000)
for at in range(0, len(payload), 48_000):
    part = payload[at : at + 48_000]
    current().tell("cfprefsd.set_part", [domain, part, at + 48_000 >= len(payload)])
current().call("cfprefsd.synchronize", domain)
"""


@pytest.mark.parametrize(
    "body",
    [MANY_REGISTRATIONS, MANY_LINES, MANY_VALUES, BIG_DOMAIN],
    ids=[
        "one name registered often",
        "empty lines",
        "frames full of values",
        "a value of millions",
    ],
)
def test_a_guest_does_not_hold_the_host(body: str, attack: Callable[[str], float]) -> None:
    assert attack(body) < WAIT_S


def test_a_bundle_of_many_groups_does_not_hold_the_host(
    device: Device, tmp_path: Path, longest_answer_s: Callable[[Callable[[], bool]], float]
) -> None:
    groups = [f"group.number{number}" for number in range(800)]
    app = make_app(tmp_path, "Many", source="", groups=groups)
    client = Client(Path(str(device._service.find(device.udid)["socket"])), "the device")

    def install() -> None:
        with client, suppress(SimulatorError):
            client.ask("install", path=str(app))

    installing = threading.Thread(target=install)
    installing.start()
    worst = longest_answer_s(lambda: not installing.is_alive())
    installing.join()
    shutil.rmtree(device.folder / "data" / "Containers" / "Shared")

    assert worst < WAIT_S


def test_files_of_one_guest_do_not_keep_another_from_its_own(hostile: Any) -> None:
    slow = """
    folder = current().info["home"] + "/Library/Preferences/"
    values = b"<true/>" * 200_000
    with open(folder + "a0.plist", "wb") as file:
        file.write(b"<plist><dict><key>k</key><array>" + values + b"</array></dict></plist>")
    for number in range(1, 12): os.link(folder + "a0.plist", folder + f"a{number}.plist")
    for number in range(12): frame(Kind.CALL, encode(["cfprefsd.open", f"a{number}"]))
    print("asked")
    """
    quick = """
    import time
    began = time.monotonic()
    current().call("cfprefsd.open", "com.example.Quick")
    print(time.monotonic() - began)
    """
    asked = hostile("Slow", _dedented(slow), wait_s=0.0)
    asked.wait_until(lambda: "asked" in asked.output, 5.0)
    answered = hostile("Quick", _dedented(quick))

    assert float(answered.output[0]) < WAIT_S


def _dedented(text: str) -> str:
    return "\n".join(line.removeprefix("    ") for line in text.strip("\n").splitlines())


def test_many_folders_are_removed_in_time_that_grows_with_them(tmp_path: Path) -> None:
    folder = tmp_path / "container"
    (folder / "Documents").mkdir(parents=True)

    for number in range(4000):
        (folder / "Documents" / str(number)).mkdir()

    began = time.process_time()
    remove_tree(folder)

    assert time.process_time() - began < 4 * WAIT_S  # a list of all for each took nine times that
    assert not folder.exists()


def test_many_embedded_names_are_checked_in_time_that_grows_with_them() -> None:
    names = [f"{number}.appex" for number in range(10_000)]
    keys: dict[str, object] = {
        "CFBundleIdentifier": "com.example.Many",
        "SIMEmbeddedExtensions": names,
    }
    began = time.process_time()

    with suppress(SimulatorError):  # a limit is an answer too
        parse_info(keys, file="Info.plist", stem="Many")

    assert time.process_time() - began < WAIT_S
